"""The audit trail at rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import select

from database.models.audit import AuditRow
from database.stores import Unit

BATCH = 1_000


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the trail. detail: a JSON object of texts, whole numbers, truths and lists of them."""

    seq: int
    at_ms: int
    actor: str
    actor_id: int | None
    action: str
    subject: str
    outcome: str
    address: str
    request_id: str
    detail: dict[str, Any]
    previous: str
    digest: str


class AuditRows:
    """Within one unit of the main store."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._session = unit.session

    def alone(self) -> None:
        """Nobody else adds until this write unit ends."""
        self._unit.exclusive("audit trail")

    def last(self) -> Entry | None:
        """The newest row."""
        row = self._session.scalar(select(AuditRow).order_by(AuditRow.seq.desc()).limit(1))
        return None if row is None else _entry(row)

    def at(self, seq: int) -> Entry | None:
        """One row."""
        row = self._session.get(AuditRow, seq)
        return None if row is None else _entry(row)

    def add(self, entry: Entry) -> None:
        """Put a row behind the last one."""
        self._session.add(AuditRow(**msgspec.structs.asdict(entry)))
        self._session.flush()

    def page(self, before: int | None, limit: int, words: str, outcome: str) -> list[Entry]:
        """Newest first. words: a part of actor, action or subject. outcome: `done`, `refused` or empty."""
        query = select(AuditRow).order_by(AuditRow.seq.desc()).limit(limit)
        if before is not None:
            query = query.where(AuditRow.seq < before)
        if words:
            texts = (AuditRow.actor, AuditRow.action, AuditRow.subject, AuditRow.request_id, AuditRow.address)
            found = [text.icontains(words, autoescape=True) for text in texts]
            query = query.where(found[0] | found[1] | found[2] | found[3] | found[4])
        if outcome:
            is_done = AuditRow.outcome == "done"
            query = query.where(is_done if outcome == "done" else ~is_done)
        return [_entry(row) for row in self._session.scalars(query)]

    def walk(self) -> Iterator[Entry]:
        """Every row, oldest first, a batch in memory at a time."""
        after = -(2**62)
        while True:
            query = select(AuditRow).where(AuditRow.seq > after).order_by(AuditRow.seq).limit(BATCH)
            rows = [_entry(row) for row in self._session.scalars(query)]
            yield from rows
            if len(rows) < BATCH:
                return
            after = rows[-1].seq
            self._session.expunge_all()


def _entry(row: AuditRow) -> Entry:
    return Entry(**{name: getattr(row, name) for name in Entry.__struct_fields__})
