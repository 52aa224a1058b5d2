"""The time line of an order, from rows that a failing disk has left behind."""

from __future__ import annotations

import datetime as dt
from typing import Any

from database.models.logs import OrderEvent
from database.stores import Stores
from database.writers import BatchWriter, OrderEventRecord
from services.accounts.principal import Principal
from services.trading.timeline.reading import TimeLines
from utils.clock import epoch_ms

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
ME = Principal(user_id=1, username="ada", account_id=7, broker="b", source="api")


def filled(units: int, at_ms: int, fill: int) -> OrderEventRecord:
    data: dict[str, Any] = {
        "source": "push", "mode": "live", "status": "open", "quantity": 10, "filled_quantity": units, "final": False,
        "fill": {"quantity": fill, "price": "100"},
    }  # fmt: skip
    return OrderEventRecord(
        at_ms=at_ms, user_id=1, account_id=7, request_id=None, tag=None, order_id="9", kind="state", data=data
    )


def test_a_batch_that_was_written_twice_is_told_once(stores: Stores) -> None:
    """A commit that is reported as failed may have reached the disk; the batch is written again."""
    batch = [filled(3, epoch_ms(NOW), 3), filled(5, epoch_ms(NOW) + 40, 2)]
    writer = BatchWriter[OrderEventRecord](stores.logs, OrderEvent, 10, "caller_writes")
    for record in (*batch, *batch):
        writer.put(record)
    writer.close()
    line = TimeLines(stores.logs, stores.main).of(ME, order_id="9")
    assert [entry.facts["quantity"] for entry in line.entries if entry.stage == "fill"] == [3, 2]
    assert [entry.facts["filled_quantity"] for entry in line.entries if entry.stage == "state"] == [3, 5]
