"""Work that repeats: when each round last ran, how long it took and whether it failed."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from utils.clock import Clock

# A round that waits for a busy store is late; one that is so much later has died or hangs.
GRACE_SECONDS = 60.0


class Round(msgspec.Struct, kw_only=True):
    """One repeated work. Seconds of the monotonic clock; None before its first round ended."""

    name: str
    every: float
    added: float
    began: float | None = None
    ended: float | None = None
    took: float | None = None
    error: str = ""
    failures: int = 0


class Rounds:
    """The house's scheduler, as seen by health."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rounds: dict[str, Round] = {}

    def watched(self, name: str, seconds: float, work: Callable[[], None]) -> Callable[[], None]:
        """The work, whose rounds are noted from now on."""
        row = self._rounds[name] = Round(name=name, every=seconds, added=self._clock.monotonic())

        def run() -> None:
            row.began = self._clock.monotonic()
            try:
                work()
            except Exception as error:
                row.error, row.failures = type(error).__name__, row.failures + 1
                raise
            else:
                row.error = ""
            finally:
                row.ended = self._clock.monotonic()
                row.took = row.ended - row.began

        return run

    def all(self) -> list[Round]:
        """By name."""
        return [self._rounds[name] for name in sorted(self._rounds)]

    def late(self) -> list[Round]:
        """Those whose next round should have ended long ago."""
        now = self._clock.monotonic()
        return [
            row
            for row in self.all()
            if now - (row.ended if row.ended is not None else row.added) > row.every * 2 + GRACE_SECONDS
        ]
