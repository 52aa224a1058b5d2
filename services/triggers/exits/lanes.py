"""One thread per account, so that a broker that hangs holds up nobody else's exits."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from utils.concurrency import BoundedQueue, Lock, QueueFull, Thread, start_thread
from utils.logging import get_logger

QUEUE = 10_000
Job = tuple[Hashable, Callable[[], None]]
log = get_logger(__name__)


class Lanes:
    """Jobs of an account run one after the other, in the order given."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._queues: dict[int, BoundedQueue[Job]] = {}
        self._threads: list[Thread] = []
        self._waiting: set[Hashable] = set()
        self._closed = False

    def put(self, account_id: int, name: Hashable, work: Callable[[], None]) -> None:
        """Run `work` soon; a job of the same name that has not begun stands for this one.

        A full lane loses nothing for good: the next tick or round asks again.
        """
        with self._lock:
            if self._closed or name in self._waiting:
                return
            queue = self._queues.get(account_id)
            if queue is None:
                queue = self._queues[account_id] = BoundedQueue(QUEUE, "refuse", name="position exits")
                self._threads.append(start_thread(lambda: self._run(queue), f"exits-{account_id}"))
            self._waiting.add(name)
            try:
                queue.put((name, work))
            except QueueFull:
                self._waiting.discard(name)
                log.error("too many jobs of exits wait", account=account_id)

    def close(self) -> None:
        """Finish what is queued, then end."""
        with self._lock:
            self._closed = True
        for queue in self._queues.values():
            queue.close()
        for thread in self._threads:
            thread.join(5.0)

    def _run(self, queue: BoundedQueue[Job]) -> None:
        while not (queue.closed and not len(queue)):
            for name, work in queue.take(1, 1.0):
                self._waiting.discard(name)
                try:
                    work()
                except Exception:
                    log.exception("a job of exits failed: %s", name)
