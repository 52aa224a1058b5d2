"""A subscriber's end of the bus, over sockets or inside the feed's own process."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import zmq

from websocket_proxy.bus.demand import is_market
from websocket_proxy.bus.feed import FeedBus
from websocket_proxy.bus.keys import BusKeys
from websocket_proxy.bus.sockets import (
    CONTROL_HWM,
    MARKET_HWM,
    SUBSCRIPTION_HWM,
    Context,
    Frames,
    Pump,
    Socket,
    connect,
)


class MarketSink(Protocol):
    """Takes market data, packed or not."""

    def on_frame(self, topic: bytes, frame: bytes) -> None:
        """A message as it was on the wire. Raises ValueError for an unreadable one."""

    def on_market(self, topic: bytes, seq: int, body: Any) -> None:
        """A message of this process."""


class Subscriber(Protocol):
    """Where messages of the bus come from. Calls to subscribe and unsubscribe are paired by topic."""

    def start(self, market: MarketSink, on_control: Callable[[bytes, bytes], None]) -> None:
        """Begin inside a running loop."""

    def subscribe(self, topic: bytes) -> None:
        """Ask for a topic, or for those that begin so."""

    def unsubscribe(self, topic: bytes) -> None:
        """Give it back."""

    def renew(self, topics: Iterable[bytes]) -> None:
        """Ask for the last values of subscribed topics again, after some were missed."""

    @property
    def errors(self) -> int:
        """Messages whose handler failed."""

    def close(self) -> None:
        """Stop."""


class Consumer:
    """Over sockets. Ticks and control messages have one each: ticks never crowd out orders."""

    def __init__(self, context: Context, endpoint: str, keys: BusKeys | None = None) -> None:
        self._market = _subscriber(context, endpoint, MARKET_HWM, keys)
        self._control = _subscriber(context, endpoint, CONTROL_HWM, keys)
        self._pumps: dict[Socket, Pump] = {}

    def start(self, market: MarketSink, on_control: Callable[[bytes, bytes], None]) -> None:
        """Begin inside a running loop."""

        def ticked(frames: Frames) -> None:
            market.on_frame(frames[0], frames[1])

        self._pumps = {
            self._market: Pump(self._market, ticked),
            self._control: Pump(self._control, lambda frames: on_control(frames[0], frames[1])),
        }

    def subscribe(self, topic: bytes) -> None:
        """Ask for a topic; calls must be paired with `unsubscribe`."""
        self._set(zmq.SUBSCRIBE, topic)

    def unsubscribe(self, topic: bytes) -> None:
        """Give one subscription back."""
        self._set(zmq.UNSUBSCRIBE, topic)

    def renew(self, topics: Iterable[bytes]) -> None:
        """Leave and join: whoever joins is told the last value. The other way round would count twice as demand."""
        for topic in topics:
            self._set(zmq.UNSUBSCRIBE, topic)
            self._set(zmq.SUBSCRIBE, topic)

    def _set(self, option: int, topic: bytes) -> None:
        socket = self._market if is_market(topic) else self._control
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


class LocalConsumer:
    """In the feed's own process: nothing is packed, sent, received and unpacked again."""

    def __init__(self, bus: FeedBus) -> None:
        self._bus = bus
        self._market: MarketSink | None = None
        self._on_control: Callable[[bytes, bytes], None] | None = None

    def start(self, market: MarketSink, on_control: Callable[[bytes, bytes], None]) -> None:
        """Begin."""
        self._market, self._on_control = market, on_control
        self._bus.listen(self)

    def subscribe(self, topic: bytes) -> None:
        """Ask for a topic; its last value follows in the next turn of the loop."""
        self._bus.subscribe_here(topic)

    def unsubscribe(self, topic: bytes) -> None:
        """Give it back."""
        self._bus.unsubscribe_here(topic)

    def renew(self, topics: Iterable[bytes]) -> None:
        """Nothing is ever missed here."""

    def on_market(self, topic: bytes, seq: int, body: Any) -> None:
        """Called by the bus."""
        if self._market is not None:
            self._market.on_market(topic, seq, body)

    def on_control(self, topic: bytes, frame: bytes) -> None:
        """Called by the bus."""
        if self._on_control is not None:
            self._on_control(topic, frame)

    @property
    def errors(self) -> int:
        """Messages whose handler failed."""
        return self._bus.faults

    def close(self) -> None:
        """Stop."""
        self._market = self._on_control = None


def _subscriber(context: Context, endpoint: str, high_water: int, keys: BusKeys | None) -> Socket:
    socket = context.socket(zmq.SUB)
    socket.setsockopt(zmq.RCVHWM, high_water)
    socket.setsockopt(zmq.SNDHWM, SUBSCRIPTION_HWM)
    if keys is not None:
        keys.unlock(socket)
    connect(socket, endpoint)
    return socket
