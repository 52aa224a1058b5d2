"""When outboxes are written: together, and with rests that let ticks gather."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

_SLICE = 128
_LONGEST_REST = 0.004


class Flushable(Protocol):
    """Something with bytes to write."""

    def flush(self) -> None:
        """Write them."""


class Flusher:
    """Writes marked outboxes, then rests as long as the writing took, at most four milliseconds.

    A write costs the same for one frame as for ten, so under load the rest makes writes longer instead of more, and
    half of the loop's time stays with the feed; one client alone waits some microseconds. Writing to very many goes in
    slices, so that no batch keeps the feed from its sockets.
    """

    def __init__(self) -> None:
        self._marked: deque[Flushable] = deque()
        self._loop = asyncio.get_running_loop()
        self._is_due = False
        self._rest_until = 0.0
        self._spent = 0.0

    def mark(self, outbox: Flushable) -> None:
        """This outbox has something to write."""
        self._marked.append(outbox)
        if self._is_due:
            return
        self._is_due = True
        if self._loop.time() < self._rest_until:
            self._loop.call_at(self._rest_until, self._flush)
        else:
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        begun = self._loop.time()
        marked = self._marked
        for _ in range(min(len(marked), _SLICE)):
            marked.popleft().flush()
        ended = self._loop.time()
        self._spent += ended - begun
        if marked:
            self._loop.call_soon(self._flush)
            return
        self._is_due = False
        self._rest_until = ended + min(self._spent, _LONGEST_REST)
        self._spent = 0.0
