"""Mail leaves on a thread of its own: no answer waits for a mail server, or tells by its time that one was asked."""

from __future__ import annotations

from collections.abc import Callable

from domain.errors import OpenAlgoError
from utils.concurrency import BoundedQueue, Lock, Thread, start_thread
from utils.logging import get_logger

SIZE = 100
IDLE_SECONDS = 1.0
log = get_logger(__name__)


class Outbox:
    """At most 100 letters wait; beyond that the oldest go, counted. The thread starts with the first letter."""

    def __init__(self) -> None:
        self._queue: BoundedQueue[Callable[[], None]] = BoundedQueue(SIZE, "drop_oldest", name="mail outbox")
        self._lock = Lock()
        self._thread: Thread | None = None

    @property
    def dropped(self) -> int:
        """Letters that never left because too many waited."""
        return self._queue.dropped

    def post(self, letter: Callable[[], None]) -> None:
        """Have a letter written and sent soon."""
        self._queue.put(letter)
        with self._lock:
            if self._thread is None:
                self._thread = start_thread(self._run, "outbox")

    def close(self) -> None:
        """End after the letters that wait."""
        self._queue.close()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(5)

    def _run(self) -> None:
        while True:
            letters = self._queue.take(8, IDLE_SECONDS)
            if not letters and self._queue.closed:
                return
            for letter in letters:
                try:
                    letter()
                except OpenAlgoError as error:
                    log.warning("A letter could not be sent", reason=error.message)
                except Exception as error:
                    log.error("A letter could not be written", error=type(error).__name__, exc_info=error)
