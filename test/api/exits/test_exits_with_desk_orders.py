"""Exits that come with an order of the desk's ticket."""

from __future__ import annotations

from typing import Any

import pytest

from test.support.browser import SignedIn


@pytest.fixture
def send(api: Any, desk: Any) -> Any:
    """Places through the browser's route; answers the whole response."""
    signed_in = SignedIn(api.client.application)

    def place(action: str, quantity: int, exits: Any, **changes: Any) -> Any:
        order = {
            "symbol": desk.symbol, "exchange": "NSE", "action": action, "quantity": quantity, "product": "MIS",
            "pricetype": "MARKET", "strategy": desk.strategy, "exits": exits,
        }  # fmt: skip
        return signed_in.send("POST", "/ui/api/orders", order | changes)

    return place


def test_an_order_with_exits_leaves_as_typed_and_its_fill_is_protected(desk, send) -> None:
    answer = send("BUY", 7, {"stoploss": {"percent": 5}})
    assert answer.status_code == 200, answer.data
    data = answer.get_json()["data"]
    assert data["held_by"] == "gateway" and data["orderid"]
    row = desk.until(data["exit_id"], "active")
    assert (row["position"], row["quantity"]) == ("long", 7)
    assert [order["quantity"] for order in desk.orders()] == [7]


def test_an_order_that_adds_to_a_position_sends_its_own_quantity_and_protects_both(desk, send) -> None:
    desk.bought(3)
    answer = send("BUY", 7, {"target": {"percent": 5}})
    assert answer.status_code == 200, answer.data
    desk.until(answer.get_json()["data"]["exit_id"], "active")
    assert [order["quantity"] for order in desk.orders()] == [7] and desk.position() == 10


def test_the_same_intent_sent_twice_places_once(desk, send) -> None:
    same = {"client_order_id": "ticket-intent-1"}
    first, second = (
        send("BUY", 2, {"stoploss": {"percent": 5}}, **same).get_json()["data"] for _ in range(2)
    )
    assert first == second and len(desk.orders()) == 1


def test_an_order_that_would_close_a_position_takes_no_exits(desk, send) -> None:
    desk.bought(3)
    answer = send("SELL", 7, {"stoploss": {"percent": 5}})
    assert answer.status_code == 400 and list(answer.get_json()["errors"]) == ["exits"]
    assert desk.orders() == [] and desk.rows("active") == []


def test_a_refused_order_leaves_no_exits_behind(desk, send) -> None:
    answer = send("BUY", 1, {"stoploss": {"percent": 5}}, pricetype="LIMIT", price="1000.013")
    assert answer.status_code == 400 and "price" in answer.get_json()["errors"]
    assert desk.rows("active") == [] and desk.orders() == []
