"""What was told of an order is known when memory made room for others, and when the log holds more than memory may."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from typing import Any

import pytest

from database.stores import Stores
from database.writers import LogWriters
from domain.orders import OrderStatus
from services.events import Events, OrderChanged
from services.trading.timeline import recorder, written
from utils.clock import ManualClock

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)


class Desk:
    """A recorder, its real writer and the log; every run writes through a writer of its own."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._clock = ManualClock(NOW)
        self._writers: LogWriters | None = None
        self.start()

    def start(self) -> None:
        """Another run."""
        self.close()
        self._writers = LogWriters(self._stores)
        self._recorder = recorder.Recorder(
            self._writers, self._stores.logs, Events(lambda name, error: None), self._clock
        )

    def hear(self, row: Any) -> None:
        self._recorder.changed(
            OrderChanged(
                user_id=1, account_id=7, broker="b", mode="live", source="poll", strategy="", row=row,
                at_ms=0, seq=1,
            )
        )  # fmt: skip

    def told(self, *wanted: str) -> bool:
        """Whether exactly these orders' states are in the log, as soon as the writer came that far."""
        deadline = time.monotonic() + 5
        while len(found := self._states()) < len(wanted) and time.monotonic() < deadline:
            pass
        return found == list(wanted)

    def _states(self) -> list[str]:
        with self._stores.logs.reading() as unit:
            found = unit.session.connection().exec_driver_sql(
                "SELECT order_id FROM order_events WHERE kind = 'state' ORDER BY id"
            )
            return [row[0] for row in found]

    def close(self) -> None:
        if self._writers is not None:
            self._writers.close()


@pytest.fixture
def desk(stores: Stores) -> Iterator[Desk]:
    made = Desk(stores)
    yield made
    made.close()


def test_an_order_that_memory_made_room_for_is_not_told_again(
    desk: Desk, row: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "ORDERS_KEPT", 1)
    desk.hear(row(order_id="1"))
    desk.hear(row(order_id="2"))
    assert desk.told("1", "2")
    desk.hear(row(order_id="1"))
    desk.hear(row(order_id="3"))
    assert desk.told("1", "2", "3")


def test_an_account_with_more_orders_than_memory_holds_is_asked_about_each(
    desk: Desk, row: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(written, "ORDERS_KNOWN", 1)
    for order_id in "123":
        desk.hear(row(order_id=order_id))
    assert desk.told("1", "2", "3")
    desk.start()
    for order_id in "123":
        desk.hear(row(order_id=order_id))
    desk.hear(row(order_id="3", status=OrderStatus.CANCELLED))
    assert desk.told("1", "2", "3", "3")


def test_a_second_run_tells_nothing_again_and_new_orders_once(desk: Desk, row: Any) -> None:
    desk.hear(row(order_id="1"))
    assert desk.told("1")
    desk.start()
    for order_id in ("1", "2", "2", "3"):
        desk.hear(row(order_id=order_id))
    assert desk.told("1", "2", "3")
