"""GTTs that Kite itself holds, over a real connection to its twin."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import kite_app

from domain.gtt import PlaceGtt
from domain.instruments import Exchange
from domain.orders import OrderRow, OrderStatus, OrderUpdate, PriceType, Side
from restx_api.schemas.gtt import PlaceGttBody
from services.events import GttMoved
from services.triggers.native.settling import LOOKED_FOR_MS
from test.support.waiting import wait_for
from test.twins.kite.process import KiteProcess
from utils.clock import SystemClock, epoch_ms

PLACE = {"method": "POST", "path": "/gtt/triggers"}


@pytest.fixture(scope="module")
def twin(tmp_path_factory) -> Iterator[Any]:
    running = KiteProcess(tmp_path_factory.mktemp("twin"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def listed() -> list[Any]:
    return []


@pytest.fixture(scope="module")
def kite(tmp_path_factory, twin, listed) -> Iterator[Any]:
    app, services = kite_app.set_up(tmp_path_factory.mktemp("app"), twin, listed)
    checks = services.triggers.gtts._checks
    ask, owner = checks._quote, services.callers.principal(1, "ui")
    one = functools.cache(lambda key: ask(owner, key))
    # Kite allows one quote a second; the price of this one serves every test.
    checks._quote = lambda _principal, key: one(key)
    yield kite_app.harness.Api(app.test_client(), services, services.api_keys.rotate(1))
    services.close()


@pytest.fixture(autouse=True)
def clean(kite, twin) -> Iterator[None]:
    twin.clear_faults()
    yield
    twin.clear_faults()
    kite.services.api_keys.set_order_mode(1, "auto")
    kite.services.installation.set_analyze_mode(False)
    for row in kite.post("gttorderbook").get_json()["data"]:
        kite.post("cancelgttorder", {"strategy": "s", "trigger_id": row["trigger_id"]})


@pytest.fixture
def heard(kite) -> list[GttMoved]:
    found: list[GttMoved] = []
    kite.services.events.subscribe(GttMoved, found.append)
    return found


@pytest.fixture(scope="module")
def body(kite) -> Callable[..., dict[str, Any]]:
    """Fields of a SINGLE, with changes."""
    ltp = kite.post("quotes", {"symbol": "TATAPOWER", "exchange": "NSE"}).get_json()["data"]["ltp"]
    low = round(ltp * 0.9, 1)

    def make(**changes: Any) -> dict[str, Any]:
        fields = {
            "strategy": "swing", "trigger_type": "SINGLE", "exchange": "NSE", "symbol": "TATAPOWER",
            "action": "BUY", "product": "CNC", "quantity": 3, "price": low, "triggerprice_sl": low,
        }  # fmt: skip
        return fields | changes

    return make


def at_kite(twin) -> list[dict[str, Any]]:
    return [row for row in twin.state()["gtts"][twin.user] if row["status"] == "active"]


def active(api) -> list[dict[str, Any]]:
    return api.post("gttorderbook").get_json()["data"]


def test_a_gtt_is_placed_modified_and_cancelled_at_the_broker(kite, twin, body, heard) -> None:
    answer = kite.post("placegttorder", body()).get_json()
    (row,) = at_kite(twin)
    assert answer == {"status": "success", "trigger_id": str(row["id"]), "held_by": "broker"}
    (shown,) = active(kite)
    assert (shown["held_by"], shown["strategy"], shown["status"]) == ("broker", "swing", "active")
    assert shown["trigger_prices"] == row["condition"]["trigger_values"]
    changed = kite.post("modifygttorder", body(trigger_id=answer["trigger_id"], quantity=4))
    assert changed.get_json()["held_by"] == "broker"
    assert at_kite(twin)[0]["orders"][0]["quantity"] == 4
    other = kite.post("modifygttorder", body(trigger_id=answer["trigger_id"], action="SELL"))
    assert (other.status_code, list(other.get_json()["errors"])) == (400, ["action"])
    ended = kite.post("cancelgttorder", {"strategy": "swing", "trigger_id": answer["trigger_id"]})
    assert ended.get_json() == {"status": "success", "trigger_id": answer["trigger_id"]}
    assert at_kite(twin) == []
    wait_for(lambda: [item.event for item in heard] == ["placed", "modified", "modify_failed", "cancelled"])
    assert {item.held_by for item in heard if item.code is None} == {"broker"}


def test_a_market_leg_stands_at_the_broker_as_a_protected_limit(kite, twin, body) -> None:
    kite.post("placegttorder", body(pricetype="MARKET", price=0))
    (row,) = at_kite(twin)
    order = row["orders"][0]
    assert order["order_type"] == "LIMIT"
    assert row["condition"]["trigger_values"][0] < order["price"]


def test_what_the_brokers_gtts_cannot_hold_is_held_here_and_says_so(kite, twin, body) -> None:
    answer = kite.post("placegttorder", body(expires_at="2099-01-01")).get_json()
    assert answer["held_by"] == "gateway"
    assert at_kite(twin) == []
    native = kite.post("placegttorder", body()).get_json()["trigger_id"]
    assert sorted(row["held_by"] for row in active(kite)) == ["broker", "gateway"]
    late = kite.post("modifygttorder", body(trigger_id=native, expires_at="2099-01-01"))
    assert (late.status_code, list(late.get_json()["errors"])) == (400, ["expires_at"])


def test_paper_trading_sends_nothing_to_the_broker(kite, twin, body) -> None:
    kite.services.installation.set_analyze_mode(True)
    answer = kite.post("placegttorder", body()).get_json()
    assert (answer["held_by"], answer["mode"]) == ("gateway", "analyze")
    assert at_kite(twin) == []
    kite.post("cancelgttorder", {"strategy": "s", "trigger_id": answer["trigger_id"]})


def test_with_an_unknown_mode_nothing_leaves(kite, twin, body, monkeypatch) -> None:
    monkeypatch.setattr(kite.services.trading.modes, "_app_mode", lambda: "nobody knows")
    assert kite.post("placegttorder", body()).status_code == 403
    monkeypatch.undo()
    assert at_kite(twin) == []


def test_five_calls_at_once_with_one_key_are_one_gtt(kite, twin, body) -> None:
    fields = {"apikey": kite.key, **body()}
    app = kite.client.application

    def call(_: int) -> Any:
        headers = {"Idempotency-Key": "five"}
        return app.test_client().post("/api/v1/placegttorder", json=fields, headers=headers).get_json()

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(call, range(5)))
    (row,) = at_kite(twin)
    assert answers == [{"status": "success", "trigger_id": str(row["id"]), "held_by": "broker"}] * 5


def test_a_lost_answer_is_unknown_and_found_in_the_gtt_book(kite, twin, body, heard) -> None:
    twin.fault(kind="drop_after", **PLACE)
    first = kite.post("placegttorder", body(idempotency_key="lost"))
    assert (first.status_code, first.get_json()["code"]) == (502, "OUTCOME_UNKNOWN")
    again = kite.post("placegttorder", body(idempotency_key="lost"))
    (row,) = at_kite(twin)
    assert (again.status_code, again.get_json()["trigger_id"]) == (200, str(row["id"]))
    assert kite.services.trading.journal.by_tag(first.get_json()["tag"]).state == "acked"
    wait_for(lambda: [item.event for item in heard] == ["failed", "placed"])


def test_of_two_equal_gtts_and_one_lost_answer_nobody_is_guessed(kite, twin, body) -> None:
    """The book shows two equal ones, the second set up by hand a moment later: either could be ours."""
    twin.fault(kind="drop_after", **PLACE)
    lost = kite.post("placegttorder", body(idempotency_key="which")).get_json()
    role, session = kite.services.brokers.plugin("zerodha").gtt, kite.services.accounts.session(1)
    checks = kite.services.gtts._checks
    principal = kite.services.callers.principal(1, "ui")
    order = checks.checked(principal, PlaceGttBody(**body()).terms(), "by hand")
    role.place(session, PlaceGtt(terms=order.terms, instrument=order.instrument, last_price=order.last_price))
    again = kite.post("placegttorder", body(idempotency_key="which"))
    assert (again.status_code, again.get_json()["code"]) == (502, "OUTCOME_UNKNOWN")
    assert kite.services.trading.journal.by_tag(lost["tag"]).state == "unknown"
    settling, journal = kite.services.triggers.settling, kite.services.trading.journal
    settling._give_up([journal.by_tag(lost["tag"])], epoch_ms(SystemClock().now()) + 2 * LOOKED_FOR_MS)
    assert (journal.by_tag(lost["tag"]).state, settling.accounts()) == ("unknown", [])


def test_an_equal_gtt_that_was_acknowledged_is_not_taken_for_the_lost_one(kite, twin, body) -> None:
    first = kite.post("placegttorder", body()).get_json()["trigger_id"]
    twin.fault(kind="drop_after", **PLACE)
    kite.post("placegttorder", body(idempotency_key="second"))
    second = kite.post("placegttorder", body(idempotency_key="second")).get_json()["trigger_id"]
    assert sorted((first, second)) == sorted(str(row["id"]) for row in at_kite(twin))


def test_a_refusal_by_the_broker_is_repeated_not_retried(kite, twin, body) -> None:
    twin.fault(kind="status", status=400, error_type="InputException", message="No.", **PLACE)
    first = kite.post("placegttorder", body(idempotency_key="no"))
    again = kite.post("placegttorder", body(idempotency_key="no"))
    assert (first.status_code, again.status_code) == (400, 400)
    assert again.get_json()["message"] == "No."
    assert at_kite(twin) == []


def test_a_lost_cancellation_is_known_by_the_book_without_the_gtt(kite, twin, body) -> None:
    trigger_id = kite.post("placegttorder", body()).get_json()["trigger_id"]
    twin.fault(kind="drop_after", method="DELETE", path="/gtt/triggers")
    gone = {"strategy": "s", "trigger_id": trigger_id, "idempotency_key": "gone"}
    assert kite.post("cancelgttorder", gone).get_json()["code"] == "OUTCOME_UNKNOWN"
    assert kite.post("cancelgttorder", gone).get_json() == {"status": "success", "trigger_id": trigger_id}


def test_the_kill_switch_keeps_gtts_from_the_broker(kite, twin, body) -> None:
    journal = kite.services.trading.journal
    journal.set_kill_switch("all", True, "drill")
    try:
        answer = kite.post("placegttorder", body())
        assert (answer.status_code, answer.get_json()["code"]) == (403, "KILL_SWITCH")
    finally:
        journal.set_kill_switch("all", False)
    assert at_kite(twin) == []


def test_a_gtt_of_a_semi_auto_key_waits_and_is_placed_at_the_broker_once_approved(kite, twin, body) -> None:
    kite.services.api_keys.set_order_mode(1, "semi_auto")
    answer = kite.post("placegttorder", body()).get_json()
    assert (answer["mode"], answer["pending_order_id"]) == ("semi_auto", answer["pending_id"])
    assert "trigger_id" not in answer and at_kite(twin) == []
    principal = kite.services.callers.principal(1, "ui")
    done = kite.services.approvals.decisions.approve(principal, answer["pending_id"])
    (row,) = at_kite(twin)
    assert (done.api_type, done.outcome, done.broker_order_id) == (
        "placegttorder",
        "accepted",
        str(row["id"]),
    )
    changed = kite.post("modifygttorder", body(trigger_id=str(row["id"])))
    text = "Modify GTT order is not allowed in Semi-Auto mode. Switch to Auto mode."
    assert (changed.status_code, changed.get_json()["message"]) == (403, text)
    ended = kite.post("cancelgttorder", {"strategy": "s", "trigger_id": str(row["id"])})
    assert ended.status_code == 200


def test_a_gtt_that_fires_at_the_broker_is_told_with_its_order(kite, twin, body, heard) -> None:
    trigger_id = kite.post("placegttorder", body()).get_json()["trigger_id"]
    triggers = kite.services.triggers
    triggers.settling.look(next(iter(triggers._native_accounts())))
    order_id = twin.fire_gtt(trigger_id)["order_id"]
    triggers.settling.look(next(iter(triggers._native_accounts())))
    wait_for(lambda: [item.event for item in heard][-1:] == ["triggered"])
    assert (heard[-1].order_id, heard[-1].strategy) == (order_id, "swing")
    rows = kite.post("gttorderbook", {"status": "all"}).get_json()["data"]
    row = next(row for row in rows if row["trigger_id"] == trigger_id)
    assert (row["status"], row["triggered_order_id"]) == ("triggered", order_id)


def test_the_pushed_order_of_a_gtt_that_fires_makes_us_look_at_once(
    kite, twin, body, heard, monkeypatch
) -> None:
    trigger_id = kite.post("placegttorder", body()).get_json()["trigger_id"]
    triggers = kite.services.triggers
    account = next(iter(triggers._native_accounts()))
    triggers.settling.look(account)
    monkeypatch.setattr(
        triggers.follower, "round", lambda _settling: None
    )  # nothing is compared by the clock
    order_id = twin.fire_gtt(trigger_id)["order_id"]
    # The twin's ticker reaches the streaming process, which does not run here: hand over what it would.
    row = next(
        row
        for row in kite.services.trading.live.order_book(account.account_id, account.broker)
        if row.order_id == order_id
    )
    kite.services.trading.updates.receive(account, OrderUpdate(row=row, source="push"))
    wait_for(lambda: [(item.event, item.order_id) for item in heard][-1:] == [("triggered", order_id)])


def test_an_order_that_only_looks_like_a_gtts_costs_one_read_and_says_nothing(
    kite, twin, body, heard
) -> None:
    trigger_id = kite.post("placegttorder", body()).get_json()["trigger_id"]
    triggers = kite.services.triggers
    account = next(iter(triggers._native_accounts()))
    triggers.settling.look(account)
    row = OrderRow(
        order_id="by-hand", symbol="TATAPOWER", exchange=Exchange.NSE, side=Side.BUY, quantity=3,
        price_type=PriceType.LIMIT, product="CNC", status=OrderStatus.OPEN,
    )  # fmt: skip
    looks = []
    settling = SimpleNamespace(look=looks.append)
    for changes in ({}, {}, {"order_id": "other", "quantity": 4}, {"order_id": "sold", "side": Side.SELL}):
        triggers.follower.ordered(account, msgspec.structs.replace(row, **changes), settling)
    assert looks == [account]
    assert [item["trigger_id"] for item in active(kite)] == [trigger_id]
    assert "triggered" not in [item.event for item in heard]
