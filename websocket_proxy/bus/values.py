"""The last message of every topic, and its number."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from domain.feed import MarketData, pack, unpack
from utils import limits

KEPT_VALUES = 10_000
"""Topics without subscribers whose last value is kept."""
STATES = b"sys|feed|"
"""Topics that are always kept, and the only ones of which a prefix may be asked for."""


class Value:
    """A topic's number and last body. The frame is built when somebody outside this process wants it."""

    __slots__ = ("_frame", "body", "seq")

    def __init__(self, seq: int = 0) -> None:
        self.seq = seq
        self.body: Any = None
        self._frame: bytes | None = None

    def next(self, body: Any) -> None:
        """Take the topic's next message."""
        self.seq += 1
        self.body = body
        self._frame = None

    @property
    def frame(self) -> bytes:
        """The message on the wire."""
        if self._frame is None:
            self._frame = pack(self.seq, self.body)
        return self._frame

    def opened(self) -> Any:
        """The body, out of the frame when only that was kept."""
        return self.body if self.body is not None else unpack(self.frame, MarketData)[1]

    def rest(self) -> None:
        """Keep the frame instead of the body: it is smaller."""
        if self.body is not None:
            self._frame, self.body = self.frame, None

    @property
    def is_known(self) -> bool:
        """Whether there is anything to repeat."""
        return self.body is not None or bool(self._frame)

    def forget(self) -> None:
        """Keep the number only."""
        self.body, self._frame = None, b""


class Values:
    """All topics: those with subscribers stay, of the others the latest KEPT_VALUES."""

    def __init__(self) -> None:
        self._live: dict[bytes, Value] = {}
        self._idle: OrderedDict[bytes, Value] = OrderedDict()
        limits.watch(
            self._idle, name="last values", kind="cache", bound=KEPT_VALUES, policy="drop_oldest", size=len,
        )  # fmt: skip
        self._crowded_out = 0  # highest number of a topic that is no longer kept

    def of(self, topic: bytes) -> Value:
        """The topic's value, new when there is none; its numbers go on above all that were ever used."""
        value = self._live.get(topic)
        if value is not None:
            return value
        value = self._idle.get(topic)
        if value is not None:
            self._idle.move_to_end(topic)
        elif topic.startswith(STATES):
            value = self._live[topic] = Value()
        else:
            value = self._idle[topic] = Value(self._crowded_out)
            self._crowd_out()
        return value

    def find(self, topic: bytes) -> Value | None:
        """The topic's value when there is something to repeat."""
        value = self._live.get(topic) or self._idle.get(topic)
        return value if value is not None and value.is_known else None

    def below(self, prefix: bytes) -> list[tuple[bytes, Value]]:
        """Known values of the topics that begin so."""
        return [
            (topic, value) for kept in (self._live, self._idle) for topic, value in kept.items()
            if topic.startswith(prefix) and value.is_known
        ]  # fmt: skip

    def wake(self, topic: bytes) -> None:
        """The topic has a subscriber."""
        if topic not in self._live:
            self._live[topic] = self.of(topic)
            self._idle.pop(topic, None)

    def rest(self, topic: bytes) -> None:
        """The topic has no subscriber any more."""
        value = self._live.pop(topic, None)
        if value is not None:
            value.rest()
            self._idle[topic] = value
            self._crowd_out()

    def _crowd_out(self) -> None:
        if len(self._idle) > KEPT_VALUES:
            self._crowded_out = max(self._crowded_out, self._idle.popitem(last=False)[1].seq)
