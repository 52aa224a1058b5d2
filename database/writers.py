"""Batched writing of logs and measurements: bounded queue -> one writer thread -> one transaction per batch.

    order logs, analyzer logs,
    order events                `caller_writes`: nothing is lost; when the queue is full the caller writes itself,
                                which slows it down to the disk's pace
    traffic, latency,
    broker calls, health        `drop_oldest`: the oldest sample makes room and `dropped` counts it
A batch that the store refuses is tried again until it succeeds or the writer is closed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from database.models import logs as tables
from database.models import operations
from database.stores import Store, Stores
from database.streams.appending import Appender
from domain.errors import Unavailable
from utils import concurrency
from utils.logging import get_logger

T = TypeVar("T", bound=msgspec.Struct)
log = get_logger(__name__)

BATCH = 500
RETRY_SECONDS = 1.0
GATHER_SECONDS = 0.2
CLOSE_SECONDS = 5.0


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One API call for the order or analyzer log. Data are JSON values without secrets."""

    api_type: str
    request_data: Any
    response_data: Any
    created_at: dt.datetime
    user_id: int | None = None
    account_id: int | None = None
    request_id: str | None = None


class OrderEventRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One row of an order's story (database.models.logs.OrderEvent). Data are JSON values without secrets."""

    at_ms: int
    user_id: int
    account_id: int | None
    request_id: str | None
    tag: str | None
    order_id: str | None
    kind: str
    data: Any


class TrafficRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request. `path` is without its query string."""

    client_ip: str
    method: str
    path: str
    status_code: int
    duration_ms: float
    created_at: dt.datetime
    route: str | None = None
    host: str | None = None
    error: str | None = None
    user_id: int | None = None
    request_id: str | None = None


class BrokerCallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One call to a broker (database.models.operations.BrokerCall), milliseconds."""

    broker: str
    account_id: int
    operation: str
    outcome: str
    duration_ms: float
    request_id: str | None
    created_at: dt.datetime


class HealthSampleRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One look at the process (database.models.operations.HealthSample)."""

    at: dt.datetime
    state: str
    figures: dict[str, float]


class LatencyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Where the time of one call went, milliseconds. status: SUCCESS, FAILED or UNKNOWN."""

    order_type: str
    total_ms: float
    status: str
    created_at: dt.datetime
    order_id: str | None = None
    user_id: int | None = None
    broker: str | None = None
    symbol: str | None = None
    rtt_ms: float | None = None
    receive_ms: float | None = None
    risk_ms: float | None = None
    journal_ms: float | None = None
    send_ms: float | None = None
    validation_ms: float | None = None
    response_ms: float | None = None
    overhead_ms: float | None = None
    error: str | None = None
    request_id: str | None = None


class BatchWriter(Generic[T]):
    """Writes records of one kind into one table."""

    def __init__(self, store: Store, table: Any, size: int, policy: str) -> None:
        if policy not in ("caller_writes", "drop_oldest"):
            raise ValueError(f"unknown writer policy {policy!r}")
        self.policy, self.size = policy, size
        self._rows = Appender(store, table.__table__)
        self._queue: concurrency.BoundedQueue[T] = concurrency.BoundedQueue(
            size, "refuse" if policy == "caller_writes" else policy, name=f"rows of {table.__tablename__}"
        )
        self._stop = concurrency.Event()
        self.written = 0
        self.lost = 0
        self._name = f"writer-{table.__tablename__}"
        self._thread = concurrency.start_thread(self._run, self._name)

    @property
    def name(self) -> str:
        """Of its thread and of its figures."""
        return self._name

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def dropped(self) -> int:
        """Samples that made room for newer ones."""
        return self._queue.dropped

    def put(self, record: T) -> None:
        """Hand over a record. Only a full `caller_writes` queue makes the caller wait, for its own write."""
        try:
            self._queue.put(record)
        except concurrency.QueueFull:
            self._write([record])

    def close(self) -> None:
        """Write what is queued and end the thread."""
        self._queue.close()
        self._stop.set()
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        while True:
            batch = self._queue.take(BATCH, 1.0)
            if batch:
                self._insist(batch)
                # Nobody waits for a log row: a pause makes the next batch worth its transaction.
                if len(batch) < BATCH:
                    self._stop.wait(GATHER_SECONDS)
            elif self._queue.closed:
                return

    def _insist(self, batch: Sequence[T]) -> None:
        """Write a batch, again and again while the store refuses and we are not closing."""
        while True:
            try:
                self._write(batch)
                return
            except (SQLAlchemyError, Unavailable) as error:
                log.warning(
                    "A batch waits", writer=self._name, records=len(batch), error=type(error).__name__
                )
                if self._stop.wait(RETRY_SECONDS):
                    self.lost += len(batch)
                    log.error("Records could not be written", writer=self._name, records=len(batch))
                    return

    def _write(self, batch: Sequence[T]) -> None:
        self._rows.add([msgspec.structs.asdict(record) for record in batch])
        self.written += len(batch)


class LogWriters:
    """The writers of a process."""

    def __init__(self, stores: Stores) -> None:
        self.order_logs: BatchWriter[CallRecord] = BatchWriter(
            stores.logs, tables.OrderLog, 10_000, "caller_writes"
        )
        self.analyzer_logs: BatchWriter[CallRecord] = BatchWriter(
            stores.logs, tables.AnalyzerLog, 10_000, "caller_writes"
        )
        self.order_events: BatchWriter[OrderEventRecord] = BatchWriter(
            stores.logs, tables.OrderEvent, 20_000, "caller_writes"
        )
        self.traffic: BatchWriter[TrafficRecord] = BatchWriter(
            stores.logs, tables.TrafficLog, 5_000, "drop_oldest"
        )
        self.latency: BatchWriter[LatencyRecord] = BatchWriter(
            stores.latency, tables.OrderLatency, 5_000, "drop_oldest"
        )
        self.broker_calls: BatchWriter[BrokerCallRecord] = BatchWriter(
            stores.logs, operations.BrokerCall, 5_000, "drop_oldest"
        )
        self.health: BatchWriter[HealthSampleRecord] = BatchWriter(
            stores.logs, operations.HealthSample, 1_000, "drop_oldest"
        )

    def all(self) -> tuple[BatchWriter[Any], ...]:
        """Every writer, what must not be lost first."""
        return (
            self.order_logs, self.analyzer_logs, self.order_events, self.traffic, self.latency,
            self.broker_calls, self.health,
        )  # fmt: skip

    def close(self) -> None:
        """Write what is queued and end the threads."""
        for writer in self.all():
            writer.close()
