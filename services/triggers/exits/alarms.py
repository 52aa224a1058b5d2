"""Exits that could not be sent: their owner is told each time, and the next try waits 1, 2, 4 ... 60 seconds."""

from __future__ import annotations

from collections.abc import Callable

from domain.triggers.exits import PositionExit
from services.events import PositionExitAlarm
from utils.clock import Clock
from utils.logging import get_logger

FIRST_SECONDS, MOST_SECONDS = 1.0, 60.0
log = get_logger(__name__)


class Alarms:
    """In memory: after a restart the first try comes at once."""

    def __init__(self, publish: Callable[[PositionExitAlarm], None], clock: Clock) -> None:
        self._publish = publish
        self._clock = clock
        self._tries: dict[str, tuple[int, float]] = {}

    def is_due(self, exit_id: str) -> bool:
        """Whether a set may be tried now."""
        return self._clock.monotonic() >= self._tries.get(exit_id, (0, 0.0))[1]

    def failed(self, held: PositionExit, code: str, message: str, least: float = FIRST_SECONDS) -> None:
        """An exit could not be sent, or was refused after it was accepted. least: seconds until the next try."""
        count = self._tries.get(held.exit_id, (0, 0.0))[0] + 1
        wait = max(least, min(MOST_SECONDS, FIRST_SECONDS * 2 ** min(count - 1, 10)))
        self._tries[held.exit_id] = (count, self._clock.monotonic() + wait)
        log.error(
            "an exit of a position cannot be sent", exit=held.exit_id, symbol=held.symbol, code=code,
            reason=message, tries=count,
        )  # fmt: skip
        self._publish(
            PositionExitAlarm(
                user_id=held.user_id, exit=held, code=code, message=message, tries=count, retry_seconds=wait,
            )
        )  # fmt: skip

    def settled(self, exit_id: str) -> None:
        """It was sent, or there is nothing to send any more."""
        self._tries.pop(exit_id, None)
