"""The feed's end of the bus: an XPUB whose subscriptions are the demand, and an ingress for the app's messages.

The proxy of the same process is handed messages by a call; sockets carry only what other processes subscribed to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import zmq

from domain.feed import BusLoss, bus_topic
from utils.clock import Clock, epoch_ms
from websocket_proxy.bus.demand import Inside, Listener, Outside, is_market
from websocket_proxy.bus.keys import BusKeys, Doorkeeper
from websocket_proxy.bus.publisher import Publisher
from websocket_proxy.bus.sockets import CONTROL_HWM, MARKET_HWM, Context, Frames, Pump, bind
from websocket_proxy.bus.values import STATES, Value, Values

_INGRESS_PREFIXES = (b"ord|", b"sys|session|", b"sys|key|", b"sys|contracts|")
_REPORT_SECONDS = 1.0


class FeedBus:
    """Publishes, keeps each topic's last message, and reports subscriptions as demand.

    Raises OSError when an address cannot be bound.
    """

    def __init__(
        self,
        context: Context,
        address: str,
        ingress: str,
        clock: Clock,
        keys: BusKeys | None = None,
        *,
        high_water: int = MARKET_HWM,
    ) -> None:
        self._clock = clock
        publisher, self._ingress = context.socket(zmq.XPUB), context.socket(zmq.PULL)
        self._socket = publisher
        self._publisher = Publisher(publisher, high_water=high_water)
        self._ingress.setsockopt(zmq.RCVHWM, CONTROL_HWM)
        self._values = Values()
        self._outside, self._inside = Outside(), Inside()
        self._on_demand: Callable[[bytes, bool], None] = lambda _topic, _added: None
        self._pumps: list[Pump] = []
        self._reporting: asyncio.TimerHandle | None = None
        self._reported = (0, 0)
        self.published = 0
        self.rejected = 0
        self._door: Doorkeeper | None = None
        try:
            if keys is not None:
                self._door = Doorkeeper(context, keys)
                keys.guard(publisher)
                keys.guard(self._ingress)
            self.endpoint = bind(publisher, address)
            self.ingress_endpoint = bind(self._ingress, ingress)
        except zmq.ZMQError as error:
            self.close()
            raise OSError(error.errno, f"the bus cannot bind {address}, {ingress}: {error}") from None

    def start(
        self, on_demand: Callable[[bytes, bool], None], on_ingress: Callable[[bytes, bytes], None]
    ) -> None:
        """Begin inside a running loop.

        on_demand(topic, added): one consumer began or ended a subscription.
        on_ingress(topic, frame): a message of the app, already re-published.
        """

        def arrived(frames: Frames) -> None:
            if len(frames) != 2 or not frames[0].startswith(_INGRESS_PREFIXES):
                self.rejected += 1
                return
            self._send_control(frames[0], frames[1])
            on_ingress(frames[0], frames[1])

        self._on_demand = on_demand
        if self._door is not None:
            self._door.start()
        self._pumps = [
            Pump(self._socket, self._demanded),
            Pump(self._ingress, arrived, lambda: self._publisher.has_room),
        ]
        self._publisher.on_room(self._pumps[1].check)
        self._report()

    def publish(self, topic: bytes, body: Any) -> None:
        """Send a body under the topic's next sequence number and keep it for whoever subscribes next."""
        value = self._values.of(topic)
        value.next(body)
        self.published += 1
        if not is_market(topic):
            self._send_control(topic, value.frame)
            return
        if topic in self._inside.topics:
            self._inside.tick(topic, value.seq, body)
        if self._outside.wants(topic):
            self._publisher.tick(topic, value.frame)
            self._pumps[0].check()

    def pass_on(self, topic: bytes, body: Any) -> None:
        """Send a body that nobody needs later (order pushes, refusals): numbered, but forgotten."""
        value = self._values.of(topic)
        value.next(body)
        self.published += 1
        self._send_control(topic, value.frame)
        value.forget()

    def listen(self, listener: Listener) -> None:
        """Set the subscriber inside this process."""
        self._inside.listener = listener

    def subscribe_here(self, topic: bytes) -> None:
        """The listener wants a topic, or the group of topics that begin so; its last values follow soon."""
        self._inside.topics.add(topic)
        self._begun(topic)
        asyncio.get_running_loop().call_soon(self._repeat_here, topic)

    def unsubscribe_here(self, topic: bytes) -> None:
        """The listener no longer wants it."""
        self._inside.topics.discard(topic)
        self._ended(topic)

    def figures(self) -> dict[str, int]:
        """Counters for the statistics."""
        publisher = self._publisher
        return {
            "published": self.published,
            "sent": publisher.sent,
            "rejected": self.rejected,
            "overflows": publisher.overflows,
            "lost": publisher.lost,
            "held": publisher.held,
            "turned_away": self._door.turned_away if self._door is not None else 0,
        }

    @property
    def faults(self) -> int:
        """Messages that the subscriber inside this process failed on."""
        return self._inside.faults

    @property
    def dropped(self) -> int:
        """How often a subscriber's queue was full, and control messages that were given up."""
        return self._publisher.overflows + self._publisher.lost

    def _demanded(self, frames: Frames) -> None:
        if frames[0][:1] not in (b"\x00", b"\x01"):
            self.rejected += 1
            return
        topic, added = frames[0][1:], frames[0][:1] == b"\x01"
        self._outside.change(topic, added=added)
        if added:
            self._begun(topic)
            self._repeat(topic)
        else:
            self._ended(topic)

    def _begun(self, topic: bytes) -> None:
        if not topic.startswith(b"sys|"):
            self._values.wake(topic)
        self._on_demand(topic, True)

    def _ended(self, topic: bytes) -> None:
        if not topic.startswith(b"sys|") and topic not in self._outside and topic not in self._inside.topics:
            self._values.rest(topic)
        self._on_demand(topic, False)

    def _repeat(self, asked: bytes) -> None:
        """Give a new subscriber outside the last value."""
        for topic, value in self._kept(asked):
            send = self._publisher.tick if is_market(topic) else self._publisher.hold
            send(topic, value.frame)
        self._pumps[0].check()

    def _repeat_here(self, asked: bytes) -> None:
        for topic, value in self._kept(asked):
            if not self._inside.covers(topic):
                continue
            if is_market(topic):
                self._inside.tick(topic, value.seq, value.opened())
            else:
                self._inside.tell(topic, value.frame)

    def _kept(self, asked: bytes) -> list[tuple[bytes, Value]]:
        """Known values of a topic; only of states a prefix may be asked for."""
        value = self._values.find(asked)
        if value is not None:
            return [(asked, value)]
        return self._values.below(asked) if asked.startswith(STATES) else []

    def _send_control(self, topic: bytes, frame: bytes) -> None:
        self._publisher.hold(topic, frame)
        if self._pumps:
            self._pumps[0].check()
        if self._inside.covers(topic):
            self._inside.tell(topic, frame)

    def _report(self) -> None:
        """Publish losses when there are new ones, at most once a second."""
        self._reporting = asyncio.get_running_loop().call_later(_REPORT_SECONDS, self._report)
        losses = (self._publisher.overflows, self._publisher.lost)
        if losses != self._reported:
            self._reported = losses
            now = epoch_ms(self._clock.now())
            self.publish(bus_topic("feed"), BusLoss(overflows=losses[0], lost=losses[1], at_ms=now))

    def close(self) -> None:
        """Stop and close every socket."""
        if self._reporting is not None:
            self._reporting.cancel()
        for pump in self._pumps:
            pump.close()
        self._publisher.close()
        self._ingress.close(linger=0)
        if self._door is not None:
            self._door.close()
