"""What holds for every request of the browser API: form tokens, limits, sizes, headers, envelopes."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from blueprints.guards.security import EXEMPT_VIEW
from utils.route_policy import policy_of, undeclared_routes
from utils.settings import SettingsError

# Called by services that have no session to ride on; the call itself proves where it comes from.
SELF_PROVEN = ("secret_path", "signed_body", "bearer_token")


def test_every_route_declares_its_policy(browser: Any) -> None:
    assert undeclared_routes(browser.app) == []


def test_an_undeclared_route_is_found(browser: Any) -> None:
    browser.app.view_functions["stray"] = lambda: "hello"
    browser.app.url_map._remap = True
    browser.app._got_first_request = False
    browser.app.add_url_rule("/stray", "stray", browser.app.view_functions["stray"])
    assert undeclared_routes(browser.app) == ["GET /stray"]


def test_a_route_whose_limit_nobody_knows_is_found(browser: Any) -> None:
    limits = [name for name in browser.app.extensions["openalgo_limits"].classes if name != "contracts"]
    found = undeclared_routes(browser.app, limits)
    assert found and all(text.endswith("(no limit is called contracts)") for text in found)


def test_every_declared_limit_exists(browser: Any) -> None:
    limits = browser.app.extensions["openalgo_limits"]
    for rule in browser.app.url_map.iter_rules():
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            policy = policy_of(browser.app.view_functions[rule.endpoint], method)
            assert policy is not None and policy.limit in limits.classes, rule


def test_every_write_without_a_form_token_is_refused(signed_in: Any) -> None:
    signed_in.token = ""
    for rule in signed_in.app.url_map.iter_rules():
        for method in rule.methods & {"POST", "PUT", "DELETE", "PATCH"}:
            if policy_of(signed_in.app.view_functions[rule.endpoint], method).auth in SELF_PROVEN:
                continue  # called by services that have no session to ride on
            if rule.endpoint == EXEMPT_VIEW:
                continue  # a vendor's page posts to it; it changes nothing and sends the browser on
            path = re.sub(r"<int:\w+>", "1", rule.rule)
            path = path.replace("<string(maxlength=50):key>", "key")
            answer = signed_in.write(method, path)
            assert (answer.status_code, answer.get_json()["code"]) == (403, "CSRF"), rule


def test_a_form_token_of_another_browser_is_refused(signed_in: Any, new_browser: Any) -> None:
    signed_in.token = new_browser(signed_in.app).token
    answer = signed_in.post("/ui/api/apikey")
    assert (answer.status_code, answer.get_json()["code"]) == (403, "CSRF")


def test_every_session_route_refuses_a_stranger(browser: Any) -> None:
    for rule in browser.app.url_map.iter_rules():
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            policy = policy_of(browser.app.view_functions[rule.endpoint], method)
            if policy is None or policy.auth in ("public", *SELF_PROVEN):
                continue
            path = re.sub(r"<int:\w+>", "1", rule.rule)
            path = path.replace("<string(maxlength=50):key>", "key").replace("<broker>", "redirecting")
            answer = browser.write(method, path)
            assert (answer.status_code, answer.get_json()["code"]) == (401, "SESSION_EXPIRED"), rule


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 400), (b'{"username":1}', 400), (b"\xff\xfe", 400), (b'{"username":NaN}', 400)],
)
def test_a_bad_body_is_a_clear_400(browser: Any, body: bytes, status: int) -> None:
    answer = browser.http.post("/ui/api/login", data=body, headers={"X-CSRFToken": browser.token})
    assert answer.status_code == status
    assert answer.get_json()["status"] == "error"


def test_unknown_fields_are_refused_by_name(browser: Any) -> None:
    body = {"username": "ada", "password": "x", "is_admin": True}
    assert "is_admin" in browser.post("/ui/api/login", body).get_json()["errors"]


def test_a_body_beyond_the_limit_is_a_json_413(browser: Any) -> None:
    body = {"username": "ada", "password": "x" * 17_000_000}
    answer = browser.post("/ui/api/login", body)
    assert (answer.status_code, answer.get_json()["status"]) == (413, "error")


def test_a_sign_in_is_refused_beyond_the_size_of_its_kind(browser: Any) -> None:
    answer = browser.post("/ui/api/login", {"username": "ada", "password": "x" * 20_000})
    assert (answer.status_code, answer.get_json()["message"]) == (
        413,
        "The request is larger than 16384 bytes",
    )


def test_a_wrong_method_is_a_json_405(browser: Any) -> None:
    answer = browser.write("PUT", "/ui/api/bootstrap")
    assert (answer.status_code, answer.get_json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert "GET" in answer.headers["Allow"]


def test_an_unexpected_error_shows_an_id_and_nothing_else(
    signed_in: Any, services: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(services.watchlists, "get", explode)
    answer = signed_in.get("/ui/api/watchlists")
    assert answer.status_code == 500
    assert "secret detail" not in answer.get_data(as_text=True)
    assert answer.get_json()["code"] == "INTERNAL"


def test_login_attempts_are_limited_per_address(make_services: Any, new_browser: Any) -> None:
    browser = new_browser(
        make_services(LOGIN_RATE_LIMIT_MIN="3 per minute", LOGIN_RATE_LIMIT_HOUR="10 per hour")
    )
    body = {"username": "ada", "password": "Wrong-Horse9!"}
    codes = [browser.post("/ui/api/login", body).status_code for _ in range(4)]
    assert codes == [401, 401, 401, 429]
    last = browser.post("/ui/api/login", body)
    assert last.get_json()["code"] == "THROTTLED"
    assert int(last.headers["Retry-After"]) >= 1


def test_a_forwarded_address_counts_only_behind_a_trusted_proxy(make_services: Any, new_browser: Any) -> None:
    limits = {"LOGIN_RATE_LIMIT_MIN": "1 per minute", "LOGIN_RATE_LIMIT_HOUR": "10 per hour"}
    body = {"username": "ada", "password": "Wrong-Horse9!"}
    browser = new_browser(make_services(**limits))
    first = browser.post("/ui/api/login", body, headers={"X-Forwarded-For": "1.1.1.1"})
    second = browser.post("/ui/api/login", body, headers={"X-Forwarded-For": "2.2.2.2"})
    assert (first.status_code, second.status_code) == (401, 429)


def test_security_headers_are_on_every_answer(browser: Any) -> None:
    for path in ("/ui/api/bootstrap", "/nothing.js", "/ui/api/accounts", "/login", "/api/docs/page.js"):
        headers = browser.get(path).headers
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert (
            headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
        )
        assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
        assert "camera=()" in headers["Permissions-Policy"]
        assert "Strict-Transport-Security" not in headers
        policy = headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy and "style-src 'self';" in policy
        assert "object-src 'none';" in policy and "frame-ancestors 'none';" in policy
        assert "base-uri 'none'" in policy and headers["Cache-Control"] in (
            "no-store",
            "no-cache",
            "public, max-age=3600",
        )
        assert "unsafe" not in policy and "*" not in policy
        assert "connect-src 'self' ws://127.0.0.1:8765;" in policy
        assert "Access-Control-Allow-Origin" not in headers
        assert len(headers["X-Request-ID"]) == 26


def test_over_https_browsers_are_told_to_stay_there(make_services: Any, new_browser: Any) -> None:
    browser = new_browser(make_services(HOST_SERVER="https://desk.example.com"))
    headers = browser.get("/ui/api/bootstrap").headers
    assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"


def test_an_address_reported_by_a_listed_proxy_has_limits_of_its_own(
    make_services: Any, new_browser: Any
) -> None:
    browser = new_browser(
        make_services(
            LOGIN_RATE_LIMIT_MIN="1 per minute", TRUST_PROXY_HEADERS="TRUE", TRUSTED_PROXIES="127.0.0.1"
        )
    )
    body = {"username": "ada", "password": "Wrong-Horse9!"}
    codes = [
        browser.post("/ui/api/login", body, headers={"X-Forwarded-For": f"6.6.6.6, {client}"}).status_code
        for client in ("1.1.1.1", "2.2.2.2", "2.2.2.2")
    ]
    assert codes == [401, 401, 429]


@pytest.mark.parametrize(
    "text", ["*", "https://*.example.com", "chart.example", "https://chart.example/page"]
)
def test_cross_origin_rules_take_exact_origins_only(make_services: Any, text: str) -> None:
    with pytest.raises(SettingsError) as problem:
        make_services(CORS_ENABLED="TRUE", CORS_ALLOWED_ORIGINS=text)
    assert "CORS_ALLOWED_ORIGINS" in problem.value.problems


def test_cross_origin_rules_answer_listed_origins_only(make_services: Any, new_browser: Any) -> None:
    browser = new_browser(make_services(CORS_ENABLED="TRUE", CORS_ALLOWED_ORIGINS="https://chart.example"))
    asks = {"Access-Control-Request-Method": "POST"}
    good = browser.http.options("/api/v1/quotes", headers={"Origin": "https://chart.example", **asks})
    bad = browser.http.options("/api/v1/quotes", headers={"Origin": "https://evil.example", **asks})
    assert good.status_code == 204
    assert good.headers["Access-Control-Allow-Origin"] == "https://chart.example"
    assert "X-API-KEY" in good.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Origin" not in bad.headers


def test_every_request_is_in_the_traffic_log_without_its_query(
    signed_in: Any, services: Any, tmp_path: Path
) -> None:
    signed_in.get("/ui/api/accounts?apikey=secret-key")
    signed_in.get("/nothing.js")
    services.writers.close()
    rows = (
        sqlite3.connect(tmp_path / "db" / "logs.db")
        .execute("SELECT method, path, status_code, user_id FROM traffic_logs")
        .fetchall()
    )
    assert ("GET", "/ui/api/accounts", 200, 1) in rows
    assert ("GET", "/nothing.js", 404, 1) in rows
    assert "secret-key" not in str(rows)
