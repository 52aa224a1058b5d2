"""Samples and alarms of health at rest."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from sqlalchemy import func, select, update

from database.models.operations import HealthAlarm, HealthSample
from database.stores import Unit


class SampleRow(msgspec.Struct, frozen=True, kw_only=True):
    """One look at the process."""

    at: dt.datetime
    state: str
    figures: dict[str, Any]


class AlarmRow(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm; closed_at is None while it lasts."""

    id: int
    component: str
    state: str
    reason: str
    opened_at: dt.datetime
    closed_at: dt.datetime | None
    acknowledged_at: dt.datetime | None
    acknowledged_by: str | None


class HealthRows:
    """Within one unit of the logs store."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def samples(self, since: dt.datetime, most: int) -> list[SampleRow]:
        """Samples since an instant, ascending; every n-th of them where there are more than `most`."""
        count = self._session.scalar(
            select(func.count()).select_from(HealthSample).where(HealthSample.at >= since)
        )
        step = max(1, -(-(count or 0) // most))
        query = select(HealthSample).where(HealthSample.at >= since, HealthSample.id % step == 0)
        return [
            SampleRow(at=row.at, state=row.state, figures=row.figures)
            for row in self._session.scalars(query.order_by(HealthSample.id))
        ]

    def alarms(self, limit: int, *, is_open: bool = False) -> list[AlarmRow]:
        """Newest first; with `is_open` those that last."""
        query = select(HealthAlarm).order_by(HealthAlarm.id.desc()).limit(limit)
        if is_open:
            query = query.where(HealthAlarm.closed_at.is_(None))
        return [_alarm(row) for row in self._session.scalars(query)]

    def open(self, component: str, state: str, reason: str, at: dt.datetime) -> None:
        """An alarm begins."""
        self._session.add(
            HealthAlarm(component=component[:120], state=state, reason=reason[:500], opened_at=at)
        )

    def worsen(self, component: str, state: str, reason: str) -> None:
        """The alarm of a component that lasts says something else now."""
        self._session.execute(
            update(HealthAlarm)
            .where(HealthAlarm.component == component[:120], HealthAlarm.closed_at.is_(None))
            .values(state=state, reason=reason[:500])
        )

    def close(self, component: str, at: dt.datetime) -> None:
        """The component is well, or gone."""
        self._session.execute(
            update(HealthAlarm)
            .where(HealthAlarm.component == component[:120], HealthAlarm.closed_at.is_(None))
            .values(closed_at=at)
        )

    def acknowledge(self, alarm_id: int, by: str, at: dt.datetime) -> AlarmRow | None:
        """Somebody has seen it; the first one stays. None when there is no such alarm."""
        row = self._session.get(HealthAlarm, alarm_id)
        if row is None:
            return None
        if row.acknowledged_at is None:
            row.acknowledged_at, row.acknowledged_by = at, by
            self._session.flush()
        return _alarm(row)


def _alarm(row: HealthAlarm) -> AlarmRow:
    return AlarmRow(
        id=row.id, component=row.component, state=row.state, reason=row.reason, opened_at=row.opened_at,
        closed_at=row.closed_at, acknowledged_at=row.acknowledged_at, acknowledged_by=row.acknowledged_by,
    )  # fmt: skip
