"""Trading sessions: who may trade when. Pure rules over timetables, exceptional days and the US clock.

A *timetable* holds the regular weekday of a session group from an effective date on. A *day* is an exception
(holiday, special session). Questions take zone-aware instants or Indian dates; nothing here reads a clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import lru_cache

import msgspec

from domain.instruments import Exchange

INDIA = dt.timezone(dt.timedelta(hours=5, minutes=30), "IST")
LATEST_MINUTE = 30 * 60
SEARCH_DAYS = 40


class SessionKind(StrEnum):
    """Phases of a trading day. `special` is a continuous session outside the regular timetable."""

    PREOPEN = "preopen"
    CONTINUOUS = "continuous"
    AUCTION = "auction"
    POSTCLOSE = "postclose"
    SPECIAL = "special"


TRADING = frozenset({SessionKind.CONTINUOUS, SessionKind.SPECIAL})


class SessionGroup(StrEnum):
    """Instruments that share a timetable. The first five are the defaults of whole exchanges."""

    EQUITY = "equity"
    DERIVATIVES = "derivatives"
    CURRENCY = "currency"
    COMMODITY = "commodity"
    NCDEX = "ncdex"
    CRYPTO = "crypto"
    EQUITY_AUCTION = "equity_auction"
    COMMODITY_AGRI_INTERNATIONAL = "commodity_agri_international"
    COMMODITY_AGRI = "commodity_agri"


GROUP_OF_EXCHANGE: dict[Exchange, SessionGroup] = {
    Exchange.NSE: SessionGroup.EQUITY,
    Exchange.BSE: SessionGroup.EQUITY,
    Exchange.NSE_INDEX: SessionGroup.EQUITY,
    Exchange.BSE_INDEX: SessionGroup.EQUITY,
    Exchange.NFO: SessionGroup.DERIVATIVES,
    Exchange.BFO: SessionGroup.DERIVATIVES,
    Exchange.CDS: SessionGroup.CURRENCY,
    Exchange.BCD: SessionGroup.CURRENCY,
    Exchange.MCX: SessionGroup.COMMODITY,
    Exchange.NCO: SessionGroup.COMMODITY,
    Exchange.MCX_INDEX: SessionGroup.COMMODITY,
    Exchange.NCDEX: SessionGroup.NCDEX,
    Exchange.CRYPTO: SessionGroup.CRYPTO,
    Exchange.GLOBAL_INDEX: SessionGroup.CRYPTO,
}


class DayType(StrEnum):
    """What an exceptional day is called on the wire."""

    TRADING_HOLIDAY = "TRADING_HOLIDAY"
    SETTLEMENT_HOLIDAY = "SETTLEMENT_HOLIDAY"
    SPECIAL_SESSION = "SPECIAL_SESSION"


class EndRule(StrEnum):
    """Computed ends: the group's regular close, or the close that follows the US clock (23:30/23:55)."""

    REGULAR = "close"
    US_CLOCK = "us"


class Window(msgspec.Struct, frozen=True):
    """A session as written: minutes after Indian midnight, up to 30:00. `None` is not notified yet."""

    kind: SessionKind
    start: int | None
    end: int | EndRule | None


class MarketSession(msgspec.Struct, frozen=True, order=True):
    """A session of a real day: start inclusive, end exclusive, both UTC."""

    start: dt.datetime
    end: dt.datetime
    kind: SessionKind


class Timetable(msgspec.Struct, frozen=True):
    """The regular weekday of a group from `since` on."""

    since: dt.date
    windows: tuple[Window, ...]


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """An exceptional date. Exchanges not in `sessions` keep their regular weekday; empty means closed.

    settles: whether it counts as a settlement day. notified: whether an exchange circular announced it.
    """

    date: dt.date
    description: str
    type: DayType
    sessions: Mapping[Exchange, tuple[Window, ...]]
    settles: bool
    notified: bool
    source: str


class Change(msgspec.Struct, frozen=True):
    """The next opening or closing."""

    at: dt.datetime
    opens: bool


def us_daylight_saving(day: dt.date) -> bool:
    """Whether New York is on daylight saving: second Sunday of March to first Sunday of November."""
    march = dt.date(day.year, 3, 8)
    november = dt.date(day.year, 11, 1)
    starts = march + dt.timedelta(days=6 - march.weekday())
    ends = november + dt.timedelta(days=6 - november.weekday())
    return starts <= day < ends


def us_clock_close(day: dt.date) -> int:
    """Minutes after midnight at which metals and energy close: 23:30 in the US summer, else 23:55."""
    return 23 * 60 + (30 if us_daylight_saving(day) else 55)


def india_instant(day: dt.date, minute: int) -> dt.datetime:
    """UTC instant of `minute` minutes after Indian midnight of `day`."""
    midnight = dt.datetime(day.year, day.month, day.day, tzinfo=INDIA)
    return (midnight + dt.timedelta(minutes=minute)).astimezone(dt.UTC)


def check_windows(windows: Iterable[Window]) -> None:
    """Raise ValueError unless windows are sorted, disjoint, not empty and end within 6 h past midnight."""
    previous = 0
    for window in windows:
        if window.start is None or window.end is None:
            if not (window.start is None and window.end is None):
                raise ValueError("a window knows both its times or none")
            continue
        if window.start < previous:
            raise ValueError("windows overlap or are not sorted")
        end = window.end if isinstance(window.end, int) else window.start + 1
        if not window.start < end <= LATEST_MINUTE:
            raise ValueError("a window ends after it starts and at most 6 h past midnight")
        previous = end


class Calendar:
    """Answers every question about sessions from timetables and exceptional days."""

    def __init__(
        self,
        timetables: Mapping[SessionGroup, tuple[Timetable, ...]],
        days: Iterable[Day],
        years: Iterable[int],
    ) -> None:
        """years: those whose holiday list was published; every other weekday is a guess."""
        self._timetables = {
            group: tuple(sorted(rows, key=lambda row: row.since, reverse=True))
            for group, rows in timetables.items()
        }
        self._days: dict[dt.date, Day] = {}
        for day in days:
            if day.date in self._days:
                raise ValueError(f"{day.date} is listed twice")
            for windows in day.sessions.values():
                check_windows(windows)
            self._days[day.date] = day
        self._years = frozenset(years)
        self.forget_answers()

    def forget_answers(self) -> None:
        """Days or timetables changed: a new cache, so that nobody who still works on the old ones fills it."""
        self._sessions = lru_cache(maxsize=4096)(self._build_sessions)

    def days(self, year: int) -> list[Day]:
        """Exceptional days of a year, ascending."""
        return [self._days[date] for date in sorted(self._days) if date.year == year]

    def day(self, date: dt.date) -> Day | None:
        """The exception on this date, None for a regular day or weekend."""
        return self._days.get(date)

    def is_notified(self, date: dt.date) -> bool:
        """Whether exchange circulars cover this date; otherwise the answer for a weekday is a guess."""
        day = self._days.get(date)
        return date.year in self._years if day is None else day.notified

    def sessions(
        self, exchange: Exchange, date: dt.date, group: SessionGroup | None = None
    ) -> tuple[MarketSession, ...]:
        """All sessions that begin on the Indian `date`, ascending; empty when closed or not notified.

        `group` selects an instrument's own timetable (closing-auction stocks, agricultural commodities).
        """
        return self._sessions(exchange, date, group or GROUP_OF_EXCHANGE[exchange])

    def _build_sessions(
        self, exchange: Exchange, date: dt.date, group: SessionGroup
    ) -> tuple[MarketSession, ...]:
        regular = self._regular(group, date)
        if group is SessionGroup.CRYPTO:
            windows: tuple[Window, ...] = regular
        else:
            day = self._days.get(date)
            if day is not None and exchange in day.sessions:
                windows = day.sessions[exchange]
            else:
                windows = regular if date.weekday() < 5 else ()
        return tuple(self._concrete(windows, regular, date))

    def _regular(self, group: SessionGroup, date: dt.date) -> tuple[Window, ...]:
        for table in self._timetables.get(group, ()):
            if table.since <= date:
                return table.windows
        return ()

    @staticmethod
    def _concrete(
        windows: tuple[Window, ...], regular: tuple[Window, ...], date: dt.date
    ) -> Iterator[MarketSession]:
        for window in windows:
            if window.start is None or window.end is None:
                continue
            end = _end_minute(window.end, regular, date)
            if end > window.start:
                yield MarketSession(india_instant(date, window.start), india_instant(date, end), window.kind)

    def trading_sessions(
        self, exchange: Exchange, date: dt.date, group: SessionGroup | None = None
    ) -> tuple[MarketSession, ...]:
        """The continuous and special sessions of the date."""
        return tuple(row for row in self.sessions(exchange, date, group) if row.kind in TRADING)

    def is_trading_day(self, exchange: Exchange, date: dt.date) -> bool:
        """Whether at least one trading session begins on the date."""
        return bool(self.trading_sessions(exchange, date))

    def is_open(
        self,
        exchange: Exchange,
        instant: dt.datetime,
        kind: SessionKind | None = None,
        group: SessionGroup | None = None,
    ) -> bool:
        """Whether a session of `kind` (default: any trading session) contains the instant."""
        today = _india_date(instant)
        for date in (today - dt.timedelta(days=1), today):
            for row in self.sessions(exchange, date, group):
                wanted = row.kind in TRADING if kind is None else row.kind is kind
                if wanted and row.start <= instant < row.end:
                    return True
        return False

    def next_open(
        self, exchange: Exchange, instant: dt.datetime, group: SessionGroup | None = None
    ) -> dt.datetime | None:
        """First trading session start strictly after the instant, None when none is known within 40 days."""
        for row in self._upcoming(exchange, instant, group):
            if row.start > instant:
                return row.start
        return None

    def next_change(
        self, exchange: Exchange, instant: dt.datetime, group: SessionGroup | None = None
    ) -> Change | None:
        """The nearest opening or closing of a trading session strictly after the instant."""
        for row in self._upcoming(exchange, instant, group):
            if row.start > instant:
                return Change(row.start, opens=True)
            if row.end > instant:
                return Change(row.end, opens=False)
        return None

    def _upcoming(
        self, exchange: Exchange, instant: dt.datetime, group: SessionGroup | None
    ) -> Iterator[MarketSession]:
        first = _india_date(instant) - dt.timedelta(days=1)
        for offset in range(SEARCH_DAYS):
            yield from self.trading_sessions(exchange, first + dt.timedelta(days=offset), group)

    def next_trading_day(self, exchange: Exchange, date: dt.date) -> dt.date:
        """The first trading day after the date. Raises LookupError when none is known within 40 days."""
        return self._walk(exchange, date, 1)

    def previous_trading_day(self, exchange: Exchange, date: dt.date) -> dt.date:
        """The last trading day before the date. Raises LookupError when none is known within 40 days."""
        return self._walk(exchange, date, -1)

    def _walk(self, exchange: Exchange, date: dt.date, step: int) -> dt.date:
        for offset in range(1, SEARCH_DAYS):
            candidate = date + dt.timedelta(days=step * offset)
            if self.is_trading_day(exchange, candidate):
                return candidate
        raise LookupError(f"no trading day on {exchange} within {SEARCH_DAYS} days of {date}")

    def settlement_date(self, trade_date: dt.date, business_days: int = 1) -> dt.date:
        """The day on which an equity trade settles: T plus `business_days` settlement days."""
        date = trade_date
        while business_days > 0:
            date += dt.timedelta(days=1)
            day = self._days.get(date)
            if day.settles if day is not None else date.weekday() < 5:
                business_days -= 1
        return date

    def square_off_at(
        self,
        exchange: Exchange,
        date: dt.date,
        configured: dt.time,
        group: SessionGroup | None = None,
        lead: dt.timedelta = dt.timedelta(minutes=5),
    ) -> dt.datetime | None:
        """When intraday positions are closed: the configured Indian time, but at least `lead` before the last
        trading session ends; None on a day without trading."""
        rows = self.trading_sessions(exchange, date, group)
        if not rows:
            return None
        wanted = india_instant(date, configured.hour * 60 + configured.minute)
        latest = rows[-1].end - lead
        return wanted if rows[0].start < wanted < latest else latest


def _india_date(instant: dt.datetime) -> dt.date:
    if instant.tzinfo is None:
        raise ValueError("an instant carries its zone")
    return instant.astimezone(INDIA).date()


def _end_minute(end: int | EndRule, regular: tuple[Window, ...], date: dt.date) -> int:
    if isinstance(end, int):
        return end
    if end is EndRule.US_CLOCK:
        return us_clock_close(date)
    last = [row.end for row in regular if row.kind in TRADING and row.end is not None]
    return _end_minute(last[-1], (), date) if last else 0
