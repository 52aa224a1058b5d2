"""How the profit of the day went: fills and bars put together minute by minute. Pure; rupees as Decimal."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from domain.market import Candle
from domain.money import ZERO


class Change(msgspec.Struct, frozen=True):
    """One fill of a place. at: epoch seconds. quantity: signed units. cash: rupees received, negative when paid."""

    at: int
    quantity: int
    cash: Decimal


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """One place over the day. carried: units it began with, worth `previous_close` each (price, rupees).

    bar_seconds: length of the bars, whose closes are the prices.
    """

    changes: Sequence[Change]
    bars: Sequence[Candle]
    bar_seconds: int
    carried: int = 0
    previous_close: Decimal = ZERO
    multiplier: int = 1


class Point(msgspec.Struct, frozen=True):
    """at: epoch seconds. profit: rupees since the day began, charges not taken off."""

    at: int
    profit: Decimal


class Extremes(msgspec.Struct, frozen=True, kw_only=True):
    """highest and lowest point, and the deepest fall from a high before it, rupees and never negative.

    The day begins at nothing, so a day that only lost has its high at zero.
    """

    highest: Point
    lowest: Point
    drawdown: Decimal
    drawdown_from: Point
    drawdown_to: Point


def curve(tracks: Sequence[Track], begin: int) -> list[Point]:
    """The sum of the tracks at `begin` and at the end of every bar of any of them, ascending."""
    times = sorted(
        {bar.timestamp + track.bar_seconds for track in tracks for bar in track.bars}
        | {change.at for track in tracks for change in track.changes}
        | {begin}
    )
    walks = [_Walk(track) for track in tracks]
    return [Point(at, sum((walk.profit_at(at) for walk in walks), ZERO)) for at in times if at >= begin]


class _Walk:
    """One track, asked in ascending order of time."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self._changes = sorted(track.changes, key=lambda change: change.at)
        self._ends = [bar.timestamp + track.bar_seconds for bar in track.bars]
        self._next = 0
        self._quantity = track.carried
        self._cash = -track.carried * track.previous_close * track.multiplier
        self._dealt: tuple[int, Decimal] | None = None

    def profit_at(self, at: int) -> Decimal:
        """Rupees won by then."""
        while self._next < len(self._changes) and self._changes[self._next].at <= at:
            change = self._changes[self._next]
            self._quantity += change.quantity
            self._cash += change.cash
            self._dealt = (change.at, -change.cash / change.quantity / self._track.multiplier)
            self._next += 1
        if self._quantity == 0:
            return self._cash
        return self._cash + self._quantity * self._price_at(at) * self._track.multiplier

    def _price_at(self, at: int) -> Decimal:
        """The newest of: the close of the last finished bar, the last deal of our own, the previous close."""
        place = bisect_right(self._ends, at) - 1
        closed = (self._ends[place], Decimal(str(self._track.bars[place].close))) if place >= 0 else None
        newest = max((one for one in (closed, self._dealt) if one), key=lambda one: one[0], default=None)
        return self._track.previous_close if newest is None else newest[1]


def extremes(points: Sequence[Point]) -> Extremes | None:
    """What the curve reached; None for no curve."""
    if not points:
        return None
    high = peak = Point(points[0].at, max(ZERO, points[0].profit))
    low = Point(points[0].at, min(ZERO, points[0].profit))
    fall, fall_from, fall_to = ZERO, peak, peak
    for point in points:
        high = point if point.profit > high.profit else high
        low = point if point.profit < low.profit else low
        peak = point if point.profit > peak.profit else peak
        if peak.profit - point.profit > fall:
            fall, fall_from, fall_to = peak.profit - point.profit, peak, point
    return Extremes(highest=high, lowest=low, drawdown=fall, drawdown_from=fall_from, drawdown_to=fall_to)
