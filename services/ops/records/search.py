"""Searches in the records of requests, broker calls and orders. Readers never wait for the writers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from database.models.logs import AnalyzerLog, OrderLog
from database.operations.records import CallFilter, LatencyRows, Page, Records, TrafficFilter
from database.stores import Stores
from utils.clock import Clock

__all__ = ["CallFilter", "Page", "RecordSearch", "TrafficFilter"]

MOST_ROUTES = 100


class RecordSearch:
    """Newest first, a page at a time; rows are plain dictionaries by column."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock

    def traffic(self, wanted: TrafficFilter, page: Page) -> list[dict[str, Any]]:
        """HTTP requests."""
        with self._stores.logs.reading() as unit:
            return Records(unit).traffic(wanted, page)

    def traffic_sums(self, hours: int) -> list[dict[str, Any]]:
        """The last hours by endpoint, most asked first."""
        since = self._clock.now() - dt.timedelta(hours=hours)
        with self._stores.logs.reading() as unit:
            return Records(unit).traffic_sums(since, MOST_ROUTES)

    def broker_calls(self, request_id: str, page: Page) -> list[dict[str, Any]]:
        """Calls to brokers that requests asked for, and failed ones."""
        with self._stores.logs.reading() as unit:
            return Records(unit).broker_calls(request_id, page)

    def calls(self, mode: str, wanted: CallFilter, page: Page) -> list[dict[str, Any]]:
        """API calls of orders; mode: live or analyze."""
        with self._stores.logs.reading() as unit:
            return Records(unit).calls(AnalyzerLog if mode == "analyze" else OrderLog, wanted, page)

    def latencies(self, broker: str, page: Page) -> list[dict[str, Any]]:
        """Order calls with their stages."""
        with self._stores.latency.reading() as unit:
            return LatencyRows(unit).newest(page, broker)
