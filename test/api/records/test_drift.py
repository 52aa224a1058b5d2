"""The drift report over REST and on the desk, live and on paper."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.instruments import Exchange
from domain.orders import OrderTerms, PlaceOrder, PriceType, Product, Side
from services.accounts.users import Device
from test.support.waiting import wait_for


def report(api: Any) -> dict[str, Any]:
    answer = api.get("driftreport")
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()["data"]


def test_our_own_orders_are_no_difference(api: Any, order: Any) -> None:
    assert api.post("placeorder", order()).status_code == 200
    wait_for(lambda: [row for row in report(api)["rows"] if row["kind"] != "status-behind"] == [])
    found = report(api)
    assert (found["count"], found["unexplained"], found["unread"]) == (0, 0, {})


def test_an_order_past_us_is_told_with_the_position_that_it_moved(api: Any) -> None:
    services = api.services
    session = services.accounts.session(1)
    instrument = services.instruments.resolve("simulator", Exchange.NSE, "TCS")
    terms = OrderTerms(
        symbol="TCS", exchange=Exchange.NSE, side=Side.SELL, quantity=3, price_type=PriceType.MARKET,
        product=Product.MIS,
    )  # fmt: skip
    order_id = services.brokers.plugin("simulator").orders.place(
        session, PlaceOrder(terms=terms, instrument=instrument, tag="TERMINAL1")
    )

    def rows() -> dict[str, Any]:
        return {row["kind"]: row for row in report(api)["rows"] if row["symbol"] == "TCS"}

    wait_for(lambda: "position-differs" in rows())
    elsewhere, position = rows()["order-from-elsewhere"], rows()["position-differs"]
    assert (elsewhere["orderid"], elsewhere["explained"], elsewhere["we_say"]) == (order_id, True, None)
    assert position["broker_says"] == {"quantity": -3} and position["we_say"]["quantity"] == 0
    assert position["explained_by"] == f"order {order_id} from elsewhere (-3)"


def test_paper_books_are_ours_and_agree(api: Any, order: Any) -> None:
    api.services.installation.set_analyze_mode(True)
    try:
        price = api.post("quotes", {"symbol": "RELIANCE", "exchange": "NSE"}).get_json()["data"]["ltp"]
        limit = str(Decimal(round(price * 0.95)))
        assert api.post("placeorder", order(pricetype="LIMIT", price=limit)).status_code == 200
        answer = api.get("driftreport").get_json()
        assert answer["mode"] == "analyze"
        assert answer["data"]["unexplained"] == 0 and answer["data"]["rows"] == []
        api.post("cancelallorder", {"strategy": "drift"})
    finally:
        api.services.installation.set_analyze_mode(False)


def test_a_wrong_key_learns_nothing(api: Any) -> None:
    assert api.client.get("/api/v1/driftreport", query_string={"apikey": "wrong"}).status_code == 403
    assert api.client.get("/api/v1/driftreport").status_code == 400


@pytest.mark.usefixtures("api")
def test_the_key_may_travel_in_a_header(api: Any) -> None:
    answer = api.client.get("/api/v1/driftreport", headers={"X-API-KEY": api.key})
    assert answer.status_code == 200 and answer.get_json()["data"]["broker"] == "simulator"


def test_nothing_of_a_deleted_account_stays_in_memory(api: Any, order: Any) -> None:
    services = api.services
    account = services.accounts.create(1, "simulator", "Second", {})
    services.logins.begin(
        1, account.id, {}, callback_url="", browser="", device=Device(ip_address="127.0.0.1", name="test")
    )
    services.accounts.activate(1, account.id)
    assert api.post("placeorder", order()).status_code == 200
    services.accounts.activate(1, 1)
    wait_for(lambda: account.id in services.trading.updates.accounts())
    reserved = services.trading.gate._reservations._accounts
    assert account.id in {owner for owner, _ in reserved}
    services.accounts.delete(1, account.id)
    wait_for(lambda: account.id not in services.trading.updates.accounts())
    wait_for(lambda: account.id not in {owner for owner, _ in list(reserved)})
