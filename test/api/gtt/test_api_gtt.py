"""GTTs through the REST API, over the practice exchange; ticks are handed to the watcher as the feed does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from domain.errors import NotFound, SessionDead
from domain.feed import MarketData
from domain.triggers.held import HeldState
from services.events import GttMoved, OrderPlaced
from services.trading.commands import Operation
from services.trading.modes import AppMode, OrderMode, Route
from services.trading.writes import UncertainOrder
from services.triggers.watching import Watcher
from services.wire.approvals import pending_order
from services.wire.notices import FRAMES
from test.support.waiting import wait_for
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


def test_the_order_of_a_fired_gtt_names_the_gtt_as_its_source(api, gtt) -> None:
    frames: list[tuple[str, dict[str, Any]]] = []
    handlers = (OrderPlaced, GttMoved)
    api.services.events.subscribe(handlers, lambda event: frames.append(FRAMES[type(event)](event)))
    body = gtt(strategy="named")
    name = place(api, body)
    fire(api.services.trigger_watcher, name, body["triggerprice_tg"])
    (order,) = orders_of(api, "named")
    wait_for(lambda: len(frames) == 3)
    assert [(word, data.get("event")) for word, data in frames] == [
        ("gtt_event", "placed"), ("order_event", None), ("gtt_event", "triggered"),
    ]  # fmt: skip
    assert (frames[1][1]["source"], frames[1][1]["orderid"]) == ("gtt", order["orderid"])
    told = {key: frames[2][1][key] for key in ("symbol", "exchange", "trigger_id", "mode", "held_by")}
    assert told == {
        "symbol": "RELIANCE", "exchange": "NSE", "trigger_id": name, "mode": "live", "held_by": "gateway",
    }  # fmt: skip
    assert frames[2][1]["triggered_order_id"] == order["orderid"]
    principal = api.services.callers.principal(1, "ui")
    wait_for(lambda: story(api, principal, order["orderid"]) != [])
    (received,) = story(api, principal, order["orderid"])
    assert received["source"] == "gtt"
    assert received["request"]["client_order_id"].startswith(f"{name}:target:")


def story(api, principal, order_id: str) -> list[dict[str, Any]]:
    try:
        line = api.services.time_lines.of(principal, order_id=order_id)
    except NotFound:
        return []
    return [entry.facts for entry in line.entries if entry.stage == "received"]


def test_a_refused_fire_ends_the_gtt_and_is_told_with_its_reason(api, gtt) -> None:
    moved: list[GttMoved] = []
    api.services.events.subscribe(GttMoved, moved.append)
    body = gtt(strategy="no-funds", quantity="100000000", pricetype="MARKET")
    name = place(api, body | {"stoploss": 0, "target": 0})
    fire(api.services.trigger_watcher, name, body["triggerprice_tg"])
    row = row_of(api, name)
    wait_for(lambda: len(moved) == 2)
    assert (row["status"], moved[-1].event, moved[-1].trigger_id) == ("rejected", "failed", name)
    assert row["reason"] and moved[-1].message == row["reason"]


def test_a_gtt_past_its_end_neither_fires_nor_stays_active(api, gtt) -> None:
    body = gtt(strategy="over")
    name = place(api, body)
    watcher = api.services.trigger_watcher
    held = watcher._held[name]
    watcher.store(msgspec.structs.replace(held, expires_ms=epoch_ms(watcher._clock.now()) - 1), held)
    fire(watcher, name, body["triggerprice_tg"])
    assert (row_of(api, name)["status"], orders_of(api, "over")) == ("expired", [])
    other = place(api, gtt())
    held = watcher._held[other]
    watcher.store(msgspec.structs.replace(held, expires_ms=epoch_ms(watcher._clock.now()) - 1), held)
    watcher.round()
    assert row_of(api, other)["status"] == "expired"


def test_a_repeat_under_one_key_is_one_gtt_one_change_and_one_withdrawal(api, gtt) -> None:
    body = gtt(idempotency_key="once-placed")
    name = place(api, body)
    assert place(api, body) == name
    other = api.post("placegttorder", body | {"quantity": "2"})
    assert (other.status_code, other.get_json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    changed = gtt(trigger_id=name, quantity="2", idempotency_key="once-changed")
    answers = [api.post("modifygttorder", changed).get_json() for _ in range(2)]
    assert answers == [{"status": "success", "trigger_id": name, "held_by": "gateway"}] * 2
    gone = {"strategy": "s", "trigger_id": name, "idempotency_key": "once-gone"}
    assert [api.post("cancelgttorder", gone).status_code for _ in range(2)] == [200, 200]
    assert place(api, body) == name
    assert row_of(api, name)["status"] == "cancelled"


def test_five_calls_at_once_with_one_key_are_one_held_gtt(api, gtt) -> None:
    fields = {"apikey": api.key, **gtt(client_order_id="five-held")}
    app = api.client.application
    before = len(api.post("gttorderbook").get_json()["data"])

    def call(_: int) -> str:
        return app.test_client().post("/api/v1/placegttorder", json=fields).get_json()["trigger_id"]

    with ThreadPoolExecutor(5) as pool:
        assert len(set(pool.map(call, range(5)))) == 1
    assert len(api.post("gttorderbook").get_json()["data"]) == before + 1


def test_a_gtt_of_a_semi_auto_key_is_held_here_once_it_is_approved(api, gtt) -> None:
    api.services.api_keys.set_order_mode(1, "semi_auto")
    try:
        answer = api.post("placegttorder", gtt(strategy="asked")).get_json()
        assert answer["mode"] == "semi_auto" and "trigger_id" not in answer
        assert all(row["strategy"] != "asked" for row in api.post("gttorderbook").get_json()["data"])
        principal = api.services.callers.principal(1, "ui")
        done = api.services.approvals.decisions.approve(principal, answer["pending_order_id"])
        assert (done.outcome, row_of(api, done.broker_order_id)["strategy"]) == ("accepted", "asked")
        shown = pending_order(done)
        assert (shown["api_type"], shown["symbol"], len(shown["legs"])) == ("placegttorder", "RELIANCE", 2)
        changed = api.post("modifygttorder", gtt(trigger_id=done.broker_order_id))
        assert (changed.status_code, changed.get_json()["code"]) == (403, "SEMI_AUTO")
        api.post("cancelgttorder", {"strategy": "s", "trigger_id": done.broker_order_id})
        assert row_of(api, done.broker_order_id)["status"] == "cancelled"
    finally:
        api.services.api_keys.set_order_mode(1, "auto")


def test_by_setting_new_terms_of_a_semi_auto_key_wait_for_approval(api, gtt, monkeypatch) -> None:
    name = place(api, gtt(strategy="waits"))
    key = (AppMode.LIVE, OrderMode.SEMI_AUTO, Operation.GTT_MODIFY)
    monkeypatch.setitem(api.services.trading.modes._decisions, key, Route.APPROVAL)
    api.services.api_keys.set_order_mode(1, "semi_auto")
    try:
        answer = api.post("modifygttorder", gtt(trigger_id=name, quantity="4", strategy="waits")).get_json()
        assert row_of(api, name)["legs"][0]["quantity"] == 1
        principal = api.services.callers.principal(1, "ui")
        done = api.services.approvals.decisions.approve(principal, answer["pending_order_id"])
        assert (done.api_type, done.outcome) == ("modifygttorder", "accepted")
        assert row_of(api, name)["legs"][0]["quantity"] == 4
    finally:
        api.services.api_keys.set_order_mode(1, "auto")


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
