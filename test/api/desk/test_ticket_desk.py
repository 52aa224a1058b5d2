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
