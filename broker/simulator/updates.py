"""Tells listeners about order changes, in the order of the changes and never while the book is locked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from domain.orders import OrderRow, OrderUpdate
from utils.concurrency import Lock
from utils.logging import get_logger

log = get_logger(__name__)
Listener = Callable[[OrderUpdate], None]


class Announcer:
    """An outbox between the book and its listeners. The outbox empties before the call that filled it returns."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._delivering = Lock()
        self._listeners: dict[str, tuple[Listener, ...]] = {}
        self._outbox: deque[tuple[str, OrderRow]] = deque()

    def listen(self, account: str, on_update: Listener) -> Callable[[], None]:
        """Add a listener of one account; answers how to stop."""
        with self._lock:
            self._listeners[account] = (*self._listeners.get(account, ()), on_update)

        def stop() -> None:
            with self._lock:
                left = tuple(known for known in self._listeners.get(account, ()) if known is not on_update)
                self._listeners[account] = left

        return stop

    def announce(self, account: str, row: OrderRow) -> None:
        """Queue a change that is on disk. Called under the book's lock, which gives the order."""
        if self._listeners.get(account):
            self._outbox.append((account, row))

    def deliver(self) -> None:
        """Call the listeners. One thread delivers at a time; another's changes are taken along."""
        while self._outbox and self._delivering.acquire(blocking=False):
            try:
                while self._outbox:
                    account, row = self._outbox.popleft()
                    for listener in self._listeners.get(account, ()):
                        _call(listener, OrderUpdate(row=row, source="push"))
            finally:
                self._delivering.release()


def _call(listener: Listener, update: OrderUpdate) -> None:
    try:
        listener(update)
    except Exception:
        log.exception("A listener of the practice exchange failed", order_id=update.row.order_id)
