"""Handlers of bus messages on threads of their own."""

from __future__ import annotations

from collections.abc import Callable

from utils.concurrency import BoundedQueue, Thread, start_thread
from utils.logging import get_logger

log = get_logger(__name__)

BATCH = 500


class Dispatch:
    """Runs handlers on a thread of their own, so that a slow one never stops the sockets.

    The thread starts with the first work; only the socket thread puts any.
    """

    def __init__(self, name: str, size: int, policy: str) -> None:
        self._name = name
        self._queue: BoundedQueue[Callable[[], None]] = BoundedQueue(
            size, policy, name=f"feed callbacks {name}"
        )
        self._thread: Thread | None = None

    def put(self, work: Callable[[], None]) -> None:
        if self._thread is None:
            self._thread = start_thread(self._run, self._name)
        self._queue.put(work)

    def _run(self) -> None:
        while not (self._queue.closed and not len(self._queue)):
            for work in self._queue.take(BATCH, 1.0):
                try:
                    work()
                except Exception:
                    log.exception("A handler of bus messages failed")

    def end(self) -> None:
        """Take nothing more; what is queued is still handled."""
        self._queue.close()

    def join(self) -> None:
        """Wait for the last handler."""
        if self._thread is not None:
            self._thread.join(2.0)
