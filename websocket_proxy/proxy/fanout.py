"""From bus topics to clients: one channel per topic, its frames built once per shape, its last value kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from domain.feed import MarketData, market_topic, unpack
from domain.instruments import InstrumentKey
from domain.market import Mode
from websocket_proxy.bus import Subscriber
from websocket_proxy.proxy.counters import Counters
from websocket_proxy.proxy.frames import MarketFrames
from websocket_proxy.proxy.outbox import Outbox

RENEW_SECONDS = 1.0


class Channel:
    """One topic with its readers: outbox to the number of book levels it was promised."""

    __slots__ = (
        "broker", "frames", "held", "key", "last", "mode", "opened_ms", "raw", "readers", "seq", "timer", "topic",
    )  # fmt: skip

    def __init__(self, topic: bytes, broker: str, key: InstrumentKey, mode: Mode, opened_ms: int) -> None:
        self.topic = topic
        self.broker = broker
        self.key = key
        self.mode = mode
        self.frames = MarketFrames(broker, str(key.exchange), key.symbol, mode)
        self.opened_ms = opened_ms
        self.readers: dict[Outbox, int] = {}
        self.last: MarketData | None = None
        self.seq = 0
        self.raw = b""
        self.timer: asyncio.TimerHandle | None = None
        self.held = False


class Fanout:
    """Delivers ticks. `now_ms` is the wall clock in epoch milliseconds."""

    def __init__(
        self, bus: Subscriber, counters: Counters, *, throttle_ms: int, now_ms: Callable[[], int]
    ) -> None:
        self._bus = bus
        self._counters = counters
        self._throttle = throttle_ms / 1000
        self._now_ms = now_ms
        self._channels: dict[bytes, Channel] = {}
        self._brokers: dict[str, dict[InstrumentKey, int]] = {}
        self._renewal: asyncio.TimerHandle | None = None

    def join(self, outbox: Outbox, broker: str, key: InstrumentKey, mode: Mode, levels: int) -> bytes:
        """Deliver a topic to a client from now on; answers the topic. Joining again changes the levels."""
        topic = market_topic(broker, key.exchange, key.symbol, mode)
        channel = self._channels.get(topic)
        if channel is None:
            channel = self._channels[topic] = Channel(topic, broker, key, mode, self._now_ms())
            keys = self._brokers.setdefault(broker, {})
            keys[key] = keys.get(key, 0) + 1
            self._bus.subscribe(topic)
        channel.readers[outbox] = levels
        return topic

    def leave(self, outbox: Outbox, topic: bytes) -> None:
        """Stop delivering a topic to a client; the last one to leave ends the subscription."""
        channel = self._channels.get(topic)
        if channel is None or channel.readers.pop(outbox, None) is None:
            return
        outbox.forget(topic)
        if channel.readers:
            return
        if channel.timer is not None:
            channel.timer.cancel()
        del self._channels[topic]
        keys = self._brokers[channel.broker]
        keys[channel.key] -= 1
        if not keys[channel.key]:
            del keys[channel.key]
        self._bus.unsubscribe(topic)

    def instruments(self, broker: str) -> int:
        """How many instruments of a broker this proxy asks for."""
        return len(self._brokers.get(broker, ()))

    def serves(self, broker: str, key: InstrumentKey) -> bool:
        """Whether this proxy already asks for an instrument."""
        return key in self._brokers.get(broker, ())

    def readers_of(self, broker: str, key: InstrumentKey) -> set[Outbox]:
        """Clients of an instrument in any mode."""
        topics = (market_topic(broker, key.exchange, key.symbol, mode) for mode in Mode)
        found = (self._channels[topic].readers for topic in topics if topic in self._channels)
        return {outbox for readers in found for outbox in readers}

    def send_snapshots(self, outbox: Outbox, topics: Iterable[bytes]) -> None:
        """Give a client the last value of each topic at once, where there is one."""
        for topic in topics:
            channel = self._channels.get(topic)
            if channel is not None and channel.last is not None and outbox in channel.readers:
                outbox.offer(
                    topic, channel.frames.frame(channel.last, channel.readers[outbox], snapshot=True)
                )

    def on_frame(self, topic: bytes, frame: bytes) -> None:
        """A message of a market topic as it was on the wire. Raises ValueError for an unreadable one."""
        channel = self._channels.get(topic)
        if channel is None or frame == channel.raw:
            return  # the feed repeats its last value for newcomers and for those who were behind
        channel.raw = frame
        self._take(channel, *unpack(frame, MarketData))

    def on_market(self, topic: bytes, seq: int, body: MarketData) -> None:
        """A message of a market topic from this process."""
        channel = self._channels.get(topic)
        if channel is not None and seq != channel.seq:
            self._take(channel, seq, body)

    def _take(self, channel: Channel, seq: int, data: MarketData) -> None:
        if seq > channel.seq + 1 and channel.seq:
            self._counters.gaps += seq - channel.seq - 1
            self._renew_soon()
        elif seq <= channel.seq:
            self._counters.restarts += 1
        channel.seq, channel.last = seq, data
        self._counters.ticks_in += 1
        if channel.timer is not None:
            channel.held = True
            return
        self._deliver(channel)
        if self._throttle:
            channel.timer = asyncio.get_running_loop().call_later(self._throttle, self._window_over, channel)

    def _renew_soon(self) -> None:
        """After the last gap: a topic whose final tick was missed would show an old price until it trades again."""
        self.close()
        self._renewal = asyncio.get_running_loop().call_later(RENEW_SECONDS, self._renew)

    def _renew(self) -> None:
        self._counters.renewals += 1
        self._bus.renew(list(self._channels))

    def close(self) -> None:
        """End the timer."""
        if self._renewal is not None:
            self._renewal.cancel()
            self._renewal = None

    def _window_over(self, channel: Channel) -> None:
        channel.timer = None
        if channel.held:
            channel.held = False
            self._deliver(channel)
            channel.timer = asyncio.get_running_loop().call_later(self._throttle, self._window_over, channel)

    def _deliver(self, channel: Channel) -> None:
        data = channel.last
        if data is None:
            return
        # What the feed received before we asked is its kept value, not a fresh tick.
        snapshot = data.received_at_ms < channel.opened_ms
        topic = channel.topic
        frames: dict[int, bytes] = {}
        for outbox, levels in channel.readers.items():
            frame = frames.get(levels)
            if frame is None:
                frame = frames[levels] = channel.frames.frame(data, levels, snapshot=snapshot)
                self._counters.frames_built += 1
            outbox.offer(topic, frame)

    def __len__(self) -> int:
        return len(self._channels)
