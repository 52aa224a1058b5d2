"""Calls of several orders by the published SDK, unmodified, on the live route of every broker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from e2e_program import eventually
from gateways import Gateway
from openalgo import api

INFY = {"symbol": "INFY", "exchange": "NSE", "product": "MIS"}


def ok(answer: Any) -> Any:
    assert isinstance(answer, dict) and answer.get("status") == "success", answer
    assert "mode" not in answer, "a live answer names no mode"
    return answer


@pytest.fixture(scope="module")
def client(gateway: Gateway) -> Iterator[Any]:
    sdk = api(api_key=gateway.api_key, host=gateway.url, ws_url=gateway.websocket_url)
    yield sdk
    sdk.cancelallorder(strategy="plans")
    sdk.closeposition(strategy="plans")


def held(client: Any) -> int:
    return int(ok(client.openposition(strategy="plans", **INFY))["quantity"])


def rows(client: Any) -> dict[str, dict[str, Any]]:
    return {row["orderid"]: row for row in ok(client.orderbook())["data"]["orders"]}


def test_a_smart_order_reaches_its_target_once(client: Any) -> None:
    for size in (5, -3, 0):
        asked = {"strategy": "plans", "action": "BUY", "quantity": 0, "position_size": size, **INFY}
        assert ok(client.placesmartorder(**asked))["orderid"]
        eventually(lambda size=size: held(client) == size, 10, f"the position becomes {size}")
        assert "orderid" not in ok(client.placesmartorder(**asked))


def test_a_basket_and_a_split_order_tell_each_of_their_orders(client: Any) -> None:
    item = {"exchange": "NSE", "quantity": 2, "pricetype": "MARKET", "product": "MIS"}
    orders = [{**item, "symbol": "TCS", "action": "SELL"}, {**item, "symbol": "INFY", "action": "BUY"}]
    results = ok(client.basketorder(strategy="plans", orders=orders))["results"]
    assert [(row["symbol"], row["status"]) for row in results] == [("TCS", "success"), ("INFY", "success")]
    split = ok(
        client.splitorder(
            strategy="plans", symbol="WIPRO", action="BUY", exchange="NSE", quantity=7, splitsize=3
        )
    )
    assert [(row["quantity"], row["status"]) for row in split["results"]] == [
        (3, "success"), (3, "success"), (1, "success"),
    ]  # fmt: skip
    book = rows(client)
    placed = [row["orderid"] for row in (*results, *split["results"])]
    assert [book[order_id]["symbol"] for order_id in placed] == ["TCS", "INFY", "WIPRO", "WIPRO", "WIPRO"]


def test_options_are_ordered_by_their_place_alone_and_in_legs(client: Any) -> None:
    listed = ok(client.expiry(symbol="NIFTY", exchange="NFO", instrumenttype="options"))["data"]
    named = {"underlying": "NIFTY", "exchange": "NSE_INDEX", "expiry_date": listed[-1].replace("-", "")}
    lot = ok(client.optionsymbol(**named, offset="ATM", option_type="CE"))["lotsize"]
    one = ok(
        client.optionsorder(
            strategy="plans", **named, offset="OTM1", option_type="CE", action="BUY", quantity=lot,
            product="NRML",
        )
    )  # fmt: skip
    leg = {"option_type": "PE", "quantity": lot, "product": "NRML"}
    legs = [{**leg, "offset": "ATM", "action": "SELL"}, {**leg, "offset": "OTM1", "action": "BUY"}]
    multi = ok(client.optionsmultiorder(strategy="plans", **named, legs=legs))
    assert [(row["leg"], row["action"], row["status"]) for row in multi["results"]] == [
        (1, "SELL", "success"), (2, "BUY", "success"),
    ]  # fmt: skip
    book = rows(client)
    assert book[one["orderid"]]["symbol"] == one["symbol"]
    assert {book[row["orderid"]]["action"] for row in multi["results"]} == {"SELL", "BUY"}


def test_cancel_all_and_close_leave_nothing_working_and_nothing_open(client: Any) -> None:
    far = round(ok(client.quotes(symbol="INFY", exchange="NSE"))["data"]["ltp"] * 0.95)
    resting = ok(
        client.placeorder(
            strategy="plans", action="BUY", quantity=3, price_type="LIMIT", price=far, **INFY
        )
    )["orderid"]  # fmt: skip
    assert resting in ok(client.cancelallorder(strategy="plans"))["canceled_orders"]
    closed = ok(client.closeposition(strategy="plans"))
    assert closed["failed_closures"] == 0 and closed["closed_positions"] >= 4
    eventually(
        lambda: all(int(row["quantity"]) == 0 for row in ok(client.positionbook())["data"]), 10, "all is flat"
    )
    assert ok(client.closeposition(strategy="plans"))["message"] == "No open positions to close"
