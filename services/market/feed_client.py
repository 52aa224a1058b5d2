"""The app's end of the bus: market data on demand with a last-value cache, order pushes in, orders and notices out.

    client = FeedClient(feed_endpoint, ingress_endpoint, clock)
    client.start()
    watch = client.watch("zerodha", [InstrumentKey(Exchange.NSE, "TATAPOWER")], Mode.QUOTE)
    client.last("zerodha", key, Mode.QUOTE)        # LastValue with its age, None until the first tick
    watch.close()

One thread owns the sockets; every other thread only changes what is wanted or queues what is to be sent. Reconnecting
is ZeroMQ's: subscriptions are told again when the feed comes back.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any, Self

import msgspec
import zmq
import zmq.auth
from zmq.utils.monitor import recv_monitor_message

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
from utils.clock import Clock, epoch_ms
from utils.concurrency import BoundedQueue, Lock, QueueFull, Thread, start_thread
from utils.logging import get_logger

log = get_logger(__name__)

OUTGOING = 10_000
PUSHES = 10_000
TICKS = 20_000
_MARKET_HWM = 20_000
_CONTROL_HWM = 100_000
_SUBSCRIPTION_HWM = 200_000
_HEARTBEAT_MS = 5_000
_POLL_MS = 1_000
_LINGER_MS = 500
_BATCH = 500
_RECONNECT_MS, _RECONNECT_MAX_MS = 100, 2_000
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


class _Dispatch:
    """Runs handlers on a thread of their own, so that a slow one never stops the sockets.

    The thread starts with the first work; only the socket thread puts any.
    """

    def __init__(self, name: str, size: int, policy: str) -> None:
        self._name = name
        self._queue: BoundedQueue[Callable[[], None]] = BoundedQueue(size, policy)
        self._thread: Thread | None = None

    def put(self, work: Callable[[], None]) -> None:
        if self._thread is None:
            self._thread = start_thread(self._run, self._name)
        self._queue.put(work)

    def _run(self) -> None:
        while not (self._queue.closed and not len(self._queue)):
            for work in self._queue.take(_BATCH, 1.0):
                try:
                    work()
                except Exception:
                    log.exception("A handler of bus messages failed")

    def end(self) -> None:
        """Take nothing more; what is queued is still handled."""
        self._queue.close()

    def join(self) -> None:
        """Wait for the last handler."""
        if self._thread is not None:
            self._thread.join(2.0)


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
        self._outgoing: BoundedQueue[tuple[bytes, bytes]] = BoundedQueue(OUTGOING, "refuse")
        self._wires: _Wires | None = None
        self._notice_seq = 0
        self.connected = False
        self.unreadable = self.gaps = 0

    def start(self) -> None:
        """Connect in the background; nothing here waits for the feed."""
        if self._wires is None:
            self._wires = _Wires(self, *self._door)

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
        return self._outgoing.take(_BATCH, 0.0)

    def receive(self, topic: bytes, frame: bytes, ticks: _Dispatch, pushes: _Dispatch) -> None:
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

    def _receive_tick(self, topic: bytes, frame: bytes, ticks: _Dispatch) -> None:
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

    def _receive_push(self, topic: bytes, frame: bytes, pushes: _Dispatch) -> None:
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


class _Wires:
    """The sockets and the thread that owns them."""

    def __init__(
        self, client: FeedClient, feed_endpoint: str, ingress_endpoint: str, key_file: Path | None
    ) -> None:
        self._client = client
        self._keys = zmq.auth.load_certificate(key_file) if key_file is not None else None
        self._context: zmq.Context[Any] = zmq.Context()
        self._market, self._control = self._subscriber(_MARKET_HWM), self._subscriber(_CONTROL_HWM)
        # Before connecting: a connection that stands sooner than it is watched would never be heard of.
        self._monitor = self._control.get_monitor_socket(zmq.EVENT_CONNECTED | zmq.EVENT_DISCONNECTED)
        for socket in (self._market, self._control):
            socket.connect(feed_endpoint)
        self._ingress = self._context.socket(zmq.PUSH)
        self._ingress.setsockopt(zmq.SNDHWM, OUTGOING)
        self._ingress.setsockopt(zmq.LINGER, _LINGER_MS)
        self._ingress.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MS)
        self._ingress.setsockopt(zmq.RECONNECT_IVL_MAX, _RECONNECT_MAX_MS)
        self._unlock(self._ingress)
        self._ingress.connect(ingress_endpoint)
        self._bell = self._context.socket(zmq.PULL)
        self._bell.setsockopt(zmq.RCVHWM, 1)
        self._bell.bind("inproc://bell")
        self._ringer = self._context.socket(zmq.PUSH)
        self._ringer.setsockopt(zmq.SNDHWM, 1)
        self._ringer.setsockopt(zmq.LINGER, 0)
        self._ringer.connect("inproc://bell")
        self._ringing = Lock()
        self._subscribed: list[set[bytes]] = [set(), set()]
        self._version = 0
        self._unsent: list[tuple[bytes, bytes]] = []
        self._stopping = False
        self.ticks = _Dispatch("feed-ticks", TICKS, "drop_oldest")
        self.pushes = _Dispatch("feed-pushes", PUSHES, "wait")
        self._thread = start_thread(self._run, "feed-client")

    def _subscriber(self, high_water: int) -> zmq.Socket[bytes]:
        socket: zmq.Socket[bytes] = self._context.socket(zmq.SUB)
        socket.setsockopt(zmq.RCVHWM, high_water)
        socket.setsockopt(zmq.SNDHWM, _SUBSCRIPTION_HWM)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.HEARTBEAT_IVL, _HEARTBEAT_MS)
        socket.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MS)
        socket.setsockopt(zmq.RECONNECT_IVL_MAX, _RECONNECT_MAX_MS)
        self._unlock(socket)
        return socket

    def _unlock(self, socket: zmq.Socket[bytes]) -> None:
        """One key pair serves both ends of the bus: only holders of the same keys meet."""
        if self._keys is not None:
            socket.curve_serverkey = socket.curve_publickey = self._keys[0]
            socket.curve_secretkey = self._keys[1]

    def wake(self) -> None:
        """Let the socket thread look at what changed; a bell that already rings is enough."""
        with self._ringing:
            if not self._ringer.closed:
                try:
                    self._ringer.send(b"", zmq.NOBLOCK)
                except zmq.Again:
                    return

    def close(self) -> None:
        self._stopping = True
        for dispatch in (self.ticks, self.pushes):
            dispatch.end()
        self.wake()
        self._thread.join(2.0)
        for dispatch in (self.ticks, self.pushes):
            dispatch.join()
        with self._ringing:
            self._ringer.close()
        if not self._thread.is_alive():
            self._context.term()

    def _run(self) -> None:
        poller = zmq.Poller()
        for socket in (self._market, self._control, self._bell, self._monitor):
            poller.register(socket, zmq.POLLIN)
        try:
            while not self._stopping:
                self._subscribe()
                self._flush(poller)
                ready = dict(poller.poll(_POLL_MS))
                if self._bell in ready:
                    self._bell.recv(zmq.NOBLOCK)
                if self._monitor in ready:
                    event = recv_monitor_message(self._monitor)["event"]
                    self._client.reachable(event == zmq.EVENT_CONNECTED)
                for socket in (self._control, self._market):
                    if socket in ready:
                        self._receive(socket)
            self._flush(poller)
        except Exception:
            log.exception("The bus connection of the app ended")
        finally:
            self._control.disable_monitor()
            for socket in (self._market, self._control, self._bell, self._ingress, self._monitor):
                socket.close()

    def _receive(self, socket: zmq.Socket[bytes]) -> None:
        for _ in range(_BATCH):
            try:
                frames = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            if len(frames) == 2:
                self._client.receive(frames[0], frames[1], self.ticks, self.pushes)

    def _subscribe(self) -> None:
        wanted = self._client.wanted(self._version)
        if wanted is None:
            return
        self._version, *topics = wanted
        for socket, now, before in zip((self._market, self._control), topics, self._subscribed, strict=True):
            for topic in now - before:
                socket.setsockopt(zmq.SUBSCRIBE, topic)
            for topic in before - now:
                socket.setsockopt(zmq.UNSUBSCRIBE, topic)
        self._subscribed = topics

    def _flush(self, poller: zmq.Poller) -> None:
        """Send what is queued; what the socket does not take waits, in order."""
        while True:
            if not self._unsent:
                self._unsent = self._client.take_outgoing()
            if not self._unsent:
                poller.register(self._ingress, 0)
                return
            for position, message in enumerate(self._unsent):
                try:
                    self._ingress.send_multipart(message, zmq.NOBLOCK)
                except zmq.Again:
                    self._unsent = self._unsent[position:]
                    poller.register(self._ingress, zmq.POLLOUT)
                    return
            self._unsent = []
