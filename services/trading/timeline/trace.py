"""Steps of one order call, noted on the thread they happen on and told as one event when its answer is decided.

    edge      trace.arrive(clock, begun) ... trace.leave()
    router    with tracing.call(command, principal): ...
    anywhere  trace.note("journalled", tag=tag)

A note is an append: nothing is formatted, encoded or written on the order's thread. A call that hands its legs to
other threads passes `current()` along and lets them work inside `carried(...)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from services import events
from services.accounts.principal import Principal
from utils import request_ids
from utils.clock import Clock, epoch_ms
from utils.concurrency import local
from utils.ids import IdSource
from utils.logging import get_logger

log = get_logger(__name__)
_here = local()


class Step(NamedTuple):
    """`at` in seconds of the monotonic clock; `detail` is anything that services.trading.timeline.story can show."""

    at: float
    stage: str
    tag: str | None
    order_id: str | None
    detail: Any


class Trace:
    """The steps of one call so far."""

    __slots__ = ("arrived", "begun", "clock", "open", "request_id", "steps")

    def __init__(self, clock: Clock, begun: float) -> None:
        self.clock = clock
        self.begun = begun
        self.arrived = epoch_ms(clock.now())
        self.steps: list[Step] = []
        self.request_id = ""
        self.open = False

    def note(self, stage: str, tag: str | None, order_id: str | None, detail: Any) -> None:
        """One step, now."""
        self.steps.append(Step(self.clock.monotonic(), stage, tag, order_id, detail))


def arrive(clock: Clock, begun: float) -> None:
    """A request reached the edge at `begun`."""
    _here.trace = Trace(clock, begun)


def leave() -> None:
    """The request is answered."""
    _here.trace = None


def current() -> Trace | None:
    """The trace of the call that runs in this thread."""
    return getattr(_here, "trace", None)


def request_id() -> str:
    """Under which the call of this thread is told; empty before it began and where none runs."""
    trace = current()
    return "" if trace is None else trace.request_id


def note(stage: str, *, tag: str | None = None, order_id: str | None = None, detail: Any = None) -> None:
    """One step of the call that runs in this thread, if any."""
    trace: Trace | None = getattr(_here, "trace", None)
    if trace is not None:
        trace.note(stage, tag, order_id, detail)


def checked(rule: str, passed: bool, *, value: Any = None, limit: Any = None, message: str = "") -> None:
    """One check beyond the pre-trade rules, with what it looked at."""
    note(
        "checked", detail={"rule": rule, "passed": passed, "value": value, "limit": limit, "message": message}
    )


@contextmanager
def carried(trace: Trace | None) -> Iterator[None]:
    """Note the steps of this thread in another thread's call."""
    before = current()
    _here.trace = trace
    try:
        with request_ids.carried(trace.request_id if trace is not None else request_ids.current()):
            yield
    finally:
        _here.trace = before


class Tracing:
    """Opens and tells traces."""

    def __init__(self, bus: events.Events, clock: Clock, ids: IdSource) -> None:
        self._events = bus
        self._clock = clock
        self._ids = ids

    @contextmanager
    def call(self, command: Any, principal: Principal, request_id: str = "") -> Iterator[None]:
        """Record one call; within another recorded call its steps belong to that one.

        request_id: of the call that this one continues (an approved order), else the request's own; a call that no
        request made gets a new one.
        """
        trace = current()
        if trace is not None and trace.open:
            yield
            return
        owned = trace is None
        if trace is None:
            trace = _here.trace = Trace(self._clock, self._clock.monotonic())
        trace.open = True
        trace.request_id = request_id or request_ids.of_next_call() or self._ids.unique()
        trace.note("resumed" if request_id else "received", None, None, (command, principal))
        try:
            yield
        except Exception as error:
            trace.note("failed", None, None, error)
            raise
        finally:
            trace.open = False
            if owned:
                _here.trace = None
            self._tell(trace, command, principal)

    def _tell(self, trace: Trace, command: Any, principal: Principal) -> None:
        """The answer is decided: a trace that cannot be told must not change it."""
        try:
            self._events.publish(
                events.OrderTraced(
                    user_id=principal.user_id, account_id=principal.account_id, broker=principal.broker or "",
                    request_id=trace.request_id, operation=command.operation.value,
                    strategy=command.strategy, source=principal.source, key_id=principal.key_id,
                    arrived_ms=trace.arrived, begun=trace.begun, steps=tuple(trace.steps),
                )
            )  # fmt: skip
        except Exception:
            log.exception("the time line of a call could not be told", request_id=trace.request_id)
