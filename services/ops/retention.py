"""What is forgotten, and how: each method removes what is older than an instant and answers how much that was."""

from __future__ import annotations

import datetime as dt

from database.approvals import PendingOrders
from database.housekeeping import retention
from database.journal import JournalRows
from database.models import logs as tables
from database.models import operations
from database.stores import Stores
from utils.clock import epoch_ms

BATCH = 500


class Retention:
    """May be repeated at any time; each batch is a transaction of its own, so that writers get their turn."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def traffic(self, before: dt.datetime) -> int:
        """HTTP requests."""
        return retention.remove_before(self._stores.logs, tables.TrafficLog.created_at, before)

    def broker_calls(self, before: dt.datetime) -> int:
        """Calls to brokers."""
        return retention.remove_before(self._stores.logs, operations.BrokerCall.created_at, before)

    def calls(self, before: dt.datetime) -> int:
        """API calls of orders, live and on paper."""
        columns = (tables.OrderLog.created_at, tables.AnalyzerLog.created_at)
        return sum(retention.remove_before(self._stores.logs, column, before) for column in columns)

    def latencies(self, before: dt.datetime) -> int:
        """Samples of order latency."""
        return retention.remove_before(self._stores.latency, tables.OrderLatency.created_at, before)

    def health(self, before: dt.datetime) -> int:
        """Samples of health, and alarms that are over."""
        logs, alarm = self._stores.logs, operations.HealthAlarm
        samples = retention.remove_before(logs, operations.HealthSample.at, before)
        return samples + retention.remove_before(logs, alarm.opened_at, before, alarm.closed_at.is_not(None))

    def errors(self, before: dt.datetime) -> int:
        """Solved errors that did not return."""
        return retention.remove_old_errors(self._stores.logs, before)

    def runs(self, before: dt.datetime) -> int:
        """Runs of these very jobs."""
        return retention.remove_before(self._stores.logs, operations.RetentionRun.began_at, before)

    def waiting_orders(self, before: dt.datetime) -> int:
        """Orders that were taken off the approval list."""
        with self._stores.main.unit() as unit:
            return PendingOrders(unit).forget(epoch_ms(before))

    def stories(self, before: dt.datetime) -> int:
        """Time lines of orders, but no story of an order that is open or unsettled."""
        with self._stores.main.reading() as unit:
            rows = JournalRows(unit)
            unsettled = {item.tag for item in (*rows.unresolved(), *rows.unresolved_gtts())}
        removed, at = 0, 0
        while True:
            with self._stores.logs.unit() as unit:
                found = retention.OldStories(unit).remove(epoch_ms(before), at, BATCH, unsettled)
            removed += found[0]
            if found[1] is None:
                return removed
            at = found[1]
