"""Who subscribed to what at the feed's end of the bus: others by their socket, the proxy of this process by a call."""

from __future__ import annotations

from collections import Counter
from typing import Any, Protocol

from utils.logging import get_logger

log = get_logger(__name__)

_MARKET = b"md|"
_MARKET_PARTS = 6


def is_market(topic: bytes) -> bool:
    """Whether a topic carries market data."""
    return topic.startswith(_MARKET)


class Outside:
    """Counts the subscriptions of other processes, so that no tick is packed and sent that nobody asked for."""

    def __init__(self) -> None:
        self._topics: Counter[bytes] = Counter()
        self._wide = 0  # subscriptions to market data by a prefix

    def change(self, topic: bytes, *, added: bool) -> None:
        """A subscription began or ended."""
        if _is_wide(topic):
            self._wide = max(0, self._wide + (1 if added else -1))
        elif added:
            self._topics[topic] += 1
        elif self._topics[topic] > 1:
            self._topics[topic] -= 1
        else:
            del self._topics[topic]

    def wants(self, topic: bytes) -> bool:
        """Whether another process wants a market topic."""
        return self._wide > 0 or topic in self._topics

    def __contains__(self, topic: bytes) -> bool:
        return topic in self._topics


class Listener(Protocol):
    """The subscriber inside this process."""

    def on_market(self, topic: bytes, seq: int, body: Any) -> None:
        """A message of a market topic."""

    def on_control(self, topic: bytes, frame: bytes) -> None:
        """A message of another topic."""


class Inside:
    """Hands messages to the subscriber inside this process; its faults must not end the feed."""

    def __init__(self) -> None:
        self.topics: set[bytes] = set()
        self.listener: Listener | None = None
        self.faults = 0

    def covers(self, topic: bytes) -> bool:
        """Whether a topic is wanted, itself or as one of a group."""
        parts = topic.split(b"|")[:-1]
        return any(b"|".join(parts[:size]) + b"|" in self.topics for size in range(len(parts), 0, -1))

    def tick(self, topic: bytes, seq: int, body: Any) -> None:
        """Hand over market data."""
        if self.listener is None:
            return
        try:
            self.listener.on_market(topic, seq, body)
        except Exception:
            self.faults += 1
            log.exception("A tick could not be delivered")

    def tell(self, topic: bytes, frame: bytes) -> None:
        """Hand over a control message."""
        if self.listener is None:
            return
        try:
            self.listener.on_control(topic, frame)
        except Exception:
            self.faults += 1
            log.exception("A control message could not be delivered")


def _is_wide(topic: bytes) -> bool:
    """A prefix of market topics: empty, or fewer parts than a whole one has."""
    if topic.startswith(_MARKET):
        return topic.count(b"|") + 1 != _MARKET_PARTS
    return _MARKET.startswith(topic)
