"""Weaknesses 19 to 35 of docs/security/weaknesses.md: whose something is, who is told what, what fails closed."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest

from broker.core.http import Request
from services.accounts.users import Device
from services.ops.launch.web_server import _gunicorn_options
from test.security.house import Browser, Home
from test.security.sources import ROOT, imports, trees
from utils.route_policy import MOST_BYTES, policy_of


def test_19_what_belongs_to_another_user_is_not_found_whatever_is_asked(home: Home) -> None:
    """Every route with a number in its path, asked by bob for what is ada's."""
    fields = {"name": "mine", "platform": "python", "trading_mode": "LONG", "is_intraday": False}
    row, _ = home.services.automation.strategies.create(1, fields)
    mine = home.services.web_sessions.create(1, Device(ip_address="127.0.0.1", name="ada"))
    numbers = {
        "account_id": 1,
        "strategy_id": row.id,
        "session_id": mine.session.id,
        "mapping_id": 1,
        "pending_id": 1,
    }
    bob, asked = home.bob(), 0
    for rule in home.app.url_map.iter_rules():
        names = re.findall(r"<int:(\w+)>", rule.rule)
        if not names or not rule.rule.startswith("/ui/api/"):
            continue
        path = re.sub(r"<int:(\w+)>", lambda match: str(numbers.get(match[1], 1)), rule.rule)
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            body = {"label": "stolen", "is_active": False, "trading_mode": "SHORT"}
            answer = bob.send(method, path, body)
            assert answer.status_code in (400, 403, 404), (method, path, answer.status_code)
            asked += 1
    assert asked > 10
    assert home.services.automation.strategies.get(1, row.id)[0].is_active
    assert home.services.accounts.find(1).label == "Practice"
    assert home.services.web_sessions.resolve(mine.cookie) is not None


def test_20_every_route_has_a_limit_and_it_holds(home: Home) -> None:
    limits = home.app.extensions["openalgo_limits"]
    for rule in home.app.url_map.iter_rules():
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            policy = policy_of(home.app.view_functions[rule.endpoint], method)
            assert policy is not None and policy.limit in limits.classes, rule
            assert limits._windows[policy.limit], rule
    assert set(MOST_BYTES) <= {*limits.classes}
    browser = Browser(home.app)
    codes = [browser.send("POST", "/ui/api/login/code", {"code": "000000"}).status_code for _ in range(11)]
    assert 429 not in codes[:10] and codes[10] == 429


def test_21_strangers_learn_nothing_of_the_health_but_one_word(home: Home) -> None:
    client = home.app.test_client()
    for path in ("/health/status", "/health/ready"):
        answer = client.get(path, environ_base={"REMOTE_ADDR": "198.51.100.9"})
        words = set(re.findall(r"[a-z_]+", answer.get_data(as_text=True).lower()))
        assert not words & {"memory", "rss", "threads", "fd", "pid", "path", "user", "host", "cpu"}
    home.app.extensions["openalgo_limits"]._limiter.reset()
    for rule in home.app.url_map.iter_rules():
        if (
            "health" in rule.rule
            and "GET" in rule.methods
            and rule.rule not in ("/health/status", "/health/ready")
        ):
            assert client.get(rule.rule).status_code in (401, 403, 404), rule


def test_22_asking_for_a_reset_says_the_same_of_every_address(home: Home) -> None:
    answers = []
    for email in ("tester@example.com", "nobody@example.com"):
        browser = Browser(home.app)
        answer = browser.send("POST", "/ui/api/reset", {"email": email})
        answers.append(
            (answer.status_code, answer.get_json().get("message"), str(answer.get_json().get("data")))
        )
    assert answers[0] == answers[1]


def test_23_one_process_counts_all_calls(home: Home) -> None:
    """Limits live in memory, and there is one web process, so nobody has a second allowance elsewhere."""
    assert _gunicorn_options(home.services.settings)["workers"] == 1


def test_24_no_cache_holds_a_key_in_clear(home: Home) -> None:
    home.call("ping")
    home.call("funds")
    for owner in (home.services.api_keys, home.services.callers, home.services.tickets, home.services.limits,
                  home.services.bans, home.services.accounts, home.services.market_data):  # fmt: skip
        assert home.key not in _deep_text(vars(owner))


def test_25_scripts_run_from_the_houses_own_files_only(home: Home) -> None:
    policy = home.app.test_client().get("/login", buffered=True).headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    for page in (ROOT / "frontend" / "index.html", ROOT / "frontend" / "dist" / "index.html",
                 ROOT / "blueprints" / "docs_page" / "index.html"):  # fmt: skip
        if page.exists():
            text = page.read_text()
            assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|javascript:|\sstyle=", text), page


def test_26_every_outgoing_call_ends() -> None:
    """Calls of brokers carry their deadline; letters are the only other calls that leave."""
    assert 0 < Request(method="GET", url="https://host").timeout <= 60
    for path, tree in trees("smtplib", "create_connection").items():
        for node in ast.walk(tree):
            called = (
                node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            )
            if called in ("SMTP", "SMTP_SSL", "create_connection"):
                assert "timeout" in {keyword.arg for keyword in node.keywords}, f"{path}:{node.lineno}"


def test_27_nothing_is_started_but_by_the_launcher() -> None:
    """No script of a user is hosted yet; whoever starts one must give it an environment of its own."""
    starters = {
        path for path, tree in trees("subprocess", "multiprocessing", "system", "popen").items()
        if {"subprocess", "multiprocessing", "pty"} & set(imports(tree))
        or {"os.system", "os.popen", "os.execv", "os.spawnv"}
        & {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    }  # fmt: skip
    assert {path.rsplit("/", 1)[0] for path in starters} <= {"services/ops/launch"}


def test_28_strangers_open_no_socket_and_users_hear_their_own_room(home: Home) -> None:
    server = home.app.extensions["socketio"].server
    environ = {"REQUEST_METHOD": "GET", "QUERY_STRING": "EIO=4&transport=polling", "PATH_INFO": "/socket.io/",
               "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http", "SERVER_NAME": "x", "SERVER_PORT": "80",
               "HTTP_HOST": "127.0.0.1:5000"}  # fmt: skip
    told: list[str] = []
    server.eio.handle_request(environ, lambda status, _headers: told.append(status))
    assert told[0].startswith(("401", "400", "403"))
    assert server.eio.cors_allowed_origins is None


def test_29_the_api_key_is_shown_against_the_password_only(home: Home) -> None:
    browser, seen = home.browser(), 0
    for rule in home.app.url_map.iter_rules():
        if rule.methods & {"GET"} and "<" not in rule.rule:
            home.app.extensions["openalgo_limits"]._limiter.reset()
            assert home.key not in browser.get(rule.rule).get_data(as_text=True), rule
            seen += 1
    assert seen > 30
    assert browser.send("POST", "/ui/api/apikey/reveal", {"password": "wrong"}).status_code in (400, 401, 403)


def test_30_the_authenticators_secret_is_shown_at_enrolment_only(home: Home) -> None:
    bob = home.bob()
    shown = bob.send("POST", "/ui/api/totp", {"password": "Battery-Staple7!"}).get_json()["data"]
    secret = shown["secret"]
    for path in ("/ui/api/totp", "/ui/api/bootstrap", "/ui/api/security-events", "/ui/api/sessions"):
        assert secret not in bob.get(path).get_data(as_text=True)


def test_31_cookies_end_on_the_server_with_logout_and_with_a_new_password(home: Home) -> None:
    first, second = home.bob(), home.bob()
    stolen = Browser(home.app)
    stolen.http.set_cookie("session", first.cookie)
    assert stolen.get("/ui/api/accounts").status_code == 200
    first.send("POST", "/ui/api/logout")
    assert stolen.get("/ui/api/accounts").status_code == 401
    stolen.http.set_cookie("session", second.cookie)
    home.services.sign_in.end_sessions(2, "The password was changed")
    assert stolen.get("/ui/api/accounts").status_code == 401


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"order_id":"1","status":"COMPLETE","checksum":"0"}', b"\xff"]
)
def test_32_a_postback_that_proves_nothing_changes_nothing(home: Home, body: bytes) -> None:
    before = home.services.order_replays.head(1)
    for broker in ("zerodha", "dhan", "fyers", "upstox", "angel", "simulator", "nobody"):
        answer = home.app.test_client().post(f"/postback/{broker}", data=body)
        assert answer.status_code in (400, 403, 404), (broker, answer.status_code)
    assert home.services.order_replays.head(1) == before


def test_34_webhooks_trade_in_the_process_without_key_and_network() -> None:
    clients = {"httpx", "httpcore", "requests", "urllib.request", "http.client", "socket", "websockets"}
    for path, tree in trees(under=("services/automation",)).items():
        assert not clients & set(imports(tree)), path
        assert not _names(tree, ("reveal", "host_server")), path


def test_35_with_an_unknown_mode_of_the_key_no_order_leaves(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(home.book())

    def lost(*_: Any) -> str:
        raise RuntimeError("the store is gone")

    monkeypatch.setattr(home.services.trading.modes, "_order_mode", lost)
    assert home.order().status_code >= 400
    monkeypatch.setattr(home.services.trading.modes, "_order_mode", lambda *_: "surprise")
    assert home.order().status_code >= 400
    assert len(home.book()) == before


def _deep_text(value: Any, depth: int = 0) -> str:
    """Everything that is reachable in containers and plain objects, as text."""
    if depth > 6:
        return ""
    if isinstance(value, dict):
        return " ".join(_deep_text(part, depth + 1) for pair in list(value.items()) for part in pair)
    if isinstance(value, list | tuple | set | frozenset):
        return " ".join(_deep_text(part, depth + 1) for part in list(value))
    if isinstance(value, str | bytes | int):
        return str(value)
    return _deep_text(vars(value), depth + 1) if hasattr(value, "__dict__") else repr(value)


def _names(tree: ast.Module, names: tuple[str, ...]) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr in names for node in ast.walk(tree))
