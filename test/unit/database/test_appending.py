"""Rows by the driver itself: the same rows as a unit of work writes, all of them or none."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from database.models.logs import OrderLatency, OrderStreamEvent, TrafficLog
from database.stores import Store, Stores
from database.streams.appending import Appender

STREAMED: dict[str, Any] = {
    "user_id": 1, "username": "ada", "account_id": 2, "mode": "live", "seq": 7, "prev_seq": 6, "at_ms": 1,
    "order_id": "41", "broker": "b", "strategy": "s", "source": "push", "row": {"price": "1.5", "filled": [1, None]},
}  # fmt: skip


def stored(store: Store, table: Any) -> list[dict[str, Any]]:
    with store.reading() as unit:
        found = unit.connection.execute(select(table.__table__).order_by(table.__table__.c.id)).mappings()
        return [{name: value for name, value in row.items() if name != "id"} for row in found]


def checked_out(store: Store) -> int:
    return store.engine.pool.checkedout()  # type: ignore[attr-defined, no-any-return]


def test_a_row_says_the_same_as_one_that_a_unit_wrote(stores: Stores, now: dt.datetime) -> None:
    traffic: dict[str, Any] = {
        "client_ip": "::1", "method": "GET", "path": "/", "route": "/", "status_code": 200, "duration_ms": 1.25,
        "host": None, "error": None, "user_id": 3, "request_id": "r", "created_at": now,
    }  # fmt: skip
    for table, row in ((OrderStreamEvent, STREAMED), (TrafficLog, traffic)):
        Appender(stores.logs, table.__table__).add([row])  # type: ignore[arg-type]
        appended = stored(stores.logs, table)
        with stores.logs.unit() as unit:
            again = row | {"seq": 8} if "seq" in row else row
            unit.connection.execute(insert(table), again)
        assert appended == [row]
        assert stored(stores.logs, table) == [row, again]


def test_rows_go_together_or_not_at_all(stores: Stores) -> None:
    appender = Appender(stores.logs, OrderStreamEvent.__table__)  # type: ignore[arg-type]
    appender.add([STREAMED])
    with pytest.raises(IntegrityError):
        appender.add([STREAMED | {"seq": 8}, STREAMED])
    appender.add([STREAMED | {"seq": 9}])
    assert [row["seq"] for row in stored(stores.logs, OrderStreamEvent)] == [7, 9]
    assert checked_out(stores.logs) == 0


def test_a_word_that_the_column_does_not_know_is_refused(stores: Stores, now: dt.datetime) -> None:
    columns = [column.name for column in OrderLatency.__table__.columns if not column.primary_key]
    row = dict.fromkeys(columns) | {
        "order_type": "place",
        "total_ms": 1.0,
        "status": "MAYBE",
        "created_at": now,
    }
    with pytest.raises((IntegrityError, StatementError, LookupError)):
        Appender(stores.latency, OrderLatency.__table__).add([row])  # type: ignore[arg-type]
    assert stored(stores.latency, OrderLatency) == []


def test_a_closed_store_refuses_as_it_refuses_a_unit(stores: Stores) -> None:
    appender = Appender(stores.logs, OrderStreamEvent.__table__)  # type: ignore[arg-type]
    stores.logs.close()
    with pytest.raises(OperationalError, match="The logs store is closed"):
        appender.add([STREAMED])
