"""Groups of errors at rest."""

from __future__ import annotations

import datetime as dt

import msgspec
from sqlalchemy import select

from database.models.operations import ErrorGroup
from database.stores import Unit


class ErrorRow(msgspec.Struct, frozen=True, kw_only=True):
    """A group: the last error of it, how many there were, and when. returned: how often it came back when solved."""

    fingerprint: str
    level: str
    logger: str
    kind: str
    message: str
    place: str
    trace: str | None
    request_id: str | None
    count: int
    returned: int
    first_seen: dt.datetime
    last_seen: dt.datetime
    resolved_at: dt.datetime | None
    resolved_by: str | None


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """One error as it was logged, without secrets."""

    fingerprint: str
    level: str
    logger: str
    kind: str
    message: str
    place: str
    trace: str | None
    request_id: str | None
    at: dt.datetime


class ErrorGroups:
    """Within one unit of the logs store."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def add(self, item: Occurrence) -> None:
        """Count an error; a solved group that returns is open again."""
        row = self._session.get(ErrorGroup, item.fingerprint)
        if row is None:
            row = ErrorGroup(fingerprint=item.fingerprint, count=0, returned=0, first_seen=item.at)
            self._session.add(row)
        elif row.resolved_at is not None:
            row.resolved_at, row.resolved_by, row.returned = None, None, row.returned + 1
        row.level, row.logger, row.kind, row.place = item.level, item.logger, item.kind, item.place
        row.message, row.trace, row.request_id = item.message, item.trace, item.request_id
        row.count, row.last_seen = row.count + 1, item.at
        self._session.flush()

    def list(self, limit: int, *, with_resolved: bool) -> list[ErrorRow]:
        """Last seen first."""
        query = select(ErrorGroup).order_by(ErrorGroup.last_seen.desc()).limit(limit)
        if not with_resolved:
            query = query.where(ErrorGroup.resolved_at.is_(None))
        return [_row(row) for row in self._session.scalars(query)]

    def resolve(self, fingerprint: str, by: str | None, at: dt.datetime | None) -> ErrorRow | None:
        """Mark a group as solved, or open again with None; None when there is no such group."""
        row = self._session.get(ErrorGroup, fingerprint)
        if row is None:
            return None
        row.resolved_at, row.resolved_by = at, by
        self._session.flush()
        return _row(row)


def _row(row: ErrorGroup) -> ErrorRow:
    return ErrorRow(**{name: getattr(row, name) for name in ErrorRow.__struct_fields__})
