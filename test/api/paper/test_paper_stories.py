"""Every paper order has its time line, over REST and at the desk, whatever became of it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from test.support.browser import SignedIn

HERE = Path(__file__).resolve().parent
PATH = [
    "received",
    "routed",
    "checked",
    "admitted",
    "journalled",
    "sent",
    "answered",
    "state",
    "fill",
    "final",
]


def story(api: Any, *wanted: str, **names: str) -> list[dict[str, Any]]:
    """The events once they hold the wanted stages: rows are written behind the order's back."""
    deadline = time.monotonic() + 10
    events: list[dict[str, Any]] = []
    while time.monotonic() < deadline:
        answer = api.post("ordertimeline", names)
        events = answer.get_json()["data"]["events"] if answer.status_code == 200 else []
        if set(wanted) <= {event["stage"] for event in events}:
            return events
        time.sleep(0.02)
    raise AssertionError(f"no {wanted} in {events}")


def call_of(api: Any, operation: str, code: str | None) -> dict[str, Any]:
    """The newest recorded call of a kind that ended so."""
    principal = api.services.callers.principal(1, "ui")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for call in api.services.time_lines.calls(principal, 5):
            if (call["operation"], call["code"]) == (operation, code):
                return call
        time.sleep(0.02)
    raise AssertionError(f"no {operation} that ended with {code}")


def in_order(events: list[dict[str, Any]], path: list[str]) -> bool:
    stages = [event["stage"] for event in events]
    places = [stages.index(stage) for stage in path]
    return places == sorted(places)


def test_a_filled_order_is_told_from_the_signal_to_the_fill(api, order) -> None:
    order_id = api.post("placeorder", order(strategy="orb")).get_json()["orderid"]
    events = story(api, *PATH, orderid=order_id)
    assert in_order(events, PATH[:7]) and in_order(events, ["state", "fill", "final"])
    facts = {event["stage"]: event for event in events}
    assert (facts["routed"]["mode"], facts["routed"]["desk"]) == ("analyze", "sandbox")
    assert facts["admitted"]["mode"] == "analyze"
    assert (facts["state"]["mode"], facts["final"]["status"]) == ("analyze", "complete")
    assert sum(event["quantity"] for event in events if event["stage"] == "fill") == 10
    assert all(event["passed"] for event in events if event["stage"] == "checked")
    assert api.key not in str(events)


def test_a_resting_order_tells_its_change_its_parts_and_its_end(api, order, tick, ltp) -> None:
    tick(ltp)
    body = order(pricetype="LIMIT", price=str(ltp - 8))
    order_id = api.post("placeorder", body).get_json()["orderid"]
    change = {**body, "orderid": order_id, "price": str(ltp - 9), "quantity": 12}
    assert api.post("modifyorder", change).status_code == 200
    tick(ltp - 10)
    events = story(api, "fill", "final", orderid=order_id)
    assert [event["operation"] for event in events if event["stage"] == "admitted"] == ["place", "modify"]
    states = [event["status"] for event in events if event["stage"] == "state"]
    assert (states[0], states[-1]) == ("open", "complete")
    (fill,) = [event for event in events if event["stage"] == "fill"]
    assert (fill["quantity"], float(fill["price"])) == (12, ltp - 9)


def test_a_refusal_by_a_rule_and_one_for_money_are_told(api, order) -> None:
    assert api.post("placeorder", order(pricetype="LIMIT", price="100.01")).status_code == 400
    call = call_of(api, "place", "TICK_MULTIPLE")
    events = story(api, "failed", request_id=call["request_id"])
    (broken,) = [event for event in events if event["stage"] == "checked" and not event["passed"]]
    assert (broken["rule"], broken["value"]) == ("price", "100.01")
    assert "sent" not in [event["stage"] for event in events]
    answer = api.post("placeorder", order(product="CNC", quantity="9000000")).get_json()
    refused = call_of(api, "place", "REJECTED")
    events = story(api, "refused", "state", "final", tag=refused["tag"])
    facts = {event["stage"]: event for event in events}
    assert facts["refused"]["message"] == answer["message"]
    assert (facts["final"]["status"], facts["state"]["rejection_reason"]) == ("rejected", answer["message"])
    kept = next(
        row for row in api.post("orderbook").get_json()["data"]["orders"] if row["order_status"] == "rejected"
    )
    assert story(api, "received", "refused", "final", orderid=kept["orderid"]) == events


PLANS = {
    "basketorder": lambda order: {
        "strategy": "legs", "orders": [_leg(order, symbol="SBIN"), _leg(order, symbol="TCS", action="SELL")],
    },
    "splitorder": lambda order: order(symbol="INFY", quantity="5", splitsize="2"),
    "placesmartorder": lambda order: order(symbol="LT", quantity="0", position_size="3"),
}  # fmt: skip


def _leg(order: Any, **changes: str) -> dict[str, Any]:
    return {name: value for name, value in order(**changes).items() if name != "strategy"}


@pytest.mark.parametrize("route", PLANS)
def test_each_leg_of_a_plan_has_a_story_that_begins_with_the_call(api, order, route) -> None:
    answer = api.post(route, PLANS[route](order)).get_json()
    ids = [row["orderid"] for row in answer.get("results", [answer])]
    assert len(ids) == {"basketorder": 2, "splitorder": 3, "placesmartorder": 1}[route]
    requests = set()
    for order_id in ids:
        events = story(api, *PATH, orderid=order_id)
        assert in_order(events, ["received", "admitted", "journalled", "sent", "answered"])
        assert {event["orderid"] for event in events if event["stage"] in ("state", "fill", "final")} == {
            order_id
        }
        assert len([event for event in events if event["stage"] == "answered"]) == 1
        requests |= {event["request_id"] for event in events if event["stage"] == "received"}
    assert len(requests) == 1


def test_the_square_off_has_a_story_of_its_own(api, order) -> None:
    api.post("placeorder", order(symbol="WIPRO"))
    with api.services.stores.sandbox.unit() as unit:
        unit.session.connection().exec_driver_sql(
            "UPDATE paper_positions SET opened_ms = opened_ms - 172800000"
        )
    api.services.sandbox.rounds.run()
    rows = api.post("orderbook").get_json()["data"]["orders"]
    (closing,) = [row for row in rows if (row["symbol"], row["action"]) == ("WIPRO", "SELL")]
    events = story(api, "state", "fill", "final", orderid=closing["orderid"])
    assert {event["mode"] for event in events if event["stage"] == "state"} == {"analyze"}


def test_the_desk_shows_the_same_story_and_lists_refused_calls(api, order) -> None:
    order_id = api.post("placeorder", order()).get_json()["orderid"]
    api.post("placeorder", order(quantity="0.5"))
    told = story(api, *PATH, orderid=order_id)
    call_of(api, "place", "WHOLE_QUANTITY")
    desk = SignedIn(api.client.application)
    shown = desk.get("/ui/api/order-timeline", orderid=order_id)
    assert [event["stage"] for event in shown["events"]] == [event["stage"] for event in told]
    calls = desk.get("/ui/api/order-calls")
    assert "WHOLE_QUANTITY" in [call["code"] for call in calls]
    assert order_id in [call["orderid"] for call in calls]
