"""Freeze quantities, holidays and market timings: audited in the transaction of the change, in force at once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import msgspec

from database.stores import Unit
from domain.calendar import Day, DayType, EndRule, SessionGroup, Timetable, Window
from domain.errors import InvalidInput, NotFound
from domain.instruments import Exchange
from services.market.amendments import CalendarAmendments
from services.market.calendar import Calendar
from services.market.freezes import QuantityFreezes
from services.ops.audit.trail import Act, AuditTrail

MOST_QUANTITY = 1_000_000_000
_UNDERLYING = re.compile(r"[A-Z0-9][A-Z0-9&.\-]{0,79}")
# An index has the hours of the exchange that computes it.
_INDICES = {
    Exchange.NSE: Exchange.NSE_INDEX, Exchange.BSE: Exchange.BSE_INDEX, Exchange.MCX: Exchange.MCX_INDEX,
}  # fmt: skip


class MarketRules:
    """Use cases of the admin pages; `act` says who does it."""

    def __init__(
        self, freezes: QuantityFreezes, amendments: CalendarAmendments, calendar: Calendar, trail: AuditTrail
    ) -> None:
        self._freezes = freezes
        self._amendments = amendments
        self._calendar = calendar
        self._trail = trail

    def freezes(self) -> dict[tuple[Exchange, str], int]:
        """Largest order quantity by (exchange, underlying)."""
        return self._freezes.all()

    def set_freeze(self, exchange: Exchange, symbol: str, quantity: int | None, act: Act) -> None:
        """Set one freeze, or forget it with None. Raises InvalidInput, NotFound."""
        symbol = symbol.strip().upper()
        if not _UNDERLYING.fullmatch(symbol):
            text = "must be the name of an underlying"
            raise InvalidInput(f"symbol: {text}", errors={"symbol": [text]})
        if quantity is not None and not 1 <= quantity <= MOST_QUANTITY:
            text = f"must be between 1 and {MOST_QUANTITY}"
            raise InvalidInput(f"freeze_qty: {text}", errors={"freeze_qty": [text]})
        before = self._freezes.all().get((exchange, symbol))
        if quantity is None and before is None:
            raise NotFound(f"There is no freeze quantity of {symbol} on {exchange.value}")
        noted = self._noted(act, f"{exchange.value} {symbol}", before=before, after=quantity)
        self._freezes.put(exchange, symbol, quantity, noted)

    def upload_freezes(self, exchange: Exchange, text: str, act: Act) -> int:
        """Replace an exchange's freezes by the exchange's CSV file; how many rows. Raises InvalidInput."""
        before = sum(listed is exchange for listed, _ in self._freezes.all())
        return self._freezes.upload(exchange, text, self._noted(act, exchange.value, rows_before=before))

    def days(self, year: int) -> list[tuple[Day, bool]]:
        """Exceptional days of a year, ascending, and whether the operator amended them."""
        amended = {day.date for day in self._amendments.list()}
        return [(day, day.date in amended) for day in self._calendar.days(year)]

    def put_day(self, day: Day, act: Act) -> None:
        """Add a day or correct it. Raises InvalidInput."""
        _check_kind(day)
        day = msgspec.structs.replace(day, sessions=_with_indices(day))
        before = self._calendar.day(day.date)
        noted = self._noted(act, day.date.isoformat(), before=_told(before), after=_told(day))
        self._amendments.put(day, noted)

    def remove_day(self, date: dt.date, act: Act) -> None:
        """Take an amendment back; the shipped day stands again. Raises NotFound."""
        before = self._calendar.day(date)
        self._amendments.remove(date, self._noted(act, date.isoformat(), before=_told(before)))

    def timetables(self) -> list[tuple[SessionGroup, Timetable, bool]]:
        """Regular hours in force by group, the latest first, and whether the operator set them."""
        own = {
            (group, table.since) for group, tables in self._amendments.timings().items() for table in tables
        }
        return [
            (group, table, (group, table.since) in own)
            for group, tables in self._calendar.timetables().items()
            for table in tables
        ]

    def put_timing(self, group: SessionGroup, table: Timetable, act: Act) -> None:
        """Set the regular hours of a group from a date on. Raises InvalidInput."""
        noted = self._noted(
            act, f"{group.value} {table.since.isoformat()}", before=self._hours(group, table.since),
            after=_windows(table.windows),
        )  # fmt: skip
        self._amendments.put_timing(group, table, noted)

    def remove_timing(self, group: SessionGroup, since: dt.date, act: Act) -> None:
        """Take hours back; the shipped ones stand again. Raises NotFound."""
        subject = f"{group.value} {since.isoformat()}"
        noted = self._noted(act, subject, before=self._hours(group, since))
        self._amendments.remove_timing(group, since, noted)

    def _hours(self, group: SessionGroup, since: dt.date) -> list[str] | None:
        tables = self._calendar.timetables().get(group, ())
        return next((_windows(table.windows) for table in tables if table.since == since), None)

    def _noted(self, act: Act, subject: str, **detail: Any) -> Callable[[Unit], None]:
        """Puts the act into the trail within the transaction of the change."""
        told = msgspec.structs.replace(act, subject=subject, detail=detail)
        return lambda unit: self._trail.within(unit, told)


def _check_kind(day: Day) -> None:
    """A holiday closes or shortens something, a special session opens something, a settlement holiday neither."""
    is_open = any(day.sessions.values())
    complaint = ""
    if day.type is DayType.SPECIAL_SESSION and not is_open:
        complaint = "a special session needs an exchange that is open"
    elif day.type is DayType.TRADING_HOLIDAY and not day.sessions:
        complaint = "a trading holiday closes at least one exchange"
    elif day.type is DayType.SETTLEMENT_HOLIDAY and (day.sessions or day.settles):
        complaint = "on a settlement holiday every exchange trades and nothing settles"
    if complaint:
        raise InvalidInput(complaint.capitalize(), errors={"sessions": [complaint]})


def _with_indices(day: Day) -> dict[Exchange, tuple[Window, ...]]:
    sessions = dict(day.sessions)
    for exchange, index in _INDICES.items():
        if exchange in sessions:
            sessions[index] = sessions[exchange]
    return sessions


def _told(day: Day | None) -> dict[str, Any] | None:
    if day is None:
        return None
    sessions = {exchange.value: _windows(windows) for exchange, windows in sorted(day.sessions.items())}
    return {
        "description": day.description, "type": day.type.value, "settles": day.settles, "sessions": sessions,
    }  # fmt: skip


def _windows(windows: tuple[Window, ...]) -> list[str]:
    return [f"{window.kind.value} {clock_text(window.start)}-{clock_text(window.end)}" for window in windows]


def clock_text(minute: int | EndRule | None) -> str | None:
    """HH:MM of minutes after midnight, the word of a rule, None where the time is not notified."""
    if minute is None or isinstance(minute, EndRule):
        return minute
    return f"{minute // 60:02d}:{minute % 60:02d}"
