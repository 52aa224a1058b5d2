"""Alerts that carry the API key themselves and go straight to the order routes."""

from __future__ import annotations

import json


def alert(house, route: str, **fields):
    """As TradingView sends it: text/plain, lower-case action, numbers as text."""
    body = {
        "apikey": house.key, "strategy": "TradingView Strategy", "symbol": "RELIANCE", "action": "buy",
        "exchange": "NSE", "pricetype": "MARKET", "product": "MIS", "quantity": "1.0", **fields,
    }  # fmt: skip
    return house.app.test_client().post(f"/api/v1/{route}", data=json.dumps(body), content_type="text/plain")


def test_an_alert_sent_again_under_its_alert_id_is_one_order(house) -> None:
    before = len(house.book())
    answers = [alert(house, "placeorder", alert_id="tv-1") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}, answers[0].data
    assert len({answer.get_json()["orderid"] for answer in answers}) == 1
    assert len(house.book()) == before + 1


def test_a_strategy_alert_sent_again_is_one_order_though_the_position_moved_meanwhile(house) -> None:
    first = alert(house, "placesmartorder", alert_id="tv-2", position_size="7", symbol="WIPRO")
    alert(house, "placesmartorder", position_size="2", symbol="WIPRO")
    before = len(house.book())
    again = alert(house, "placesmartorder", alert_id="tv-2", position_size="7", symbol="WIPRO")
    assert again.get_json() == first.get_json()
    assert len(house.book()) == before


def test_an_alert_id_of_another_order_is_a_conflict(house) -> None:
    assert alert(house, "placeorder", alert_id="tv-3").status_code == 200
    other = alert(house, "placeorder", alert_id="tv-3", quantity="2")
    assert (other.status_code, other.get_json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")


def test_orders_without_a_key_are_never_taken_for_repeats(house) -> None:
    answers = [alert(house, "placeorder").get_json()["orderid"] for _ in range(2)]
    assert len(set(answers)) == 2


def test_other_order_routes_do_not_know_alert_ids(house) -> None:
    body = {"apikey": house.key, "strategy": "s", "orderid": "1", "alert_id": "x"}
    answer = house.app.test_client().post("/api/v1/cancelorder", json=body)
    assert (answer.status_code, "alert_id" in answer.get_json()["errors"]) == (400, True)
