"""How fast one client may talk: a bucket of messages that fills evenly. Beyond it we read later, and refuse nothing."""

from __future__ import annotations

# A published client subscribes symbol by symbol, thousands at once; nothing honest talks like that for long.
BURST = 4_000
PER_SECOND = 200


class Pace:
    """The allowance of one socket."""

    def __init__(self, now: float, burst: int = BURST, per_second: float = PER_SECOND) -> None:
        self._burst = float(burst)
        self._per_second = per_second
        self._left = self._burst
        self._at = now

    def wait(self, now: float) -> float:
        """Seconds to wait before the message that has just come is served; 0 within the allowance."""
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second) - 1.0
        self._at = now
        return max(0.0, -self._left / self._per_second)
