"""What must hold for every HTTP route, whoever wrote it."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import create_engine

from utils.route_policy import AUTH_KINDS, policy_of, undeclared_routes

READS = {"GET", "HEAD", "OPTIONS"}
# Words that promise a change; behind a GET they would let a link do it.
CHANGES = (
    "delete",
    "clear",
    "create",
    "update",
    "toggle",
    "place",
    "cancel",
    "close",
    "rotate",
    "revoke",
    "logout",
)


def test_every_route_declares_who_may_call_it_and_how_often(app: Flask) -> None:
    assert undeclared_routes(app) == []
    classes = app.extensions["openalgo_limits"].classes
    for rule in app.url_map.iter_rules():
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            policy = policy_of(app.view_functions[rule.endpoint], method)
            assert policy.auth in AUTH_KINDS, rule
            assert policy.limit in classes, (rule, policy.limit)


def test_no_read_changes_anything_by_its_name(app: Flask) -> None:
    suspects = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.methods <= READS and any(part.startswith(CHANGES) for part in rule.rule.split("/"))
    ]
    assert suspects == []


def test_one_path_and_method_has_one_view(app: Flask) -> None:
    seen = [(rule.rule, method) for rule in app.url_map.iter_rules() for method in rule.methods - {"OPTIONS"}]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v1", "/ui/api/nothing", "/auth/nothing", "/missing.js"]
)
def test_an_unknown_path_of_machines_is_a_json_404(app: Flask, path: str) -> None:
    answer = app.test_client().get(path)
    assert answer.status_code == 404
    assert answer.get_json()["status"] == "error"


def test_the_probes_answer_without_a_session(app: Flask) -> None:
    client = app.test_client()
    status = client.get("/health/status")
    assert status.status_code == 200
    assert {"status", "version", "serviceId", "description"} == set(status.get_json())
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.get_json()["status"]) == (200, "pass")
    assert set(ready.get_json()["checks"]) == {"main", "logs", "latency", "sandbox"}


def test_readiness_says_which_store_does_not_answer(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    stores = app.extensions["openalgo"].stores
    lost = create_engine("sqlite:////nowhere/at/all.db")
    monkeypatch.setattr(stores.logs, "_readers", lost)
    answer = app.test_client().get("/health/ready")
    lost.dispose()
    assert answer.status_code == 503
    checks = answer.get_json()["checks"]
    assert checks["main"] == "pass"
    assert "logs" in checks["logs"]
