"""Which bars should be there and are not, by the market calendar. A gap is marked, never filled."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence

import msgspec

from domain.calendar import Calendar, MarketSession
from domain.instruments import Instrument, InstrumentType
from domain.market import Candle, Interval
from services.market.calendar import session_group
from utils.clock import UTC, ist


class Gap(msgspec.Struct, frozen=True):
    """Expected bars that did not come, one after the other. first, last: their timestamps. bars: how many."""

    first: int
    last: int
    bars: int


class Expected:
    """What the calendar expects. Silent where it is not sure: days nobody notified, and markets that never close.

    A bar is expected once it has ended. That an instrument did not trade in it is a gap like any other.
    """

    def __init__(
        self, calendar: Calendar, is_practice: Callable[[str], bool],
        in_closing_auction: Callable[[str, Instrument], bool],
    ) -> None:  # fmt: skip
        self._calendar = calendar
        self._is_practice = is_practice
        self._in_closing_auction = in_closing_auction

    def gaps(
        self, broker: str, instrument: Instrument, interval: Interval, days: Collection[dt.date],
        candles: Sequence[Candle], now: dt.datetime,
    ) -> list[Gap]:  # fmt: skip
        """Gaps within the days, ascending; weeks and longer have none, for nobody says which should be there."""
        if self._is_practice(broker) or (interval.seconds is None and interval is not Interval.D):
            return []
        starts = [candle.timestamp for candle in candles]
        found: list[Gap] = []
        for day in days:
            if self._calendar.is_notified(day):
                sessions = self._sessions(broker, instrument, day)
                due = _days_bar(day, sessions, now) if interval.seconds is None else None
                expected = [due] if due is not None else _spans(sessions, interval.seconds, now)
                for span in expected:
                    found += _missing(span, starts)
        return _joined(found, interval)

    def is_open(self, broker: str, instrument: Instrument, now: dt.datetime) -> bool:
        """Whether prices can still move now."""
        if self._is_practice(broker):
            return True
        return any(row.start <= now < row.end for row in self._sessions(broker, instrument, ist(now).date()))

    def is_over(self, broker: str, instrument: Instrument, day: dt.date, now: dt.datetime) -> bool:
        """Whether trading of the day has ended."""
        if self._is_practice(broker):
            return ist(now).date() > day
        sessions = self._sessions(broker, instrument, day)
        return all(row.end <= now for row in sessions) if sessions else ist(now).date() > day

    def session_day(self, broker: str, instrument: Instrument, now: dt.datetime) -> dt.date:
        """The day whose trading quotes tell of: today once its trading has begun, else the last trading day."""
        today = ist(now).date()
        if self._is_practice(broker):
            return today
        sessions = self._sessions(broker, instrument, today)
        if sessions and min(row.start for row in sessions) <= now:
            return today
        return self._calendar.previous_trading_day(instrument.exchange, today)

    def is_trading_day(self, broker: str, instrument: Instrument, day: dt.date) -> bool:
        """Whether the day may have bars; a day that nobody notified may."""
        if self._is_practice(broker) or not self._calendar.is_notified(day):
            return True
        return bool(self._sessions(broker, instrument, day))

    def _sessions(self, broker: str, instrument: Instrument, day: dt.date) -> tuple[MarketSession, ...]:
        is_equity = instrument.instrument_type is InstrumentType.EQ
        group = session_group(instrument, is_equity and self._in_closing_auction(broker, instrument))
        return self._calendar.trading_sessions(instrument.exchange, day, group)


def forming(
    candles: Sequence[Candle], interval: Interval, now: dt.datetime, *, is_open: bool, is_over: bool
) -> int | None:
    """Timestamp of the last bar if it can still change. is_open: the market now. is_over: trading of today."""
    if not candles:
        return None
    last = candles[-1].timestamp
    if interval.seconds is not None:
        return last if is_open and last + interval.seconds > now.timestamp() else None
    today = ist(now).date()
    end = _next_period(dt.datetime.fromtimestamp(last, UTC).date(), interval)
    if end - dt.timedelta(days=1) == today:
        return None if is_over else last
    return last if end > today else None


def _next_period(day: dt.date, interval: Interval) -> dt.date:
    """The first day after the bar that begins on `day`."""
    if interval is Interval.D:
        return day + dt.timedelta(days=1)
    if interval is Interval.W:
        return day + dt.timedelta(days=7 - day.weekday())
    months = {Interval.M: 1, Interval.Q: 3, Interval.Y: 12}[interval]
    place = day.year * 12 + (day.month - 1) // months * months + months
    return dt.date(place // 12, place % 12 + 1, 1)


def _days_bar(day: dt.date, sessions: Sequence[MarketSession], now: dt.datetime) -> range:
    """The stamp of a day's bar, if its trading has ended."""
    stamp = int(dt.datetime.combine(day, dt.time(), UTC).timestamp())
    return range(stamp, stamp + 1) if sessions and sessions[-1].end <= now else range(0)


def _spans(sessions: Sequence[MarketSession], seconds: int | None, now: dt.datetime) -> Iterator[range]:
    """The stamps of the bars of each session that have ended."""
    if seconds is None:
        return
    for row in sessions:
        start, end = int(row.start.timestamp()), int(row.end.timestamp())
        until = end if now >= row.end else min(end, int(now.timestamp()) - seconds + 1)
        yield range(start, until, seconds)


def _missing(span: range, starts: Sequence[int]) -> Iterator[Gap]:
    """Runs of expected stamps that did not come."""
    if not span:
        return
    there = set(starts[bisect_left(starts, span.start) : bisect_left(starts, span[-1] + 1)])
    if len(there) >= len(span) and there.issuperset(span):
        return
    first = last = count = 0
    for stamp in span:
        if stamp in there:
            if count:
                yield Gap(first, last, count)
            count = 0
        else:
            first = first if count else stamp
            last, count = stamp, count + 1
    if count:
        yield Gap(first, last, count)


def _joined(gaps: Sequence[Gap], interval: Interval) -> list[Gap]:
    """Gaps that touch become one: a session may follow another without a pause."""
    joined: list[Gap] = []
    for gap in gaps:
        before = joined[-1] if joined else None
        if before is not None and interval.seconds and before.last + interval.seconds == gap.first:
            joined[-1] = Gap(before.first, gap.last, before.bars + gap.bars)
        else:
            joined.append(gap)
    return joined
