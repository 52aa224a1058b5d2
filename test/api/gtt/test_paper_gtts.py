"""GTTs of paper trading: the money they hold back, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from domain.triggers.held import Leg

ACCOUNT = 1


@pytest.fixture
def paper(api) -> Iterator[Any]:
    """Paper trading during one test; its books add up afterwards."""
    api.services.installation.set_analyze_mode(True)
    yield api
    for row in api.post("gttorderbook").get_json()["data"]:
        api.post("cancelgttorder", {"strategy": "s", "trigger_id": row["trigger_id"]})
    assert api.services.sandbox.reports.audit(ACCOUNT) == []
    api.services.sandbox.rounds.days.reset(ACCOUNT)
    api.services.installation.set_analyze_mode(False)


@pytest.fixture(scope="module")
def ltp(api) -> float:
    return api.post("quotes", {"symbol": "RELIANCE", "exchange": "NSE"}).get_json()["data"]["ltp"]


@pytest.fixture
def body(ltp) -> Callable[..., dict[str, Any]]:
    """Fields of an OCO to buy ten below or above the market, with changes."""
    low, high = round(ltp * 0.9, 1), round(ltp * 1.1, 1)

    def make(**changes: Any) -> dict[str, Any]:
        fields = {
            "strategy": "swing", "trigger_type": "OCO", "exchange": "NSE", "symbol": "RELIANCE", "action": "BUY",
            "product": "CNC", "quantity": 10, "price": 0, "triggerprice_sl": low, "triggerprice_tg": high,
            "stoploss": low, "target": high,
        }  # fmt: skip
        return fields | changes

    return make


def place(api, fields: dict[str, Any]) -> str:
    answer = api.post("placegttorder", fields)
    assert answer.status_code == 200, answer.data
    return answer.get_json()["trigger_id"]


def row_of(api, trigger_id: str) -> dict[str, Any]:
    rows = api.post("gttorderbook", {"status": "all"}).get_json()["data"]
    return next(row for row in rows if row["trigger_id"] == trigger_id)


def held(api) -> Decimal:
    return Decimal(api.post("funds").get_json()["data"]["utiliseddebits"])


def test_an_oco_holds_back_what_its_dearer_leg_needs_until_it_is_withdrawn(paper, body) -> None:
    fields = body()
    name = place(paper, fields)
    wanted = Decimal(str(fields["target"])) * 10
    assert (held(paper), Decimal(str(row_of(paper, name)["margin_blocked"]))) == (wanted, wanted)
    cheaper = fields | {"trigger_id": name, "quantity": 5}
    assert paper.post("modifygttorder", cheaper).status_code == 200
    assert held(paper) == wanted / 2
    paper.post("cancelgttorder", {"strategy": "s", "trigger_id": name})
    assert (held(paper), row_of(paper, name)["margin_blocked"]) == (0, 0)


def test_by_setting_an_oco_holds_back_what_both_legs_need(paper, body) -> None:
    paper.services.sandbox.preferences.put({"gtt_oco_margin_mode": "sum"})
    try:
        fields = body()
        place(paper, fields)
        assert (
            held(paper) == Decimal(str(fields["target"] + fields["stoploss"])).quantize(Decimal("0.01")) * 10
        )
    finally:
        paper.services.sandbox.preferences.put({"gtt_oco_margin_mode": "max"})


def test_a_gtt_without_money_behind_it_is_refused_and_a_change_keeps_the_old_terms(paper, body) -> None:
    answer = paper.post("placegttorder", body(quantity=1_000_000))
    assert (answer.status_code, answer.get_json()["code"]) == (400, "INSUFFICIENT_FUNDS")
    assert (held(paper), paper.post("gttorderbook").get_json()["data"]) == (0, [])
    name = place(paper, body())
    before = held(paper)
    changed = paper.post("modifygttorder", body(trigger_id=name, quantity=1_000_000))
    assert (changed.status_code, held(paper)) == (400, before)
    assert row_of(paper, name)["legs"][0]["quantity"] == 10


def test_a_fired_gtt_gives_its_money_to_its_order(paper, body) -> None:
    name = place(paper, body())
    paper.services.trigger_watcher.fire(name, Leg.TARGET)
    row = row_of(paper, name)
    (order,) = [
        item for item in paper.post("orderbook").get_json()["data"]["orders"]
        if item["orderid"] == row["triggered_order_id"]
    ]  # fmt: skip
    assert (row["status"], row["margin_blocked"], order["order_status"]) == ("triggered", 0, "complete")
    assert held(paper) == Decimal(str(order["average_price"])) * 10


def test_a_fired_order_that_is_short_of_money_ends_its_gtt_with_the_reason(paper, body, ltp) -> None:
    """The stop is reckoned at its trigger; when it fires, the market stands higher and the cash is spent."""
    name = place(paper, body(trigger_type="SINGLE", triggerprice_tg=0, pricetype="MARKET", quantity=500))
    free = Decimal(paper.post("funds").get_json()["data"]["availablecash"])
    spent = {
        "strategy": "spend", "exchange": "NSE", "symbol": "RELIANCE", "action": "BUY", "product": "CNC",
        "quantity": int(free / Decimal(str(ltp)) * Decimal("0.998")), "pricetype": "LIMIT", "price": round(ltp, 1),
    }  # fmt: skip
    answer = paper.post("placeorder", spent)
    assert answer.status_code == 200, answer.data
    paper.services.trigger_watcher.fire(name, Leg.STOP)
    row = row_of(paper, name)
    assert (row["status"], row["margin_blocked"]) == ("rejected", 0)
    assert "Insufficient funds" in row["reason"]


def test_money_of_a_gtt_that_a_crash_forgot_is_given_back_at_the_next_start(paper, body) -> None:
    services = paper.services
    terms = services.instruments.resolve("simulator", "NSE", "RELIANCE")
    name = place(paper, body())
    before = held(paper)
    held_gtt = services.trigger_watcher._held[name]
    legs = [(held_gtt.terms.order_of(leg), leg.trigger_price) for leg in held_gtt.terms.legs]
    services.sandbox.gtt_holds.hold(ACCOUNT, "simulator", "GTT-of-nobody", terms, legs)
    assert held(paper) == before * 2
    services.triggers.held.recover()
    assert held(paper) == before


def test_a_reset_withdraws_the_gtts_and_gives_their_money_back(paper, body) -> None:
    name = place(paper, body())
    paper.services.sandbox.rounds.days.reset(ACCOUNT)
    assert (row_of(paper, name)["status"], held(paper)) == ("cancelled", 0)


def test_repeats_under_one_key_hold_back_the_money_of_one(paper, body) -> None:
    fields = body(idempotency_key="paper-once")
    names = {place(paper, fields) for _ in range(5)}
    assert len(names) == 1
    assert held(paper) == Decimal(str(fields["target"])) * 10
