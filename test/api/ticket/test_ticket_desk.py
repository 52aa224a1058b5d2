"""What the order ticket asks before an order leaves."""

from __future__ import annotations

import pytest

from test.support.browser import SignedIn


@pytest.fixture(scope="module")
def desk(api) -> SignedIn:
    return SignedIn(api.client.application)


@pytest.mark.parametrize(
    ("symbol", "exchange", "products"),
    [
        ("RELIANCE", "NSE", {"CNC", "MIS"}),
        ("CRUDEOIL", "MCX", {"NRML", "MIS"}),
        ("NIFTY", "NSE_INDEX", set()),
    ],
)
def test_only_what_the_broker_takes_on_the_exchange_is_offered(desk, symbol, exchange, products) -> None:
    terms = desk.get("/ui/api/order-terms", symbol=symbol, exchange=exchange)
    assert set(terms["products"]) == products
    assert terms["price_types"] == (["MARKET", "LIMIT", "SL", "SL-M"] if products else [])
    assert terms["validities"] == (["DAY"] if products else [])


def test_the_ticket_learns_how_deep_the_feed_is_and_that_margins_are_known(desk) -> None:
    terms = desk.get("/ui/api/order-terms", symbol="RELIANCE", exchange="NSE")
    assert terms["margin_known"] is True and 5 in terms["depth_levels"]


TRADE = {
    "symbol": "RELIANCE", "exchange": "NSE", "action": "SELL", "product": "MIS", "quantity": 100, "price": 1000,
}  # fmt: skip


def test_charges_of_a_trade_are_estimated_by_the_dated_table(desk) -> None:
    found = desk.data("POST", "/ui/api/charges", TRADE)
    parts = found["parts"]
    assert found["turnover"] == 100_000.0
    assert (parts["brokerage"], parts["transaction_tax"], parts["stamp_duty"]) == (20.0, 25.0, 0.0)
    assert found["total"] == pytest.approx(sum(parts.values()))


def test_a_purchase_pays_stamp_duty_and_no_transaction_tax_on_the_day(desk) -> None:
    parts = desk.data("POST", "/ui/api/charges", {**TRADE, "action": "BUY"})["parts"]
    assert (parts["transaction_tax"], parts["stamp_duty"]) == (0.0, 3.0)


@pytest.mark.parametrize("wrong", [{"quantity": 0}, {"price": -1}, {"product": "XYZ"}, {"symbol": "NOSUCH"}])
def test_charges_of_nonsense_are_refused(desk, wrong) -> None:
    assert desk.send("POST", "/ui/api/charges", TRADE | wrong).status_code == 400


def _option(desk: SignedIn) -> dict[str, object]:
    rows = desk.get("/ui/api/search", q="NIFTY", exchange="NFO", limit=500)
    row = next(row for row in rows if row["instrumenttype"] == "FUT" and row["freeze_qty"])
    return {
        "symbol": row["symbol"], "exchange": "NFO", "action": "BUY", "product": "NRML", "pricetype": "MARKET",
        "quantity": row["freeze_qty"] - row["freeze_qty"] % row["lotsize"] + row["lotsize"],
    }  # fmt: skip


def test_an_order_above_the_freeze_quantity_leaves_in_parts_when_asked_to(desk) -> None:
    order = _option(desk)
    whole = desk.send("POST", "/ui/api/orders", order)
    assert whole.status_code == 400 and "split it" in whole.get_json()["errors"]["quantity"][0]
    found = desk.data("POST", "/ui/api/orders", {**order, "split": True})
    assert [part["quantity"] for part in found["results"]] == [
        found["split_size"],
        order["quantity"] - found["split_size"],
    ]
    assert all(part["status"] == "success" for part in found["results"])


def test_parts_of_a_split_order_take_no_exits(desk) -> None:
    answer = desk.send(
        "POST", "/ui/api/orders", {**_option(desk), "split": True, "exits": {"stoploss": {"percent": 1}}}
    )
    assert answer.status_code == 400 and list(answer.get_json()["errors"]) == ["exits"]


@pytest.mark.parametrize(("symbol", "quantity"), [("RELIANCE", 0.5), ("RELIANCE", 1.5)])
def test_a_quantity_that_is_no_whole_number_is_not_split_either(desk, symbol, quantity) -> None:
    order = {**TRADE, "symbol": symbol, "quantity": quantity, "pricetype": "MARKET", "split": True}
    del order["price"]
    answer = desk.send("POST", "/ui/api/orders", order)
    assert answer.status_code == 400 and "quantity" in answer.get_json()["errors"]


def test_splitting_an_order_that_fits_leaves_it_whole(desk) -> None:
    order = {**TRADE, "action": "BUY", "quantity": 3, "pricetype": "MARKET", "split": True}
    del order["price"]
    found = desk.data("POST", "/ui/api/orders", order)
    assert [part["quantity"] for part in found["results"]] == [3]
