"""Kill switch and limits on every way that an order can take, on the practice exchange."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from domain.feed import MarketData
from domain.instruments import Exchange, compact_expiry
from services.trading import risk
from test.api import conftest as harness
from test.support.waiting import wait_for
from utils.clock import epoch_ms, ist

HEAD = {"strategy": "risky"}


def me(api):
    return api.services.callers.principal(1, "ui")


@pytest.fixture
def limited(api) -> Iterator[Callable[..., None]]:
    """Set limits of a scope for one test."""
    policy, touched = api.services.trading.risk, set()
    whole = policy.show("all").limits

    def limit(scope: str = "account:1", **limits: Any) -> None:
        touched.add(scope)
        policy.put(scope, risk.Limits(**limits), policy.show(scope).version, "test", me(api))

    yield limit
    for scope in touched:
        limit(scope, **(msgspec.structs.asdict(whole) if scope == "all" else {}))


@contextlib.contextmanager
def switched(api, scope: str, reason: str = "enough") -> Iterator[None]:
    policy = api.services.trading.risk
    policy.switch(scope, True, reason, me(api))
    try:
        yield
    finally:
        policy.switch(scope, False, "", me(api))


def stock(**changes: Any) -> dict[str, Any]:
    fields = {**HEAD, "exchange": "NSE", "symbol": "SBIN", "action": "BUY", "quantity": 10, "product": "MIS",
              "pricetype": "MARKET"}  # fmt: skip
    return fields | changes


def option(api, **changes: Any) -> dict[str, Any]:
    expiry = api.services.instruments.expiries("simulator", Exchange.NFO, "NIFTY", "options")[1]
    fields = {**HEAD, "underlying": "NIFTY", "exchange": "NSE_INDEX", "expiry_date": compact_expiry(expiry)}
    return fields | changes


def lot(api) -> int:
    asked = option(api, offset="ATM", option_type="CE")
    return api.post("optionsymbol", asked).get_json()["lotsize"]


def option_leg(api, **changes: Any) -> dict[str, Any]:
    leg = {"offset": "OTM2", "option_type": "CE", "action": "BUY", "quantity": lot(api), "product": "NRML"}
    return leg | changes


def held(api, symbol: str) -> int:
    body = {"strategy": "x", "symbol": symbol, "exchange": "NSE", "product": "MIS"}
    return int(api.post("openposition", body).get_json()["quantity"])


def sent(api) -> int:
    """Orders in the practice exchange's own book."""
    plugin = api.services.brokers.plugin("simulator")
    return len(plugin.orders.order_book(api.services.accounts.session(1)))


PLANS: dict[str, Callable[[Any], tuple[str, dict[str, Any]]]] = {
    "single": lambda api: ("placeorder", stock()),
    "smart": lambda api: ("placesmartorder", stock(symbol="WIPRO", position_size=50, quantity=0)),
    "basket": lambda api: ("basketorder", {**HEAD, "orders": [_item(), _item(symbol="INFY", action="SELL")]}),
    "split": lambda api: ("splitorder", stock(splitsize=4)),
    "options": lambda api: ("optionsorder", option(api, **option_leg(api))),
    "multi": lambda api: (
        "optionsmultiorder",
        option(api, legs=[option_leg(api), option_leg(api, offset="OTM3", action="SELL")]),
    ),
}


def _item(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in stock(**changes).items() if name != "strategy"}


def codes(answer: Any) -> set[str]:
    """Codes of an answer: its own, or those of its legs."""
    body = answer.get_json()
    if "results" in body:
        assert {row["status"] for row in body["results"]} == {"error"}, body
        return {row["code"] for row in body["results"]}
    assert answer.status_code >= 400, body
    return {body["code"]}


@pytest.mark.parametrize("path", list(PLANS))
@pytest.mark.parametrize("scope", ["all", "account:1", "strategy:1:risky", "key:1"])
def test_the_kill_switch_blocks_every_path_in(api, path, scope) -> None:
    route, body = PLANS[path](api)
    before = sent(api)
    with switched(api, scope):
        answer = api.post(route, body)
    assert codes(answer) == {"KILL_SWITCH"}
    assert sent(api) == before


@pytest.mark.parametrize("path", list(PLANS))
def test_a_limit_binds_on_every_path_in(api, limited, path) -> None:
    route, body = PLANS[path](api)
    limited(max_quantity=1)
    before = sent(api)
    assert codes(api.post(route, body)) == {"RISK_MAX_QUANTITY"}
    assert sent(api) == before


def test_a_switched_off_strategy_leaves_the_others_alone(api) -> None:
    with switched(api, "strategy:1:risky"):
        assert api.post("placeorder", stock(strategy="calm")).status_code == 200


def test_exits_pass_whatever_is_switched_or_limited(api, limited) -> None:
    assert api.post("placeorder", stock(symbol="ITC", quantity=8)).status_code == 200
    limited(max_quantity=1, exchanges=frozenset(), max_open_orders=1, hours=())
    with switched(api, "all"):
        assert api.post("placeorder", stock(symbol="ITC", quantity=9, action="SELL")).status_code == 403
        assert api.post("placeorder", stock(symbol="ITC", quantity=3, action="SELL")).status_code == 200
        smart = stock(symbol="ITC", position_size=2, quantity=0)
        assert api.post("placesmartorder", smart).status_code == 200
        assert held(api, "ITC") == 2
        closed = api.post("closeposition", {**HEAD, "symbol": "ITC", "exchange": "NSE"}).get_json()
        assert closed["closed_positions"] == 1
    assert held(api, "ITC") == 0


def test_exits_and_cancels_are_counted_although_nothing_holds_them_up(api, limited) -> None:
    clock, counts = api.services.clock, api.services.trading.gate._reservations

    def sends() -> int:
        return counts._account(1, "live").sends.today(ist(clock.now()))

    ltp = api.post("quotes", {"symbol": "AXISBANK", "exchange": "NSE"}).get_json()["data"]["ltp"]
    resting = stock(symbol="AXISBANK", pricetype="LIMIT", price=f"{round(ltp * 0.97 / 0.05) * 0.05:.2f}")
    order_id = api.post("placeorder", resting).get_json()["orderid"]
    assert api.post("placeorder", stock(symbol="ITC", quantity=4)).status_code == 200
    limited(orders_per_minute=1)
    before, minute = sends(), counts._account(1, "live").sends.counts(clock.monotonic(), clock.now())[2]
    assert minute >= 2
    api.post("closeposition", {**HEAD, "symbol": "ITC", "exchange": "NSE"})
    assert held(api, "ITC") == 0
    assert sends() == before + 1
    assert api.post("cancelorder", {**HEAD, "orderid": order_id}).status_code == 200
    assert sends() == before + 1


def test_cancels_pass_and_more_units_do_not(api, limited) -> None:
    ltp = api.post("quotes", {"symbol": "TCS", "exchange": "NSE"}).get_json()["data"]["ltp"]
    price = f"{round(ltp * 0.97 / 0.05) * 0.05:.2f}"
    terms = stock(symbol="TCS", pricetype="LIMIT", price=price)
    order_id = api.post("placeorder", terms).get_json()["orderid"]
    change = {**terms, "orderid": order_id, "disclosed_quantity": 0, "trigger_price": 0}
    with switched(api, "account:1"):
        more = api.post("modifyorder", {**change, "quantity": 11})
        assert (more.status_code, more.get_json()["code"]) == (403, "KILL_SWITCH")
        assert api.post("modifyorder", {**change, "quantity": 9}).status_code == 200
    limited(max_quantity=12)
    refused = api.post("modifyorder", {**change, "quantity": 13}).get_json()
    assert (refused["code"], refused["limit"], refused["value"]) == ("RISK_MAX_QUANTITY", "12", "13")
    assert api.post("modifyorder", {**change, "quantity": 12}).status_code == 200
    with switched(api, "account:1"):
        assert api.post("cancelorder", {**HEAD, "orderid": order_id}).status_code == 200


def test_a_gtt_that_fires_while_switched_off_sends_nothing(api) -> None:
    ltp = api.post("quotes", {"symbol": "RELIANCE", "exchange": "NSE"}).get_json()["data"]["ltp"]
    high = round(ltp * 1.1, 1)
    body = {
        "strategy": "swing", "trigger_type": "SINGLE", "exchange": "NSE", "symbol": "RELIANCE", "action": "BUY",
        "product": "CNC", "quantity": "1", "pricetype": "LIMIT", "price": high, "triggerprice_tg": high,
    }  # fmt: skip
    name = api.post("placegttorder", body).get_json()["trigger_id"]
    before, watcher = sent(api), api.services.trigger_watcher
    with switched(api, "strategy:1:swing"):
        at = epoch_ms(api.services.clock.now())
        watcher.on_tick(
            "simulator", MarketData(exchange="NSE", symbol="RELIANCE", mode=1, ltp=high, received_at_ms=at)
        )
        wait_for(lambda: gtt(api, name)["status"] not in ("active", "firing"))
    assert gtt(api, name)["status"] == "rejected"
    assert sent(api) == before


def gtt(api, name: str) -> dict[str, Any]:
    rows = api.post("gttorderbook", {"status": "all"}).get_json()["data"]
    return next(row for row in rows if row["trigger_id"] == name)


def test_an_order_is_weighed_when_it_is_queued_and_again_when_it_is_approved(semi, limited) -> None:
    decisions = semi.services.approvals.decisions
    pending = semi.post("placeorder", stock()).get_json()["pending_order_id"]
    limited(max_quantity=9)
    refused = semi.post("placeorder", stock())
    assert (refused.status_code, refused.get_json()["code"]) == (403, "RISK_MAX_QUANTITY")
    before = sent(semi)
    done = decisions.approve(me(semi), pending)
    assert (done.outcome, done.code) == ("refused", "RISK_MAX_QUANTITY")
    assert "10 exceeds 9" in done.message
    assert sent(semi) == before


def test_an_approval_in_a_full_second_waits_on(semi, limited) -> None:
    pending = semi.post("placeorder", stock()).get_json()["pending_order_id"]
    limited(orders_per_minute=1)
    semi.services.trading.gate._reservations.record_exit(1, "live")
    done = semi.services.approvals.decisions.approve(me(semi), pending)
    assert (done.state, done.code) == ("pending", "RISK_ORDERS_PER_MINUTE")


def test_the_strictest_scope_binds_and_the_refusal_is_told(api, limited) -> None:
    limited("account:1", max_order_value=1_000_000_000)
    limited("strategy:1:risky", max_order_value=1)
    answer = api.post("placeorder", stock()).get_json()
    assert answer["status"] == "error" and answer["rule"] == "max_order_value" and answer["limit"] == "1"
    assert answer["message"].startswith("max_order_value: ")
    assert api.post("placeorder", stock(strategy="calm")).status_code == 200


def test_the_time_line_shows_the_rules_that_were_on(api, limited) -> None:
    limited(max_quantity=10, max_open_orders=1000)
    order_id = api.post("placeorder", stock()).get_json()["orderid"]

    def rules() -> dict[str, Any]:
        body = api.post("ordertimeline", {"orderid": order_id}).get_json()
        events = body["data"]["events"] if body["status"] == "success" else []
        return {event["rule"]: event for event in events if event["stage"] == "checked"}

    wait_for(lambda: "max_quantity" in rules())
    shown = rules()
    assert shown["max_quantity"]["passed"] and shown["max_quantity"]["limit"] == 10
    assert shown["max_open_orders"]["passed"] and shown["kill_switch"]["passed"]


def test_of_300_simultaneous_orders_no_more_rest_than_fit(api, limited) -> None:
    ltp = api.post("quotes", {"symbol": "HDFCBANK", "exchange": "NSE"}).get_json()["data"]["ltp"]
    price = f"{round(ltp * 0.95 / 0.05) * 0.05:.2f}"
    body = {"apikey": api.key, **stock(symbol="HDFCBANK", quantity=1, pricetype="LIMIT", price=price)}
    working = [
        row for row in api.post("orderbook").get_json()["data"]["orders"]
        if row["order_status"] in ("open", "trigger pending")
    ]  # fmt: skip
    limited(max_open_orders=len(working) + 17)
    app = api.client.application
    with ThreadPoolExecutor(32) as pool:
        answers = list(
            pool.map(lambda _: app.test_client().post("/api/v1/placeorder", json=body), range(300))
        )
    rest = sum(answer.status_code == 200 for answer in answers)
    # Never more; less when the book showed an order while its answer was still on the way, or came too late to tell.
    assert 10 <= rest <= 17
    for _ in range(17 - rest):
        wait_for(lambda: api.post("placeorder", body).status_code == 200)
    assert api.post("placeorder", body).status_code == 403
    assert {answer.get_json()["code"] for answer in answers if answer.status_code != 200} == {
        "RISK_MAX_OPEN_ORDERS"
    }
    api.post("cancelallorder", HEAD)


@pytest.mark.parametrize("quantity", ["-1", "0", "1.5", "1e-3", "NaN", 10**10])
def test_quantities_that_cannot_be_never_leave(api, quantity) -> None:
    """Regression 28 (P18, P7): negative, zero, fractional and absurd quantities."""
    before = sent(api)
    answer = api.post("placeorder", stock(quantity=quantity))
    assert answer.status_code == 400 and answer.get_json()["status"] == "error"
    assert sent(api) == before


def test_more_than_the_freeze_quantity_never_leaves_in_one_order(api) -> None:
    """Regression 28 (P18, P7)."""
    symbol = api.post("optionsymbol", option(api, offset="ATM", option_type="CE")).get_json()
    size, freeze = symbol["lotsize"], symbol["freeze_qty"]
    most = freeze - freeze % size
    before = sent(api)
    order = stock(exchange="NFO", symbol=symbol["symbol"], product="NRML")
    answer = api.post("placeorder", {**order, "quantity": most + size})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "FREEZE_QUANTITY")
    assert sent(api) == before


def test_slices_beyond_a_full_second_wait_for_the_next(api, limited) -> None:
    limited(orders_per_second=9)
    answer = api.post("splitorder", stock(quantity=12, splitsize=1)).get_json()
    assert [row["status"] for row in answer["results"]] == ["success"] * 12


def test_paper_orders_are_counted_apart_from_live_ones(api, limited) -> None:
    limited(orders_per_minute=3)
    gate = api.services.trading.gate
    for _ in range(3):
        gate._reservations.record_exit(1, "live")
    assert api.post("placeorder", stock()).status_code == 429
    api.services.installation.set_analyze_mode(True)
    try:
        assert api.post("placeorder", stock()).status_code == 200
        limited(max_quantity=9)
        paper = api.post("placeorder", stock())
        assert (paper.status_code, paper.get_json()["code"]) == (403, "RISK_MAX_QUANTITY")
    finally:
        api.services.installation.set_analyze_mode(False)


def test_switches_and_limits_hold_after_a_restart(tmp_path, contracts) -> None:
    _, services = harness.start_app(tmp_path, contracts)
    user = services.callers.principal(1, "ui")
    services.trading.risk.switch("strategy:1:risky", True, "runaway", user)
    services.trading.risk.put("account:1", risk.Limits(max_quantity=9), 0, "small", user)
    key = services.api_keys.rotate(1)
    services.close()
    app, services = harness.open_app(tmp_path, contracts)
    try:
        api = harness.Api(app.test_client(), services, key)
        assert api.post("placeorder", stock(quantity=1)).get_json()["code"] == "KILL_SWITCH"
        calm = stock(strategy="calm")
        assert api.post("placeorder", calm).get_json()["code"] == "RISK_MAX_QUANTITY"
    finally:
        services.close()
