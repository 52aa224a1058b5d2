"""How long records are kept: stories of orders, API calls, latency samples, and orders taken off the approval list."""

from __future__ import annotations

import datetime as dt

import msgspec

from database.approvals import PendingOrders
from database.housekeeping import retention
from database.journal import JournalRows
from database.stores import Stores
from utils.clock import Clock, epoch_ms
from utils.logging import get_logger

BATCH = 500
# Long enough for every repeat under a caller's key.
DELETED_DAYS = 7
log = get_logger(__name__)


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that one sweep removed."""

    order_events: int = 0
    calls: int = 0
    latencies: int = 0
    waiting_orders: int = 0


class Retention:
    """`sweep` may be repeated at any time; each batch is a transaction of its own, so that writers get their turn."""

    def __init__(self, stores: Stores, clock: Clock, *, order_event_days: int, api_log_days: int) -> None:
        self._stores = stores
        self._clock = clock
        self._order_events = dt.timedelta(days=order_event_days)
        self._api_logs = dt.timedelta(days=api_log_days)

    def sweep(self) -> Removed:
        """Forget what is older than the settings keep it, but no story of an order that is open or unsettled."""
        now = self._clock.now()
        stores, calls_before = self._stores, now - self._api_logs
        with stores.logs.unit() as unit:
            calls = retention.remove_old_calls(unit, calls_before)
        with stores.latency.unit() as unit:
            latencies = retention.remove_old_latencies(unit, calls_before)
        with stores.main.unit() as unit:
            waiting = PendingOrders(unit).forget(epoch_ms(now - dt.timedelta(days=DELETED_DAYS)))
        removed = Removed(
            order_events=self._sweep_stories(epoch_ms(now - self._order_events)), calls=calls,
            latencies=latencies, waiting_orders=waiting,
        )  # fmt: skip
        if removed != Removed():
            log.info("old records were removed", **msgspec.structs.asdict(removed))
        return removed

    def _sweep_stories(self, before_ms: int) -> int:
        with self._stores.main.reading() as unit:
            rows = JournalRows(unit)
            unsettled = {item.tag for item in (*rows.unresolved(), *rows.unresolved_gtts())}
        removed, at = 0, 0
        while True:
            with self._stores.logs.unit() as unit:
                count, last = retention.OldStories(unit).remove(before_ms, at, BATCH, unsettled)
            removed += count
            if last is None:
                return removed
            at = last
