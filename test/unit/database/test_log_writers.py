"""Batched writers: nothing that matters is lost, nothing waits that must not."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

from sqlalchemy import func, select

from database.models.logs import OrderLatency, OrderLog, TrafficLog
from database.stores import Stores
from database.writers import BatchWriter, CallRecord, LatencyRecord, LogWriters, TrafficRecord
from services.ops.retention import Retention


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.005)


def call(now: dt.datetime, number: int) -> CallRecord:
    return CallRecord(
        api_type="placeorder", request_data={"n": number}, response_data={"status": "success"}, created_at=now
    )


def traffic(now: dt.datetime, number: int) -> TrafficRecord:
    return TrafficRecord(
        client_ip="127.0.0.1",
        method="GET",
        path=f"/{number}",
        status_code=200,
        duration_ms=1.5,
        created_at=now,
    )


def test_every_kind_of_record_reaches_its_table(stores: Stores, now: dt.datetime) -> None:
    writers = LogWriters(stores)
    writers.order_logs.put(call(now, 1))
    writers.analyzer_logs.put(call(now, 2))
    writers.traffic.put(traffic(now, 3))
    writers.latency.put(LatencyRecord(order_type="PLACE", total_ms=12.5, status="SUCCESS", created_at=now))
    writers.close()
    with stores.logs.reading() as unit:
        assert unit.session.scalars(select(OrderLog)).one().request_data == {"n": 1}
    with stores.latency.reading() as unit:
        assert unit.session.scalars(select(OrderLatency)).one().total_ms == 12.5


def test_a_full_order_log_makes_its_caller_write_and_loses_nothing(stores: Stores, now: dt.datetime) -> None:
    writer: BatchWriter[CallRecord] = BatchWriter(stores.logs, OrderLog, 5, "caller_writes")
    for number in range(500):
        writer.put(call(now, number))
    writer.close()
    with stores.logs.reading() as unit:
        assert unit.session.scalar(select(func.count()).select_from(OrderLog)) == 500
    assert (writer.written, writer.lost, writer.dropped) == (500, 0, 0)


def test_full_traffic_drops_the_oldest_and_counts_it(stores: Stores, now: dt.datetime) -> None:
    writer: BatchWriter[TrafficRecord] = BatchWriter(stores.logs, TrafficLog, 10, "drop_oldest")
    with stores.logs.unit():
        for number in range(600):
            writer.put(traffic(now, number))
    writer.close()
    with stores.logs.reading() as unit:
        stored = unit.session.scalar(select(func.count()).select_from(TrafficLog))
        last = unit.session.scalar(select(TrafficLog.path).order_by(TrafficLog.id.desc()))
    assert last == "/599"
    assert writer.dropped > 0
    assert stored == 600 - writer.dropped


def test_a_batch_waits_for_a_store_that_is_busy(stores: Stores, now: dt.datetime) -> None:
    writer: BatchWriter[CallRecord] = BatchWriter(stores.logs, OrderLog, 100, "caller_writes")
    with stores.logs.unit():
        writer.put(call(now, 1))
        assert writer.written == 0
    wait_until(lambda: writer.written == 1)
    writer.close()


def test_records_go_in_batches(stores: Stores, now: dt.datetime) -> None:
    writer: BatchWriter[TrafficRecord] = BatchWriter(stores.logs, TrafficLog, 5_000, "drop_oldest")
    started = time.perf_counter()
    for number in range(2_000):
        writer.put(traffic(now, number))
    writer.close()
    assert writer.written == 2_000
    assert time.perf_counter() - started < 5


def test_old_traffic_is_removed(stores: Stores, now: dt.datetime) -> None:
    writers = LogWriters(stores)
    writers.traffic.put(traffic(now - dt.timedelta(days=40), 1))
    writers.traffic.put(traffic(now, 2))
    wait_until(lambda: writers.traffic.written == 2)
    assert Retention(stores).traffic(now - dt.timedelta(days=30)) == 1
    writers.close()
