"""Paper trading through the REST API, over the practice exchange's prices."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

CRORE = Decimal("10000000.00")


@pytest.fixture(autouse=True)
def paper(api) -> Iterator[None]:
    api.services.installation.set_analyze_mode(True)
    yield
    api.post("cancelallorder", {"strategy": "paper"})
    api.post("closeposition", {"strategy": "paper"})
    api.services.sandbox.rounds.days.reset(1)
    api.services.installation.set_analyze_mode(False)


def funds(api) -> dict[str, Decimal]:
    data = api.post("funds").get_json()["data"]
    return {name: Decimal(text) for name, text in data.items()}


def place(api, order, **changes) -> str:
    answer = api.post("placeorder", order(strategy="paper", **changes))
    assert answer.status_code == 200, answer.data
    assert answer.get_json()["mode"] == "analyze"
    return answer.get_json()["orderid"]


def status(api, order_id: str) -> dict:
    return api.post("orderstatus", {"orderid": order_id}).get_json()["data"]


def quantity(api, symbol: str = "RELIANCE", product: str = "MIS") -> int:
    body = {"symbol": symbol, "exchange": "NSE", "product": product, "strategy": "paper"}
    return api.post("openposition", body).get_json()["quantity"]


def test_a_paper_account_begins_with_one_crore(api) -> None:
    assert funds(api)["availablecash"] == CRORE
    assert funds(api)["utiliseddebits"] == 0


def test_a_market_order_fills_and_shows_in_every_book(api, order) -> None:
    order_id = place(api, order)
    row = status(api, order_id)
    assert (row["order_status"], row["filled_quantity"], row["strategy"]) == ("complete", 10, "paper")
    assert quantity(api) == 10
    trades = api.post("tradebook").get_json()
    assert trades["mode"] == "analyze"
    assert sum(item["quantity"] for item in trades["data"] if item["orderid"] == order_id) == 10
    spent = funds(api)
    value = Decimal(str(row["average_price"])) * 10
    assert abs(spent["utiliseddebits"] - value / 5) <= Decimal("0.01")
    assert spent["availablecash"] + spent["utiliseddebits"] == CRORE


def test_nothing_of_a_paper_order_reaches_the_broker(api, order) -> None:
    order_id = place(api, order)
    live = api.services.trading.live.order_book(1, "simulator")
    assert order_id not in {row.order_id for row in live}


def test_the_switch_is_a_call_and_says_what_it_did(api) -> None:
    answer = api.post("analyzer/toggle", {"mode": False}).get_json()
    assert answer["data"]["message"] == "Analyzer mode switched to live"
    assert "mode" not in answer
    answer = api.post("analyzer/toggle", {"mode": True}).get_json()
    assert (answer["mode"], answer["data"]["analyze_mode"]) == ("analyze", True)
    assert api.post("analyzer").get_json()["data"]["mode"] == "analyze"


def test_a_bad_field_in_paper_mode_says_the_mode(api, order) -> None:
    assert api.post("placeorder", order(quantity="x")).get_json()["mode"] == "analyze"
    assert api.post("analyzer/toggle", {"mode": "maybe"}).status_code == 400
