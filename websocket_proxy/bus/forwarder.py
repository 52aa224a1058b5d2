"""A stand-in for the feed on another machine: one subscription upstream, any number of consumers here.

It passes on demand and messages, keeps last values for newcomers, and leaves numbers as they are, so that a consumer
behind it sees the same gaps that it would see at the feed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import zmq

from websocket_proxy.bus.consumer import Consumer
from websocket_proxy.bus.demand import is_market
from websocket_proxy.bus.keys import BusKeys, Doorkeeper
from websocket_proxy.bus.publisher import Publisher
from websocket_proxy.bus.sockets import CONTROL_HWM, Context, Frames, Pump, bind, connect
from websocket_proxy.bus.values import STATES

_RETRY_SECONDS = 0.05


class Forwarder:
    """XPUB and ingress for consumers here, SUB and PUSH towards the feed. Raises OSError when it cannot bind."""

    def __init__(
        self,
        context: Context,
        address: str,
        ingress: str,
        upstream: tuple[str, str],
        keys: BusKeys | None = None,
    ) -> None:
        self._socket, self._ingress = context.socket(zmq.XPUB), context.socket(zmq.PULL)
        self._publisher = Publisher(self._socket)
        self._ingress.setsockopt(zmq.RCVHWM, CONTROL_HWM)
        self._upstream = context.socket(zmq.PUSH)
        self._upstream.setsockopt(zmq.SNDHWM, CONTROL_HWM)
        self._wanted: Counter[bytes] = Counter()
        self._kept: dict[bytes, bytes] = {}
        self._waiting: Frames | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._pumps: list[Pump] = []
        self._door: Doorkeeper | None = None
        self._consumer = Consumer(context, upstream[0], keys)
        try:
            if keys is not None:
                self._door = Doorkeeper(context, keys)
                keys.guard(self._socket)
                keys.guard(self._ingress)
                keys.unlock(self._upstream)
            self.endpoint = bind(self._socket, address)
            self.ingress_endpoint = bind(self._ingress, ingress)
            connect(self._upstream, upstream[1])
        except zmq.ZMQError as error:
            self.close()
            raise OSError(error.errno, f"the forwarder cannot bind {address}, {ingress}: {error}") from None

    def start(self) -> None:
        """Begin inside a running loop."""
        if self._door is not None:
            self._door.start()
        self._consumer.start(self, self.on_frame)
        self._pumps = [
            Pump(self._socket, self._demanded),
            Pump(self._ingress, self._take, lambda: self._waiting is None),
        ]

    def on_frame(self, topic: bytes, frame: bytes) -> None:
        """A message of the feed."""
        if is_market(topic) or topic.startswith(STATES):
            self._kept[topic] = frame
        (self._publisher.tick if is_market(topic) else self._publisher.hold)(topic, frame)
        if self._pumps:
            self._pumps[0].check()

    def on_market(self, topic: bytes, seq: int, body: Any) -> None:
        """Not used: what arrives over sockets is packed."""
        raise NotImplementedError

    def figures(self) -> dict[str, int]:
        """Counters for the statistics."""
        publisher = self._publisher
        return {
            "topics": len(self._wanted), "sent": publisher.sent, "overflows": publisher.overflows,
            "lost": publisher.lost, "held": publisher.held, "errors": self._consumer.errors,
        }  # fmt: skip

    def _demanded(self, frames: Frames) -> None:
        topic, added = frames[0][1:], frames[0][:1] == b"\x01"
        if frames[0][:1] not in (b"\x00", b"\x01"):
            return
        if added:
            self._wanted[topic] += 1
            if self._wanted[topic] == 1:
                self._consumer.subscribe(topic)  # the feed repeats its last value
            else:
                self._repeat(topic)
        elif self._wanted[topic] > 1:
            self._wanted[topic] -= 1
        elif topic in self._wanted:
            del self._wanted[topic]
            self._consumer.unsubscribe(topic)
            self._kept.pop(topic, None)

    def _repeat(self, asked: bytes) -> None:
        if is_market(asked) and asked in self._kept:
            self._publisher.tick(asked, self._kept[asked])
        elif asked.startswith(STATES):
            for topic in [kept for kept in self._kept if kept.startswith(asked)]:
                self._publisher.hold(topic, self._kept[topic])
        self._pumps[0].check()

    def _take(self, frames: Frames) -> None:
        """Pass a message of the app on to the feed; while the feed takes none, the next ones wait at the app."""
        try:
            self._upstream.send_multipart(frames, zmq.NOBLOCK)
        except zmq.Again:
            self._waiting = frames
            self._timer = asyncio.get_running_loop().call_later(_RETRY_SECONDS, self._take_again)

    def _take_again(self) -> None:
        frames, self._waiting = self._waiting, None
        if frames is not None:
            self._take(frames)
        if frames is not self._waiting:
            self._pumps[1].check()

    def close(self) -> None:
        """Stop and close every socket."""
        if self._timer is not None:
            self._timer.cancel()
        for pump in self._pumps:
            pump.close()
        self._consumer.close()
        self._publisher.close()
        for socket in (self._ingress, self._upstream):
            socket.close(linger=0)
        if self._door is not None:
            self._door.close()
