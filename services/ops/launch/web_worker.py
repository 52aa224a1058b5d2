"""gunicorn's threaded worker, whose threads look for a connection's next request before they give it back."""

from __future__ import annotations

import select
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from utils.concurrency import Lock

# Longer than a fast client's pause between two orders, shorter than anybody waits for a stop.
LINGER_MS = 50


class LingeringWorker(ThreadWorker):  # type: ignore[misc]
    """Handing a kept-alive connection to the main thread and back costs a third of an order.

    A thread lingers only while a quarter of the threads is free, so that waiting connections delay no other.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._most_lingering = self.cfg.threads * 3 // 4
        self._held = 0
        self._counting = Lock()

    def handle(self, conn: Any) -> Any:
        """See ThreadWorker; answers what to do with the connection after its last request."""
        with self._counting:
            self._held += 1
        try:
            keep = super().handle(conn)
            while keep is True and self._comes_back(conn):
                keep = super().handle(conn)
            return keep
        finally:
            with self._counting:
                self._held -= 1

    def _comes_back(self, conn: Any) -> bool:
        """Whether the next request is here within the time to linger."""
        if not self.alive or self._held > self._most_lingering:
            return False
        if conn.parser.unreader.buf.getvalue():
            return True
        waiting = select.poll()
        waiting.register(conn.sock, select.POLLIN)
        return bool(waiting.poll(LINGER_MS))
