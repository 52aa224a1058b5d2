"""How often something usually ticks: learned by the second, forgotten within minutes, and blind to bursts."""

from __future__ import annotations

import math

MEMORY_SECONDS = 120.0
SEASONED_SECONDS = 45.0
LEAST_TICKS = 3.0
PRIOR_SECONDS = 2.0  # seconds without a tick that every newcomer is credited with
DOUBT = math.log(3e-4)
SHORTEST = 2.5
LONGEST = 60.0
_CANARY_SECONDS = 15.0


def patience_of(rate: float) -> float:
    """Seconds of silence that are hardly chance at this rate; infinite where nothing follows from silence."""
    if rate <= 0:
        return math.inf
    patience = max(SHORTEST, -DOUBT / rate)
    return patience if patience <= LONGEST else math.inf


class Pulse:
    """The share of recent seconds that had a tick, however many ticks each had.

    rate: expectation per second, so that rates of several instruments add up; 0 while nothing is known: the value that
    brokers send on subscribing says nothing. It changes with a tick only: silence must not teach that silence is usual
    before it was found harmless. canary: it is known beforehand to tick every second.
    """

    __slots__ = ("_seconds", "_with_tick", "patience", "rate")

    def __init__(self, *, canary: bool = False) -> None:
        self._seconds = self._with_tick = _CANARY_SECONDS if canary else 0.0
        self.rate = 0.0
        self.patience = math.inf
        if canary:
            self._judge()

    @property
    def is_known(self) -> bool:
        """Whether it ticked often enough to have a rate, be it a low one."""
        return self.rate > 0

    @property
    def is_seasoned(self) -> bool:
        """Watched for long enough to be sure that it was no burst."""
        return self._seconds >= SEASONED_SECONDS

    def second(self, ticked: bool) -> None:
        """One more second was watched."""
        keep = 1 - 1 / MEMORY_SECONDS
        self._seconds = self._seconds * keep + 1
        self._with_tick = self._with_tick * keep + ticked
        if ticked and self._with_tick >= LEAST_TICKS:
            self._judge()

    def _judge(self) -> None:
        self.rate = -math.log(1 - self._with_tick / (self._seconds + PRIOR_SECONDS))
        self.patience = patience_of(self.rate)
