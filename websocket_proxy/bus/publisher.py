"""What happens when a subscriber of the bus does not keep up: it misses ticks, control messages wait; all is told.

ZeroMQ itself drops a message for each subscriber whose queue is full and tells nobody. Here the socket says so instead
(XPUB_NODROP), and the policy is ours:

* `tick`: subscribers with room get it. The others see the gap in the topic's sequence, count it and ask for the latest
  values once they keep up again (`Consumer.renew`). Here the overflow is counted, once for each time a queue fills.
* `hold` (orders, states, notices): waits in order until every subscriber of its topic has room. ZeroMQ's heartbeat
  cuts off a subscriber that is stuck; should one not be, the message goes to the others after `HELD_SECONDS`, and the
  loss is counted, logged and published.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import zmq

from utils import limits
from utils.logging import get_logger
from websocket_proxy.bus.sockets import MARKET_HWM, SUBSCRIPTION_HWM, Socket

log = get_logger(__name__)

HELD_SECONDS = 15.0
HELD_MESSAGES = 10_000
_RETRY_SECONDS = 0.02


class Publisher:
    """The sending half of an XPUB socket."""

    def __init__(self, socket: Socket, *, high_water: int = MARKET_HWM) -> None:
        self._socket = socket
        socket.setsockopt(zmq.XPUB_VERBOSER, 1)
        socket.setsockopt(zmq.XPUB_NODROP, 1)
        socket.setsockopt(zmq.SNDHWM, high_water)
        socket.setsockopt(zmq.RCVHWM, SUBSCRIPTION_HWM)
        self._held: deque[tuple[float, bytes, bytes]] = deque()
        limits.watch(
            self._held, name="held messages", kind="queue", bound=HELD_MESSAGES, policy="drop_oldest", size=len,
        )  # fmt: skip
        self._timer: asyncio.TimerHandle | None = None
        self._on_room: Callable[[], None] = lambda: None
        self.sent = 0
        self.overflows = 0
        self.lost = 0

    def on_room(self, call: Callable[[], None]) -> None:
        """Set what is called when held messages have gone."""
        self._on_room = call

    @property
    def has_room(self) -> bool:
        """Whether another control message may be held."""
        return len(self._held) < HELD_MESSAGES

    @property
    def held(self) -> int:
        """Control messages that wait for a subscriber."""
        return len(self._held)

    def tick(self, topic: bytes, frame: bytes) -> None:
        """Send market data to whoever has room."""
        if not self._try(topic, frame):
            self.overflows += 1
            self._send_to_those_with_room(topic, frame)

    def hold(self, topic: bytes, frame: bytes) -> None:
        """Send a control message, in order, when every subscriber of its topic has room."""
        if not self._held and self._try(topic, frame):
            return
        self._held.append((asyncio.get_running_loop().time(), topic, frame))
        if len(self._held) > HELD_MESSAGES:
            self._give_up()
        self._come_back()

    def _try(self, topic: bytes, frame: bytes) -> bool:
        try:
            self._socket.send_multipart((topic, frame), zmq.NOBLOCK)
        except zmq.Again:
            return False
        self.sent += 1
        return True

    def _send_to_those_with_room(self, topic: bytes, frame: bytes) -> None:
        """Whoever has none is passed over from now until its queue is half empty; ZeroMQ says no word about it."""
        self._socket.setsockopt(zmq.XPUB_NODROP, 0)
        try:
            self._try(topic, frame)
        finally:
            self._socket.setsockopt(zmq.XPUB_NODROP, 1)

    def _give_up(self) -> None:
        _, topic, frame = self._held.popleft()
        self.lost += 1
        log.error("A subscriber of the bus did not take a message", topic=topic.decode(errors="replace"))
        self._send_to_those_with_room(topic, frame)

    def _come_back(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_RETRY_SECONDS, self._retry)

    def _retry(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        while self._held:
            since, topic, frame = self._held[0]
            if self._try(topic, frame):
                self._held.popleft()
            elif now - since >= HELD_SECONDS:
                self._give_up()
            else:
                self._come_back()
                break
        if self.has_room:
            self._on_room()

    def close(self) -> None:
        """Stop and close the socket."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._socket.close(linger=0)
