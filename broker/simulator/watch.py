"""The thread that looks at resting orders: it starts with the first one and ends after the last."""

from __future__ import annotations

from collections.abc import Callable

from domain.errors import OpenAlgoError
from utils.concurrency import Event, Lock, start_thread
from utils.logging import get_logger

log = get_logger(__name__)


class Watch:
    """Calls `advance` every `seconds` while `has_work` holds. seconds None: never."""

    def __init__(
        self, advance: Callable[[], None], has_work: Callable[[], bool], seconds: float | None
    ) -> None:
        self._advance = advance
        self._has_work = has_work
        self._seconds = seconds
        self._lock = Lock()
        self._stop = Event()
        self._running = False

    def wake(self) -> None:
        """Start when there is work and nobody does it. Called after the work is on disk."""
        if self._seconds is None or not self._has_work():
            return
        with self._lock:
            if not self._running and not self._stop.is_set():
                self._running = True
                start_thread(self._run, "practice-exchange")

    def _run(self) -> None:
        assert self._seconds is not None
        while not self._stop.wait(self._seconds):
            try:
                self._advance()
                with self._lock:
                    self._running = self._has_work()
                    if not self._running:
                        return
            except OpenAlgoError as error:
                if not self._stop.is_set():
                    log.error("The practice exchange could not look at resting orders", reason=error.message)

    def stop(self) -> None:
        """End the thread at its next breath."""
        self._stop.set()
