"""What the app wants of the bus, and what it last heard there."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Self

import msgspec

from domain.errors import Unavailable
from domain.feed import (
    FeedState,
    MarketData,
    Notice,
    OrderMessage,
    contracts_topic,
    key_topic,
    market_topic,
    order_feed_topic,
    order_topic,
    pack,
    push_topic,
    serving_feed,
    session_topic,
    unpack,
)
from domain.instruments import InstrumentKey
from domain.market import Mode
from domain.orders import OrderUpdate
from services.market.feed_client.dispatch import BATCH, Dispatch
from services.market.feed_client.wires import OUTGOING, Wires
from utils.clock import Clock, epoch_ms
from utils.concurrency import BoundedQueue, Lock, QueueFull
from utils.logging import get_logger

log = get_logger(__name__)

_STATES = b"sys|feed|"
_ORDER_STATES = b"sys|orders|"

PushHandler = Callable[[int, OrderUpdate], None]
TickHandler = Callable[[str, MarketData], None]
# These two run on the socket's own thread: they may hand the news on, never wait.
StateHandler = Callable[[FeedState], None]
ReachableHandler = Callable[[bool], None]


class LastValue(msgspec.Struct, frozen=True):
    """The latest tick of a topic and how many seconds ago it arrived here."""

    data: MarketData
    age_seconds: float


class Serving(msgspec.Struct, frozen=True):
    """How the feed behind an account is doing: the states of domain.feed.FeedState, and two of ours.

    unreachable: the streaming process is away. idle: it is there and nothing of this broker was asked of it.
    """

    state: str
    reason: str
    since_ms: int | None = None


class Watch:
    """A demand for market data; lasts until closed. Demands of several watches add up."""

    def __init__(self, client: FeedClient, topics: tuple[bytes, ...]) -> None:
        self._client = client
        self._topics = topics

    def close(self) -> None:
        """Give the demand back; safe to repeat."""
        topics, self._topics = self._topics, ()
        self._client.release(topics)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class FeedClient:
    """Thread-safe. Handlers run on threads of their own: pushes wait for room, ticks drop the oldest.

    key_file: the keys of the bus, where it has any. `gaps`: ticks that the feed sent and that did not arrive here.
    """

    def __init__(
        self,
        feed_endpoint: str,
        ingress_endpoint: str,
        clock: Clock,
        *,
        on_push: PushHandler | None = None,
        on_tick: TickHandler | None = None,
        on_state: StateHandler | None = None,
        on_reachable: ReachableHandler | None = None,
        key_file: Path | None = None,
    ) -> None:
        self._door = (feed_endpoint, ingress_endpoint, key_file)
        self._clock = clock
        self._on_push = on_push
        self._on_tick: tuple[TickHandler, ...] = (on_tick,) if on_tick is not None else ()
        self._on_state = on_state
        self._on_reachable = on_reachable
        self.on_order_state: StateHandler = lambda _state: None
        self._lock = Lock()
        self._wanted: dict[bytes, int] = {}
        self._accounts: frozenset[int] = frozenset()
        self._version = 1
        self._values: dict[bytes, tuple[MarketData, float, int]] = {}
        self._states: dict[int, FeedState] = {}
        self._outgoing = BoundedQueue[tuple[bytes, bytes]](OUTGOING, "refuse", name="to the bus")
        self._wires: Wires | None = None
        self._notice_seq = 0
        self.connected = False
        self.unreadable = self.gaps = 0

    def start(self) -> None:
        """Connect in the background; nothing here waits for the feed."""
        if self._wires is None:
            self._wires = Wires(self, *self._door)

    def close(self) -> None:
        """Send what is queued, as far as that takes no more than half a second, and end the threads."""
        wires, self._wires = self._wires, None
        if wires is not None:
            wires.close()
        self.connected = False

    def on_push(self, handler: PushHandler) -> None:
        """Set what is called with (account id, update) for each order push."""
        self._on_push = handler

    def on_tick(self, handler: TickHandler) -> None:
        """Add what is called with (broker, data) for each tick of every watch."""
        self._on_tick = (*self._on_tick, handler)

    def watch(self, broker: str, keys: Iterable[InstrumentKey], mode: Mode = Mode.QUOTE) -> Watch:
        """Ask the feed for these instruments; the feed learns of it through the subscription itself."""
        topics = tuple(market_topic(broker, key.exchange, key.symbol, mode) for key in keys)
        with self._lock:
            for topic in topics:
                self._wanted[topic] = self._wanted.get(topic, 0) + 1
            self._version += 1
        self._wake()
        return Watch(self, topics)

    def release(self, topics: Iterable[bytes]) -> None:
        """Give back one demand per topic; used by Watch."""
        with self._lock:
            for topic in topics:
                left = self._wanted.get(topic, 0) - 1
                if left > 0:
                    self._wanted[topic] = left
                else:
                    self._wanted.pop(topic, None)
                    self._values.pop(topic, None)
            self._version += 1
        self._wake()

    def last(self, broker: str, key: InstrumentKey, mode: Mode = Mode.QUOTE) -> LastValue | None:
        """The latest value of a watched instrument; None when not watched or nothing arrived yet."""
        found = self._values.get(market_topic(broker, key.exchange, key.symbol, mode))
        return LastValue(found[0], self._clock.monotonic() - found[1]) if found else None

    def follow_orders(self, account_ids: Collection[int]) -> None:
        """Ask for the order pushes of exactly these accounts."""
        with self._lock:
            self._accounts = frozenset(account_ids)
            self._version += 1
        self._wake()

    def feed_state(self, account_id: int) -> FeedState | None:
        """What the feed last said about an account; None while the feed itself cannot be reached."""
        return self._states.get(account_id)

    def serving(self, broker: str, account_id: int) -> Serving:
        """The state of the feed that serves an account; another account of its broker may carry it."""
        if not self.connected:
            return Serving("unreachable", "The streaming process cannot be reached")
        states = [state for state in list(self._states.values()) if state.broker == broker]
        found = serving_feed(states, account_id)
        if found is None or (found.state == "stopped" and not found.reason):
            return Serving("idle", "")
        return Serving(found.state, found.reason, found.since_ms or None)

    def feeds(self) -> list[FeedState]:
        """What is known of every feed that runs; empty while the streaming process cannot be reached."""
        return [state for state in list(self._states.values()) if state.state != "stopped"]

    def publish_order(self, user_id: int, seq: int, message: OrderMessage) -> None:
        """Tell WebSocket clients of a user about an order. Raises Unavailable when the queue is full."""
        self._send(order_topic(user_id), pack(seq, message))

    def publish_session(self, account_id: int, state: str) -> None:
        """A broker session changed; the feed asks for it again."""
        self._notify(session_topic(account_id), state)

    def publish_key(self, user_id: int, what: str) -> None:
        """Keys or the active account of a user changed; the proxy resolves its clients again."""
        self._notify(key_topic(user_id), what)

    def publish_contracts(self, broker: str, status: str) -> None:
        """A contract master came into force; the feed resolves its tokens again."""
        self._notify(contracts_topic(broker), status)

    def _notify(self, topic: bytes, kind: str) -> None:
        with self._lock:
            self._notice_seq += 1
            seq = self._notice_seq
        self._send(topic, pack(seq, Notice(kind=kind, at_ms=epoch_ms(self._clock.now()))))

    def _send(self, topic: bytes, frame: bytes) -> None:
        try:
            self._outgoing.put((topic, frame))
        except QueueFull:
            raise Unavailable("The streaming process has not taken messages for too long") from None
        self._wake()

    def _wake(self) -> None:
        wires = self._wires
        if wires is not None:
            wires.wake()

    def wanted(self, known: int) -> tuple[int, set[bytes], set[bytes]] | None:
        """(version, market topics, control topics) to be subscribed, None when `known` is the newest version."""
        with self._lock:
            if known == self._version:
                return None
            return self._version, set(self._wanted), {_STATES, *_order_topics(self._accounts)}

    def take_outgoing(self) -> list[tuple[bytes, bytes]]:
        """Messages to send next; used by the socket thread."""
        return self._outgoing.take(BATCH, 0.0)

    def receive(self, topic: bytes, frame: bytes, ticks: Dispatch, pushes: Dispatch) -> None:
        """Handle one message; used by the socket thread."""
        try:
            if topic.startswith(b"md|"):
                self._receive_tick(topic, frame, ticks)
            elif topic.startswith(b"push|"):
                self._receive_push(topic, frame, pushes)
            elif topic.startswith(_ORDER_STATES):
                self.on_order_state(unpack(frame, FeedState)[1])
            elif topic.startswith(_STATES):
                state = unpack(frame, FeedState)[1]
                self._states[state.account_id] = state
                if self._on_state is not None:
                    self._on_state(state)
        except ValueError as error:
            self.unreadable += 1
            log.warning("An unreadable bus message", topic=topic.decode(errors="replace"), reason=str(error))

    def _receive_tick(self, topic: bytes, frame: bytes, ticks: Dispatch) -> None:
        seq, data = unpack(frame, MarketData)
        with self._lock:
            if topic not in self._wanted:
                return
            before = self._values.get(topic)
            self.gaps += max(0, seq - before[2] - 1) if before else 0
            self._values[topic] = (data, self._clock.monotonic(), seq)
        if self._on_tick:
            broker = topic.split(b"|", 2)[1].decode()
            for handler in self._on_tick:
                ticks.put(functools.partial(handler, broker, data))

    def _receive_push(self, topic: bytes, frame: bytes, pushes: Dispatch) -> None:
        if (handler := self._on_push) is not None:
            account_id, update = int(topic.split(b"|")[1]), unpack(frame, OrderUpdate)[1]
            pushes.put(lambda: handler(account_id, update))

    def reachable(self, is_connected: bool) -> None:
        """The feed came or went; used by the socket thread."""
        # Frames of the old connection may still have been read after its end: a new one begins without them.
        self._states.clear()
        changed = self.connected != is_connected
        self.connected = is_connected
        if changed and self._on_reachable is not None:
            self._on_reachable(is_connected)


def _order_topics(accounts: Collection[int]) -> set[bytes]:
    """Pushes of these accounts, and the states of sockets that bring nothing else."""
    return {topic(account) for account in accounts for topic in (push_topic, order_feed_topic)}
