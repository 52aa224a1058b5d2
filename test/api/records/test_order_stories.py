"""Every order's story can be read, whatever became of it."""

from __future__ import annotations

import time

import pytest

from domain.errors import OutcomeUnknown


def wait_for(read, *wanted: str):
    """The first answer of `read` that holds the stages: rows are written behind the order's back."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        events = read()
        if set(wanted) <= {event["stage"] for event in events}:
            return events
        time.sleep(0.02)
    raise AssertionError(f"no {wanted} in {events}")


def story(api, *wanted: str, **names):
    def read():
        answer = api.post("ordertimeline", names)
        return answer.get_json()["data"]["events"] if answer.status_code == 200 else []

    return wait_for(read, *wanted)


def newest_call(api, operation: str, code: str):
    """The newest recorded call of this kind that ended with this code."""
    principal = api.services.callers.principal(1, "ui")

    def read():
        calls = api.services.time_lines.calls(principal, 5)
        return [{"stage": call["code"], **call} for call in calls if call["operation"] == operation]

    return next(call for call in wait_for(read, code) if call["code"] == code)


def test_a_filled_order_tells_every_step_from_the_signal_to_the_fill(api, order) -> None:
    order_id = api.post("placeorder", order(quantity=7)).get_json()["orderid"]
    events = story(api, "received", "final", orderid=order_id)
    stages = [event["stage"] for event in events]
    path = [
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
    assert [stage for stage in path if stage in stages] == path
    # The exchange's push may overtake its own answer.
    ours = path[:7]
    assert [stages.index(stage) for stage in ours] == sorted(stages.index(stage) for stage in ours)
    assert stages.index("state") < stages.index("fill") < len(stages) - stages[::-1].index("final")
    first = events[0]
    assert (first["source"], first["operation"], first["request"]["quantity"]) == ("api", "place", "7")
    assert isinstance(first["key_id"], int) and api.key not in str(events)
    assert sum(event["quantity"] for event in events if event["stage"] == "fill") == 7
    assert {event["tag"] for event in events if event["stage"] != "received"} == {first["tag"]}
    assert [event["at_ms"] for event in events] == sorted(event["at_ms"] for event in events)


def test_every_rule_is_listed_with_its_value_and_limit(api, order) -> None:
    order_id = api.post("placeorder", order(quantity=3)).get_json()["orderid"]
    events = story(api, "received", orderid=order_id)
    checks = {event["rule"]: event for event in events if event["stage"] == "checked"}
    assert all(check["passed"] for check in checks.values())
    assert (checks["lot"]["value"], checks["lot"]["limit"]) == ("3", 1)
    assert {"lot", "freeze", "price", "tradable", "kill_switch"} <= set(checks)


def test_an_order_that_a_rule_refused_has_a_time_line_without_an_order_id(api, order) -> None:
    answer = api.post("placeorder", order(pricetype="LIMIT", price="100.01"))
    assert answer.status_code == 400
    call = newest_call(api, "place", answer.get_json()["code"])
    events = story(api, "failed", request_id=call["request_id"])
    (broken,) = [event for event in events if event["stage"] == "checked" and not event["passed"]]
    assert (broken["rule"], broken["value"]) == ("price", "100.01")
    assert "journalled" not in [event["stage"] for event in events]


def test_a_refusal_by_the_broker_is_told_with_its_words(api, order) -> None:
    answer = api.post("placeorder", order(pricetype="LIMIT", price="5"))
    assert answer.status_code == 400
    tag = newest_call(api, "place", answer.get_json()["code"])["tag"]
    events = story(api, "received", "refused", tag=tag)
    refused = next(event for event in events if event["stage"] == "refused")
    assert refused["message"] == answer.get_json()["message"]


def test_an_unknown_outcome_and_its_settlement_are_both_told(api, order, faulty) -> None:
    def lost(real, session, command):
        real.place(session, command)
        raise OutcomeUnknown("no answer")

    faulty(lost)
    tag = api.post("placeorder", order()).get_json()["tag"]
    stages = [event["stage"] for event in story(api, "unknown", tag=tag)]
    assert "answered" not in stages
    api.post("orderbook")
    told = story(api, "resolved", tag=tag)
    assert [event["outcome"] for event in told if event["stage"] == "resolved"] == ["acked"]
    assert "answered" not in [event["stage"] for event in told]


def test_cancelling_adds_to_the_story_of_the_order(api, order) -> None:
    ltp = float(api.post("quotes", {"symbol": "RELIANCE", "exchange": "NSE"}).get_json()["data"]["ltp"])
    placed = api.post("placeorder", order(pricetype="LIMIT", price=str(round(ltp * 0.95))))
    order_id = placed.get_json()["orderid"]
    assert api.post("cancelorder", {"orderid": order_id}).status_code == 200
    api.post("orderbook")
    events = story(api, "admitted", "final", orderid=order_id)
    assert [event["operation"] for event in events if event["stage"] == "admitted"] == ["place", "cancel"]
    assert [event["status"] for event in events if event["stage"] == "final"] == ["cancelled"]


def test_a_story_lost_with_its_process_is_told_from_the_journal(api, order) -> None:
    order_id = api.post("placeorder", order()).get_json()["orderid"]
    story(api, "received", orderid=order_id)
    with api.services.stores.logs.unit() as unit:
        unit.session.connection().exec_driver_sql("DELETE FROM order_events WHERE kind='call'")
    events = story(api, "answered", orderid=order_id)
    assert {event["from"] for event in events if event["stage"] in ("journalled", "answered")} == {"journal"}


@pytest.mark.parametrize("names", [{}, {"orderid": "1", "tag": "2"}])
def test_exactly_one_name_is_asked_for(api, names) -> None:
    assert api.post("ordertimeline", names).status_code == 400


def test_an_order_that_nobody_knows_is_a_404(api) -> None:
    answer = api.post("ordertimeline", {"orderid": "no-such-order"})
    assert (answer.status_code, answer.get_json()["code"]) == (404, "NOT_FOUND")


def test_latency_is_split_by_stage(api, order) -> None:
    api.post("placeorder", order())

    def rows():
        with api.services.stores.latency.reading() as unit:
            found = unit.session.connection().exec_driver_sql(
                "SELECT receive_ms, validation_ms, risk_ms, journal_ms, send_ms, rtt_ms, response_ms, total_ms"
                " FROM order_latency WHERE order_type='placeorder' AND status='SUCCESS'"
            )
            return [{"stage": "row", "parts": tuple(row)} for row in found]

    parts = wait_for(rows, "row")[-1]["parts"]
    assert all(part is not None and part >= 0 for part in parts)
    assert sum(parts[:-1]) == pytest.approx(parts[-1], rel=0.05, abs=0.3)
