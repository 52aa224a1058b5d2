"""Rate budgets of one account at one broker: several sliding windows at once, exits before entries before reads.

A class of calls ("order", "quote", …) has windows from the manifest. A call takes a slot in every window of its class,
or waits, or is refused with `Throttled` before anything was sent. Windows are exact logs, not refilling buckets:
no stretch of a window's length ever holds more calls than its limit.
"""

from __future__ import annotations

import contextlib
import contextvars
import datetime as dt
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import IntEnum
from fractions import Fraction
from typing import Any

import msgspec

from broker.core.manifest import DAY_SECONDS, RateClass
from domain.errors import Throttled
from utils.clock import Clock, ist, next_daily
from utils.concurrency import Condition, Lock

# The vendor counts arrivals, we count departures; this much is added to short windows for the jitter between them.
GUARD_SECONDS = 0.04


class Priority(IntEnum):
    """Who goes first when slots are scarce. Lower goes first."""

    CANCEL = 0
    EXIT = 1
    ENTRY = 2
    READ = 3


_ambient: contextvars.ContextVar[Priority | None] = contextvars.ContextVar("call_priority", default=None)

_reads: contextvars.ContextVar[Priority | None] = contextvars.ContextVar("read_priority", default=None)


@contextlib.contextmanager
def acting_as(priority: Priority) -> Iterator[None]:
    """Calls made inside the block have at least this priority: a closing order is placed `acting_as(EXIT)`."""
    token = _ambient.set(priority)
    try:
        yield
    finally:
        _ambient.reset(token)


@contextlib.contextmanager
def reading_for(priority: Priority) -> Iterator[None]:
    """Reads made inside the block go at this priority: an exit cannot leave before its books are read."""
    token = _reads.set(priority)
    try:
        yield
    finally:
        _reads.reset(token)


def effective(priority: Priority) -> Priority:
    """The better of the call's own priority and the ambient one; reads are promoted by `reading_for` alone."""
    ambient = _reads.get() if priority is Priority.READ else _ambient.get()
    return priority if ambient is None else min(priority, ambient)


class _Window:
    """At most `limit` calls in any `seconds`; `reserve` of them only for exits and cancels."""

    def __init__(self, limit: int, seconds: float, reserve: int) -> None:
        self._limit = limit
        self._seconds = seconds
        self._reserve = min(reserve, limit - 1)
        self._taken: deque[float] = deque()

    def delay(self, now: float, priority: Priority) -> float:
        """Seconds until a call of this priority fits; 0 when it fits now."""
        while self._taken and now - self._taken[0] >= self._seconds:
            self._taken.popleft()
        room = self._limit - (self._reserve if priority >= Priority.ENTRY else 0)
        excess = len(self._taken) - room
        if excess < 0:
            return 0.0
        return max(self._taken[excess] + self._seconds - now, 1e-6)

    def take(self, now: float) -> None:
        self._taken.append(now)


class _Day:
    """At most `limit` calls in one Indian calendar day; `reserve` of them only for exits and cancels."""

    def __init__(self, limit: int, reserve: int, clock: Clock) -> None:
        self._limit = limit
        self._reserve = min(reserve, limit - 1)
        self._clock = clock
        self._day = ist(clock.now()).date()
        self._taken = 0

    def delay(self, now: float, priority: Priority) -> float:
        """Seconds until a call of this priority fits; 0 when it fits now."""
        instant = self._clock.now()
        today = ist(instant).date()
        if today != self._day:
            self._day, self._taken = today, 0
        room = self._limit - (self._reserve if priority >= Priority.ENTRY else 0)
        if self._taken < room:
            return 0.0
        return (next_daily(instant, dt.time(0)) - instant).total_seconds()

    def take(self, now: float) -> None:
        self._taken += 1


def _windows(rate: RateClass, clock: Clock) -> list[_Window | _Day]:
    windows: list[_Window | _Day] = []
    for calls, seconds in rate.windows:
        if seconds == DAY_SECONDS:
            windows.append(_Day(int(calls), rate.exit_reserve, clock))
            continue
        share = Fraction(calls).limit_denominator(1000)
        if share <= 0:
            raise ValueError("a rate must be positive")
        length = seconds * share.denominator + GUARD_SECONDS
        windows.append(_Window(share.numerator, length, rate.exit_reserve))
    return windows


class _Ticket(msgspec.Struct, frozen=True, eq=False):
    """One call that wants slots."""

    priority: Priority
    serial: int
    classes: frozenset[str]

    def goes_before(self, other: _Ticket) -> bool:
        """Whether this call is served first where both want the same class."""
        ranked = (self.priority, self.serial) < (other.priority, other.serial)
        return ranked and not self.classes.isdisjoint(other.classes)


def _wait(changed: Any, seconds: float) -> None:
    changed.wait(seconds)


class Budget:
    """The rate budget of one account. Thread-safe; waiting is bounded by the caller's deadline."""

    def __init__(
        self, rates: Mapping[str, RateClass], clock: Clock, pause: Callable[[Any, float], object] = _wait,
    ) -> None:  # fmt: skip
        self._windows = {name: _windows(rate, clock) for name, rate in rates.items()}
        self._clock = clock
        self._pause = pause
        self._changed = Condition()
        self._waiting: list[_Ticket] = []
        self._serial = 0
        self._held_until: dict[str, float] = {}

    def take(self, classes: Sequence[str], priority: Priority, patience: float) -> None:
        """Take one slot in every class, waiting at most `patience` seconds.

        Raises Throttled (with the seconds until a slot is due) as soon as waiting cannot help, and KeyError for a
        class the manifest does not name.
        """
        with self._changed:
            deadline = self._clock.monotonic() + patience
            self._serial += 1
            ticket = _Ticket(priority, self._serial, frozenset(classes))
            self._waiting.append(ticket)
            try:
                while (delay := self._try(classes, ticket)) > 0:
                    left = deadline - self._clock.monotonic()
                    if delay > left:
                        raise Throttled(
                            "The account's rate budget at the broker is used up", retry_after=delay
                        )
                    self._pause(self._changed, delay)
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()

    def _try(self, classes: Sequence[str], ticket: _Ticket) -> float:
        now = self._clock.monotonic()
        windows = [window for name in classes for window in self._windows[name]]
        held = [self._held_until.get(name, now) - now for name in classes]
        delay = max([window.delay(now, ticket.priority) for window in windows] + held, default=0.0)
        if delay > 0:
            return delay
        if any(other.goes_before(ticket) for other in self._waiting):
            # Somebody better placed is waking up for this very slot: it goes first, we look again shortly after.
            return GUARD_SECONDS
        for window in windows:
            window.take(now)
        return 0.0

    def hold(self, classes: Sequence[str], seconds: float) -> None:
        """The vendor itself refused for its rate limit: send nothing of these classes for a while."""
        with self._changed:
            until = self._clock.monotonic() + seconds
            for name in classes:
                self._held_until[name] = max(until, self._held_until.get(name, until))


class Budgets:
    """The budgets of all accounts at one broker."""

    def __init__(self, rates: Mapping[str, RateClass], clock: Clock) -> None:
        self._rates = rates
        self._clock = clock
        self._lock = Lock()
        self._by_account: dict[int, Budget] = {}

    def of(self, account_id: int) -> Budget:
        """The one budget of this account."""
        with self._lock:
            budget = self._by_account.get(account_id)
            if budget is None:
                budget = self._by_account[account_id] = Budget(self._rates, self._clock)
            return budget
