"""The published SDK, unmodified, in paper mode: switched with its own call, over a real program with its feed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from e2e_program import Program, eventually
from openalgo import api

SBIN = {"symbol": "SBIN", "exchange": "NSE", "product": "MIS"}


def ok(answer: Any) -> Any:
    assert isinstance(answer, dict), answer
    assert answer.get("status") == "success", answer
    return answer


@pytest.fixture(scope="module")
def client(demo: Program) -> Iterator[Any]:
    sdk = api(api_key=demo.said("API key"), host=demo.url, ws_url=demo.websocket_url)
    ok(sdk.analyzertoggle(mode=True))
    yield sdk
    sdk.cancelallorder(strategy="paper")
    sdk.closeposition(strategy="paper")
    sdk.analyzertoggle(mode=False)


def order(client: Any, **changes: Any) -> dict[str, Any]:
    terms = {**SBIN, "strategy": "paper", "action": "BUY", "quantity": 10, "price_type": "MARKET", **changes}
    answer: dict[str, Any] = ok(client.placeorder(**terms))
    assert answer["mode"] == "analyze"
    return answer


def status(client: Any, order_id: str) -> dict[str, Any]:
    data: dict[str, Any] = ok(client.orderstatus(order_id=order_id, strategy="paper"))["data"]
    return data


def held(client: Any) -> int:
    return int(ok(client.openposition(strategy="paper", **SBIN))["quantity"])


def last(client: Any) -> float:
    return float(ok(client.quotes(symbol="SBIN", exchange="NSE"))["data"]["ltp"])


def test_a_market_order_becomes_a_position_and_its_exit_flattens_it(client: Any) -> None:
    before = held(client)
    order_id = order(client)["orderid"]
    eventually(lambda: status(client, order_id)["order_status"] == "complete", 5, "the order fills")
    assert held(client) == before + 10
    assert any(row["orderid"] == order_id for row in ok(client.tradebook())["data"])
    ok(client.closeposition(strategy="paper"))
    eventually(lambda: held(client) == 0, 5, "the position is closed")


def test_a_limit_order_rests_is_changed_and_cancelled(client: Any) -> None:
    far = float(round(last(client) * 0.95))
    order_id = order(client, price_type="LIMIT", price=far)["orderid"]
    assert status(client, order_id)["order_status"] == "open"
    changed = client.modifyorder(
        order_id=order_id,
        strategy="paper",
        action="BUY",
        price_type="LIMIT",
        quantity=20,
        price=far - 1,
        **SBIN,
    )
    assert ok(changed)["mode"] == "analyze"
    row = status(client, order_id)
    assert (row["quantity"], float(row["price"])) == (20, far - 1)
    ok(client.cancelorder(order_id=order_id, strategy="paper"))
    assert status(client, order_id)["order_status"] == "cancelled"


def test_a_resting_order_fills_from_the_feed(client: Any) -> None:
    """A limit at the last price trades as soon as a tick shows a better offer."""
    order_id = order(client, price_type="LIMIT", price=float(round(last(client))))["orderid"]
    eventually(
        lambda: status(client, order_id)["order_status"] == "complete" or _near(client, order_id),
        20,
        "a tick of the feed fills the order",
    )
    ok(client.closeposition(strategy="paper"))


def _near(client: Any, order_id: str) -> bool:
    """The price ran away: follow it, as a trader would."""
    client.modifyorder(
        order_id=order_id, strategy="paper", action="BUY", price_type="LIMIT", quantity=10,
        price=float(round(last(client) + 1)), **SBIN,
    )  # fmt: skip
    return status(client, order_id)["order_status"] == "complete"


def test_every_book_says_that_it_is_paper(client: Any) -> None:
    for call in (client.orderbook, client.tradebook, client.positionbook, client.holdings, client.funds):
        assert ok(call())["mode"] == "analyze"


def test_a_smart_order_reaches_its_target_once(client: Any) -> None:
    for size in (6, -4, 0):
        moved = ok(
            client.placesmartorder(strategy="paper", action="BUY", quantity=0, position_size=size, **SBIN)
        )
        assert moved["orderid"] and moved["mode"] == "analyze"
        eventually(lambda size=size: held(client) == size, 5, f"the position becomes {size}")
        again = ok(
            client.placesmartorder(strategy="paper", action="BUY", quantity=0, position_size=size, **SBIN)
        )
        assert "orderid" not in again and again["message"]


def test_a_basket_and_a_split_order_tell_each_of_their_orders(client: Any) -> None:
    item = {"exchange": "NSE", "quantity": 2, "pricetype": "MARKET", "product": "MIS"}
    orders = [{**item, "symbol": "TCS", "action": "SELL"}, {**item, "symbol": "INFY", "action": "BUY"}]
    basket = ok(client.basketorder(strategy="paper", orders=orders))
    assert basket["mode"] == "analyze"
    assert [(row["symbol"], row["status"]) for row in basket["results"]] == [
        ("TCS", "success"),
        ("INFY", "success"),
    ]
    split = ok(
        client.splitorder(
            strategy="paper", symbol="WIPRO", action="BUY", exchange="NSE", quantity=7, splitsize=3
        )
    )
    assert [row["quantity"] for row in split["results"]] == [3, 3, 1]
    assert {row["status"] for row in split["results"]} == {"success"}


def test_options_are_ordered_by_their_place_alone_and_in_legs(client: Any) -> None:
    listed = ok(client.expiry(symbol="NIFTY", exchange="NFO", instrumenttype="options"))["data"]
    named = {"underlying": "NIFTY", "exchange": "NSE_INDEX", "expiry_date": listed[1].replace("-", "")}
    lot = ok(client.optionsymbol(**named, offset="ATM", option_type="CE"))["lotsize"]
    one = ok(
        client.optionsorder(
            strategy="paper", **named, offset="OTM1", option_type="CE", action="BUY", quantity=lot,
            product="NRML",
        )
    )  # fmt: skip
    assert one["orderid"] and one["mode"] == "analyze" and one["symbol"].endswith("CE")
    leg = {"option_type": "PE", "quantity": lot, "product": "NRML"}
    legs = [{**leg, "offset": "ATM", "action": "SELL"}, {**leg, "offset": "OTM3", "action": "BUY"}]
    multi = ok(client.optionsmultiorder(strategy="paper", **named, legs=legs))
    assert [(row["leg"], row["action"], row["status"]) for row in multi["results"]] == [
        (1, "SELL", "success"),
        (2, "BUY", "success"),
    ]


def test_the_analyzer_tells_its_mode(client: Any) -> None:
    assert ok(client.analyzerstatus())["data"]["analyze_mode"] is True


def test_cancelling_everything_carries_the_mode(client: Any) -> None:
    cancelled = ok(client.cancelallorder(strategy="paper"))
    assert cancelled["mode"] == "analyze"
