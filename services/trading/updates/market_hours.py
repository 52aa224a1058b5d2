"""Whether anything can happen to orders at a broker now, as far as the calendar tells."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from domain.instruments import Exchange
from services.trading.desk import BrokerPlugins
from utils.clock import Clock
from utils.ttl_cache import TtlCache

# Orders are collected before a session begins, and brokers tell of its last fills after it has ended.
MARGIN = dt.timedelta(minutes=15)
CACHE_SECONDS = 20.0


class TradingCalendar(Protocol):
    """When exchanges trade."""

    def is_open(self, exchange: Exchange, instant: dt.datetime) -> bool:
        """Whether a trading session contains the instant."""


class MarketHours:
    """Answers by broker; a practice market never closes."""

    def __init__(self, calendar: TradingCalendar, brokers: BrokerPlugins, clock: Clock) -> None:
        self._calendar = calendar
        self._brokers = brokers
        self._clock = clock
        self._cache: TtlCache[str, bool] = TtlCache(64, CACHE_SECONDS, clock, name="open markets")

    def is_open(self, broker: str) -> bool:
        """Whether an exchange of the broker trades, is about to, or has just ended."""
        found = self._cache.get(broker)
        if found is None:
            found = self._ask(broker)
            self._cache.put(broker, found)
        return found

    def _ask(self, broker: str) -> bool:
        manifest = self._brokers.manifest(broker)
        now = self._clock.now()
        return manifest.practice or any(
            self._calendar.is_open(exchange, instant)
            for instant in (now, now - MARGIN, now + MARGIN)
            for exchange in manifest.exchanges
        )
