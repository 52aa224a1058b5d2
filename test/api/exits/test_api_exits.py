"""Exits of positions through the REST API, live on the practice exchange."""

from __future__ import annotations

from typing import Any

import pytest

from domain.errors import SessionDead
from services.events import PositionExitAlarm
from services.trading.writes import UncertainOrder


def test_exits_of_a_smart_order_protect_what_was_filled_and_say_who_holds_them(desk) -> None:
    name = desk.opened(10, {"stoploss": {"percent": 5}, "target": {"price": desk.price("1.1")}})
    row = desk.row(name)
    assert name.startswith("EXT-") and len(name) == 19
    assert (row["held_by"], row["position"], row["quantity"]) == ("gateway", "long", 10)
    assert row["average_price"] * 0.95 <= row["stoploss"] < row["average_price"] * 0.951
    assert row["target"] == float(desk.price("1.1"))
    assert row["exits"] == {"stoploss": {"percent": 5.0}, "target": {"price": float(desk.price("1.1"))}}


def test_a_reached_stop_sends_one_order_and_ends_the_target(desk) -> None:
    name = desk.opened(10, {"stoploss": {"percent": 5}, "target": {"percent": 5}})
    for factor in ("0.94", "1.06", "0.94"):
        desk.tick(desk.price(factor))
    row = desk.until(name, "triggered")
    assert (row["triggered_leg"], row["price_seen"]) == ("stoploss", float(desk.price("0.94")))
    entry, out = desk.orders()
    assert (out["action"], out["quantity"], out["pricetype"]) == ("SELL", 10, "MARKET")
    assert row["orderids"] == [out["orderid"]] and entry["orderid"] != out["orderid"]
    assert desk.position() == 0


def test_a_short_position_is_bought_back_at_its_target(desk) -> None:
    name = desk.opened(-6, {"stoploss": {"percent": 5}, "target": {"percent": 5}})
    desk.tick(desk.price("1.04"))
    assert desk.row(name)["status"] == "active"
    desk.tick(desk.price("0.94"))
    assert desk.until(name, "triggered")["triggered_leg"] == "target"
    assert desk.position() == 0


def test_a_gap_through_the_stop_exits_at_the_market(desk) -> None:
    name = desk.opened(10, {"stoploss": {"percent": 2}})
    desk.tick(desk.price("0.5"))
    row = desk.until(name, "triggered")
    assert row["price_seen"] < row["trigger_price"] * 0.6
    assert desk.position() == 0


def test_a_silent_feed_and_an_old_price_fire_nothing(desk) -> None:
    name = desk.opened(10, {"stoploss": {"percent": 5}})
    before = desk.row(name)["last_price_at"]
    desk.room.watcher.round()
    desk.tick(desk.price("0.9"), age_ms=60_000)
    assert desk.row(name)["status"] == "active"
    assert len(desk.orders()) == 1
    assert desk.row(name)["last_price_at"] == before


def test_the_exit_carries_its_signal_in_the_time_line(desk, api) -> None:
    name = desk.opened(10, {"stoploss": {"percent": 5}})
    desk.tick(desk.price("0.9"))
    order_id = desk.until(name, "triggered")["orderids"][0]

    def signal() -> list[dict[str, Any]]:
        answer = api.post("ordertimeline", {"orderid": order_id})
        steps = answer.get_json()["data"].get("events", []) if answer.status_code == 200 else []
        return [step for step in steps if step.get("stage") in ("triggered", "received")]

    found = {step["stage"]: step for step in desk.wait_for(signal)}
    assert found["received"]["source"] == "exit"
    assert (found["triggered"]["leg"], found["triggered"]["exit_id"]) == ("stoploss", name)
    assert float(found["triggered"]["price_seen"]) == float(desk.price("0.9"))


def test_a_trailing_stop_counts_once_it_is_on_disk_and_fires_when_the_price_turns(desk) -> None:
    name = desk.opened(10, {"trailing_stop": {"percent": 4}})
    desk.tick(desk.ltp)
    desk.room.watcher.store_stops()
    first = desk.row(name)["trailing_stop"]
    desk.tick(desk.price("1.1"))
    desk.room.watcher.store_stops()
    higher = desk.row(name)["trailing_stop"]
    assert higher > first > 0
    desk.tick(desk.price("1.08"))
    desk.room.watcher.store_stops()
    assert desk.row(name)["trailing_stop"] == higher
    desk.tick(desk.price("1.04"))
    assert desk.until(name, "triggered")["triggered_leg"] == "trailing_stop"


def test_growth_is_protected_and_a_partial_close_shrinks_the_exit(desk) -> None:
    name = desk.opened(10, {"stoploss": {"percent": 5}})
    desk.bought(5)
    desk.until(name, "active")
    desk.wait_for(lambda: desk.row(name)["quantity"] == 15)
    desk.bought(12, "SELL")
    desk.wait_for(lambda: desk.row(name)["quantity"] == 3)
    desk.tick(desk.price("0.9"))
    desk.until(name, "triggered")
    assert desk.orders()[-1]["quantity"] == 3
    assert desk.position() == 0


def test_a_fixed_quantity_is_exited_and_the_rest_stays(desk) -> None:
    name = desk.opened(10, {"stoploss": {"percent": 5}, "quantity": 4})
    desk.tick(desk.price("0.9"))
    desk.until(name, "triggered")
    assert desk.position() == 6


@pytest.mark.parametrize(
    ("size", "reason"), [(0, "The position is closed"), (-5, "The position turned around")]
)
def test_a_closed_or_turned_position_ends_its_exits_without_an_order(desk, size: int, reason: str) -> None:
    name = desk.opened(10, {"stoploss": {"percent": 5}})
    assert desk.smart(size, None, strategy="by-hand").status_code == 200
    assert desk.until(name, "ended")["reason"] == reason
    desk.tick(desk.price("0.9"))
    assert len(desk.orders()) == 1
    assert desk.position() == size


def test_a_close_that_nobody_told_us_of_is_noticed_before_the_exit_leaves(desk, api, monkeypatch) -> None:
    """The position is read again in its turn: an exit cannot turn it around."""
    name = desk.opened(10, {"stoploss": {"percent": 5}})
    with monkeypatch.context() as deaf:
        deaf.setattr(desk.room.following, "look_soon", lambda _held: None)
        assert api.post("closeposition", {"strategy": "silent"}).status_code == 200
        desk.rest()
        assert desk.row(name)["status"] == "active"
        desk.tick(desk.price("0.9"))
    assert desk.position() == 0
    assert len(desk.orders()) == 1
    desk.until(name, "ended")


def test_exits_wait_for_an_entry_that_rests_and_end_with_it(desk, api) -> None:
    low = desk.price("0.95")
    answer = desk.smart(10, {"stoploss": {"points": 20}}, pricetype="LIMIT", price=low).get_json()
    name = answer["exit_id"]
    assert (answer["held_by"], desk.row(name)["status"], desk.row(name)["quantity"]) == (
        "gateway",
        "waiting",
        0,
    )
    desk.tick(desk.price("0.5"))
    assert desk.row(name)["status"] == "waiting"
    api.post("cancelorder", {"orderid": answer["orderid"], "strategy": "s"})
    assert desk.until(name, "ended")["reason"] == "Its entry order ended unfilled"


def test_the_exits_of_a_refused_entry_are_not_kept(desk) -> None:
    answer = desk.smart(10, {"stoploss": {"points": 1}}, pricetype="LIMIT", price="5")
    assert answer.status_code == 400
    assert desk.rows("active") == []
    assert desk.rows()[0]["reason"].startswith("Its entry was not sent")


def test_a_refused_entry_gives_running_exits_their_terms_back(desk) -> None:
    name = desk.opened(10, {"stoploss": {"percent": 5}})
    before = desk.row(name)
    assert desk.smart(20, {"target": {"percent": 3}}, pricetype="LIMIT", price="5").status_code == 400
    after = desk.row(name)
    assert (after["exits"], after["stoploss"]) == (before["exits"], before["stoploss"])


def test_a_repeat_under_the_same_key_keeps_one_set(desk) -> None:
    names = {
        desk.smart(10, {"stoploss": {"percent": 5}}, client_order_id="guarded-once").get_json()["exit_id"]
        for _ in range(3)
    }
    assert len(names) == 1 and len(desk.rows("active")) == 1


def test_a_smart_order_that_turns_the_position_brings_exits_of_its_own(desk) -> None:
    first = desk.opened(10, {"stoploss": {"percent": 5}})
    second = desk.opened(-10, {"stoploss": {"percent": 5}})
    assert (desk.row(first)["status"], desk.row(second)["position"]) == ("cancelled", "short")


def test_an_exit_that_cannot_be_sent_is_told_and_tried_again_later(desk, api) -> None:
    alarms: list[PositionExitAlarm] = []
    api.services.events.subscribe(PositionExitAlarm, alarms.append)
    name = desk.opened(10, {"stoploss": {"percent": 5}})
    accounts = api.services.accounts
    session = accounts.session

    def dead(_account: int) -> Any:
        raise SessionDead("The broker session has expired")

    accounts.session = dead
    try:
        desk.tick(desk.price("0.9"))
        desk.tick(desk.price("0.9"))
    finally:
        accounts.session = session
    (alarm,) = desk.wait_for(lambda: alarms)
    assert (alarm.exit.exit_id, alarm.code, alarm.tries) == (name, "BROKER_SESSION_EXPIRED", 1)
    assert desk.row(name)["status"] == "active"
    desk.wait_for(lambda: desk.room.alarms.is_due(name))
    desk.tick(desk.price("0.99"))
    assert desk.row(name)["status"] == "active"
    desk.tick(desk.price("0.9"))
    desk.until(name, "triggered")
    assert desk.position() == 0


def test_an_unknown_outcome_keeps_the_claim_and_no_second_order_leaves(desk) -> None:
    name = desk.opened(10, {"stoploss": {"percent": 5}})
    firing = desk.room.firing
    router, lost = firing._orders, []

    class Lossy:
        def __getattr__(self, word: str) -> Any:
            return getattr(router, word)

        def submit(self, *call: Any, **named: Any) -> Any:
            lost.append(router.submit(*call, **named))
            raise UncertainOrder("place", "x")

    firing._orders = Lossy()
    try:
        desk.tick(desk.price("0.9"))
        assert desk.row(name)["status"] == "firing"
        answer = desk.api.post("cancelpositionexit", {"exit_id": name})
        assert (answer.status_code, answer.get_json()["code"]) == (400, "EXIT_STATE")
    finally:
        firing._orders = router
    desk.tick(desk.price("0.9"))
    firing.resume(name)
    assert desk.until(name, "triggered")["orderids"] == [lost[0].order_id]
    assert len(desk.orders()) == 2 and desk.position() == 0


def test_exits_can_be_attached_changed_and_withdrawn(desk, api) -> None:
    desk.bought(10)
    made = desk.attach({"stoploss": {"percent": 5}}).get_json()
    name = made["exit_id"]
    assert (made["held_by"], made["data"]["status"], made["data"]["quantity"]) == ("gateway", "active", 10)
    again = desk.attach({"target": {"percent": 5}})
    assert (again.status_code, again.get_json()["code"]) == (409, "EXITS_EXIST")
    changed = api.post(
        "modifypositionexit", {"exit_id": name, "exits": {"target": {"percent": 5}}}
    ).get_json()
    assert changed["data"]["stoploss"] is None and changed["data"]["target"] > made["data"]["average_price"]
    desk.tick(desk.price("0.9"))
    assert desk.row(name)["status"] == "active"
    assert api.post("cancelpositionexit", {"exit_id": name}).get_json()["exit_id"] == name
    desk.tick(desk.price("1.2"))
    assert desk.row(name)["status"] == "cancelled"
    assert desk.position() == 10
    assert api.post("cancelpositionexit", {"exit_id": name}).status_code == 404


@pytest.mark.parametrize(
    ("exits", "field"),
    [
        ({}, "exits"), ({"stoploss": {}}, "exits.stoploss"), ({"stoploss": 5}, "exits.stoploss"),
        ({"stoploss": {"price": 100, "points": 5}}, "exits.stoploss"),
        ({"trailing_stop": {"price": 100}}, "exits.trailing_stop.price"),
        ({"stoploss": {"price": "100.01"}}, "exits.stoploss"), ({"stoploss": {"percent": 100}}, "exits.stoploss"),
        ({"stoploss": {"price": 9_000_000}}, "exits.stoploss"), ({"target": {"price": 1}}, "exits.target"),
        ({"stoploss": {"points": -5}}, "exits.stoploss.points"), ({"sl": {"points": 5}}, "exits.sl"),
        ({"stoploss": {"percent": 5}, "quantity": 11}, "exits.quantity"),
    ],
)  # fmt: skip
def test_exits_that_say_two_things_or_none_are_refused_before_anything_is_sent(
    desk, exits, field: str
) -> None:
    answer = desk.smart(10, exits)
    assert (answer.status_code, list(answer.get_json()["errors"])) == (400, [field]), answer.data
    assert desk.orders() == [] or desk.position() == 0
    desk.bought(10)
    attached = desk.attach(exits)
    assert (attached.status_code, list(attached.get_json()["errors"])) == (400, [field]), attached.data
    assert desk.rows("active") == []


def test_without_a_position_there_is_nothing_to_protect(desk) -> None:
    assert desk.attach({"stoploss": {"points": 5}}).get_json()["code"] == "NO_POSITION"
    answer = desk.smart(0, {"stoploss": {"points": 5}})
    assert (answer.status_code, list(answer.get_json()["errors"])) == (400, ["exits"])


def test_the_flat_names_of_old_clients_still_have_no_effect(desk) -> None:
    answer = desk.smart(10, None, stoploss=5, target=5, trailing_sl=1)
    assert answer.status_code == 200 and "exit_id" not in answer.get_json()
    assert desk.rows("active") == []
