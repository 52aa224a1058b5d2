"""What the bus tells clients besides ticks: order updates, feed states, refusals, changed keys and sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from domain.feed import FeedRefusal, FeedState, serving_feed, unpack
from domain.instruments import Exchange, InstrumentKey
from websocket_proxy.bus import Subscriber
from websocket_proxy.proxy import replies
from websocket_proxy.proxy.fanout import Fanout
from websocket_proxy.proxy.frames import message_frame
from websocket_proxy.proxy.orders import OrderChannels
from websocket_proxy.proxy.outbox import Outbox

_STANDING = (b"sys|feed|", b"sys|refused|", b"sys|session|", b"sys|key|", b"sys|contracts|")
_EXCHANGES = frozenset(Exchange)
_KEPT_REFUSALS = 10_000


class Change(msgspec.Struct, frozen=True):
    """Something principals or contract rows depend on: kind is `key`, `session` or `contracts`."""

    kind: str
    name: str


class Broadcast:
    """Listens to control topics; `on_change` is told what cached knowledge went stale."""

    def __init__(
        self, bus: Subscriber, fanout: Fanout, orders: OrderChannels, on_change: Callable[[Change], None]
    ) -> None:
        self._bus = bus
        self._fanout = fanout
        self._orders = orders
        self._on_change = on_change
        self._feeds: dict[tuple[str, int], FeedState] = {}
        self._refused: dict[tuple[str, InstrumentKey], bytes] = {}

    def start(self) -> None:
        """Subscribe to what concerns every client."""
        for prefix in _STANDING:
            self._bus.subscribe(prefix)

    def feed_of(self, broker: str, account_id: int | None) -> FeedState | None:
        """The state of the feed that serves a client: its own account's, else the liveliest of its broker."""
        return serving_feed([state for (name, _), state in self._feeds.items() if name == broker], account_id)

    def on_control(self, topic: bytes, frame: bytes) -> None:
        """A message of a control topic. Raises ValueError for an unreadable one."""
        if topic.startswith(b"ord|"):
            self._orders.on_message(topic, frame)
        elif topic.startswith(b"sys|feed|"):
            _, state = unpack(frame, FeedState)
            self._feeds[state.broker, state.account_id] = state
        elif topic.startswith(b"sys|refused|"):
            self._on_refusal(unpack(frame, FeedRefusal)[1])
        else:
            parts = topic.decode().split("|")
            self._on_change(Change(parts[1], parts[2]))

    def _on_refusal(self, refusal: FeedRefusal) -> None:
        if refusal.exchange not in _EXCHANGES:
            return
        key = InstrumentKey(Exchange(refusal.exchange), refusal.symbol)
        known = self._refused.pop((refusal.broker, key), None)
        if not refusal.reason:
            return
        text = f"{key} is not served: {refusal.reason}"
        message = replies.error("SUBSCRIPTION_ERROR", text)
        frame = message_frame({**message, "symbol": refusal.symbol, "exchange": refusal.exchange})
        self._refused[refusal.broker, key] = frame
        if len(self._refused) > _KEPT_REFUSALS:
            del self._refused[next(iter(self._refused))]
        if frame != known:  # said again for somebody else's sake
            for outbox in self._fanout.readers_of(refusal.broker, key):
                outbox.send(frame)

    def send_refusals(self, outbox: Outbox, broker: str, keys: Iterable[InstrumentKey]) -> None:
        """Tell a client which of these the feed is known not to serve."""
        for key in keys if self._refused else ():
            frame = self._refused.get((broker, key))
            if frame is not None:
                outbox.send(frame)
