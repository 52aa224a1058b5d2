"""Paper trading through the REST API, over the practice exchange's prices."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace as msgspec_replace

CRORE = Decimal("10000000.00")


def funds(api) -> dict[str, Decimal]:
    data = api.post("funds").get_json()["data"]
    return {name: Decimal(text) for name, text in data.items() if name not in ("last_reset", "reset_count")}


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


def below(api, share: str = "0.95") -> str:
    """A price that rests: below the market, inside the band."""
    quote = api.post("quotes", {"symbol": "RELIANCE", "exchange": "NSE"}).get_json()["data"]
    wanted = Decimal(str(quote["ltp"])) * Decimal(share)
    return str(wanted - wanted % Decimal("0.5"))


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


def test_paper_never_calls_an_order_method_of_the_plug_in(
    api, order, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin, low, lower = api.services.brokers.plugin("simulator"), below(api), below(api, "0.94")
    calls = []

    class Forbidden:
        def __getattr__(self, name: str):
            calls.append(name)
            raise AssertionError(f"paper trading reached for {name}")

    shut = msgspec_replace(plugin, orders=Forbidden(), portfolio=Forbidden(), margin=Forbidden())
    monkeypatch.setattr(api.services.brokers, "plugin", lambda _broker: shut)
    rest = {"pricetype": "LIMIT", "product": "CNC", "quantity": "1"}
    order_id = place(api, order, price=low, **rest)
    changed = order(orderid=order_id, strategy="paper", price=lower, **rest)
    assert api.post("modifyorder", changed).status_code == 200
    api.post("cancelorder", {"orderid": order_id, "strategy": "paper"})
    place(api, order)
    for route in ("orderbook", "tradebook", "positionbook", "holdings", "funds"):
        assert api.post(route).status_code == 200
    assert api.post("closeposition", {"strategy": "paper"}).status_code == 200
    assert api.post("cancelallorder", {"strategy": "paper"}).status_code == 200
    assert calls == []


def test_a_repeated_paper_order_is_one_order(api, order) -> None:
    first = place(api, order, client_order_id="paper-once")
    assert place(api, order, client_order_id="paper-once") == first
    assert quantity(api) == 10


def test_margin_equals_what_the_order_then_blocks(api, order) -> None:
    terms = {"product": "CNC", "pricetype": "LIMIT", "quantity": "3", "price": below(api)}
    leg = {"symbol": "RELIANCE", "exchange": "NSE", "action": "BUY", **terms}
    asked = api.post("margin", {"positions": [leg]}).get_json()
    assert asked["mode"] == "analyze"
    before = funds(api)["utiliseddebits"]
    place(api, order, **terms)
    blocked = funds(api)["utiliseddebits"] - before
    assert blocked == Decimal(str(asked["data"]["total_margin_required"])) == 3 * Decimal(terms["price"])


def test_a_paper_write_whose_answer_was_lost_is_found_by_its_tag(api, order) -> None:
    order_id = place(api, order)
    trading = api.services.trading
    tag = api.services.sandbox.by_id(1, order_id).tag
    intent = trading.journal.by_tag(tag)
    trading.journal.decide(tag, "unknown", code="OUTCOME_UNKNOWN", message="", durable=True)
    settled = trading._settle(trading.journal.by_tag(tag))
    assert (settled.state, settled.order_id, intent.mode) == ("acked", order_id, "analyze")
