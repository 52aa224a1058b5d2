"""Order ids over days and restarts: yesterday's order is not today's, and an old book is no news."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from domain.orders import OrderStatus
from services.events import Events
from services.trading.updates.merging import OrderUpdates
from services.trading.updates.stream import OrderStream, Owner
from services.trading.writes import Account
from utils.clock import ManualClock

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
ACCOUNT = Account(account_id=7, broker="b")
DAY = 24 * 3600


class Stream:
    """What a client of the order stream hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.owner: Owner | None = Owner(user_id=1, username="ada", account_id=7, broker="b")
        self.clock = ManualClock(NOW)
        bus = Events(lambda name, error: None)
        self.updates = OrderUpdates(
            bus=bus, stream=OrderStream(publisher=self, bus=bus, clock=self.clock),
            owner_of=lambda _account: self.owner,
            strategy_of=lambda _account, _row: "", on_evidence=lambda _account, _row: None, clock=self.clock,
        )  # fmt: skip

    def publish_order(self, user_id: int, seq: int, message: Any) -> None:
        self.heard.append((message.orderid, message.order_status))


@pytest.fixture
def stream() -> Stream:
    return Stream()


def done(row: Any, at: dt.datetime) -> Any:
    return row(
        status=OrderStatus.COMPLETE, filled_quantity=10, pending_quantity=0, placed_at=at, updated_at=at
    )


def test_an_id_that_a_broker_uses_again_on_the_next_day_is_a_new_order(stream: Stream, row: Any) -> None:
    stream.updates.snapshot(ACCOUNT, [done(row, NOW)])
    stream.clock.advance(DAY)
    tomorrow = row(placed_at=NOW + dt.timedelta(days=1))
    stream.updates.snapshot(ACCOUNT, [tomorrow])
    assert stream.heard == [("1", "complete"), ("1", "open")]
    assert stream.updates.known(ACCOUNT, "1") == tomorrow
    assert stream.updates.has_working(7)


def test_without_times_only_a_finished_order_can_have_been_replaced(stream: Stream, row: Any) -> None:
    stream.updates.snapshot(ACCOUNT, [row(filled_quantity=4, pending_quantity=6)])
    stream.clock.advance(DAY)
    stream.updates.snapshot(ACCOUNT, [row(filled_quantity=2, pending_quantity=8)])
    known = stream.updates.known(ACCOUNT, "1")
    assert known is not None and known.filled_quantity == 4


def test_finished_orders_of_an_earlier_day_are_dropped(stream: Stream, row: Any) -> None:
    stream.updates.snapshot(ACCOUNT, [done(row, NOW)])
    stream.clock.advance(DAY)
    stream.updates.snapshot(ACCOUNT, [])
    assert stream.updates.known(ACCOUNT, "1") is None


def test_orders_of_a_deleted_account_are_dropped(stream: Stream, row: Any) -> None:
    stream.updates.snapshot(ACCOUNT, [row()])
    stream.owner = None
    stream.updates.snapshot(ACCOUNT, [row()])
    assert stream.updates.known(ACCOUNT, "1") is None
    assert not stream.updates.has_working(7)


def test_the_first_book_after_a_start_tells_only_what_may_have_been_missed(stream: Stream, row: Any) -> None:
    old, young = NOW - dt.timedelta(hours=2), NOW - dt.timedelta(minutes=1)
    book = [
        done(row, old),
        row(order_id="2", placed_at=old, updated_at=old),
        row(order_id="3", placed_at=old, updated_at=young),
        row(order_id="4", status=OrderStatus.CANCELLED),
        row(order_id="5"),
    ]
    stream.updates.snapshot(ACCOUNT, book)
    assert [order_id for order_id, _ in stream.heard] == ["3", "5"]
    stream.updates.snapshot(ACCOUNT, [*book[1:], row(order_id="6", placed_at=old)])
    assert [order_id for order_id, _ in stream.heard] == ["3", "5", "6"]
    assert stream.updates.known(ACCOUNT, "2") is not None
