"""The ZeroMQ bus. The feed binds an XPUB (a subscription is the demand) and an ingress for the app's messages.

Sockets are plain and non-blocking; the event loop watches their descriptors and drains them in batches, which
costs a fraction of an awaitable receive per message. Every socket has a high-water mark; a consumer counts what
was dropped by the gaps in a topic's sequence.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import zmq

from domain.feed import pack
from utils.logging import get_logger

log = get_logger(__name__)

MARKET_HWM = 20_000
CONTROL_HWM = 100_000
SUBSCRIPTION_HWM = 200_000  # a SUB that cannot queue its subscriptions on reconnect loses them silently
KEPT_VALUES = 10_000
_BATCH = 500
_HEARTBEAT_MS = 5_000
_INGRESS_PREFIXES = (b"ord|", b"sys|session|", b"sys|key|", b"sys|contracts|")
_MARKET_PREFIX = b"md|"
_STATE_PREFIX = b"sys|feed|"

Context = zmq.Context[zmq.Socket[bytes]]
Frames = list[bytes]


def open_context() -> Context:
    """One per process; sockets that meet over inproc must share it. Ended by `close_context`."""
    return zmq.Context()


def close_context(context: Context) -> None:
    """Close what is left and end the I/O thread without waiting for peers."""
    context.destroy(linger=0)


def tcp_endpoint(host: str, port: int) -> str:
    """tcp://host:port; port 0 lets the system choose."""
    numeric = "127.0.0.1" if host == "localhost" else host
    return f"tcp://{numeric}:{port or '*'}"


class _Pump:
    """Hands every message of a socket to `handle`, in batches that leave the loop room for others."""

    def __init__(
        self,
        socket: zmq.Socket[bytes],
        handle: Callable[[Frames], None],
        after: Callable[[], None] | None = None,
    ) -> None:
        self._socket = socket
        self._handle = handle
        self._after = after
        self._loop = asyncio.get_running_loop()
        self._descriptor = int(socket.getsockopt(zmq.FD))
        self._scheduled = False
        self._closed = False
        self.errors = 0
        self._loop.add_reader(self._descriptor, self._drain)
        self.check()

    def check(self) -> None:
        """Look soon: descriptors are edge-triggered, and any other call on the socket may have eaten the edge."""
        if not self._scheduled and not self._closed:
            self._scheduled = True
            self._loop.call_soon(self._drain_scheduled)

    def _drain_scheduled(self) -> None:
        self._scheduled = False
        self._drain()

    def _drain(self) -> None:
        if self._closed:
            return
        for _ in range(_BATCH):
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                break
            try:
                self._handle(frames)
            except Exception:
                self.errors += 1
                log.exception("A bus message could not be handled")
        else:
            self.check()
        if self._after is not None:
            self._after()

    def close(self) -> None:
        """Stop watching and close the socket."""
        if not self._closed:
            self._closed = True
            self._loop.remove_reader(self._descriptor)
            self._socket.close(linger=0)


class FeedBus:
    """The feed's end: publishes, keeps each topic's last message, and reports subscriptions as demand."""

    def __init__(self, context: Context, binds: Sequence[str], ingress: str) -> None:
        self._publisher = context.socket(zmq.XPUB)
        self._publisher.setsockopt(zmq.XPUB_VERBOSER, 1)
        self._publisher.setsockopt(zmq.SNDHWM, MARKET_HWM)
        self._publisher.setsockopt(zmq.RCVHWM, SUBSCRIPTION_HWM)
        self._ingress = context.socket(zmq.PULL)
        self._ingress.setsockopt(zmq.RCVHWM, CONTROL_HWM)
        self._kept: OrderedDict[bytes, tuple[int, bytes]] = OrderedDict()
        self._crowded_out = 0  # highest number of a topic that is no longer kept
        self._pumps: list[_Pump] = []
        self.published = 0
        self.dropped = 0
        self.rejected = 0
        try:
            self.endpoints = [_bind(self._publisher, bind) for bind in binds]
            self.ingress_endpoint = _bind(self._ingress, ingress)
        except zmq.ZMQError as error:
            self._publisher.close(linger=0)
            self._ingress.close(linger=0)
            raise OSError(
                error.errno, f"the bus cannot bind {', '.join((*binds, ingress))}: {error}"
            ) from None

    def start(
        self,
        on_demand: Callable[[bytes, bool], None],
        on_ingress: Callable[[bytes, bytes], None],
    ) -> None:
        """Begin inside a running loop.

        on_demand(topic, added): one consumer began or ended a subscription.
        on_ingress(topic, frame): a message of the app, already re-published.
        """

        def demanded(frames: Frames) -> None:
            if frames[0][:1] not in (b"\x00", b"\x01"):
                self.rejected += 1
                return
            topic, added = frames[0][1:], frames[0][:1] == b"\x01"
            on_demand(topic, added)
            if added:
                self._repeat(topic)

        def arrived(frames: Frames) -> None:
            if len(frames) != 2 or not frames[0].startswith(_INGRESS_PREFIXES):
                self.rejected += 1
                return
            self._send(frames[0], frames[1])
            on_ingress(frames[0], frames[1])

        self._pumps = [_Pump(self._publisher, demanded), _Pump(self._ingress, arrived)]

    def publish(self, topic: bytes, body: Any) -> None:
        """Send a body under the topic's next sequence number and keep it for whoever subscribes next."""
        seq = self._number(topic)
        frame = pack(seq, body)
        self._keep(topic, seq, frame)
        self._send(topic, frame)

    def pass_on(self, topic: bytes, body: Any) -> None:
        """Send a body that nobody needs later (order pushes, refusals): numbered, but forgotten."""
        seq = self._number(topic)
        self._keep(topic, seq, b"")
        self._send(topic, pack(seq, body))

    def _number(self, topic: bytes) -> int:
        """The topic's next number; one that was crowded out goes on above every number ever used."""
        kept = self._kept.get(topic)
        return (kept[0] if kept else self._crowded_out) + 1

    def _keep(self, topic: bytes, seq: int, frame: bytes) -> None:
        self._kept[topic] = (seq, frame)
        self._kept.move_to_end(topic)
        if len(self._kept) > KEPT_VALUES:
            self._crowded_out = max(self._crowded_out, self._kept.popitem(last=False)[1][0])

    def _repeat(self, asked: bytes) -> None:
        """Give a new subscriber the last value; only state topics may be asked for by prefix."""
        if asked in self._kept:
            self._send(asked, self._kept[asked][1])
        elif asked.startswith(_STATE_PREFIX):
            for topic in [kept for kept in self._kept if kept.startswith(asked)]:
                self._send(topic, self._kept[topic][1])

    def _send(self, topic: bytes, frame: bytes) -> None:
        if not frame:
            return
        try:
            self._publisher.send_multipart((topic, frame), zmq.NOBLOCK)
            self.published += 1
        except zmq.Again:
            self.dropped += 1
        if self._pumps:
            self._pumps[0].check()

    def close(self) -> None:
        """Stop and close both sockets."""
        for pump in self._pumps:
            pump.close()
        self._publisher.close(linger=0)
        self._ingress.close(linger=0)


class Consumer:
    """A subscriber's end. Ticks and control messages have a socket each: ticks never crowd out orders."""

    def __init__(self, context: Context, endpoint: str) -> None:
        self._market = _subscriber(context, endpoint, MARKET_HWM)
        self._control = _subscriber(context, endpoint, CONTROL_HWM)
        self._pumps: dict[zmq.Socket[bytes], _Pump] = {}

    def start(
        self,
        on_market: Callable[[bytes, bytes], None],
        on_control: Callable[[bytes, bytes], None],
        after_batch: Callable[[], None] | None = None,
    ) -> None:
        """Begin inside a running loop. Callbacks get (topic, frame); `after_batch` runs once per drain."""
        self._pumps = {
            self._market: _Pump(self._market, lambda frames: on_market(frames[0], frames[1]), after_batch),
            self._control: _Pump(self._control, lambda frames: on_control(frames[0], frames[1]), after_batch),
        }

    def subscribe(self, topic: bytes) -> None:
        """Ask for a topic; calls must be paired with `unsubscribe`."""
        self._set(zmq.SUBSCRIBE, topic)

    def unsubscribe(self, topic: bytes) -> None:
        """Give one subscription back."""
        self._set(zmq.UNSUBSCRIBE, topic)

    def _set(self, option: int, topic: bytes) -> None:
        socket = self._market if topic.startswith(_MARKET_PREFIX) else self._control
        socket.setsockopt(option, topic)
        if socket in self._pumps:
            self._pumps[socket].check()

    @property
    def errors(self) -> int:
        """Messages whose handler failed."""
        return sum(pump.errors for pump in self._pumps.values())

    def close(self) -> None:
        """Stop and close both sockets."""
        for pump in self._pumps.values():
            pump.close()
        self._market.close(linger=0)
        self._control.close(linger=0)


def _bind(socket: zmq.Socket[bytes], endpoint: str) -> str:
    if endpoint.startswith("tcp://"):
        socket.setsockopt(zmq.HEARTBEAT_IVL, _HEARTBEAT_MS)
    socket.bind(endpoint)
    return socket.getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0")


def _subscriber(context: Context, endpoint: str, high_water: int) -> zmq.Socket[bytes]:
    socket = context.socket(zmq.SUB)
    socket.setsockopt(zmq.RCVHWM, high_water)
    socket.setsockopt(zmq.SNDHWM, SUBSCRIPTION_HWM)
    socket.setsockopt(zmq.HEARTBEAT_IVL, _HEARTBEAT_MS)
    socket.connect(endpoint)
    return socket
