"""Settings of retention jobs (main store) and their runs (logs store)."""

from __future__ import annotations

import datetime as dt

import msgspec
from sqlalchemy import func, select

from database.models.audit import RetentionSetting
from database.models.operations import RetentionRun
from database.stores import Unit


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run; removed is None when it failed."""

    job: str
    began_at: dt.datetime
    duration_ms: int
    removed: int | None
    error: str | None


class SettingRow(msgspec.Struct, frozen=True, kw_only=True):
    """Days that the operator set."""

    days: int
    updated_at: dt.datetime
    updated_by: str


class RetentionSettings:
    """Within one unit of the main store."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def all(self) -> dict[str, SettingRow]:
        """By job."""
        return {
            row.job: SettingRow(days=row.days, updated_at=row.updated_at, updated_by=row.updated_by)
            for row in self._session.scalars(select(RetentionSetting))
        }

    def put(self, job: str, days: int, by: str, now: dt.datetime) -> None:
        """Set the days of a job."""
        row = self._session.get(RetentionSetting, job)
        if row is None:
            row = RetentionSetting(job=job)
            self._session.add(row)
        row.days, row.updated_by, row.updated_at = days, by[:80], now


class RetentionRuns:
    """Within one unit of the logs store."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def latest(self) -> dict[str, RunRow]:
        """The last run of each job."""
        newest = select(func.max(RetentionRun.id)).group_by(RetentionRun.job)
        rows = self._session.scalars(select(RetentionRun).where(RetentionRun.id.in_(newest)))
        return {
            row.job: RunRow(
                job=row.job, began_at=row.began_at, duration_ms=row.duration_ms, removed=row.removed,
                error=row.error,
            )
            for row in rows
        }  # fmt: skip

    def add(self, row: RunRow) -> None:
        """Note a run."""
        self._session.add(RetentionRun(**msgspec.structs.asdict(row)))
