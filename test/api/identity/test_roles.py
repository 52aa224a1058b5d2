"""Every route called as nobody, as a user and as an administrator: each declared role holds, and no other does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from test.api import conftest as harness
from test.api.desk.conftest import Browser
from utils.route_policy import Route, table_of

# The two answers that say "not you"; whatever else a route answers, it let the role in.
REFUSALS = {(401, "SESSION_EXPIRED"), (403, "NOT_ALLOWED")}
BROKEN = {500, 504}
SIGNS_OUT = {("POST", "/ui/api/logout"), ("DELETE", "/ui/api/sessions")}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, contracts: list[Any]) -> Iterator[Any]:
    limits = {
        "LOGIN_RATE_LIMIT_MIN": "100000 per minute", "LOGIN_RATE_LIMIT_HOUR": "100000 per minute",
        "RESET_RATE_LIMIT": "100000 per minute", "WEBHOOK_RATE_LIMIT": "100000 per minute",
    }  # fmt: skip
    app, services = harness.start_app(tmp_path_factory.mktemp("roles"), contracts, **limits)
    services.users.add("bob", "bob@example.com", harness.PASSWORD)
    app.extensions["openalgo_limits"].spend = lambda *_: None
    yield app
    services.close()


def browser(app: Any, username: str | None) -> Browser:
    found = Browser(app)
    found.open_desk()
    if username is not None:
        answer = found.post("/ui/api/login", {"username": username, "password": harness.PASSWORD})
        assert answer.status_code == 200, answer.data
    return found


def call(who: Browser, route: Route) -> Any:
    path = route.path
    for part in [part for part in path.split("/") if part.startswith("<")]:
        path = path.replace(part, "987654" if part.startswith("<int") else "nothing")
    return who.get(path) if route.method == "GET" else who.write(route.method, path, {})


def routes(app: Any) -> list[Route]:
    found = [route for route in table_of(app) if (route.method, route.path) not in SIGNS_OUT]
    assert len(found) > 150
    return found


@pytest.mark.parametrize(
    ("username", "opens"),
    [(None, {"public"}), ("bob", {"public", "session"}), ("tester", {"public", "session", "admin"})],
)
def test_every_route_opens_to_its_role_and_to_nobody_below(
    app: Any, username: str | None, opens: set[str]
) -> None:
    who = browser(app, username)
    wrong = []
    for route in routes(app):
        answer = call(who, route)
        code = (answer.get_json(silent=True) or {}).get("code")
        auth = route.policy.auth
        if auth in opens:
            fits = (answer.status_code, code) not in REFUSALS
        elif auth in ("session", "admin"):
            wanted = (403, "NOT_ALLOWED") if username else (401, "SESSION_EXPIRED")
            fits = (answer.status_code, code) == wanted
        else:
            # A session opens nothing that takes a key, a token, a secret path or a signature.
            fits = 400 <= answer.status_code < 500
        if not fits or answer.status_code in BROKEN:
            wrong.append((route.method, route.path, auth, answer.status_code, code))
    assert wrong == []


def test_a_session_opens_no_key_route_and_a_key_no_session_route(app: Any) -> None:
    services = app.extensions["openalgo"]
    key = services.api_keys.rotate(1)
    nobody = browser(app, None)
    for route in routes(app):
        if route.policy.auth in ("session", "admin"):
            headers = {"X-API-KEY": key}
            answer = nobody.get(route.path, headers=headers) if route.method == "GET" else None
            assert answer is None or answer.status_code in (401, 404), route.path
