"""When orders left one account: by calendar second, rolling second, rolling minute and day. Not thread-safe."""

from __future__ import annotations

import datetime as dt
from collections import deque

from services.trading.risk.limits import Limits
from utils.clock import ist

_MINUTE = 60
# A wait that ends exactly on the edge would find the edge still taken.
_EDGE_SECONDS = 0.001


class Sends:
    """Counts that cost the same however many orders there were. Instants: monotonic seconds, and the wall clock."""

    def __init__(self) -> None:
        self._second: dt.datetime | None = None
        self._in_second = 0
        self._rolling: deque[float] = deque()
        self._minute: deque[tuple[int, int]] = deque()
        self._in_minute = 0
        self._day: dt.date | None = None
        self._on_day = 0

    def add(self, now: float, wall: dt.datetime, *, is_order: bool) -> None:
        """Something left now; is_order: a new order, which counts in the day's orders."""
        self._turn(now, wall)
        self._in_second += 1
        self._rolling.append(now)
        bucket = int(now)
        if self._minute and self._minute[-1][0] == bucket:
            self._minute[-1] = (bucket, self._minute[-1][1] + 1)
        else:
            self._minute.append((bucket, 1))
        self._in_minute += 1
        if is_order:
            self._on_day = self.today(ist(wall)) + 1

    def counts(self, now: float, wall: dt.datetime) -> tuple[int, int, int]:
        """(this calendar second, the last second, the last minute). A minute holds up to a second more than sixty."""
        self._turn(now, wall)
        return self._in_second, len(self._rolling), self._in_minute

    def today(self, here: dt.datetime) -> int:
        """Orders since midnight of this Indian wall clock."""
        if here.date() != self._day:
            self._day, self._on_day = here.date(), 0
        return self._on_day

    def due(self, now: float, wall: dt.datetime, limits: Limits) -> float:
        """Seconds until one more fits into both counts; 0 when it fits now."""
        self._turn(now, wall)
        waits = [0.0]
        per_second, per_minute = limits.orders_per_second, limits.orders_per_minute
        if per_second is not None:
            if self._in_second >= per_second:
                waits.append(1.0 - wall.microsecond / 1_000_000 + _EDGE_SECONDS)
            if len(self._rolling) >= per_second:
                waits.append(self._rolling[-per_second] + 1.0 - now + _EDGE_SECONDS)
        if per_minute is not None and self._in_minute >= per_minute:
            excess = self._in_minute - per_minute + 1
            for bucket, count in self._minute:
                excess -= count
                if excess <= 0:
                    waits.append(bucket + 1 + _MINUTE - now + _EDGE_SECONDS)
                    break
        return max(waits)

    def _turn(self, now: float, wall: dt.datetime) -> None:
        second = wall.replace(microsecond=0)
        if second != self._second:
            self._second, self._in_second = second, 0
        while self._rolling and now - self._rolling[0] >= 1.0:
            self._rolling.popleft()
        while self._minute and now - (self._minute[0][0] + 1) >= _MINUTE:
            self._in_minute -= self._minute.popleft()[1]
