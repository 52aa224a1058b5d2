"""Numbers of the order updates that users hear: one growing sequence each, whatever desk or run an update is of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from utils.clock import Clock, epoch_ms
from utils.concurrency import Lock

BLOCK = 1_000_000


class Reservations(Protocol):
    """Where it is kept up to which number any run may have counted."""

    def reserved_number(self) -> int:
        """No update of an earlier run bears a higher one."""

    def reserve_numbers(self, upto: int, *, waits: bool) -> None:
        """Keep that, on disk before this returns when it `waits`; a disk that fails gets it later."""


class StreamNumbers:
    """They begin at the clock in milliseconds, or behind the block of the run before when the clock was set back.

    reservations: None where nothing is heard of again after this run.
    """

    def __init__(self, clock: Clock, reservations: Reservations | None = None) -> None:
        self._clock = clock
        self._reservations = reservations
        self._lock = Lock()
        self._last: dict[int, int] = {}
        self._first = self._reserved = 0

    def begin(self) -> None:
        """Reserve the first block; else the first update does."""
        with self._lock:
            self._begin()

    @contextmanager
    def next(self, user_id: int) -> Iterator[int]:
        """A user's next number, held while its update is handed on: none overtakes another."""
        with self._lock:
            if not self._first:
                self._begin()
            number = self._last[user_id] = self._last.get(user_id, self._first) + 1
            if self._reservations is not None and number > self._reserved - BLOCK // 2:
                self._reserved += BLOCK
                self._reservations.reserve_numbers(self._reserved, waits=False)
            yield number

    def _begin(self) -> None:
        self._first = epoch_ms(self._clock.now())
        if self._reservations is not None:
            self._first = max(self._first, self._reservations.reserved_number())
            self._reserved = self._first + BLOCK
            self._reservations.reserve_numbers(self._reserved, waits=True)
