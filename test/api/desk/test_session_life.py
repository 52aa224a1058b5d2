"""Set-up, login, logout: the browser session from birth to end."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from utils.clock import IST


def test_a_fresh_installation_asks_for_set_up_and_shows_nothing_else(browser: Any) -> None:
    state = browser.open_desk()
    assert (state["needs_setup"], state["authenticated"], state["user"]) == (True, False, None)
    assert browser.get("/ui/api/accounts").status_code == 401


def test_set_up_signs_the_first_user_in_as_administrator(browser: Any, password: str) -> None:
    form = {"username": "ada", "email": "ada@example.com", "password": password}
    answer = browser.post("/ui/api/setup", form)
    assert answer.status_code == 200
    assert answer.get_json()["data"]["user"] == {
        "username": "ada",
        "email": "ada@example.com",
        "is_admin": True,
    }
    assert browser.get("/ui/api/accounts").status_code == 200


def test_set_up_works_once(signed_in: Any, new_browser: Any, password: str) -> None:
    form = {"username": "eve", "email": "eve@example.com", "password": password}
    answer = new_browser(signed_in.app).post("/ui/api/setup", form)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "ALREADY_SET_UP")


def test_a_weak_password_is_refused_with_everything_it_lacks(browser: Any) -> None:
    form = {"username": "ada", "email": "ada@example.com", "password": "short"}
    answer = browser.post("/ui/api/setup", form)
    assert answer.status_code == 400
    assert len(answer.get_json()["errors"]["password"]) == 4


def test_a_public_installation_demands_the_printed_token(
    make_services: Any, new_browser: Any, password: str
) -> None:
    services = make_services(FLASK_HOST_IP="0.0.0.0")
    browser = new_browser(services)
    form = {"username": "ada", "email": "ada@example.com", "password": password}
    assert browser.open_desk()["setup_token_required"] is True
    assert browser.post("/ui/api/setup", form).get_json()["code"] == "SETUP_TOKEN"
    token = services.installation.issue_setup_token()
    assert browser.post("/ui/api/setup", form | {"setup_token": "0" * 32}).status_code == 403
    assert browser.post("/ui/api/setup", form | {"setup_token": token}).status_code == 200
    assert browser.open_desk()["setup_token_required"] is False


@pytest.mark.parametrize(
    "way",
    [
        {"base_url": "http://rebound.example:5000"},
        {"headers": {"X-Forwarded-For": "203.0.113.9"}},
        {"headers": {"Forwarded": "for=203.0.113.9"}},
        {"headers": {"X-Real-Ip": "203.0.113.9"}},
    ],
)
def test_without_a_token_only_this_machine_itself_may_set_up(
    browser: Any, password: str, way: dict[str, Any]
) -> None:
    browser.token = browser.get("/ui/api/bootstrap", **way).get_json()["data"]["csrf_token"]
    form = {"username": "ada", "email": "ada@example.com", "password": password}
    answer = browser.post("/ui/api/setup", form, **way)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "SETUP_HOST")
    assert browser.open_desk()["needs_setup"] is True


@pytest.mark.parametrize(
    "settings", [{"HOST_SERVER": "https://desk.example"}, {"TRUST_PROXY_HEADERS": "TRUE"}]
)
def test_an_installation_behind_a_public_name_demands_the_printed_token(
    make_services: Any, new_browser: Any, settings: dict[str, str]
) -> None:
    assert new_browser(make_services(**settings)).open_desk()["setup_token_required"] is True


def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(signed_in: Any, new_browser: Any) -> None:
    other = new_browser(signed_in.app)
    wrong = other.post("/ui/api/login", {"username": "ada", "password": "Wrong-Horse9!"})
    unknown = other.post("/ui/api/login", {"username": "nobody", "password": "Wrong-Horse9!"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.get_json() == unknown.get_json()
    assert wrong.get_json()["code"] == "INVALID_CREDENTIALS"


def test_login_moves_to_a_new_cookie_and_form_token(signed_in: Any, new_browser: Any, password: str) -> None:
    other = new_browser(signed_in.app)
    planted, token = other.cookie, other.token
    assert other.post("/ui/api/login", {"username": "ADA", "password": password}).status_code == 200
    assert other.cookie != planted
    assert other.token != token
    thief = new_browser(signed_in.app)
    thief.http.set_cookie("session", planted)
    assert thief.get("/ui/api/accounts").status_code == 401


def test_signing_in_again_ends_the_session_before(signed_in: Any, new_browser: Any, password: str) -> None:
    before = signed_in.cookie
    assert signed_in.post("/ui/api/login", {"username": "ada", "password": password}).status_code == 200
    thief = new_browser(signed_in.app)
    thief.http.set_cookie("session", before)
    assert thief.get("/ui/api/accounts").status_code == 401


def test_the_old_form_token_dies_with_the_old_cookie(signed_in: Any) -> None:
    token = signed_in.token
    signed_in.post("/ui/api/logout")
    signed_in.open_desk()
    answer = signed_in.write("POST", "/ui/api/logout", headers={"X-CSRFToken": token})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "CSRF")


def test_logout_kills_the_cookie_on_the_server(signed_in: Any, new_browser: Any) -> None:
    cookie = signed_in.cookie
    answer = signed_in.post("/ui/api/logout")
    assert answer.status_code == 200
    assert answer.headers["Clear-Site-Data"] == '"cache"', "what the browser kept goes with the session"
    assert signed_in.cookie is None
    thief = new_browser(signed_in.app)
    thief.http.set_cookie("session", cookie)
    again = thief.get("/ui/api/accounts")
    assert (again.status_code, again.get_json()["code"]) == (401, "SESSION_EXPIRED")


def test_a_session_ends_at_half_past_three_in_the_morning(signed_in: Any, clock: Any) -> None:
    clock.jump(dt.datetime(2026, 11, 21, 3, 29, 58, tzinfo=IST))
    assert signed_in.get("/ui/api/accounts").status_code == 200
    clock.advance(2)
    answer = signed_in.get("/ui/api/accounts")
    assert (answer.status_code, answer.get_json()["code"]) == (401, "SESSION_EXPIRED")


def test_a_swept_session_is_gone_from_the_store(signed_in: Any, services: Any, clock: Any) -> None:
    clock.advance(24 * 3600)
    services.web_sessions.sweep()
    assert services.web_sessions.list(1) == []


def test_changing_the_password_signs_other_browsers_out(
    signed_in: Any, new_browser: Any, password: str, clock: Any
) -> None:
    other = new_browser(signed_in.app)
    other.post("/ui/api/login", {"username": "ada", "password": password})
    new = "Better-Horse10!"
    body = {"old_password": password, "new_password": new}
    assert signed_in.post("/ui/api/password", body).status_code == 200
    assert signed_in.get("/ui/api/accounts").status_code == 200
    assert other.get("/ui/api/accounts").status_code == 401
    fresh = new_browser(signed_in.app)
    assert fresh.post("/ui/api/login", {"username": "ada", "password": password}).status_code == 401
    assert fresh.post("/ui/api/login", {"username": "ada", "password": new}).status_code == 200


def test_one_browser_signs_another_out(signed_in: Any, new_browser: Any, password: str) -> None:
    other = new_browser(signed_in.app)
    other.post("/ui/api/login", {"username": "ada", "password": password})
    rows = signed_in.get("/ui/api/sessions").get_json()["data"]
    (victim,) = [row["id"] for row in rows if not row["current"]]
    assert signed_in.write("DELETE", f"/ui/api/sessions/{victim}").status_code == 200
    assert other.get("/ui/api/accounts").status_code == 401
    assert signed_in.get("/ui/api/accounts").status_code == 200


def test_logout_leaves_the_api_key_and_the_broker_session_alive(signed_in: Any, services: Any) -> None:
    key = signed_in.post("/ui/api/apikey").get_json()["data"]["api_key"]
    account = signed_in.post("/ui/api/accounts", {"broker": "instant", "label": "Mine"}).get_json()["data"]
    signed_in.post(f"/ui/api/accounts/{account['id']}/connect")
    signed_in.post("/ui/api/logout")
    assert services.api_keys.verify(key).account_id == account["id"]
    assert services.accounts.session(account["id"]).broker_user_id == "INSTANT1"


def test_the_cookie_is_http_only_and_lax_and_the_password_never_answers(browser: Any, password: str) -> None:
    form = {"username": "ada", "email": "ada@example.com", "password": password}
    answer = browser.post("/ui/api/setup", form)
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
    assert password not in answer.get_data(as_text=True)


def test_an_https_installation_marks_its_cookie_secure(make_services: Any, new_browser: Any) -> None:
    browser = new_browser(make_services(HOST_SERVER="https://desk.example.com"))
    answer = browser.http.get("/ui/api/bootstrap")
    assert "Strict-Transport-Security" in answer.headers
    fresh = browser.app.test_client().get("/ui/api/bootstrap").headers["Set-Cookie"]
    assert fresh.startswith("__Host-session=") and "Secure" in fresh


def test_an_api_answer_sets_no_cookie(browser: Any) -> None:
    assert "Set-Cookie" not in browser.app.test_client().get("/api/v1/nothing").headers
