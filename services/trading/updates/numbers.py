"""Numbers of the order updates that users hear: one growing sequence each, whatever desk or run an update is of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from database.journal import RESERVE_NUMBERS, JournalRows
from domain.errors import OpenAlgoError
from services.trading.journal import Journal
from utils.clock import Clock, epoch_ms
from utils.concurrency import Lock
from utils.logging import get_logger

Rows = Sequence[tuple[int, Mapping[str, object]]]
log = get_logger(__name__)
BLOCK = 1_000_000


class StreamNumbers:
    """They begin at the clock in milliseconds, or behind the block of the run before when the clock was set back.

    journal: keeps the blocks; None where nothing is heard of again after this run.
    """

    def __init__(self, clock: Clock, journal: Journal | None = None) -> None:
        self._clock = clock
        self._journal = journal
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
            if self._journal is not None and number > self._reserved - BLOCK // 2:
                self._reserve(self._journal.note, self._reserved + BLOCK)
            yield number

    def _begin(self) -> None:
        self._first = epoch_ms(self._clock.now())
        if self._journal is not None:
            with self._journal.reading() as unit:
                self._first = max(self._first, JournalRows(unit).reserved_number())
            if self._reserve(self._journal.keep, self._first + 2 * BLOCK):
                # The block below may be that of a run that died before a full disk took its reservation.
                self._first += BLOCK

    def _reserve(self, write: Callable[[Rows], None], upto: int) -> bool:
        """Whether it is on disk, or will be."""
        self._reserved = upto
        try:
            write([(RESERVE_NUMBERS, {"reserved": upto})])
        except OpenAlgoError as error:
            log.error("the numbers of order updates are not reserved yet", reason=error.message)
            return False
        return True
