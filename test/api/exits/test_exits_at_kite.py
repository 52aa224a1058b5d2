"""Exits of positions at Kite, over a connection to its twin: one cancels the other, trailing, lost answers, deaths."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import pytest

from broker.core.budget import Priority, effective
from services.triggers.ticks import TickRule
from test.api.exits.conftest import Desk
from test.api.exits.test_api_exits import (
    test_a_gap_through_the_stop_exits_at_the_market,
    test_a_reached_stop_sends_one_order_and_ends_the_target,
    test_a_short_position_is_bought_back_at_its_target,
)
from test.api.gtt import kite_app
from test.twins.kite.process import KiteProcess

# Collected here as well, at Kite.
__all__ = [
    "test_a_gap_through_the_stop_exits_at_the_market",
    "test_a_reached_stop_sends_one_order_and_ends_the_target",
    "test_a_short_position_is_bought_back_at_its_target",
]
SYMBOL = "TATAPOWER"


class KiteDesk(Desk):
    """The streaming process does not run here: what it would push is read from the order book."""

    def row(self, exit_id: str) -> dict[str, Any]:
        self.api.post("orderbook")
        return super().row(exit_id)


class House:
    """The app with its account at the twin, and what is there."""

    def __init__(self, folder: Any, twin: Any, listed: list[Any]) -> None:
        self.folder, self.twin, self.listed = folder, twin, listed
        self.app, self.services = kite_app.set_up(folder, twin, listed, ORDER_POLL_INTERVAL="1")
        self.key = self.services.api_keys.rotate(1)
        self._prepare()

    def _prepare(self) -> None:
        """Markets are open, and one quote serves every test: Kite gives one a second."""
        services, room = self.services, self.services.position_exits
        room.watcher._ticks = TickRule(lambda *_: True, services.clock)
        room.following._is_open = lambda *_: True
        ask = services.quotes.quote
        one = functools.cache(lambda key: ask(services.callers.principal(1, "ui"), key))
        room.desk._draft._quote = room.attachments._draft._quote = lambda _principal, key: one(key)

    def restart(self) -> None:
        self.services.close()
        self.app, self.services = kite_app.open_again(self.folder, self.twin, self.listed)
        self._prepare()

    @property
    def api(self) -> Any:
        return kite_app.harness.Api(self.app.test_client(), self.services, self.key)

    def orders(self) -> list[dict[str, Any]]:
        return self.twin.state()["orders"][self.twin.user]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    twin = KiteProcess(tmp_path_factory.mktemp("twin"))
    made = House(tmp_path_factory.mktemp("app"), twin, [])
    yield made
    made.services.close()
    twin.stop()


@pytest.fixture
def api(house: House) -> Any:
    return house.api


@pytest.fixture
def desk(house: House) -> Iterator[Desk]:
    made = KiteDesk(house.api, SYMBOL, "zerodha")
    made.clear()
    yield made
    house.twin.clear_faults()
    made = KiteDesk(house.api, SYMBOL, "zerodha")
    made.clear()
    assert made.rows("active") == []


def test_the_exit_stands_at_kite_once_with_our_tag(house: House, desk: Desk) -> None:
    name = desk.opened(10, {"stoploss": {"percent": 5}, "target": {"percent": 5}})
    before = len(house.orders())
    desk.tick(desk.price("0.9"))
    row = desk.until(name, "triggered")
    (out,) = house.orders()[before:]
    assert (out["order_id"], out["transaction_type"], out["quantity"]) == (row["orderids"][0], "SELL", 10)
    intent = house.services.trading.journal.by_tag(out["tag"])
    assert (intent.source, intent.state) == ("exit", "acked")


def test_the_books_before_an_exit_are_read_as_exits_are_sent(desk: Desk, api: Any) -> None:
    name = desk.opened(10, {"stoploss": {"percent": 5}})
    plugin = api.services.brokers.plugin("zerodha")
    orders, positions = plugin.orders.order_book, plugin.portfolio.positions
    read: list[tuple[str, Priority]] = []

    def noted(what: str, call: Any) -> Any:
        def noting(session: Any) -> Any:
            read.append((what, effective(Priority.READ)))
            return call(session)

        return noting

    plugin.orders.order_book, plugin.portfolio.positions = (
        noted("orders", orders),
        noted("positions", positions),
    )
    try:
        desk.tick(desk.price("0.9"))
    finally:
        plugin.orders.order_book, plugin.portfolio.positions = orders, positions
    assert {("orders", Priority.EXIT), ("positions", Priority.EXIT)} <= set(read)
    desk.until(name, "triggered")


def test_an_exit_whose_answer_is_lost_is_found_at_kite_and_not_sent_again(house: House, desk: Desk) -> None:
    name = desk.opened(10, {"stoploss": {"percent": 5}, "target": {"percent": 5}})
    before = len(house.orders())
    house.twin.fault(kind="drop_after", method="POST", path="/orders")
    desk.tick(desk.price("0.9"))
    desk.tick(desk.price("1.1"))
    desk.until(name, "triggered")
    assert len(house.orders()) == before + 1 and desk.position() == 0


def test_an_exit_that_kite_refuses_is_tried_again_and_told(house: House, desk: Desk) -> None:
    name = desk.opened(10, {"stoploss": {"percent": 5}})
    fault = {"status": 400, "error_type": "InputException", "message": "No."}
    house.twin.fault(kind="status", method="POST", path="/orders", **fault)
    desk.tick(desk.price("0.9"))
    assert desk.row(name)["status"] == "active" and desk.position() == 10
    desk.wait_for(lambda: desk.room.alarms.is_due(name))
    desk.tick(desk.price("0.9"))
    desk.until(name, "triggered")
    assert desk.position() == 0


def test_a_trailing_stop_survives_a_restart_and_fires_where_it_was_drawn(house: House, desk: Desk) -> None:
    name = desk.opened(10, {"trailing_stop": {"percent": 4}, "target": {"percent": 30}})
    desk.tick(desk.price("1.1"))
    desk.room.watcher.round()
    drawn = desk.row(name)["trailing_stop"]
    assert drawn is not None and drawn > float(desk.ltp)
    house.restart()
    again = KiteDesk(house.api, SYMBOL, "zerodha")
    again.strategy = desk.strategy
    assert again.row(name)["trailing_stop"] == drawn
    before = len(house.orders())
    again.tick(again.price("1.08"))
    assert again.row(name)["status"] == "active"
    again.tick(again.price("1.03"))
    row = again.until(name, "triggered")
    assert (row["triggered_leg"], again.position()) == ("trailing_stop", 0)
    assert len(house.orders()) == before + 1


def test_an_exit_that_a_death_interrupted_is_neither_lost_nor_doubled(house: House, desk: Desk) -> None:
    name = desk.opened(10, {"stoploss": {"percent": 5}})
    before = len(house.orders())
    store = house.services.position_exits.book.store
    # The order left, and the program ends before that is on disk.
    house.services.position_exits.book.store = lambda held, was: None
    move = house.services.position_exits.book.move
    moved: list[Any] = []

    def claim_only(held: Any, event: Any, **changes: Any) -> Any:
        moved.append(event)
        return store_of(move, store, held, event, changes) if event == "claim" else None

    house.services.position_exits.book.move = claim_only
    desk.tick(desk.price("0.9"))
    assert moved[0] == "claim" and len(house.orders()) == before + 1
    house.restart()
    again = KiteDesk(house.api, SYMBOL, "zerodha")
    row = again.until(name, "triggered")
    assert (len(house.orders()), again.position(), len(row["orderids"])) == (before + 1, 0, 1)


def store_of(move: Any, store: Any, held: Any, event: Any, changes: Any) -> Any:
    """`move` with the real `store` under it."""
    book = move.__self__
    faulty, book.store = book.store, store
    try:
        return move(held, event, **changes)
    finally:
        book.store = faulty
