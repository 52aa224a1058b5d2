"""Broker accounts, keys, tickets and lists as the desk uses them."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.errors import NotAuthenticated, SessionDead
from utils.clock import IST


def add(browser: Any, broker: str, label: str = "Mine", **credentials: str) -> Any:
    answer = browser.post("/ui/api/accounts", {"broker": broker, "label": label, "credentials": credentials})
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()["data"]


def begin_redirect(browser: Any) -> tuple[int, dict[str, str]]:
    account = add(browser, "redirecting", api_key="vendor-key", api_secret="vendor-secret")
    answer = browser.post(f"/ui/api/accounts/{account['id']}/connect").get_json()["data"]
    query = parse_qs(urlsplit(answer["redirect_url"]).query)
    return account["id"], {name: values[0] for name, values in query.items()}


def test_brokers_are_listed_with_their_forms(signed_in: Any) -> None:
    brokers = {row["id"]: row for row in signed_in.get("/ui/api/brokers").get_json()["data"]}
    assert set(brokers) == {"instant", "redirecting", "typed"}
    form = brokers["redirecting"]["auth"]
    assert form["kind"] == "redirect"
    assert form["credentials"]["required"] == ["api_key", "api_secret"]
    assert brokers["redirecting"]["callback_url"] == "http://127.0.0.1:5000/redirecting/callback"


def test_brokers_are_listed_with_what_they_can_do_its_limits_evidence_and_proofs(signed_in: Any) -> None:
    broker = {row["id"]: row for row in signed_in.get("/ui/api/brokers").get_json()["data"]}["instant"]
    assert "place" in broker["capabilities"]
    assert broker["limits"]["quote_batch"] > 0
    assert broker["proofs"] == {"place": 3, "quotes": 1}
    assert {"stream", "gtt", "evidence"} <= broker.keys()


def test_an_instant_broker_connects_at_once(signed_in: Any) -> None:
    account = add(signed_in, "instant")
    assert (account["active"], account["session"]["state"]) == (True, "none")
    answer = signed_in.post(f"/ui/api/accounts/{account['id']}/connect").get_json()["data"]
    assert answer["account"]["session"]["state"] == "valid"
    assert answer["account"]["broker_user_id"] == "INSTANT1"


def test_a_form_broker_asks_for_its_fields_and_shows_the_vendors_refusal(signed_in: Any) -> None:
    account = add(signed_in, "typed", api_key="k")
    path = f"/ui/api/accounts/{account['id']}/connect"
    assert "otp" in signed_in.post(path).get_json()["errors"]
    refused = signed_in.post(path, {"otp": "000000"})
    assert (refused.status_code, refused.get_json()["code"]) == (400, "REFUSED")
    assert (
        signed_in.post(path, {"otp": "123456"}).get_json()["data"]["account"]["session"]["state"] == "valid"
    )


def test_a_redirect_broker_comes_back_with_our_state(signed_in: Any) -> None:
    account_id, query = begin_redirect(signed_in)
    assert query["back"] == "http://127.0.0.1:5000/redirecting/callback"
    answer = signed_in.get(f"/redirecting/callback?request_token=good-token&state={query['state']}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/broker?connected={account_id}")
    (account,) = signed_in.get("/ui/api/accounts").get_json()["data"]
    assert account["session"]["state"] == "valid"
    assert account["session"]["expires_at"] == "2026-11-21T00:30:00Z"  # 06:00 IST, the manifest's rollover


def test_the_vendor_hears_our_own_callback_address_whatever_the_browser_says(signed_in: Any) -> None:
    _, query = begin_redirect(signed_in)
    forged = f"request_token=good-token&state={query['state']}&callback_url=https://other.example/"
    answer = signed_in.get(f"/redirecting/callback?{forged}")
    assert answer.headers["Location"].startswith("/broker?connected=")


def test_a_vendor_may_post_his_answer_which_brings_no_cookie(signed_in: Any, app: Any) -> None:
    account_id, query = begin_redirect(signed_in)
    answer = f"request_token=good-token&state={query['state']}"
    form = {"data": answer, "content_type": "application/x-www-form-urlencoded"}
    posted = app.test_client().post("/redirecting/callback", **form)
    assert posted.status_code == 303
    assert posted.headers["Location"].startswith("/redirecting/callback?posted=")
    assert "good-token" not in posted.headers["Location"]
    stranger = app.test_client().get(posted.headers["Location"])
    assert "connected" not in stranger.headers.get("Location", "")
    returned = signed_in.get(posted.headers["Location"])
    assert returned.headers["Location"] == f"/broker?connected={account_id}"
    assert "error=" in signed_in.get(posted.headers["Location"]).headers["Location"]


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        ("a=1&b=2", {"a": "1", "b": "2"}), ('{"token":"x=="}', {"body": '{"token":"x=="}'}),
        ("%7B%7D", {"body": "%7B%7D"}), ("", {}), ("&".join(f"f{number}=1" for number in range(60)), None),
    ],
)  # fmt: skip
def test_a_posted_answer_is_a_form_or_a_body_of_its_own(
    services: Any, app: Any, raw: str, fields: dict[str, str] | None
) -> None:
    place = app.test_client().post("/redirecting/callback", data=raw).headers["Location"]
    if fields is None:
        assert place.startswith("/broker?error=")
    else:
        (sealed,) = parse_qs(urlsplit(place).query)["posted"]
        assert services.logins.posted(sealed) == fields


@pytest.mark.parametrize("wrong", ["forged", "late", "huge"])
def test_a_posted_answer_that_is_forged_late_or_huge_is_refused(
    signed_in: Any, app: Any, clock: Any, wrong: str
) -> None:
    _, query = begin_redirect(signed_in)
    padding = "x" * 9000 if wrong == "huge" else ""
    posted = app.test_client().post(
        f"/redirecting/callback?pad={wrong}",
        data=f"request_token=good-token&state={query['state']}&more={padding}",
    )
    clock.advance(61 if wrong == "late" else 1)
    place = posted.headers["Location"]
    place = place[:-30] + "A" * 30 if wrong == "forged" else place
    if wrong != "huge":
        place = signed_in.get(place).headers["Location"]
    assert place.startswith("/broker?error=")
    (account,) = signed_in.get("/ui/api/accounts").get_json()["data"]
    assert account["session"]["state"] == "none"


@pytest.mark.parametrize("state", ["", "&state=", "&state=forged"])
def test_a_callback_without_our_state_is_refused(signed_in: Any, state: str) -> None:
    begin_redirect(signed_in)
    answer = signed_in.get(f"/redirecting/callback?request_token=good-token{state}")
    assert answer.headers["Location"].startswith("/broker?error=")
    (account,) = signed_in.get("/ui/api/accounts").get_json()["data"]
    assert account["session"]["state"] == "none"


def test_a_callback_counts_once_in_the_browser_that_began(
    signed_in: Any, new_browser: Any, password: str
) -> None:
    _, query = begin_redirect(signed_in)
    path = f"/redirecting/callback?request_token=good-token&state={query['state']}"
    other = new_browser(signed_in.app)
    other.post("/ui/api/login", {"username": "ada", "password": password})
    assert other.get(path).headers["Location"].startswith("/broker?error=")
    assert signed_in.get(path).headers["Location"].startswith("/broker?connected=")
    assert signed_in.get(path).headers["Location"].startswith("/broker?error=")


def test_a_callback_after_ten_minutes_is_too_late(signed_in: Any, clock: Any) -> None:
    _, query = begin_redirect(signed_in)
    clock.advance(601)
    answer = signed_in.get(f"/redirecting/callback?request_token=good-token&state={query['state']}")
    assert answer.headers["Location"].startswith("/broker?error=")


def test_disconnecting_ends_the_session_even_when_the_vendor_does_not_answer(
    signed_in: Any, services: Any
) -> None:
    account_id, query = begin_redirect(signed_in)
    signed_in.get(f"/redirecting/callback?request_token=good-token&state={query['state']}")
    answer = signed_in.post(f"/ui/api/accounts/{account_id}/disconnect").get_json()["data"]
    assert answer["session"]["state"] == "revoked"
    with pytest.raises(SessionDead):
        services.accounts.session(account_id)


def test_a_broker_session_ends_on_time_and_the_browser_stays_signed_in(
    signed_in: Any, services: Any, clock: Any
) -> None:
    account = add(signed_in, "instant")
    signed_in.post(f"/ui/api/accounts/{account['id']}/connect")
    clock.advance(6 * 3600)
    with pytest.raises(SessionDead):
        services.accounts.session(account["id"])
    (shown,) = signed_in.get("/ui/api/accounts").get_json()["data"]
    assert shown["session"]["state"] == "expired"


def test_no_secret_is_in_the_store_file_or_in_an_answer(
    signed_in: Any, services: Any, tmp_path: Path, password: str
) -> None:
    key = signed_in.post("/ui/api/apikey").get_json()["data"]["api_key"]
    account_id, query = begin_redirect(signed_in)
    signed_in.get(f"/redirecting/callback?request_token=good-token&state={query['state']}")
    assert services.accounts.session(account_id).tokens["access_token"] == "clear-text-vendor-token"
    cookie, answers = signed_in.cookie, signed_in.get("/ui/api/accounts").get_data()
    services.close()
    secrets = [
        key,
        cookie,
        password,
        query["state"],
        "vendor-key",
        "vendor-secret",
        "clear-text-vendor-token",
    ]
    stored = b"".join(path.read_bytes() for path in (tmp_path / "db").iterdir() if path.is_file())
    assert b"redirecting" in stored
    for secret in secrets:
        assert secret.encode() not in stored
        assert secret.encode() not in answers


def test_blank_credentials_keep_what_is_stored_and_new_ones_end_the_session(
    signed_in: Any, services: Any
) -> None:
    account_id, query = begin_redirect(signed_in)
    signed_in.get(f"/redirecting/callback?request_token=good-token&state={query['state']}")
    path = f"/ui/api/accounts/{account_id}"
    assert (
        signed_in.write("PUT", path, {"label": "Renamed"}).get_json()["data"]["session"]["state"] == "valid"
    )
    changed = signed_in.write("PUT", path, {"credentials": {"api_key": "other", "api_secret": ""}})
    assert changed.get_json()["data"]["session"]["state"] == "revoked"
    stored = services.accounts.credentials(services.accounts.own(1, account_id))
    assert stored == {"api_key": "other", "api_secret": "vendor-secret"}


def test_one_account_is_active_and_the_key_follows_it(signed_in: Any, services: Any) -> None:
    key = signed_in.post("/ui/api/apikey").get_json()["data"]["api_key"]
    first, second = add(signed_in, "instant", "One"), add(signed_in, "typed", "Two", api_key="k")
    assert services.api_keys.verify(key).account_id == first["id"]
    signed_in.post(f"/ui/api/accounts/{second['id']}/activate")
    assert services.api_keys.verify(key).broker == "typed"
    shown = {row["label"]: row["active"] for row in signed_in.get("/ui/api/accounts").get_json()["data"]}
    assert shown == {"One": False, "Two": True}
    signed_in.write("DELETE", f"/ui/api/accounts/{second['id']}")
    assert services.api_keys.verify(key).account_id is None


def test_anothers_account_does_not_exist(signed_in: Any, services: Any, new_browser: Any) -> None:
    account = add(signed_in, "instant")
    services.users.add("bob", "bob@example.com", "Battery-Staple7!")
    bob = new_browser(signed_in.app)
    bob.post("/ui/api/login", {"username": "bob", "password": "Battery-Staple7!"})
    for method, path in (
        ("PUT", ""), ("DELETE", ""), ("POST", "/connect"), ("POST", "/disconnect"), ("POST", "/activate"),
    ):  # fmt: skip
        answer = bob.write(method, f"/ui/api/accounts/{account['id']}{path}")
        assert (answer.status_code, answer.get_json()["code"]) == (404, "UNKNOWN_ACCOUNT"), path


def test_a_key_is_shown_at_rotation_and_again_only_for_the_password(
    signed_in: Any, services: Any, password: str
) -> None:
    first = signed_in.post("/ui/api/apikey").get_json()["data"]["api_key"]
    assert services.api_keys.verify(first).username == "ada"
    second = signed_in.post("/ui/api/apikey").get_json()["data"]["api_key"]
    with pytest.raises(NotAuthenticated):
        services.api_keys.verify(first)
    shown = signed_in.get("/ui/api/apikey").get_json()["data"]
    assert shown["exists"] is True and second not in str(shown)
    assert signed_in.post("/ui/api/apikey/reveal", {"password": "wrong"}).status_code == 401
    revealed = signed_in.post("/ui/api/apikey/reveal", {"password": password})
    assert revealed.get_json()["data"]["api_key"] == second


def test_a_ticket_is_for_one_use_within_a_minute(signed_in: Any, services: Any, clock: Any) -> None:
    ticket = signed_in.post("/ui/api/ws-ticket").get_json()["data"]["ticket"]
    assert services.tickets.redeem(ticket).username == "ada"
    with pytest.raises(NotAuthenticated):
        services.tickets.redeem(ticket)
    late = signed_in.post("/ui/api/ws-ticket").get_json()["data"]["ticket"]
    clock.advance(61)
    with pytest.raises(NotAuthenticated):
        services.tickets.redeem(late)


def test_market_status_follows_the_clock(signed_in: Any, clock: Any) -> None:
    def nse() -> Any:
        rows = signed_in.get("/ui/api/market-status").get_json()["data"]["exchanges"]
        return next(row for row in rows if row["exchange"] == "NSE")

    assert nse()["open"] is True
    clock.jump(dt.datetime(2026, 11, 20, 16, 30, tzinfo=IST))
    assert (nse()["open"], nse()["session"]) == (False, "closed")


def test_a_practice_account_says_so_and_an_account_with_real_money_does_not(signed_in: Any) -> None:
    assert add(signed_in, "instant")["practice"] is True
    assert add(signed_in, "typed", "Real", api_key="k")["practice"] is False
    desk = signed_in.get("/ui/api/bootstrap").get_json()["data"]
    assert [account["practice"] for account in desk["accounts"]] == [True, False]
    assert desk["account"]["practice"] is True
    brokers = {row["id"]: row["practice"] for row in signed_in.get("/ui/api/brokers").get_json()["data"]}
    assert brokers == {"instant": True, "redirecting": False, "typed": False}


def test_a_practice_exchange_never_closes_and_real_ones_do(signed_in: Any, clock: Any) -> None:
    clock.jump(dt.datetime(2026, 11, 20, 21, 0, tzinfo=IST))
    practice = add(signed_in, "instant")
    real = add(signed_in, "typed", "Real", api_key="k")
    status = signed_in.get("/ui/api/market-status").get_json()["data"]
    assert status["practice"] is True
    assert status["exchanges"] == [
        {"exchange": "NSE", "open": True, "session": "practice", "next_change": None, "opens_next": None}
    ]
    signed_in.post(f"/ui/api/accounts/{real['id']}/activate")
    status = signed_in.get("/ui/api/market-status").get_json()["data"]
    assert status["practice"] is False
    assert {row["exchange"]: row["open"] for row in status["exchanges"]}["NSE"] is False
    signed_in.post(f"/ui/api/accounts/{practice['id']}/activate")
    assert signed_in.get("/ui/api/market-status").get_json()["data"]["practice"] is True


def test_login_attempts_are_on_record_without_the_password(signed_in: Any, tmp_path: Path) -> None:
    signed_in.post("/ui/api/login", {"username": "ada", "password": "Wrong-Horse9!"})
    rows = sqlite3.connect(tmp_path / "db" / "openalgo.db").execute("SELECT * FROM login_attempts").fetchall()
    assert any("failed" in row for row in rows)
    assert "Wrong-Horse9!" not in str(rows)
