"""Reads of an account that several orders share: asked once, kept for a moment, waited for no longer than allowed."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from domain.errors import OpenAlgoError
from utils.clock import Clock
from utils.concurrency import Event, Lock, start_thread
from utils.logging import get_logger

# What is sent meanwhile is counted by its reservation, so a book may be this old.
FRESH_SECONDS = 1.0
# Reads under way at once, each on a thread of its own; policy: refuse, and the rule that asked refuses its order.
MOST_READS = 32
KEPT = 1_000
log = get_logger(__name__)


class Read:
    """One read, under way or done; `value` is None when it failed."""

    def __init__(self, name: str, work: Callable[[], Any], begun: float) -> None:
        self.begun = begun
        self.value: Any = None
        self.failed = False
        self.done = Event()
        self._name = name
        self._work = work

    def run(self) -> None:
        """Read, on the thread of this read."""
        try:
            self.value = self._work()
        except OpenAlgoError as error:
            self.failed = True
            log.warning("a fact for the risk rules cannot be had", fact=self._name, reason=error.message)
        except Exception:
            self.failed = True
            log.exception("a fact for the risk rules cannot be read", fact=self._name)
        finally:
            self.done.set()


class Snapshots:
    """One read per key at a time; one that hangs holds its thread, and its callers until their deadlines."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._reads: dict[Hashable, Read] = {}
        self._under_way = 0

    def begin(self, name: str, key: Hashable, work: Callable[[], Any]) -> Read | None:
        """A read of this key, ours or one under way or just done; None when too many are under way."""
        now = self._clock.monotonic()
        with self._lock:
            read = self._reads.get(key)
            if read is not None and not self._is_stale(read, now):
                return read
            if self._under_way >= MOST_READS:
                log.warning("too many reads for the risk rules are under way", fact=name)
                return None
            self._under_way += 1
            self._forget_old(now)
            read = self._reads[key] = Read(name, work, now)
        start_thread(lambda: self._run(read), f"risk-{name}")
        return read

    def result(self, read: Read | None, seconds: float) -> Any:
        """What the read answers within `seconds`, None when it failed or takes longer."""
        if read is None or not read.done.wait(max(seconds, 0.0)):
            return None
        return read.value

    def _run(self, read: Read) -> None:
        try:
            read.run()
        finally:
            with self._lock:
                self._under_way -= 1

    def _is_stale(self, read: Read, now: float) -> bool:
        return read.done.is_set() and (read.failed or now - read.begun >= FRESH_SECONDS)

    def _forget_old(self, now: float) -> None:
        if len(self._reads) >= KEPT:
            self._reads = {key: read for key, read in self._reads.items() if not self._is_stale(read, now)}
