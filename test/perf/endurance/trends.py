"""The slope of a series, how sure it is, and what it means."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

# Two-sided 95 % points of Student's t by degrees of freedom; beyond, the normal's.
_T = {
    1: 12.7,
    2: 4.30,
    3: 3.18,
    4: 2.78,
    5: 2.57,
    6: 2.45,
    7: 2.36,
    8: 2.31,
    9: 2.26,
    10: 2.23,
    15: 2.13,
    20: 2.09,
}
BLOCKS = 24


@dataclass(frozen=True)
class Trend:
    """slope and margin (half of the 95 % interval) an hour; first and last: means of the first and last block."""

    slope: float
    margin: float
    first: float
    last: float

    def grows(self, tolerance: float) -> bool:
        """Whether it surely rises, and by more than `tolerance` an hour."""
        return self.slope - self.margin > 0 and self.slope > tolerance


def trend(seconds: Sequence[float], values: Sequence[float]) -> Trend:
    """Least squares through the means of at most 24 blocks: neighbours resemble each other, blocks hardly do."""
    size = max(1, math.ceil(len(values) / BLOCKS))
    cuts = range(0, len(values), size)
    xs = [statistics.fmean(seconds[at : at + size]) / 3600 for at in cuts]
    ys = [statistics.fmean(values[at : at + size]) for at in cuts]
    if len(xs) < 3:
        raise ValueError("a trend needs at least three blocks")
    slope, intercept = statistics.linear_regression(xs, ys)
    rest = sum((y - intercept - slope * x) ** 2 for x, y in zip(xs, ys, strict=True))
    spread = sum((x - statistics.fmean(xs)) ** 2 for x in xs)
    free = len(xs) - 2
    t = next((point for known, point in sorted(_T.items()) if known >= free), 1.96)
    return Trend(slope, t * math.sqrt(rest / free / spread), ys[0], ys[-1])
