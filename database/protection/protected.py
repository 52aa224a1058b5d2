"""Orders under protection on disk. Rows are written by the journal's writer: the first beside its intent, in one go."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import text

from database.stores import Unit


class ProtectedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of protected_orders, as stored."""

    tag: str
    asked: str
    ladder: str
    urgent: bool
    created_ms: int
    began_ms: int | None = None
    state: str = "open"
    ended_ms: int | None = None
    reason: str = ""


COLUMNS = ProtectedRow.__struct_fields__
MOVE = (
    "UPDATE protected_orders SET state=:state, began_ms=COALESCE(:began_ms, began_ms), ended_ms=:ended_ms,"
    " reason=:reason WHERE tag=:tag"
)
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM protected_orders "  # noqa: S608 - our own column names


class ProtectedRows:
    """Reads within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def since(self, instant_ms: int) -> list[ProtectedRow]:
        """Those still open, and those that began since an instant, oldest first."""
        return self._rows("WHERE state='open' OR created_ms>=:since ORDER BY id", since=instant_ms)

    def by_tag(self, tag: str) -> ProtectedRow | None:
        """The one that an intent began."""
        found = self._rows("WHERE tag=:tag", tag=tag)
        return found[0] if found else None

    def _rows(self, where: str, **values: Any) -> list[ProtectedRow]:
        rows = self._session.execute(text(_SELECT + where), values)
        return [ProtectedRow(**{**row, "urgent": bool(row["urgent"])}) for row in rows.mappings()]
