"""Pages of records: newest first, older than a row's number."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import AwareDatetime, Field

from blueprints.edge import Form
from services.ops.records.search import Page

MOST_ROWS = 200


class PageQuery(Form):
    """before: the last row that the caller has. since, until: instants with their zone."""

    limit: int = Field(100, ge=1, le=MOST_ROWS)
    before: int | None = Field(None, ge=1)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None

    @property
    def page(self) -> Page:
        """As the search takes it."""
        return Page(limit=self.limit, before=self.before, since=_utc(self.since), until=_utc(self.until))


def rows_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Rows and where the next page begins; None at the end."""
    return {"rows": rows, "before": rows[-1]["id"] if rows else None}


def _utc(instant: dt.datetime | None) -> dt.datetime | None:
    return None if instant is None else instant.astimezone(dt.UTC)
