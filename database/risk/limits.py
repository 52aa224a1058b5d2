"""Limits by scope, and the record of who changed what. Rows of the record are added and read, nothing else."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import select, update

from database.identity import deleted_rows
from database.models.risk import RiskChange, RiskLimits
from database.stores import Unit


class LimitsRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of risk_limits, as stored."""

    scope: str
    limits: Any
    version: int
    changed_ms: int
    changed_by: str


class ChangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of risk_changes, as stored; `id` is given by the store."""

    id: int = 0
    at_ms: int
    scope: str
    kind: str
    user_id: int
    username: str
    version: int
    before: Any
    after: Any
    reason: str


class StoredLimits:
    """Limits within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def all(self) -> list[LimitsRow]:
        """Every scope."""
        return [_limits(row) for row in self._session.scalars(select(RiskLimits))]

    def get(self, scope: str) -> LimitsRow | None:
        """One scope."""
        row = self._session.get(RiskLimits, scope)
        return _limits(row) if row is not None else None

    def put(self, row: LimitsRow) -> bool:
        """Store the version after the one that is there; whether it was the one before. The first is version 1."""
        values = {name: getattr(row, name) for name in LimitsRow.__struct_fields__}
        if row.version == 1:
            if self.get(row.scope) is not None:
                return False
            self._session.add(RiskLimits(**values))
            self._session.flush()
            return True
        query = update(RiskLimits).where(RiskLimits.scope == row.scope, RiskLimits.version == row.version - 1)
        return deleted_rows(self._session.execute(query.values(**values))) == 1


class RiskChanges:
    """The record within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def add(self, row: ChangeRow) -> None:
        """One more change."""
        fields = {name: getattr(row, name) for name in ChangeRow.__struct_fields__ if name != "id"}
        self._session.add(RiskChange(**fields))

    def latest(self, user_id: int, everybody: str, limit: int, before: int | None) -> list[ChangeRow]:
        """Newest first: a user's own changes and those of the scope that is about everybody; older than `before`."""
        query = select(RiskChange).where((RiskChange.user_id == user_id) | (RiskChange.scope == everybody))
        if before is not None:
            query = query.where(RiskChange.id < before)
        return [
            _change(row) for row in self._session.scalars(query.order_by(RiskChange.id.desc()).limit(limit))
        ]


def _limits(row: RiskLimits) -> LimitsRow:
    return LimitsRow(**{name: getattr(row, name) for name in LimitsRow.__struct_fields__})


def _change(row: RiskChange) -> ChangeRow:
    return ChangeRow(**{name: getattr(row, name) for name in ChangeRow.__struct_fields__})
