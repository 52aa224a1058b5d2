"""How fast one client may talk: a bucket of messages that fills evenly. Beyond it we read later, and refuse nothing."""

from __future__ import annotations

import asyncio
from typing import Protocol

from utils.clock import Clock

# A published client subscribes symbol by symbol, thousands at once; nothing honest talks like that for long.
BURST = 4_000
PER_SECOND = 200


class Counter(Protocol):
    """Where messages are counted."""

    messages_in: int


class Pace:
    """The allowance of one socket."""

    def __init__(self, clock: Clock, burst: int = BURST, per_second: float = PER_SECOND) -> None:
        self._clock = clock
        self._burst = float(burst)
        self._per_second = per_second
        self._left = self._burst
        self._at = clock.monotonic()

    async def turn(self, counter: Counter) -> None:
        """Count the message that has just come, and let it wait until it is due."""
        counter.messages_in += 1
        if seconds := self.wait():
            await asyncio.sleep(seconds)

    def wait(self) -> float:
        """Seconds until one more message is due; 0 within the allowance."""
        now = self._clock.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second) - 1.0
        self._at = now
        return max(0.0, -self._left / self._per_second)
