"""GTTs through the REST API, over the practice exchange; ticks are handed to the watcher as the feed does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from domain.errors import SessionDead
from domain.feed import MarketData
from domain.triggers.held import HeldState
from services.trading.writes import UncertainOrder
from services.triggers.watching import Watcher
from utils.clock import epoch_ms


@pytest.fixture
def ltp(api) -> float:
    return api.post("quotes", {"symbol": "RELIANCE", "exchange": "NSE"}).get_json()["data"]["ltp"]


@pytest.fixture
def gtt(api, ltp) -> Iterator[Callable[..., dict[str, Any]]]:
    def make(**changes: Any) -> dict[str, Any]:
        low, high = round(ltp * 0.9, 1), round(ltp * 1.1, 1)
        fields = {
            "strategy": "swing", "trigger_type": "OCO", "exchange": "NSE", "symbol": "RELIANCE", "action": "BUY",
            "product": "CNC", "quantity": "1", "pricetype": "LIMIT", "price": 0, "triggerprice_sl": low,
            "triggerprice_tg": high, "stoploss": low, "target": high, "expires_at": None,
        }  # fmt: skip
        return fields | changes

    yield make
    for row in api.post("gttorderbook").get_json()["data"]:
        api.post("cancelgttorder", {"strategy": "s", "trigger_id": row["trigger_id"]})


def place(api, body: dict[str, Any]) -> str:
    answer = api.post("placegttorder", body)
    assert answer.status_code == 200, answer.data
    assert answer.get_json()["held_by"] == "gateway"
    return answer.get_json()["trigger_id"]


def row_of(api, trigger_id: str) -> dict[str, Any]:
    rows = api.post("gttorderbook", {"status": "all"}).get_json()["data"]
    return next(row for row in rows if row["trigger_id"] == trigger_id)


def fire(watcher: Watcher, trigger_id: str, price: float, age_ms: int = 0) -> None:
    """Hand over a tick and let the firing thread finish with it."""
    at = epoch_ms(watcher._clock.now()) - age_ms
    watcher.on_tick(
        "simulator", MarketData(exchange="NSE", symbol="RELIANCE", mode=1, ltp=price, received_at_ms=at)
    )
    wait_for(lambda: trigger_id not in watcher._waiting)


def wait_for(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.005)


def orders_of(api, strategy: str) -> list[dict[str, Any]]:
    rows = api.post("orderbook").get_json()["data"]["orders"]
    return [row for row in rows if row["strategy"] == strategy]


def test_an_oco_is_shown_with_the_stop_first_and_can_be_withdrawn(api, gtt) -> None:
    body = gtt()
    name = place(api, body)
    row = row_of(api, name)
    assert name.startswith("GTT-") and len(name) == 19
    assert (row["trigger_type"], row["status"], row["held_by"]) == ("two-leg", "active", "gateway")
    assert row["trigger_prices"] == [body["triggerprice_sl"], body["triggerprice_tg"]]
    assert [leg["action"] for leg in row["legs"]] == ["BUY", "BUY"]
    answer = api.post("cancelgttorder", {"strategy": "s", "trigger_id": name})
    assert answer.get_json() == {"status": "success", "trigger_id": name}
    assert row_of(api, name)["status"] == "cancelled"
    again = api.post("cancelgttorder", {"strategy": "s", "trigger_id": name})
    assert (again.status_code, again.get_json()["message"]) == (
        404,
        f"No active GTT with trigger_id '{name}'",
    )


def test_a_reached_target_sends_one_order_and_ends_the_stop(api, gtt) -> None:
    body = gtt(strategy="once")
    name = place(api, body)
    watcher = api.services.trigger_watcher
    for price in (body["triggerprice_tg"], body["triggerprice_sl"], body["triggerprice_tg"]):
        fire(watcher, name, price)
    row = row_of(api, name)
    assert row["status"] == "triggered"
    assert [order["orderid"] for order in orders_of(api, "once")] == [row["triggered_order_id"]]


def test_a_price_between_the_triggers_and_an_old_price_fire_nothing(api, gtt, ltp) -> None:
    body = gtt(strategy="old")
    name = place(api, body)
    fire(api.services.trigger_watcher, name, ltp)
    fire(api.services.trigger_watcher, name, body["triggerprice_tg"], age_ms=60_000)
    assert row_of(api, name)["status"] == "active"
    assert orders_of(api, "old") == []


def test_a_claim_whose_outcome_was_lost_in_a_crash_repeats_the_same_order_only(api, gtt) -> None:
    """The order left, and nothing was recorded of it: the next run sends the same key and gets the first order."""
    body = gtt(strategy="crash")
    name = place(api, body)
    watcher = api.services.trigger_watcher
    router, lost = watcher._orders, []

    class Crash:
        def submit(self, *call: Any, **named: Any) -> Any:
            lost.append(router.submit(*call, **named))
            raise UncertainOrder("place", "x")

    watcher._orders = Crash()
    try:
        fire(watcher, name, body["triggerprice_tg"])
        assert watcher._held[name].state is HeldState.FIRING
        answer = api.post("cancelgttorder", {"strategy": "s", "trigger_id": name})
        assert answer.status_code == 404
    finally:
        watcher._orders = router
    watcher.round()
    assert row_of(api, name)["triggered_order_id"] == lost[0].order_id
    assert len(orders_of(api, "crash")) == 1


def test_an_order_that_certainly_did_not_leave_is_tried_again_with_the_next_tick(api, gtt) -> None:
    body = gtt(strategy="later")
    name = place(api, body)
    watcher = api.services.trigger_watcher
    router = watcher._orders

    class NoSession:
        def submit(self, *_: Any, **__: Any) -> Any:
            raise SessionDead("The broker session is over")

    watcher._orders = NoSession()
    try:
        fire(watcher, name, body["triggerprice_tg"])
    finally:
        watcher._orders = router
    assert row_of(api, name)["status"] == "active"
    fire(watcher, name, body["triggerprice_tg"])
    assert row_of(api, name)["status"] == "triggered"


def test_a_gtt_of_paper_trading_never_fires_in_live_mode(api, gtt) -> None:
    api.services.installation.set_analyze_mode(True)
    try:
        body = gtt(strategy="paper-only")
        name = place(api, body)
    finally:
        api.services.installation.set_analyze_mode(False)
    fire(api.services.trigger_watcher, name, body["triggerprice_tg"])
    assert orders_of(api, "paper-only") == []
    assert api.services.trigger_watcher._held[name].state is HeldState.ACTIVE


def test_new_terms_are_watched_instead_of_the_old(api, gtt, ltp) -> None:
    body = gtt(strategy="moved")
    name = place(api, body)
    higher = round(ltp * 1.2, 1)
    changed = body | {"trigger_id": name, "triggerprice_tg": higher, "target": higher}
    assert api.post("modifygttorder", changed).status_code == 200
    fire(api.services.trigger_watcher, name, body["triggerprice_tg"])
    assert row_of(api, name)["status"] == "active"
    assert api.post("modifygttorder", changed | {"action": "SELL"}).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"trigger_type": "SINGLE"}, {"product": "MIS"}, {"quantity": 0}, {"stoploss": None}, {"trigger_type": "X"},
        {"expires_at": "2001-01-01"}, {"triggerprice_sl": 10_000_000, "stoploss": 5}, {"pricetype": "SL"},
        {"triggerprice_tg": ""}, {"symbol": "NOSUCH"},
        {"trigger_type": "SINGLE", "triggerprice_tg": 1, "triggerprice_sl": 0, "price": 1},
    ],
)  # fmt: skip
def test_what_cannot_be_watched_is_refused(api, gtt, changes: dict[str, Any]) -> None:
    answer = api.post("placegttorder", gtt(**changes))
    assert answer.status_code == 400, answer.data
    assert answer.get_json()["status"] == "error"
