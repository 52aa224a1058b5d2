"""Quantity freezes and the operator's calendar days at rest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, func, select

from database.models.market import CalendarDay, MarketTiming, QuantityFreeze
from database.stores import Unit
from domain.calendar import Day, DayType, EndRule, SessionGroup, SessionKind, Timetable, Window
from domain.instruments import Exchange


class Freezes:
    """Repository of quantity freezes."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def all(self) -> dict[tuple[Exchange, str], int]:
        """Largest order quantity by (exchange, underlying)."""
        rows = self._session.scalars(select(QuantityFreeze))
        return {(Exchange(row.exchange), row.symbol): row.freeze_qty for row in rows}

    def is_empty(self, exchange: Exchange) -> bool:
        """Whether nothing is known for the exchange."""
        count = (
            select(func.count()).select_from(QuantityFreeze).where(QuantityFreeze.exchange == exchange.value)
        )
        return not self._session.scalar(count)

    def replace(self, exchange: Exchange, freezes: Mapping[str, int]) -> None:
        """Let these be all freezes of the exchange."""
        self._session.execute(delete(QuantityFreeze).where(QuantityFreeze.exchange == exchange.value))
        for symbol, quantity in freezes.items():
            self._session.add(QuantityFreeze(exchange=exchange.value, symbol=symbol, freeze_qty=quantity))

    def put(self, exchange: Exchange, symbol: str, quantity: int | None) -> None:
        """Set one freeze, or remove it with None."""
        mine = (QuantityFreeze.exchange == exchange.value, QuantityFreeze.symbol == symbol)
        row = self._session.scalar(select(QuantityFreeze).where(*mine))
        if quantity is None:
            if row is not None:
                self._session.delete(row)
        elif row is None:
            self._session.add(QuantityFreeze(exchange=exchange.value, symbol=symbol, freeze_qty=quantity))
        else:
            row.freeze_qty = quantity


class CalendarDays:
    """Repository of the days that the operator laid over the shipped calendar."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def all(self) -> list[Day]:
        """Every day, ascending."""
        return [_day(row) for row in self._session.scalars(select(CalendarDay).order_by(CalendarDay.date))]

    def put(self, day: Day, now: dt.datetime) -> None:
        """Add a day or replace the one of the same date."""
        self.remove(day.date)
        self._session.flush()
        sessions = {
            exchange.value: [[window.kind.value, window.start, window.end] for window in windows]
            for exchange, windows in day.sessions.items()
        }
        self._session.add(
            CalendarDay(
                date=day.date.isoformat(), description=day.description, type=day.type.value, settles=day.settles,
                sessions=sessions, created_at=now,
            )
        )  # fmt: skip

    def remove(self, date: dt.date) -> bool:
        """Take a day back; whether there was one."""
        row = self._session.get(CalendarDay, date.isoformat())
        if row is not None:
            self._session.delete(row)
        return row is not None


class Timings:
    """Repository of the regular hours that the operator set."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def all(self) -> dict[SessionGroup, list[Timetable]]:
        """By group, ascending by the date they begin."""
        found: dict[SessionGroup, list[Timetable]] = {}
        for row in self._session.scalars(select(MarketTiming).order_by(MarketTiming.since)):
            table = Timetable(dt.date.fromisoformat(row.since), _windows(row.windows))
            found.setdefault(SessionGroup(row.session_group), []).append(table)
        return found

    def put(self, group: SessionGroup, table: Timetable, now: dt.datetime) -> None:
        """Set the hours of a group from a date on."""
        self.remove(group, table.since)
        self._session.flush()
        windows = [[window.kind.value, window.start, window.end] for window in table.windows]
        self._session.add(
            MarketTiming(
                session_group=group.value, since=table.since.isoformat(), windows=windows, created_at=now
            )
        )

    def remove(self, group: SessionGroup, since: dt.date) -> bool:
        """Take hours back; whether there were any."""
        row = self._session.get(MarketTiming, (group.value, since.isoformat()))
        if row is not None:
            self._session.delete(row)
        return row is not None


def _windows(rows: Iterable[Any]) -> tuple[Window, ...]:
    return tuple(
        Window(SessionKind(kind), start, EndRule(end) if isinstance(end, str) else end)
        for kind, start, end in rows
    )


def _day(row: CalendarDay) -> Day:
    return Day(
        date=dt.date.fromisoformat(row.date),
        description=row.description,
        type=DayType(row.type),
        sessions={Exchange(exchange): _windows(windows) for exchange, windows in row.sessions.items()},
        settles=row.settles,
        notified=True,
        source="operator",
    )
