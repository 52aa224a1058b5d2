"""What happened, told to whoever wants to know, after the fact and never in the way of an order.

    events.subscribe(OrderChanged, handler)                      # own thread, own bounded queue
    events.subscribe((OrderPlaced, OrderModified), log, policy="wait", queue=100_000)

A handler sees the events of its subscription in the order they were published. Policies are those of
utils.concurrency.BoundedQueue: `drop_oldest` (metrics, screens) or `wait` (order logs: nothing is lost).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from domain.feed import OrderMessage
from domain.orders import OrderRow
from domain.triggers.exits import PositionExit
from utils.concurrency import BoundedQueue, Lock, start_thread
from utils.concurrency import Event as ClosingSignal

BATCH = 256
IDLE_SECONDS = 1.0
# What a person sees, or what the next tick decides, does not age by this; a thread woken for every order does cost.
BLINK_SECONDS = 0.02


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Base of everything that is published."""


class OrderChanged(Event, frozen=True, kw_only=True):
    """One order of one user moved on. `seq` grows by user and never repeats; `at_ms` is when we learnt it.

    is_news: clients are told; else it was over before anybody here watched the account, only the story keeps it, and
    seq is 0.
    """

    user_id: int
    account_id: int
    broker: str
    mode: str
    row: OrderRow
    strategy: str
    source: str
    seq: int
    at_ms: int
    is_news: bool = True


class OrderStreamed(Event, frozen=True, kw_only=True):
    """A change of an order is in the order stream under its number; what clients are told."""

    user_id: int
    account_id: int
    mode: str
    seq: int
    message: OrderMessage


class PositionExitChanged(Event, frozen=True, kw_only=True):
    """Exits of a position moved on: their state, what they protect, or the trailing stop."""

    user_id: int
    exit: PositionExit


class PositionExitAlarm(Event, frozen=True, kw_only=True):
    """An exit that should have left could not be sent, or was refused afterwards. retry_seconds: the earliest retry."""

    user_id: int
    exit: PositionExit
    code: str
    message: str
    tries: int
    retry_seconds: float


class OrderAction(Event, frozen=True, kw_only=True):
    """Base of what a caller did with orders. `mode` is live or analyze, `source` as in Principal."""

    user_id: int
    account_id: int
    broker: str
    mode: str
    source: str
    strategy: str


class OrderPlaced(OrderAction, frozen=True, kw_only=True):
    """The broker accepted a new order; accepted is not executed. batch: a PlanCompleted follows."""

    order_id: str
    symbol: str
    exchange: str
    action: str
    quantity: int
    price_type: str
    product: str
    batch: bool = False


class PlanCompleted(OrderAction, frozen=True, kw_only=True):
    """A call of several orders ended: `done` of `total` were accepted.

    kind: basket, split, options or multiorder. symbol: of the order, or the underlying; empty for a basket.
    """

    kind: str
    done: int
    total: int
    order_ids: tuple[str, ...]
    symbol: str = ""
    exchange: str = ""
    action: str = ""
    price_type: str = ""
    product: str = ""


class OrderModified(OrderAction, frozen=True, kw_only=True):
    """The broker accepted new terms."""

    order_id: str


class OrderCancelled(OrderAction, frozen=True, kw_only=True):
    """The broker accepted a cancellation; the order update tells when it took effect."""

    order_id: str


class OrdersCancelled(OrderAction, frozen=True, kw_only=True):
    """A cancel-all ended."""

    cancelled: int
    failed: int


class PositionsClosed(OrderAction, frozen=True, kw_only=True):
    """A close-position call ended; the exits are accepted, not executed."""

    closed: int
    failed: int
    message: str


class NoOrderNeeded(OrderAction, frozen=True, kw_only=True):
    """A smart order found its position as wanted; nothing was sent."""

    symbol: str
    exchange: str
    message: str


class OrderFailed(OrderAction, frozen=True, kw_only=True):
    """A write was refused, or its outcome is unknown (`code` OUTCOME_UNKNOWN)."""

    operation: str
    symbol: str
    exchange: str
    code: str
    message: str


class GttMoved(OrderAction, frozen=True, kw_only=True):
    """Something became of a GTT, or of a call about one.

    event: placed, failed, modified, modify_failed, cancelled, cancel_failed, triggered or expired; `failed` with a
    trigger id is a GTT whose order was refused when it fired. held_by: gateway or broker.
    """

    event: str
    trigger_id: str
    symbol: str
    exchange: str
    held_by: str
    order_id: str | None = None
    code: str | None = None
    message: str = ""


class OutcomeResolved(OrderAction, frozen=True, kw_only=True):
    """Evidence settled an unknown outcome: `acked` (it is at the broker) or `absent` (it never arrived)."""

    tag: str
    state: str
    order_id: str | None


class DriftFound(Event, frozen=True, kw_only=True):
    """The broker's books and ours differ and nothing explains it. `kind` as in the drift report."""

    user_id: int
    account_id: int
    broker: str
    mode: str
    kind: str
    tag: str | None
    order_id: str | None
    symbol: str
    exchange: str
    message: str


class OrderFilled(OrderAction, frozen=True, kw_only=True):
    """More of an order traded. `quantity` units at `price` rupees (None when not told); `filled` is the new total."""

    order_id: str
    symbol: str
    exchange: str
    action: str
    quantity: int
    price: Decimal | None
    filled: int
    average_price: Decimal | None
    complete: bool


class ProtectionEnded(OrderAction, frozen=True, kw_only=True):
    """A protected order is no longer followed: filled, gave_up, released (its owner took over) or ended.

    asked: the price type asked for.
    """

    tag: str
    order_id: str | None
    symbol: str
    exchange: str
    action: str
    asked: str
    state: str
    message: str
    at_ms: int

    @property
    def alarm(self) -> bool:
        """Units are open and nothing follows the price."""
        return False


class ProtectionAlarm(ProtectionEnded, frozen=True, kw_only=True):
    """It ended with units open, and nothing follows the price any more: somebody must look."""

    @property
    def alarm(self) -> bool:
        return True


class RiskRefused(OrderAction, frozen=True, kw_only=True):
    """A pre-trade rule refused an order; nothing was sent."""

    operation: str
    symbol: str
    code: str
    message: str


class RiskChanged(Event, frozen=True, kw_only=True):
    """Limits or a kill switch of a scope changed. kind: `limits` or `kill_switch`; engaged: of a switch, else None."""

    user_id: int
    username: str
    scope: str
    kind: str
    engaged: bool | None
    reason: str


class PendingOrderCreated(Event, frozen=True, kw_only=True):
    """An order waits for approval."""

    user_id: int
    pending_order_id: int
    api_type: str
    message: str


class PendingOrderResolved(Event, frozen=True, kw_only=True):
    """A waiting order changed: approved, rejected, expired, returned (not sent, waits on) or changed (look again)."""

    user_id: int
    pending_order_id: int
    action: str


class WebhookDelivered(Event, frozen=True, kw_only=True):
    """A message reached a strategy. result: accepted, duplicate, ignored or refused."""

    user_id: int
    strategy_id: int
    strategy: str
    delivery_id: int
    result: str
    message: str


class WebhookOrderEnded(Event, frozen=True, kw_only=True):
    """One order of a delivery came to an end, or its end to another (database.models.automation.OUTCOMES)."""

    user_id: int
    strategy_id: int
    delivery_id: int
    symbol: str
    outcome: str
    order_id: str | None
    message: str


class OrderTraced(Event, frozen=True, kw_only=True):
    """Every step of one order call, told after its answer was decided.

    steps: services.trading.timeline.trace.Step. arrived_ms: wall clock at `begun` (seconds, monotonic).
    """

    user_id: int
    account_id: int | None
    broker: str
    request_id: str
    operation: str
    strategy: str
    source: str
    key_id: int | None
    arrived_ms: int
    begun: float
    steps: tuple[Any, ...]


class WatchlistsChanged(Event, frozen=True, kw_only=True):
    """A user's watch lists changed."""

    user_id: int
    version: int


class PreferenceChanged(Event, frozen=True, kw_only=True):
    """What the desk remembers of a user changed. area: `documents`, or `chart`, whose values have no version."""

    user_id: int
    area: str
    key: str
    version: int | None


class SessionChanged(Event, frozen=True, kw_only=True):
    """A broker session of an account changed state: none, valid, expired or revoked."""

    account_id: int
    state: str
    reason: str


class AccountRemoved(Event, frozen=True, kw_only=True):
    """A broker account is gone for good; its number is never used again."""

    user_id: int
    account_id: int
    broker: str
    label: str


class AccountClosed(Event, frozen=True, kw_only=True):
    """What a removed account had left open was ended. ended: what -> how many."""

    user_id: int
    broker: str
    label: str
    ended: Mapping[str, int]


class ContractsChanged(Event, frozen=True, kw_only=True):
    """The contract master of a broker was loaded, or failed to load."""

    broker: str
    status: str
    total: int
    message: str


class ModeChanged(Event, frozen=True, kw_only=True):
    """The application switched between live and analyze."""

    mode: str


class FeedStateChanged(Event, frozen=True, kw_only=True):
    """A market-data feed of this broker changed state; of any broker (None) when the streaming process came or went."""

    broker: str | None


class FeedAlarm(Event, frozen=True, kw_only=True):
    """The market-data feed of a broker needs somebody, told to one of its users; or, is_over, no longer does."""

    user_id: int
    broker: str
    message: str
    is_over: bool


class ForceLogout(Event, frozen=True, kw_only=True):
    """All browsers of a user must sign in again."""

    user_id: int
    message: str


class BrowserSignedOut(Event, frozen=True, kw_only=True):
    """One browser's session ended. `key` names it; `reason` is empty when the user signed out there."""

    user_id: int
    key: str
    reason: str


class ApiKeyChanged(Event, frozen=True, kw_only=True):
    """API keys of a user changed; cached verifications must go."""

    user_id: int


class ActiveAccountChanged(Event, frozen=True, kw_only=True):
    """Another account, or none, now stands for the user's desk and API key."""

    user_id: int


class ApiCalled(Event, frozen=True, kw_only=True):
    """One finished REST call about orders, for logs and latency. `request` holds no key.

    broker_ms: how long the broker took of `elapsed_ms`, None when it was not asked.
    stages: milliseconds by stage (services.trading.timeline.stages), empty when no order was attempted.
    """

    endpoint: str
    user_id: int
    account_id: int | None
    broker: str | None
    mode: str | None
    status: int
    request: dict[str, Any]
    response: bytes
    elapsed_ms: float
    broker_ms: float | None
    at_ms: int
    stages: dict[str, float] = {}
    request_id: str = ""


class _Subscription:
    """One handler with its queue and thread."""

    def __init__(
        self, handler: Callable[[Any], None], queue: int, policy: str, name: str,
        gather_seconds: float, on_error: Callable[[str, Exception], None],
    ) -> None:  # fmt: skip
        self.name = name
        self._gather_seconds = gather_seconds
        self._closing = ClosingSignal()
        self._handler = handler
        self._on_error = on_error
        self.queue: BoundedQueue[Event] = BoundedQueue(queue, policy, name=f"events for {name}")
        self._thread = start_thread(self._run, f"events-{name}")

    def _run(self) -> None:
        while True:
            batch = self.queue.take(BATCH, IDLE_SECONDS)
            if not batch and self.queue.closed:
                return
            for event in batch:
                try:
                    self._handler(event)
                except Exception as error:  # noqa: BLE001 - one bad handler must not silence the others
                    self._on_error(self.name, error)
            if self._gather_seconds and len(batch) < BATCH:
                self._closing.wait(self._gather_seconds)

    def close(self, timeout: float) -> None:
        self.queue.close()
        self._closing.set()
        self._thread.join(timeout)


class Events:
    """The in-process bus. `on_error(subscriber, error)` hears of handlers that failed; the others go on."""

    def __init__(self, on_error: Callable[[str, Exception], None]) -> None:
        self._on_error = on_error
        self._lock = Lock()
        self._subscriptions: list[tuple[tuple[type[Event], ...], _Subscription]] = []
        self._by_type: dict[type[Event], tuple[_Subscription, ...]] = {}

    def subscribe(
        self,
        wanted: type[Event] | tuple[type[Event], ...],
        handler: Callable[[Any], None],
        *,
        queue: int = 10_000,
        policy: str = "drop_oldest",
        name: str = "",
        gather_seconds: float = 0.0,
    ) -> None:
        """Call `handler` for every event of these types (subclasses included), on a thread of its own.

        gather_seconds: pause after a batch, so that the first event is heard at once and a burst together: waking a
        thread per event costs the order path.
        """
        types = wanted if isinstance(wanted, tuple) else (wanted,)
        label = name or str(getattr(handler, "__qualname__", "handler"))
        subscription = _Subscription(handler, queue, policy, label, gather_seconds, self._on_error)
        with self._lock:
            self._subscriptions.append((types, subscription))
            self._by_type = {}

    def publish(self, event: Event) -> None:
        """Hand the event to every subscriber's queue."""
        for subscription in self._listeners(type(event)):
            subscription.queue.put(event)

    def has_listeners(self, wanted: type[Event]) -> bool:
        """Whether anyone would hear an event of this type; spares building costly ones."""
        return bool(self._listeners(wanted))

    def backlog(self) -> list[tuple[str, BoundedQueue[Event]]]:
        """(subscriber, its queue), for health pages."""
        return [(item.name, item.queue) for _, item in self._subscriptions]

    def close(self, timeout: float = 2.0) -> None:
        """Let every subscriber finish what is queued, then end the threads."""
        for _, subscription in self._subscriptions:
            subscription.close(timeout)

    def _listeners(self, kind: type[Event]) -> tuple[_Subscription, ...]:
        found = self._by_type.get(kind)
        if found is None:
            with self._lock:
                found = tuple(item for types, item in self._subscriptions if issubclass(kind, types))
                self._by_type[kind] = found
        return found
