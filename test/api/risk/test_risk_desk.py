"""The risk page's routes: limits by scope, kill switches, their record, and what other scopes keep to themselves."""

from __future__ import annotations

from typing import Any

import pytest

from domain.errors import InvalidInput, NotAllowed, NotFound
from services.events import RiskChanged
from services.trading import risk
from services.trading.gate.desk import ScopeName
from services.wire.risk import FIELDS, limits_of
from test.support.browser import SignedIn

ALL = {"kind": "all"}
PASSWORD = "Api-Test-1!"


@pytest.fixture(scope="module")
def desk(api) -> SignedIn:
    return SignedIn(api.client.application)


@pytest.fixture(autouse=True)
def clean(api):
    yield
    policy, me = api.services.trading.risk, api.services.callers.principal(1, "ui")
    for scope in list(policy.switches()):
        policy.switch(scope, False, "", me)
    for item in policy.in_force()[1:]:
        policy.put(item.scope, risk.Limits(), item.version, "", me)


def scope(desk: SignedIn, kind: str) -> dict[str, Any]:
    return next(item for item in desk.data("GET", "/ui/api/risk")["scopes"] if item["kind"] == kind)


def test_the_page_shows_every_scope_and_every_field(desk) -> None:
    page = desk.data("GET", "/ui/api/risk")
    assert [item["kind"] for item in page["scopes"]] == ["all", "account", "key"]
    assert {field["name"] for field in page["fields"]} == set(risk.Limits.__struct_fields__)
    assert page["scopes"][0]["limits"]["orders_per_second"] == 1_000_000
    assert {field["kind"] for field in page["fields"]} == {
        "count", "money", "percent", "seconds", "days", "time", "hours", "symbols", "quantities", "choices", "switch",
    }  # fmt: skip


def test_limits_are_changed_with_the_version_that_was_seen(desk, api, order) -> None:
    account = scope(desk, "account")
    body = {"kind": "account", "account_id": account["account_id"], "reason": "first day", "version": 0,
            "limits": {"max_quantity": 9, "max_order_value": "100000.50", "hours": [{"start": "09:15", "end": "15:30"}]}}  # fmt: skip # noqa: E501
    changed = desk.data("PUT", "/ui/api/risk/limits", {**body, "version": account["version"]})
    assert changed["version"] == account["version"] + 1
    assert changed["limits"]["max_order_value"] == "100000.50"
    assert scope(desk, "account")["limits"]["hours"] == [{"start": "09:15:00", "end": "15:30:00"}]
    late = desk.send("PUT", "/ui/api/risk/limits", {**body, "version": account["version"]})
    assert (late.status_code, late.get_json()["code"]) == (409, "LIMITS_CHANGED")
    refused = api.post("placeorder", order(quantity=10)).get_json()
    assert "max_quantity" in {item["rule"] for item in refused["breaches"]}
    first = desk.data("GET", "/ui/api/risk/changes")["changes"][0]
    assert (first["by"], first["reason"], first["before"]["max_quantity"], first["after"]["max_quantity"]) == (
        "tester", "first day", None, 9,
    )  # fmt: skip
    assert set(first["after"]) == {"max_quantity", "max_order_value", "hours"}


def test_a_switch_is_engaged_with_a_reason_told_and_released(desk, api, order) -> None:
    heard: list[RiskChanged] = []
    api.services.events.subscribe(RiskChanged, heard.append, name="test-risk")
    body = {"kind": "strategy", "strategy": "orb-15"}
    refused = desk.send("POST", "/ui/api/risk/kill-switch", {**body, "engaged": True, "reason": ""})
    assert refused.status_code == 400 and "reason" in refused.get_json()["errors"]
    engaged = desk.data("POST", "/ui/api/risk/kill-switch", {**body, "engaged": True, "reason": "runaway"})
    assert (engaged["engaged"], engaged["reason"]) == (True, "runaway")
    assert [item["label"] for item in desk.data("GET", "/ui/api/risk/kill-switch")] == ["orb-15"]
    entry = api.post("placeorder", order())
    assert (entry.status_code, entry.get_json()["code"]) == (403, "KILL_SWITCH")
    desk.data("POST", "/ui/api/risk/kill-switch", {**body, "engaged": False})
    assert api.post("placeorder", order()).status_code == 200
    assert desk.data("GET", "/ui/api/risk/kill-switch") == []
    api.services.events.close()
    assert [(event.scope, event.engaged) for event in heard] == [
        ("strategy:1:orb-15", True), ("strategy:1:orb-15", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "limits",
    [
        {"max_quantity": -1}, {"max_quantity": 1.5}, {"max_quantity": "many"}, {"max_quantity": True},
        {"no_such_rule": 1}, {"exchanges": ["NOWHERE"]}, {"hours": [{"start": "15:30", "end": "09:15"}]},
        {"hours": ["09:15"]}, {"last_entry_time": "25:00"}, {"max_order_value": "NaN"}, {"products": "MIS"},
        {"allowed_symbols": ["sbin"]}, {"max_symbol_quantities": {"SBIN": 0}}, {"duplicate_seconds": 301},
        {"exchanges": []},
    ],
)  # fmt: skip
def test_senseless_limits_are_refused_with_their_field(desk, limits) -> None:
    answer = desk.send("PUT", "/ui/api/risk/limits", {**ALL, "limits": limits, "version": 0})
    body = answer.get_json()
    assert (answer.status_code, body["status"]) == (400, "error")
    assert set(body["errors"]) == set(limits), body


def test_nobody_changes_the_scope_of_another(api) -> None:
    desk, policy = api.services.risk_desk, api.services.trading.risk
    me = api.services.callers.principal(1, "ui")
    other = type(me)(user_id=2, username="eve", account_id=None, broker=None, source="ui")
    with pytest.raises(NotAllowed):
        desk.switch(other, ScopeName(kind="all"), True, "mine")
    with pytest.raises(NotFound):
        desk.switch(other, ScopeName(kind="account", account_id=1), True, "mine")
    with pytest.raises(NotFound):
        desk.put(other, ScopeName(kind="key"), risk.Limits(), 0, "")
    with pytest.raises(InvalidInput):
        desk.switch(other, ScopeName(kind="strategy", strategy=" "), True, "mine")
    desk.switch(other, ScopeName(kind="strategy", strategy="orb-15"), True, "mine")
    assert policy.switches() == {"strategy:2:orb-15": "mine"}
    assert [view.name.kind for view in desk.overview(other)] == ["all", "strategy"]
    assert not desk.overview(other)[0].may_change
    assert all(row.username != "eve" for row in desk.changes(me, 100, None))


def test_every_limit_can_be_set_from_the_form() -> None:
    assert set(FIELDS) == set(risk.Limits.__struct_fields__)
    limits = limits_of({"last_entry_time": "14:30", "exchanges": ["NSE"], "price_band_percent": 2.5})
    assert (str(limits.last_entry_time), str(limits.price_band_percent)) == ("14:30:00", "2.5")


def test_a_stranger_and_a_browser_without_the_form_token_are_refused(api, desk) -> None:
    client = api.client.application.test_client()
    assert client.get("/ui/api/risk").status_code == 401
    body = {**ALL, "engaged": True, "reason": "x"}
    assert desk.http.post("/ui/api/risk/kill-switch", json=body).status_code == 403
    assert api.services.trading.risk.switches() == {}
