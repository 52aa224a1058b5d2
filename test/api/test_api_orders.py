"""Order routes over the practice exchange."""

from __future__ import annotations

from decimal import Decimal

import pytest


def limit_price(api, *, below: bool, symbol: str = "RELIANCE") -> str:
    """A price inside the band that does not trade at once, on the tick grid."""
    ltp = Decimal(str(api.post("quotes", {"symbol": symbol, "exchange": "NSE"}).get_json()["data"]["ltp"]))
    wanted = ltp * (Decimal("0.95") if below else Decimal("1.05"))
    return str(wanted - wanted % Decimal("0.5"))


def resting(api, order, **changes) -> str:
    """The id of a working LIMIT order."""
    fields = {"pricetype": "LIMIT", "price": limit_price(api, below=True), **changes}
    answer = api.post("placeorder", order(**fields))
    assert answer.status_code == 200, answer.data
    return answer.get_json()["orderid"]


def status(api, order_id: str) -> dict:
    return api.post("orderstatus", {"orderid": order_id}).get_json()["data"]


def test_a_market_order_is_accepted_and_shows_in_the_book(api, order) -> None:
    answer = api.post("placeorder", order())
    assert answer.status_code == 200, answer.data
    assert set(answer.get_json()) == {"status", "orderid"}
    order_id = answer.get_json()["orderid"]
    assert isinstance(order_id, str)
    book = api.post("orderbook").get_json()["data"]
    row = next(item for item in book["orders"] if item["orderid"] == order_id)
    assert (row["symbol"], row["action"], row["quantity"], row["strategy"]) == (
        "RELIANCE",
        "BUY",
        10,
        "orb-15",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": 10},
        {"quantity": 10.0},
        {"quantity": " 10 "},
        {"action": "buy"},
        {"action": "Buy"},
        {"exchange": "nse", "product": "mis", "pricetype": "market", "symbol": "reliance"},
        {"target": "1", "stoploss": 2, "trailing_sl": None},
        {
            "price": None,
            "trigger_price": None,
            "disclosed_quantity": None,
            "pricetype": None,
            "product": None,
        },
        {"price": "1400.03", "trigger_price": 5},
        {"underlying_ltp": 24000.5},
        {"strategy": "नीति 15"},
    ],
)
def test_what_clients_send_in_practice_is_accepted(api, order, changes) -> None:
    answer = api.post("placeorder", order(**changes))
    assert answer.status_code == 200, answer.data


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
        ({"quantity": "1.5"}, "quantity"),
        ({"quantity": "1e400"}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"quantity": "ten"}, "quantity"),
        ({"quantity": "NaN"}, "quantity"),
        ({"quantity": [1]}, "quantity"),
        ({"quantity": None}, "quantity"),
        ({"action": "HOLD"}, "action"),
        ({"action": 1}, "action"),
        ({"exchange": "XXX"}, "exchange"),
        ({"exchange": "NSE_INDEX", "symbol": "NIFTY"}, "exchange"),
        ({"product": "BO"}, "product"),
        ({"product": "NRML"}, "product"),
        ({"pricetype": "STOP"}, "pricetype"),
        ({"pricetype": "LIMIT"}, "price"),
        ({"pricetype": "LIMIT", "price": "1400.03"}, "price"),
        ({"pricetype": "SL", "price": "1400"}, "trigger_price"),
        ({"price": "-1"}, "price"),
        ({"symbol": ["RELIANCE"]}, "symbol"),
        ({"symbol": "  "}, "symbol"),
        ({"symbol": "REL\x00IANCE"}, "symbol"),
        ({"strategy": None}, "strategy"),
        ({"strategy": "a\nb"}, "strategy"),
        ({"strategy": "x" * 256}, "strategy"),
        ({"disclosed_quantity": "11"}, "disclosed_quantity"),
        ({"surprise": 1}, "surprise"),
        ({"client_order_id": "x" * 65}, "client_order_id"),
    ],
)
def test_a_bad_field_is_named_in_a_400(api, order, changes, field) -> None:
    answer = api.post("placeorder", order(**changes))
    body = answer.get_json()
    assert answer.status_code == 400, body
    assert field in body["errors"], body
    assert isinstance(body["message"], str)


def test_all_bad_fields_are_named_at_once(api) -> None:
    body = api.post("placeorder", {"quantity": "x", "action": "HOLD"}).get_json()
    assert set(body["errors"]) == {"quantity", "action", "strategy", "exchange", "symbol"}


def test_an_unknown_symbol_is_refused_with_near_ones(api, order) -> None:
    answer = api.post("placeorder", order(symbol="RELIANC"))
    body = answer.get_json()
    assert (answer.status_code, body["code"]) == (400, "UNKNOWN_SYMBOL")
    assert body["message"].startswith("Symbol RELIANC not found on NSE")
    assert "RELIANCE" in body["candidates"]


def test_a_resting_order_is_modified_and_cancelled(api, order) -> None:
    order_id = resting(api, order)
    assert status(api, order_id)["order_status"] == "open"
    fields = order(orderid=order_id, pricetype="LIMIT", quantity="20", price=limit_price(api, below=True))
    del fields["trigger_price"], fields["disclosed_quantity"]
    answer = api.post("modifyorder", fields)
    assert answer.status_code == 200, answer.data
    assert answer.get_json()["orderid"] == order_id
    assert status(api, order_id)["quantity"] == 20
    answer = api.post("cancelorder", {"orderid": order_id})
    assert answer.status_code == 200, answer.data
    shown = status(api, order_id)
    assert (shown["order_status"], shown["pricetype"], shown["price_type"]) == ("cancelled", "LIMIT", "LIMIT")
    again = api.post("cancelorder", {"orderid": order_id})
    assert again.status_code == 400
    assert again.get_json()["message"] == "Cannot cancel order in cancelled status"


def test_a_modify_must_name_the_order_it_means(api, order) -> None:
    order_id = resting(api, order)
    price = limit_price(api, below=True)
    for changes in ({"action": "SELL"}, {"product": "CNC"}, {"symbol": "SBIN", "price": "800"}):
        fields = order(orderid=order_id, pricetype="LIMIT", **{"price": price, **changes})
        answer = api.post("modifyorder", fields)
        assert answer.status_code == 400, answer.data
        assert set(answer.get_json()["errors"]) == {next(iter(changes))}


def test_a_market_modify_does_not_take_a_price(api, order) -> None:
    order_id = resting(api, order)
    answer = api.post("modifyorder", order(orderid=order_id, pricetype="MARKET", price="1400"))
    assert answer.status_code == 400
    assert answer.get_json()["message"] == "MARKET orders do not accept a price"


@pytest.mark.parametrize("route", ["cancelorder", "orderstatus"])
def test_an_unknown_order_is_a_404(api, route) -> None:
    answer = api.post(route, {"orderid": "404"})
    assert answer.status_code == 404
    assert answer.get_json()["message"] == "Order 404 not found"


def test_an_order_id_may_be_a_json_integer(api, order) -> None:
    order_id = resting(api, order)
    answer = api.post("orderstatus", {"orderid": int(order_id), "strategy": "x"})
    assert answer.status_code == 200
    assert answer.get_json()["data"]["orderid"] == order_id


def test_cancel_all_withdraws_stops_too_and_then_finds_nothing(api, order) -> None:
    trigger = limit_price(api, below=False)
    wanted = {resting(api, order), resting(api, order, pricetype="SL-M", price=None, trigger_price=trigger)}
    answer = api.post("cancelallorder", {"strategy": "x"}).get_json()
    assert wanted <= set(answer["canceled_orders"])
    assert answer["failed_cancellations"] == []
    assert {status(api, order_id)["order_status"] for order_id in wanted} == {"cancelled"}
    again = api.post("cancelallorder", {"strategy": "x"}).get_json()
    assert (again["canceled_orders"], again["message"]) == ([], "No open orders to cancel")


def net(api, symbol: str, product: str) -> int:
    asked = {"symbol": symbol, "exchange": "NSE", "product": product, "strategy": "x"}
    return api.post("openposition", asked).get_json()["quantity"]


def test_close_position_flattens_long_and_short(api, order) -> None:
    api.post("closeposition", {"strategy": "x"})
    assert api.post("placeorder", order(symbol="SBIN", quantity=7)).status_code == 200
    assert api.post("placeorder", order(symbol="INFY", action="SELL", quantity=3)).status_code == 200
    assert (net(api, "SBIN", "MIS"), net(api, "INFY", "MIS")) == (7, -3)
    answer = api.post("closeposition", {"strategy": "x"}).get_json()
    assert (answer["message"], answer["closed_positions"], answer["failed_closures"]) == (
        "All Open Positions Squared Off", 2, 0,
    )  # fmt: skip
    assert {row["status"] for row in answer["results"]} == {"success"}
    assert (net(api, "SBIN", "MIS"), net(api, "INFY", "MIS")) == (0, 0)
    rows = api.post("positionbook").get_json()["data"]
    assert all(row["quantity"] == 0 for row in rows)
    again = api.post("closeposition", {"strategy": "x"}).get_json()
    assert (again["status"], again["message"]) == ("success", "No open positions to close")


def test_the_kill_switch_stops_entries_but_not_exits(api, order) -> None:
    assert api.post("placeorder", order(symbol="TCS", quantity=4)).status_code == 200
    api.services.trading.journal.set_kill_switch("all", True, "daily loss")
    try:
        entry = api.post("placeorder", order(symbol="TCS"))
        assert (entry.status_code, entry.get_json()["code"]) == (403, "KILL_SWITCH")
        reducing = api.post("placeorder", order(symbol="TCS", action="SELL", quantity=1))
        assert reducing.status_code == 200, reducing.data
        answer = api.post("closeposition", {"strategy": "x", "symbol": "TCS"}).get_json()
        assert answer["closed_positions"] == 1
    finally:
        api.services.trading.journal.set_kill_switch("all", False)
    assert net(api, "TCS", "MIS") == 0


def test_a_repeat_under_the_same_key_is_the_same_order(api, order) -> None:
    fields = order(client_order_id="alert-1")
    answers = [api.post("placeorder", fields).get_json() for _ in range(3)]
    answers.append(api.post("placeorder", order(), headers={"Idempotency-Key": "alert-1"}).get_json())
    answers.append(api.post("placeorder", order(idempotency_key="alert-1")).get_json())
    assert len({answer["orderid"] for answer in answers}) == 1


def test_a_key_used_for_another_order_is_a_conflict(api, order) -> None:
    assert api.post("placeorder", order(client_order_id="alert-2")).status_code == 200
    answer = api.post("placeorder", order(client_order_id="alert-2", quantity=11))
    assert (answer.status_code, answer.get_json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")


def test_a_repeated_close_gets_the_first_answer(api, order) -> None:
    api.post("placeorder", order(symbol="ITC"))
    fields = {"strategy": "x", "symbol": "ITC", "client_order_id": "close-1"}
    first = api.post("closeposition", fields).get_json()
    assert api.post("closeposition", fields).get_json() == first
    assert net(api, "ITC", "MIS") == 0


def test_orders_of_a_semi_auto_key_are_not_sent(api, order) -> None:
    api.services.api_keys.set_order_mode(1, "semi_auto")
    try:
        answer = api.post("placeorder", order())
        assert (answer.status_code, "orderid" in answer.get_json()) == (200, False)
        answer = api.post("modifyorder", order(orderid="1"))
        assert (answer.status_code, answer.get_json()["code"]) == (403, "SEMI_AUTO")
        assert api.post("cancelallorder", {"strategy": "x"}).status_code == 200
    finally:
        api.services.api_keys.set_order_mode(1, "auto")
