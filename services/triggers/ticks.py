"""Which ticks count for triggers of our own: one rule for everything that fires by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Protocol

from domain.feed import MarketData
from domain.instruments import Exchange, InstrumentKey
from domain.market import Mode
from utils.clock import Clock, epoch_ms

FRESH_MS = 5_000
Where = tuple[str, str, str]


class Subscription(Protocol):
    """A demand for market data."""

    def close(self) -> None:
        """Give it back."""


class Feed(Protocol):
    """The part of the feed client that triggers need."""

    def watch(self, broker: str, keys: Iterable[InstrumentKey], mode: Mode) -> Subscription:
        """Ask for ticks."""

    def on_tick(self, handler: Callable[[str, MarketData], None]) -> None:
        """Call back for each tick of every watch."""


class TickRule:
    """A price counts while it is at most five seconds old and the instrument's market is open."""

    def __init__(self, is_open: Callable[[str, Exchange, dt.datetime], bool], clock: Clock) -> None:
        self._is_open = is_open
        self._clock = clock

    def counts(self, broker: str, data: MarketData) -> bool:
        """Whether this tick may reach a trigger now."""
        now = self._clock.now()
        if data.ltp <= 0 or epoch_ms(now) - data.received_at_ms > FRESH_MS:
            return False
        return self._is_open(broker, Exchange(data.exchange), now)
