"""The market calendar: year files of the repository, amendments of the operator, and the two answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from domain import calendar as rules
from domain.calendar import (
    GROUP_OF_EXCHANGE,
    Day,
    DayType,
    EndRule,
    MarketSession,
    SessionGroup,
    SessionKind,
    Timetable,
    Window,
)
from domain.instruments import Exchange, Instrument, InstrumentType
from utils.clock import epoch_ms

DATA_FOLDER = Path(__file__).parent / "calendar_data"
ZONE_NAME = "Asia/Kolkata"
PUBLISHED = (
    Exchange.NSE, Exchange.BSE, Exchange.NFO, Exchange.BFO,
    Exchange.CDS, Exchange.BCD, Exchange.MCX, Exchange.NCO,
)  # fmt: skip
MCX_AGRI_INTERNATIONAL = frozenset({"COTTON", "COTTONCNDY", "CPO", "KAPAS"})
MCX_AGRI = frozenset({"CARDAMOM", "CASTORSEED", "COTTONOIL", "MENTHAOIL", "PEPPER", "RUBBER"})
T = TypeVar("T")


class _WindowText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: SessionKind
    start: str | None
    end: str | None


class _DayText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    date: dt.date
    description: str
    type: DayType
    settles: bool
    notified: bool
    source: str
    sessions: dict[SessionGroup, list[_WindowText]]


class _YearText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    year: int
    notified: bool
    sources: dict[str, str]
    days: list[_DayText]


class _TimetableText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    since: dt.date
    source: str
    sessions: list[_WindowText]


class _RegularText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sources: dict[str, str]
    groups: dict[SessionGroup, list[_TimetableText]]


class Calendar(rules.Calendar):
    """The calendar of the running gateway; reading needs no lock, amendments swap a whole reference."""

    def __init__(self, folder: Path = DATA_FOLDER) -> None:
        """Read `regular.json` and every `<year>.json`. Raises ValueError naming the broken file."""
        regular = _read(folder / "regular.json", _RegularText)
        years = [_read(path, _YearText) for path in sorted(folder.glob("2*.json"))]
        self._shipped = tuple(_day(row, year.sources) for year in years for row in year.days)
        timetables = {
            group: tuple(Timetable(row.since, tuple(_window(each) for each in row.sessions)) for row in rows)
            for group, rows in regular.groups.items()
        }
        super().__init__(timetables, self._shipped, (year.year for year in years if year.notified))
        self._shipped_timetables = dict(self._timetables)

    def amend(
        self, days: Iterable[Day], timetables: Mapping[SessionGroup, Iterable[Timetable]] | None = None
    ) -> None:
        """Lay the operator's days and hours over the shipped ones; his win on the same date. Raises ValueError."""
        merged = {day.date: day for day in self._shipped}
        for day in days:
            for windows in day.sessions.values():
                rules.check_windows(windows)
            merged[day.date] = day
        hours = dict(self._shipped_timetables)
        for group, tables in (timetables or {}).items():
            own = {table.since: table for table in tables}
            for table in own.values():
                rules.check_windows(table.windows)
            kept = [table for table in hours.get(group, ()) if table.since not in own]
            hours[group] = tuple(sorted([*kept, *own.values()], key=lambda row: row.since, reverse=True))
        self._days, self._timetables = merged, hours
        self.forget_answers()

    def timetables(self) -> dict[SessionGroup, tuple[Timetable, ...]]:
        """Regular hours of every group in force, the latest first."""
        return dict(self._timetables)

    def holidays(self, year: int) -> list[dict[str, Any]]:
        """Rows of the `market/holidays` answer, ascending. Sessions of unknown times are listed nowhere."""
        return [self._holiday(day) for day in self.days(year)]

    def _holiday(self, day: Day) -> dict[str, Any]:
        listed = [exchange for exchange in PUBLISHED if exchange in day.sessions]
        return {
            "date": day.date.isoformat(),
            "description": day.description,
            "holiday_type": day.type.value,
            "closed_exchanges": [exchange.value for exchange in listed if not day.sessions[exchange]],
            "open_exchanges": [row for exchange in listed for row in self._timing(exchange, day.date)],
        }

    def timings(self, date: dt.date, with_crypto: bool = False) -> list[dict[str, Any]]:
        """Rows of the `market/timings` answer. `with_crypto`: a crypto broker is enabled."""
        rows = [row for exchange in PUBLISHED for row in self._timing(exchange, date)]
        if with_crypto:
            whole_day = self._timing(Exchange.CRYPTO, date)
            rows.extend(row | {"end_time": row["end_time"] - 1000} for row in whole_day)
        return rows

    def _timing(self, exchange: Exchange, date: dt.date) -> list[dict[str, Any]]:
        return [
            {"exchange": exchange.value, "start_time": epoch_ms(row.start), "end_time": epoch_ms(row.end)}
            for row in self.trading_sessions(exchange, date)
        ]

    def warnings(self, now: dt.datetime) -> list[str]:
        """What an operator should hear at start: quarters ahead whose holiday list is not published here."""
        today = now.astimezone(rules.INDIA).date()
        missing = {
            date.year for date in (today, today + dt.timedelta(days=92)) if date.year not in self._years
        }
        return [
            f"The holiday list of {year} is not notified: weekdays of {year} count as trading days"
            for year in sorted(missing)
        ]


def session_group(instrument: Instrument, in_closing_auction: bool = False) -> SessionGroup:
    """The timetable of one instrument. `in_closing_auction`: an equity with derivatives."""
    group = GROUP_OF_EXCHANGE[instrument.exchange]
    if group is SessionGroup.COMMODITY:
        if instrument.name in MCX_AGRI_INTERNATIONAL:
            return SessionGroup.COMMODITY_AGRI_INTERNATIONAL
        if instrument.name in MCX_AGRI:
            return SessionGroup.COMMODITY_AGRI
    if (
        group is SessionGroup.EQUITY
        and in_closing_auction
        and instrument.instrument_type is InstrumentType.EQ
    ):
        return SessionGroup.EQUITY_AUCTION
    return group


def parse_minute(text: str) -> int:
    """Minutes after midnight of HH:MM, up to 30:00. Raises ValueError."""
    hours, colon, minutes = text.partition(":")
    if not (colon and len(hours) == len(minutes) == 2 and hours.isdecimal() and minutes.isdecimal()):
        raise ValueError(f"not a time of day: {text!r}")
    total = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or total > rules.LATEST_MINUTE:
        raise ValueError(f"not a time of day: {text!r}")
    return total


def _read(path: Path, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=shape)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"calendar file {path.name}: {error}") from None


def _window(row: _WindowText) -> Window:
    if row.start is None or row.end is None:
        return Window(row.kind, None, None)
    end = EndRule(row.end) if row.end in (EndRule.REGULAR, EndRule.US_CLOCK) else parse_minute(row.end)
    return Window(row.kind, parse_minute(row.start), end)


def _day(row: _DayText, sources: Mapping[str, str]) -> Day:
    by_group = {group: tuple(_window(each) for each in windows) for group, windows in row.sessions.items()}
    return Day(
        date=row.date,
        description=row.description,
        type=row.type,
        sessions={
            exchange: by_group[group] for exchange, group in GROUP_OF_EXCHANGE.items() if group in by_group
        },
        settles=row.settles,
        notified=row.notified,
        source=sources[row.source],
    )


__all__ = ["Calendar", "MarketSession", "SessionGroup", "SessionKind", "parse_minute", "session_group"]
