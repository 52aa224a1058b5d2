"""What the operator's room answers, to whom, and that it shows what really happened."""

from __future__ import annotations

import logging
import re

import pytest

from utils import json
from utils.route_policy import policy_of

ROOT = "/ui/api/operator"


def test_health_shows_every_component_of_the_house(admin, api) -> None:
    api.services.operator.monitor.look()
    found = admin.data(f"{ROOT}/health")
    names = {component["name"] for component in found["components"]}
    assert {
        "store main",
        "store logs",
        "store latency",
        "store sandbox",
        "streaming",
        "scheduler",
        "queues",
    } <= names
    assert {"disk", "memory", "descriptors", "threads", "audit trail", "broker simulator Practice"} <= names
    assert all(component["state"] in ("pass", "warn", "fail", "off") for component in found["components"])
    assert all(component["since"].endswith("+05:30") for component in found["components"])
    streaming = next(component for component in found["components"] if component["name"] == "streaming")
    assert (streaming["state"], found["state"], found["ready"]) == ("fail", "fail", True)
    assert "retention" in {each["name"] for each in found["rounds"]}
    assert "writer-traffic_logs" in {queue["name"] for queue in found["queues"]}
    policies = {queue["policy"] for queue in found["queues"]}
    assert policies <= {"caller_writes", "drop_oldest", "wait", "refuse"}


def test_history_and_alarms_come_from_real_looks(admin, api, until) -> None:
    api.services.operator.monitor.look()
    samples = until(lambda: admin.data(f"{ROOT}/health/history", hours=1))
    assert samples[-1]["threads"] >= 1 and samples[-1]["disk_free_bytes"] > 0
    alarms = admin.data(f"{ROOT}/health/alarms")
    streaming = next(alarm for alarm in alarms if alarm["component"] == "streaming")
    assert streaming["closed_at"] is None
    answer = admin.write("POST", f"{ROOT}/health/alarms/{streaming['id']}/acknowledge")
    assert answer.get_json()["data"]["acknowledged_by"] == "tester"
    assert admin.write("POST", f"{ROOT}/health/alarms/999999/acknowledge").status_code == 404


def test_latency_shows_endpoints_brokers_and_stages_of_a_real_order(admin, api, order, until) -> None:
    api.post("placeorder", order())

    def timed():
        return {
            (row["kind"], row["name"], row["broker"], row["stage"]): row
            for row in admin.data(f"{ROOT}/latency", minutes=60)["rows"]
        }

    stages = [
        ("order", "placeorder", "simulator", stage)
        for stage in ("edge", "service", "broker", "answer", "total")
    ]
    found = until(timed, lambda rows: all(stage in rows for stage in stages))
    assert ("request", "POST /api/v1/placeorder", "", "total") in found
    assert ("broker", "place", "simulator", "broker") in found
    whole = found[stages[-1]]
    assert 0 < whole["p50"] <= whole["p90"] <= whole["p99"] <= whole["worst"]
    asked = {"kind": "order", "name": "placeorder", "broker": "simulator", "stage": "total"}
    series = admin.data(f"{ROOT}/latency/series", **asked)
    assert sum(point["count"] for point in series["points"]) == whole["count"]
    assert sum(bar["count"] for bar in series["spread"]) == whole["count"]


def test_traffic_is_searched_and_paged(admin, api, until) -> None:
    for _ in range(3):
        api.post("ping")
    api.client.get("/nothing/here.js")
    lost = until(lambda: admin.data(f"{ROOT}/traffic", path="/nothing/here")["rows"])
    assert lost[0]["status_code"] == 404
    pings = admin.data(f"{ROOT}/traffic", path="v1/ping", method="post", status="2", limit=2)
    assert [row["route"] for row in pings["rows"]] == ["/api/v1/ping", "/api/v1/ping"]
    older = admin.data(f"{ROOT}/traffic", path="v1/ping", limit=2, before=pings["before"])
    assert older["rows"] and all(row["id"] < pings["rows"][-1]["id"] for row in older["rows"])
    assert all(row["status_code"] == 404 for row in admin.data(f"{ROOT}/traffic", status="404")["rows"])
    sums = {(row["method"], row["route"]): row for row in admin.data(f"{ROOT}/traffic/endpoints")}
    assert sums[("POST", "/api/v1/ping")]["count"] >= 3


@pytest.mark.parametrize("path", ["100%", "_", "ping' OR 1=1 --"])
def test_signs_of_the_query_language_mean_themselves(admin, path: str) -> None:
    assert admin.data(f"{ROOT}/traffic", path=path)["rows"] == []


@pytest.mark.parametrize(
    ("route", "query"),
    [
        ("traffic", {"status": "9"}), ("traffic", {"status": "abc"}), ("traffic", {"method": "BREW"}),
        ("traffic", {"limit": "0"}), ("traffic", {"limit": "5000"}), ("traffic", {"since": "yesterday"}),
        ("traffic", {"since": "2026-11-20T10:00:00"}), ("latency", {"minutes": "9999"}), ("logs", {"level": "LOUD"}),
        ("health/history", {"hours": "0"}), ("traffic", {"unknown": "1"}), ("audit", {"outcome": "maybe"}),
    ],
)  # fmt: skip
def test_a_bad_query_is_refused_in_words(admin, route: str, query: dict[str, str]) -> None:
    answer = admin.get(f"{ROOT}/{route}", **query)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "INVALID_INPUT")


def test_calls_of_orders_are_found_by_words_and_the_key_is_in_none(admin, api, order, until) -> None:
    api.post("placeorder", order(quantity=13, strategy="needle-strategy"))
    found = until(lambda: admin.data("/ui/api/logs/calls", mode="live", words="needle-STRATEGY")["rows"])
    assert (found[0]["api_type"], found[0]["request_data"]["quantity"]) == ("placeorder", 13)
    assert api.key not in str(admin.data("/ui/api/logs/calls", mode="live")["rows"])
    assert admin.data("/ui/api/logs/calls", mode="analyze", words="needle-strategy")["rows"] == []
    assert admin.data("/ui/api/logs/calls", mode="live", api_type="cancelorder", words="needle")["rows"] == []


def test_a_plain_user_sees_his_own_calls_and_nothing_else_of_the_room(
    plain_user, api, order, until, admin
) -> None:
    api.post("placeorder", order(strategy="not-for-plain"))
    until(lambda: admin.data("/ui/api/logs/calls", mode="live", words="not-for-plain")["rows"])
    assert plain_user.data("/ui/api/logs/calls", mode="live", words="not-for-plain")["rows"] == []
    app, refused = api.client.application, 0
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(ROOT):
            continue
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            assert policy_of(app.view_functions[rule.endpoint], method).auth == "admin", rule
            path = re.sub(r"<[^>]+>", "1", rule.rule)
            answer = plain_user.get(path) if method == "GET" else plain_user.write(method, path)
            assert (answer.status_code, answer.get_json()["code"]) == (403, "NOT_ALLOWED"), rule
            refused += 1
    assert refused >= 15


def test_a_browser_error_joins_the_groups_and_can_be_solved(admin, api, until) -> None:
    form = {
        "kind": "TypeError",
        "message": "x of undefined",
        "stack": "at Desk",
        "page": "/trade",
        "release": "a",
    }
    assert admin.write("POST", "/ui/api/errors/browser", form).status_code == 200
    row = {"level": "error", "logger": "browser", "message": "x of undefined"}
    told = {"error": "TypeError", "page": "/trade", "release": "a", "page_stack": "at Desk"}
    api.services.operator.errors.add(logging.ERROR, json.encode_text({**row, "request": told}))
    group = until(lambda: admin.data(f"{ROOT}/errors"))[0]
    assert (group["logger"], group["kind"], group["trace"]) == ("browser", "TypeError", "at Desk")
    assert group["place"] == "/trade · a"
    solved = admin.write("PUT", f"{ROOT}/errors/{group['fingerprint']}", {"resolved": True})
    assert solved.get_json()["data"]["resolved_by"] == "tester"
    assert group["fingerprint"] not in {row["fingerprint"] for row in admin.data(f"{ROOT}/errors")}
    assert admin.write("PUT", f"{ROOT}/errors/0000", {"resolved": True}).status_code == 404


def test_page_errors_are_bounded_in_size_and_number_and_need_a_session(plain_user, api) -> None:
    route, form = "/ui/api/errors/browser", {"message": "odd"}
    for wrong in ({}, {"message": "m" * 1_001}, {**form, "stack": "s" * 10_001}, {**form, "cookie": "c"}):
        assert plain_user.write("POST", route, wrong).status_code == 400, wrong
    assert plain_user.write("POST", route, {**form, "stack": "s" * 20_000}).status_code == 413
    answers = [plain_user.write("POST", route, form).status_code for _ in range(10)]
    assert answers == [200] * 5 + [429] * 5
    stranger = api.client.application.test_client().post(route, json=form)
    assert stranger.status_code in (400, 401, 403)


def test_retention_is_seen_changed_and_run(admin, until) -> None:
    jobs = {job["name"]: job for job in admin.data(f"{ROOT}/retention")}
    assert (jobs["traffic"]["days"], jobs["audit_trail"]["days"]) == (30, None)
    changed = admin.write("PUT", f"{ROOT}/retention/traffic", {"days": 45}).get_json()["data"]
    assert (changed["days"], changed["default_days"], changed["set_by"]) == (45, 30, "tester")
    ran = admin.write("POST", f"{ROOT}/retention/traffic/run").get_json()["data"]
    assert (ran["removed"], ran["error"]) == (0, None)
    assert {job["name"]: job for job in admin.data(f"{ROOT}/retention")}["traffic"]["last_run"][
        "removed"
    ] == 0
    for days in (0, 40_000, "7", True, None):
        assert admin.write("PUT", f"{ROOT}/retention/traffic", {"days": days}).status_code == 400
    until(lambda: admin.data(f"{ROOT}/audit", words="retention.set")["rows"])


def test_writes_of_the_desk_stand_in_the_audit_trail_with_address_and_request(
    admin, plain_user, until
) -> None:
    label = {"broker": "simulator", "label": "Second", "credentials": {}}
    answer = admin.write("POST", "/ui/api/accounts", label, headers={"X-Request-ID": "adds-an-account"})
    assert answer.status_code in (200, 201), answer.get_json()
    row = until(lambda: admin.data(f"{ROOT}/audit", words="adds-an-account")["rows"])[0]
    assert (row["actor"], row["action"], row["outcome"]) == ("tester", "POST /ui/api/accounts", "done")
    assert row["address"] == "127.0.0.1"
    signed = until(lambda: admin.data(f"{ROOT}/audit", words="POST /ui/api/login")["rows"])
    assert {row["actor"] for row in signed} >= {"tester", "plain"}


def test_a_failed_sign_in_is_told_with_the_name_if_somebody_has_it_and_never_the_password(
    admin, api, until
) -> None:
    stranger = api.client.application.test_client()
    token = stranger.get("/ui/api/bootstrap").get_json()["data"]["csrf_token"]
    for name in ("plain", "mallory"):
        form = {"username": name, "password": "Guess-No-1-of-many!"}
        stranger.post("/ui/api/login", json=form, headers={"X-CSRFToken": token})
    row = until(lambda: admin.data(f"{ROOT}/audit", words="(unknown)")["rows"])[0]
    assert row["outcome"] != "done"
    told = str(admin.data(f"{ROOT}/audit")["rows"])
    assert "plain" in told and "mallory" not in told and "Guess-No-1" not in told


def test_the_chain_is_verified_on_the_page(admin, until) -> None:
    verdict = until(
        lambda: admin.write("POST", f"{ROOT}/audit/verification").get_json()["data"],
        lambda found: found["whole"] and found["rows"] == found["anchored"],
    )
    assert verdict["rows"] > 3 and verdict["faults"] == []


def test_orders_of_the_desk_are_not_in_the_audit_trail(admin, order, until) -> None:
    from blueprints.edge import UNAUDITED

    assert {"trading", "basket", "gtts"} <= set(UNAUDITED)
    admin.write("POST", "/ui/api/orders", order())
    assert admin.data(f"{ROOT}/audit", words="/ui/api/orders")["rows"] == []


def test_limits_show_every_queue_cache_and_pool_to_administrators_alone(admin, plain_user, api) -> None:
    rows = {row["name"]: row for row in admin.data(f"{ROOT}/limits")["app"]}
    journal = rows["order journal"]
    assert (journal["kind"], journal["policy"]) == ("queue", "refuse") and journal["size"] <= journal["bound"]
    assert rows["connections of stores"]["holders"] >= 4 and rows["known API keys"]["kind"] == "cache"
    assert plain_user.get(f"{ROOT}/limits").status_code == 403
