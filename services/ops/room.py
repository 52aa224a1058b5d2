"""The operator's room: health, latency, records, errors, retention and the audit trail of one process."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from database.history import HistoryStore
from database.stores import Stores
from database.writers import LogWriters
from domain.feed import FeedState
from services.accounts.broker_sessions import AccountView
from services.accounts.crypto import Vault
from services.events import Events
from services.market.amendments import CalendarAmendments
from services.market.calendar import Calendar
from services.market.freezes import QuantityFreezes
from services.ops.admin.market_rules import MarketRules
from services.ops.audit.trail import AuditTrail
from services.ops.latency.board import LatencyBoard
from services.ops.metrics import exposition
from services.ops.monitor import components, machine
from services.ops.monitor.components import Depth, Finding, Thresholds
from services.ops.monitor.monitor import Monitor
from services.ops.monitor.rounds import Rounds
from services.ops.records.errors import ErrorTracker
from services.ops.records.files import LogFiles
from services.ops.records.recent import RecentLines
from services.ops.records.search import RecordSearch
from services.ops.streaming import StreamingFigures
from services.ops.upkeep.jobs import Jobs
from services.ops.upkeep.kept import Forgetting, kept_records
from utils.clock import Clock
from utils.settings import Settings

UPKEEP_SECONDS = 60.0


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What the room looks at.

    accounts: every account of every user. feeds: None while the streaming process cannot be reached. failing: whether
    the last call to a broker got no answer. attempts: forgets sign-in attempts older than an instant.
    """

    settings: Settings
    stores: Stores
    history: HistoryStore
    writers: LogWriters
    events: Events
    clock: Clock
    vault: Vault
    board: LatencyBoard
    rounds: Rounds
    streaming: StreamingFigures
    accounts: Callable[[], Sequence[AccountView]]
    feeds: Callable[[], Sequence[FeedState] | None]
    failing: Callable[[str], bool]
    attempts: Forgetting
    freezes: QuantityFreezes
    amendments: CalendarAmendments
    calendar: Calendar


class OperatorRoom:
    """Built once per process; `start` begins to listen, `close` writes what is queued."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        settings, stores, clock = parts.settings, parts.stores, parts.clock
        self.latency = parts.board
        self.audit = AuditTrail(stores.main, parts.vault, settings.data_dir / "db", clock)
        self.market_rules = MarketRules(parts.freezes, parts.amendments, parts.calendar, self.audit)
        self.errors = ErrorTracker(stores.logs, clock)
        self.recent = RecentLines()
        self.files = LogFiles(settings.log_path())
        self.records = RecordSearch(stores, clock)
        self.jobs = Jobs(kept_records(settings, stores, parts.attempts), stores, self.audit, clock)
        self.monitor = Monitor(self._find, stores.logs, parts.writers, clock)
        # From here on, so that what the start itself logs is seen, too.
        self._stop: Callable[[], None] = self.recent.listen()

    def start(self, every: Callable[[float, Callable[[], None], str], None]) -> None:
        """Count errors, and look and tidy in rounds of the house's scheduler."""
        self.errors.listen()
        every(UPKEEP_SECONDS, self.jobs.run_due, "retention")
        if self._parts.settings.health_monitor_enabled:
            every(self._parts.settings.health_sample_interval, self._look, "health")

    def queues(self) -> list[Depth]:
        """Every bounded queue of this process that the room knows."""
        found = [
            Depth(
                name=writer.name, policy=writer.policy, size=writer.size, waiting=len(writer),
                lost=writer.dropped + writer.lost,
            )
            for writer in self._parts.writers.all()
        ]  # fmt: skip
        found += [
            Depth(name=name, policy=queue.policy, size=queue.size, waiting=len(queue), lost=queue.dropped)
            for name, queue in self._parts.events.backlog()
        ]
        found.append(
            Depth(
                name="audit-trail",
                policy=self.audit.policy,
                size=self.audit.size,
                waiting=len(self.audit),
                lost=0,
            )
        )
        found.append(
            Depth(
                name="error-groups", policy=self.errors.policy, size=self.errors.size, waiting=len(self.errors),
                lost=self.errors.dropped,
            )
        )  # fmt: skip
        return found

    def metrics(self) -> str:
        """The answer to a scrape of Prometheus."""
        return exposition(self.monitor.report(), self.latency, self.queues())

    def close(self) -> None:
        """Stop listening and write what is queued."""
        self._stop()
        self.errors.close()
        self.audit.close()

    def _look(self) -> None:
        self.monitor.look()

    def _find(self) -> tuple[Sequence[Finding], dict[str, float]]:
        """Every component, and the figures that are sampled."""
        parts = self._parts
        figures = machine.measure(parts.settings.data_dir)
        queues, accounts, feeds = self.queues(), parts.accounts(), parts.feeds()
        labels = {account.id: account.label for account in accounts}
        findings = [components.store_finding(store) for store in parts.stores]
        findings.append(components.history_finding(parts.history))
        findings.append(components.streaming_finding(parts.streaming.all(), feeds is not None))
        findings += components.feed_findings(feeds or (), lambda account_id: labels.get(account_id, ""))
        findings += components.broker_findings(accounts, parts.failing)
        findings += [components.scheduler_finding(parts.rounds), components.queue_finding(queues)]
        findings += components.machine_findings(figures, _thresholds(parts.settings))
        findings.append(components.audit_finding(self.audit.trouble))
        sampled = {
            "memory_bytes": figures.memory, "descriptors": figures.descriptors, "threads": figures.threads,
            "cpu_seconds": round(figures.cpu_seconds, 3), "disk_free_bytes": figures.disk_free,
            "queued": sum(queue.waiting for queue in queues), "latency_series": len(self.latency),
        }  # fmt: skip
        return findings, {name: value for name, value in sampled.items() if value is not None}


def _thresholds(settings: Settings) -> Thresholds:
    return Thresholds(
        memory=(settings.health_memory_warning_threshold, settings.health_memory_critical_threshold),
        descriptors=(settings.health_fd_warning_threshold, settings.health_fd_critical_threshold),
        threads=(settings.health_thread_warning_threshold, settings.health_thread_critical_threshold),
    )
