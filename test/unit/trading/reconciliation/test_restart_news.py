"""After a start clients hear what happened while nobody listened, once, and nothing that they were told before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from database.stores import Stores
from database.writers import LogWriters
from domain.orders import OrderStatus
from services.events import Events, OrderChanged, OrderFilled
from services.trading.timeline.recorder import Recorder
from services.trading.timeline.told import Story
from services.trading.updates.merging import OrderUpdates
from services.trading.updates.stream import OrderStream, Owner
from services.trading.writes import Account
from utils.clock import ManualClock

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
ACCOUNT = Account(account_id=7, broker="b")
OWNER = Owner(user_id=1, username="ada", account_id=7, broker="b")


class Run:
    """One run of the program: its clients, and a recorder that is asked directly instead of by its thread."""

    def __init__(self, stores: Stores, clock: ManualClock) -> None:
        self.heard: list[tuple[str, str, int]] = []
        self.filled: list[OrderFilled] = []
        self._writers = LogWriters(stores)
        self._events = Events(lambda name, error: None)
        self._recorder = Recorder(self._writers, stores.logs, self, clock)  # type: ignore[arg-type]
        self.updates = OrderUpdates(
            bus=self, owner_of=lambda _account: OWNER,  # type: ignore[arg-type]
            stream=OrderStream(publisher=self, bus=self, clock=clock),  # type: ignore[arg-type]
            strategy_of=lambda _account, _row: "", on_evidence=lambda _account, _row: None, clock=clock,
            story=Story(stores.logs),
        )  # fmt: skip

    def publish_order(self, user_id: int, seq: int, message: Any) -> None:
        self.heard.append((message.orderid, message.order_status, message.filled_quantity))

    def has_listeners(self, _kind: Any) -> bool:
        return True

    def publish(self, event: Any) -> None:
        if isinstance(event, OrderChanged):
            self._recorder.changed(event)
        elif isinstance(event, OrderFilled):
            self.filled.append(event)

    def end(self) -> None:
        self._writers.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def run(stores: Stores, clock: ManualClock) -> Iterator[Any]:
    runs: list[Run] = []

    def start(*books: list[Any], hours_later: float = 0) -> Run:
        for earlier in runs:
            earlier.end()
        clock.advance(hours_later * 3600)
        made = Run(stores, clock)
        runs.append(made)
        for book in books:
            made.updates.snapshot(ACCOUNT, book)
        return made

    yield start
    for made in runs:
        made.end()


def test_a_fill_in_a_long_outage_is_told_once(run: Any, row: Any) -> None:
    resting = row(updated_at=NOW)
    run([resting])
    done = row(
        status=OrderStatus.COMPLETE,
        filled_quantity=10,
        pending_quantity=0,
        updated_at=NOW + dt.timedelta(hours=1),
    )
    second = run([done], hours_later=3)
    assert second.heard == [("1", "complete", 10)] and len(second.filled) == 1
    assert run([done], hours_later=1).heard == []


def test_an_order_that_came_and_went_in_an_outage_is_told(run: Any, row: Any) -> None:
    run([row(updated_at=NOW)])
    gone = row(order_id="2", status=OrderStatus.REJECTED, updated_at=NOW + dt.timedelta(minutes=5))
    assert run([row(updated_at=NOW), gone], hours_later=3).heard == [("2", "rejected", 0)]


def test_what_clients_were_told_is_not_told_again_however_young(run: Any, row: Any) -> None:
    book = [row(updated_at=NOW), row(order_id="2", status=OrderStatus.CANCELLED, updated_at=NOW)]
    run(book)
    assert run(book).heard == []


def test_what_was_over_before_an_account_was_first_watched_is_kept_but_no_news(run: Any, row: Any) -> None:
    long_ago = NOW - dt.timedelta(hours=2)
    done = row(status=OrderStatus.COMPLETE, filled_quantity=10, pending_quantity=0, updated_at=long_ago)
    first = run([done])
    assert first.heard == [] and first.filled == []
    fresh = row(order_id="2", updated_at=NOW)
    assert run([done, fresh], hours_later=3).heard == [("2", "open", 0)]


def test_an_id_of_an_earlier_day_does_not_silence_todays_order(run: Any, row: Any) -> None:
    refused = row(status=OrderStatus.REJECTED)
    run([refused])
    assert run([refused], hours_later=48).heard == [("1", "rejected", 0)]


def test_nothing_of_a_deleted_account_stays_in_memory(run: Any, row: Any) -> None:
    made = run([row()])
    made.updates.forget(7)
    assert made.updates.accounts() == set()
