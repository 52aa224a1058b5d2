"""The price path of an underlying, in whole ticks, at half-second steps ("vertices").

Days      closes follow a Brownian bridge between anchors 256 days apart, so any day is reached in eight steps and
          prices stay near their level for ever; open, high and low are hashed around the closes.
Minutes   1440 minute closes from open to close; the day's high and low are two of them, the rest stays between.
Vertices  120 half-second values per minute, from the minute's open to its close, touching both its extremes.
Hence every longer bar is exactly the aggregation of shorter ones, and of the ticks.
"""

from __future__ import annotations

import math
from array import array
from itertools import accumulate
from typing import NamedTuple

from broker.simulator.prices.noise import gauss, mix, noise_bytes, signed_words, unit
from broker.simulator.specs import Underlying
from utils.limits import lru_cache

MINUTES = 1440
STEPS = 120
DAY_VERTICES = MINUTES * STEPS
BLOCK_MINUTES = 5
BLOCKS = MINUTES // BLOCK_MINUTES

_ANCHOR_DAYS = 256
_ANCHOR_SPREAD = 5.0  # daily deviations by which anchors differ from the level
_WORD_DEVIATION = 18918.6  # standard deviation of a uniform signed 16-bit word
_CLOSE, _OPEN, _HIGH, _LOW, _HIGH_AT, _LOW_AT, _DAY, _MINUTE = range(1, 9)


class DayBar(NamedTuple):
    """Open, high, low and close of a whole day, ticks."""

    open: int
    high: int
    low: int
    close: int


class DayPath(NamedTuple):
    """Minute bars of a day, ticks; `highest`/`lowest` run from the day's start through each minute.

    `jitter` is one byte per minute for the volume curve.
    """

    bar: DayBar
    closes: array[int]
    highs: array[int]
    lows: array[int]
    highest: array[int]
    lowest: array[int]
    jitter: bytes

    def minute_open(self, minute: int) -> int:
        """A minute opens where the one before closed."""
        return self.closes[minute - 1] if minute else self.bar.open


class MinutePath(NamedTuple):
    """120 values of a minute and their running extremes, ticks; `jitter` one byte per step for the volume curve."""

    values: array[int]
    highest: array[int]
    lowest: array[int]
    jitter: bytes


class SpotPaths:
    """Paths of all underlyings for one seed. Immutable results behind bounded caches, safe to share by threads."""

    def __init__(self, seed: int, cached_days: int = 640) -> None:
        self.seed = seed
        self._node = lru_cache(maxsize=65_536)(self._compute_node)
        self.close = lru_cache(maxsize=65_536)(self._compute_close)
        self.day_bar = lru_cache(maxsize=16_384)(self._compute_day_bar)
        self.day = lru_cache(maxsize=cached_days)(self._compute_day)
        self.minute = lru_cache(maxsize=4 * cached_days)(self._compute_minute)
        self.block_extremes = lru_cache(maxsize=cached_days)(self._compute_blocks)

    def value(self, spot: Underlying, day: int, vertex: int) -> int:
        """Ticks at a vertex of the day (0..172799)."""
        minute, step = divmod(vertex, STEPS)
        return self.minute(spot, day, minute).values[step]

    def _compute_node(self, spot: Underlying, left: int, length: int) -> float:
        """Log distance from the level at day `left` + `length`/2, by midpoint displacement; length 0 is an anchor."""
        if length == 0:
            return _ANCHOR_SPREAD * spot.daily_volatility * gauss(mix(self.seed, spot.code, _CLOSE, left))
        middle = left + length // 2
        mean = 0.5 * (self._log(spot, left) + self._log(spot, left + length))
        spread = 0.5 * spot.daily_volatility * math.sqrt(length)
        return mean + spread * gauss(mix(self.seed, spot.code, _CLOSE, middle))

    def _log(self, spot: Underlying, day: int) -> float:
        length = day & -day if day % _ANCHOR_DAYS else 0
        return self._node(spot, day - length, 2 * length) if length else self._node(spot, day, 0)

    def _compute_close(self, spot: Underlying, day: int) -> int:
        """Close of a day, ticks."""
        price = spot.level * math.exp(self._log(spot, day))
        return max(4, int(price * spot.tick.down / spot.tick.up + 0.5))

    def _compute_day_bar(self, spot: Underlying, day: int) -> DayBar:
        """Extremes stay half a percent inside the price band around the previous close."""
        before, close = self.close(spot, day - 1), self.close(spot, day)
        scale = spot.daily_volatility * before
        opening = before + round(0.15 * scale * gauss(self._bits(spot, day, _OPEN)))
        top, bottom = max(opening, close), min(opening, close)
        reach = spot.band - 0.005
        high = top + 2 + int(0.55 * scale * abs(gauss(self._bits(spot, day, _HIGH))))
        low = bottom - 2 - int(0.55 * scale * abs(gauss(self._bits(spot, day, _LOW))))
        high = max(top, min(high, int(before * (1 + reach))))
        low = min(bottom, max(low, int(before * (1 - reach)) + 1, 1))
        return DayBar(opening, high, low, close)

    def _bits(self, spot: Underlying, day: int, purpose: int) -> int:
        return mix(self.seed, spot.code, purpose, day)

    def _compute_day(self, spot: Underlying, day: int) -> DayPath:
        bar = self.day_bar(spot, day)
        raw = noise_bytes(MINUTES * 5, self.seed, spot.code ^ _DAY, day)
        deviation = spot.daily_volatility * bar.open / math.sqrt(MINUTES)
        words = signed_words(raw[: MINUTES * 2])
        high_at, low_at = self._extreme_minutes(spot, day)
        points = sorted([(high_at, bar.high), (low_at, bar.low), (MINUTES - 1, bar.close)])
        closes = _bridges(bar.open, -1, points, words, deviation / _WORD_DEVIATION, bar.low, bar.high)
        opens = [bar.open, *closes[:-1]]
        reach = 1.6 * deviation / 256
        up, down = raw[MINUTES * 2 : MINUTES * 3], raw[MINUTES * 3 : MINUTES * 4]
        top, bottom = bar.high, bar.low
        highs = [
            min(top, max(o, c) + int(reach * byte)) for o, c, byte in zip(opens, closes, up, strict=True)
        ]
        lows = [
            max(bottom, min(o, c) - int(reach * byte)) for o, c, byte in zip(opens, closes, down, strict=True)
        ]
        return DayPath(
            bar, array("i", closes), array("i", highs), array("i", lows),
            array("i", accumulate(highs, max)), array("i", accumulate(lows, min)), raw[MINUTES * 4 :],
        )  # fmt: skip

    def _extreme_minutes(self, spot: Underlying, day: int) -> tuple[int, int]:
        high_at = 1 + int(unit(self._bits(spot, day, _HIGH_AT)) * (MINUTES - 4))
        low_at = 1 + int(unit(self._bits(spot, day, _LOW_AT)) * (MINUTES - 4))
        return high_at, low_at + (high_at == low_at)

    def _compute_minute(self, spot: Underlying, day: int, minute: int) -> MinutePath:
        path = self.day(spot, day)
        opening, close = path.minute_open(minute), path.closes[minute]
        high, low = path.highs[minute], path.lows[minute]
        raw = noise_bytes(STEPS * 3, self.seed, spot.code ^ _MINUTE, day * MINUTES + minute)
        place = raw[0] | raw[1] << 8
        first, second = 1 + place % (STEPS - 3), 1 + (place >> 7) % (STEPS - 3)
        second += first == second
        points = sorted([(first, high), (second, low), (STEPS - 1, close)])
        words = signed_words(raw[: STEPS * 2])
        scale = (high - low) / (9.0 * _WORD_DEVIATION)
        values = _bridges(opening, 0, points, words, scale, low, high)
        values.insert(0, opening)
        return MinutePath(
            array("i", values),
            array("i", accumulate(values, max)),
            array("i", accumulate(values, min)),
            raw[STEPS * 2 :],
        )

    def _compute_blocks(self, spot: Underlying, day: int) -> tuple[list[int], list[int]]:
        """Highest and lowest tick of each five-minute block."""
        path = self.day(spot, day)
        starts = range(0, MINUTES, BLOCK_MINUTES)
        return (
            [max(path.highs[start : start + BLOCK_MINUTES]) for start in starts],
            [min(path.lows[start : start + BLOCK_MINUTES]) for start in starts],
        )


def _bridges(
    value: int,
    place: int,
    points: list[tuple[int, int]],
    words: array[int],
    scale: float,
    low: int,
    high: int,
) -> list[int]:
    """Noisy bridges from `value` at `place` through the points, reflected and clamped into [low, high]."""
    walk = [0, *accumulate(words)]
    values: list[int] = []
    for target_place, target in points:
        count = target_place - place
        start = place + 1
        drift = (target - value) / count - scale * (walk[start + count] - walk[start]) / count
        base = value + 0.5 - scale * walk[start]
        for index, total in enumerate(walk[start + 1 : start + count], 1):
            tick = int(base + drift * index + scale * total)
            if tick > high:
                tick = max(low, 2 * high - tick)
            elif tick < low:
                tick = min(high, 2 * low - tick)
            values.append(tick)
        values.append(target)
        value, place = target, target_place
    return values
