"""Bars of finished days, kept in memory for the rest of the Indian day on which they were read.

A day longer would hide corporate actions: brokers restate the past overnight.
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence

from domain.market import Candle
from services.market.bars.spans import Series
from utils import limits
from utils.concurrency import Lock

MOST_BARS = 500_000  # 56 bytes each
_COLUMNS = 7


class FinishedBars:
    """At most `most` bars; when full, the series that was used longest ago goes whole."""

    def __init__(self, most: int = MOST_BARS) -> None:
        self._most = most
        self._lock = Lock()
        self._day: dt.date | None = None
        self._series: OrderedDict[Series, dict[dt.date, array[float]]] = OrderedDict()
        self._count = 0
        limits.watch(
            self, name="finished bars", kind="cache", bound=most, policy="drop_oldest",
            size=lambda own: own._count,  # noqa: SLF001 - ours
        )  # fmt: skip

    def get(
        self, series: Series, days: Collection[dt.date], today: dt.date
    ) -> dict[dt.date, Sequence[Candle]]:
        """Those of the days that are kept, each with its bars; a day without bars has none."""
        with self._lock:
            self._begin(today)
            kept = self._series.get(series)
            if kept is None:
                return {}
            self._series.move_to_end(series)
            found = {day: kept[day] for day in days if day in kept}
        return {day: _unpacked(packed) for day, packed in found.items()}

    def put(self, series: Series, bars: Mapping[dt.date, Sequence[Candle]], today: dt.date) -> None:
        """Keep whole days; `today` is the day on which they were read."""
        packed = {day: _packed(candles) for day, candles in bars.items()}
        with self._lock:
            self._begin(today)
            kept = self._series.setdefault(series, {})
            self._series.move_to_end(series)
            for day, columns in packed.items():
                self._count += (len(columns) - len(kept.get(day, ()))) // _COLUMNS
                kept[day] = columns
            while self._count > self._most:
                _, gone = self._series.popitem(last=False)
                self._count -= sum(map(len, gone.values())) // _COLUMNS

    def _begin(self, today: dt.date) -> None:
        if self._day != today:
            self._day = today
            self._series.clear()
            self._count = 0

    def __len__(self) -> int:
        return self._count


def _packed(candles: Sequence[Candle]) -> array[float]:
    """Seven numbers a bar; every integer of a bar is below 2^53, so a float holds it exactly."""
    rows = array("d")
    for bar in candles:
        rows.extend((bar.timestamp, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.oi))
    return rows


def _unpacked(rows: array[float]) -> list[Candle]:
    columns = [rows[place::_COLUMNS] for place in range(_COLUMNS)]
    return [
        Candle(int(at), opened, high, low, close, int(volume), int(oi))
        for at, opened, high, low, close, volume, oi in zip(*columns, strict=True)
    ]
