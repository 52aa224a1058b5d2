"""Which calls a range of days needs, and what bars are made of once they came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence

import msgspec

from domain.instruments import Instrument
from domain.market import Candle, Interval
from utils.clock import IST, from_epoch, ist

LAST_MOMENT = dt.time(23, 59, 59)


class Series(msgspec.Struct, frozen=True):
    """Bars of one length of what one account calls by this name and token."""

    account_id: int
    broker: str
    instrument: Instrument
    interval: Interval


class Chunk(msgspec.Struct, frozen=True):
    """One call: the days first..last, both included."""

    series: Series
    first: dt.date
    last: dt.date

    @property
    def start(self) -> dt.datetime:
        """The first moment, Indian time."""
        return dt.datetime.combine(self.first, dt.time(), IST)

    @property
    def end(self) -> dt.datetime:
        """The last moment, Indian time."""
        return dt.datetime.combine(self.last, LAST_MOMENT, IST)


def days(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every day from first to last."""
    return [first + dt.timedelta(days=offset) for offset in range((last - first).days + 1)]


def chunks(series: Series, wanted: Collection[dt.date], span_days: int) -> list[Chunk]:
    """The fewest calls of at most `span_days` days that cover the wanted days (ascending); holes are bridged."""
    cut: list[Chunk] = []
    first = last = None
    for day in wanted:
        if first is None or (day - first).days >= span_days:
            if first is not None and last is not None:
                cut.append(Chunk(series, first, last))
            first = day
        last = day
    if first is not None and last is not None:
        cut.append(Chunk(series, first, last))
    return cut


def day_of(candle: Candle, interval: Interval) -> dt.date:
    """The trade date of a bar."""
    at = from_epoch(candle.timestamp)
    return at.date() if interval.seconds is None else ist(at).date()


def ordered(candles: Iterable[Candle]) -> list[Candle]:
    """Ascending, one bar per timestamp; of two the later answer wins."""
    by_time = {candle.timestamp: candle for candle in candles}
    return [by_time[at] for at in sorted(by_time)]


def by_day(candles: Sequence[Candle], interval: Interval) -> dict[dt.date, list[Candle]]:
    """Bars by trade date."""
    found: dict[dt.date, list[Candle]] = {}
    for candle in candles:
        found.setdefault(day_of(candle, interval), []).append(candle)
    return found
