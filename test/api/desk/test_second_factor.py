"""The second step over HTTP: turning it on, coming in with a code, recovery codes, turning it off."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pyotp
import pytest

pytest.importorskip("segno", reason="the environment is older than pyproject.toml")


def enrol(browser: Any, clock: Any, password: str) -> tuple[pyotp.TOTP, list[str]]:
    begun = browser.post("/ui/api/totp", {"password": password}).get_json()["data"]
    otp = pyotp.TOTP(begun["secret"])
    answer = browser.post("/ui/api/totp/confirm", {"code": otp.at(clock.now())})
    assert answer.status_code == 200, answer.get_json()
    clock.advance(30)
    return otp, answer.get_json()["data"]["recovery_codes"]


@pytest.fixture
def enrolled(signed_in: Any, clock: Any, password: str) -> tuple[pyotp.TOTP, list[str]]:
    return enrol(signed_in, clock, password)


def half_way(new_browser: Any, app: Any, password: str) -> Any:
    """Another browser whose password was right."""
    other = new_browser(app)
    answer = other.post("/ui/api/login", {"username": "ada", "password": password})
    assert answer.status_code == 200
    return other


def kinds(browser: Any) -> list[str]:
    return [row["kind"] for row in browser.get("/ui/api/security-events").get_json()["data"]]


def test_the_secret_is_drawn_and_written_once_against_the_password(signed_in: Any, password: str) -> None:
    assert signed_in.post("/ui/api/totp", {"password": "Wrong-Horse9!"}).status_code == 401
    data = signed_in.post("/ui/api/totp", {"password": password}).get_json()["data"]
    assert data["uri"].startswith("otpauth://totp/OpenAlgo:ada?secret=" + data["secret"])
    picture = ET.fromstring(data["qr_svg"])
    assert picture.tag.endswith("svg") and "script" not in data["qr_svg"]
    assert data["secret"] not in data["qr_svg"]
    for path in ("/ui/api/totp", "/ui/api/bootstrap", "/ui/api/security-events"):
        assert data["secret"] not in signed_in.get(path).get_data(as_text=True)


def test_it_does_not_count_before_a_code_confirmed_it(
    signed_in: Any, new_browser: Any, password: str
) -> None:
    signed_in.post("/ui/api/totp", {"password": password})
    wrong = signed_in.post("/ui/api/totp/confirm", {"code": "000000"})
    assert (wrong.status_code, list(wrong.get_json()["errors"])) == (400, ["code"])
    other = half_way(new_browser, signed_in.app, password)
    assert other.get("/ui/api/accounts").status_code == 200


def test_a_password_alone_no_longer_opens_the_desk(
    signed_in: Any, enrolled: Any, new_browser: Any, clock: Any, password: str
) -> None:
    otp, _ = enrolled
    other = new_browser(signed_in.app)
    planted = other.cookie
    other.post("/ui/api/login", {"username": "ada", "password": password})
    half = other.cookie
    assert half != planted
    state = other.open_desk()
    assert (state["authenticated"], state["user"]) == (False, None)
    assert state["code_owed_until"]
    assert other.get("/ui/api/accounts").status_code == 401
    answer = other.post("/ui/api/login/code", {"code": otp.at(clock.now())})
    assert answer.get_json()["data"]["user"]["username"] == "ada"
    assert other.cookie != half
    assert other.get("/ui/api/accounts").status_code == 200
    assert kinds(other)[0] == "signed_in"


def test_a_code_is_not_taken_twice(
    signed_in: Any, enrolled: Any, new_browser: Any, clock: Any, password: str
) -> None:
    code = enrolled[0].at(clock.now())
    first, second = (half_way(new_browser, signed_in.app, password) for _ in range(2))
    assert first.post("/ui/api/login/code", {"code": code}).status_code == 200
    answer = second.post("/ui/api/login/code", {"code": code})
    assert (answer.status_code, answer.get_json()["code"]) == (401, "INVALID_CREDENTIALS")
    assert "used before" in answer.get_json()["message"]
    assert "code_reused" in kinds(first)


def test_the_code_belongs_to_the_browser_whose_password_was_right(
    signed_in: Any, enrolled: Any, new_browser: Any, clock: Any, password: str
) -> None:
    half_way(new_browser, signed_in.app, password)
    stranger = new_browser(signed_in.app)
    answer = stranger.post("/ui/api/login/code", {"code": enrolled[0].at(clock.now())})
    assert (answer.status_code, answer.get_json()["code"]) == (401, "SIGN_IN_AGAIN")


def test_a_right_password_waits_five_minutes_for_its_code(
    signed_in: Any, enrolled: Any, new_browser: Any, clock: Any, password: str
) -> None:
    other = half_way(new_browser, signed_in.app, password)
    clock.advance(300)
    answer = other.post("/ui/api/login/code", {"code": enrolled[0].at(clock.now())})
    assert answer.get_json()["code"] == "SIGN_IN_AGAIN"
    assert other.open_desk()["code_owed_until"] is None


def test_starting_over_forgets_the_password(
    signed_in: Any, enrolled: Any, new_browser: Any, clock: Any, password: str
) -> None:
    other = half_way(new_browser, signed_in.app, password)
    assert other.write("DELETE", "/ui/api/login/code").get_json()["data"]["code_owed_until"] is None
    answer = other.post("/ui/api/login/code", {"code": enrolled[0].at(clock.now())})
    assert answer.get_json()["code"] == "SIGN_IN_AGAIN"


def test_wrong_codes_are_told_how_long_to_wait(
    signed_in: Any, enrolled: Any, new_browser: Any, clock: Any, password: str
) -> None:
    other = half_way(new_browser, signed_in.app, password)
    answers = [other.post("/ui/api/login/code", {"code": "000000"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert answers[4].get_json()["retry_after"] == 900
    last = answers[5]
    assert (last.get_json()["code"], last.headers["Retry-After"]) == ("SIGN_IN_LOCKED", "900")
    assert "15 minutes" in last.get_json()["message"]


def test_a_recovery_code_opens_once_however_it_is_typed(
    signed_in: Any, enrolled: Any, new_browser: Any, password: str
) -> None:
    code = enrolled[1][3]
    other = half_way(new_browser, signed_in.app, password)
    assert (
        other.post("/ui/api/login/recovery", {"code": f" {code.lower().replace('-', ' ')} "}).status_code
        == 200
    )
    assert other.get("/ui/api/totp").get_json()["data"]["recovery_codes_left"] == 9
    again = half_way(new_browser, signed_in.app, password)
    assert again.post("/ui/api/login/recovery", {"code": code}).status_code == 401


def test_new_recovery_codes_end_the_old_ones(
    signed_in: Any, enrolled: Any, new_browser: Any, clock: Any, password: str
) -> None:
    otp, old = enrolled
    form = {"password": password, "code": otp.at(clock.now())}
    fresh = signed_in.post("/ui/api/totp/recovery-codes", form).get_json()["data"]["recovery_codes"]
    assert len(fresh) == 10 and not set(fresh) & set(old)
    other = half_way(new_browser, signed_in.app, password)
    assert other.post("/ui/api/login/recovery", {"code": old[0]}).status_code == 401
    assert other.post("/ui/api/login/recovery", {"code": fresh[0]}).status_code == 200


def test_turning_it_off_takes_password_and_code(
    signed_in: Any, enrolled: Any, new_browser: Any, clock: Any, password: str
) -> None:
    otp, codes = enrolled
    form = {"password": password, "code": otp.at(clock.now())}
    assert signed_in.post("/ui/api/totp/disable", form | {"password": "Wrong-Horse9!"}).status_code == 401
    assert signed_in.post("/ui/api/totp/disable", form | {"code": "000000"}).status_code == 401
    assert signed_in.get("/ui/api/totp").get_json()["data"]["enabled"] is True
    assert signed_in.post("/ui/api/totp/disable", form).get_json()["data"]["enabled"] is False
    other = half_way(new_browser, signed_in.app, password)
    assert other.get("/ui/api/accounts").status_code == 200
    enrol(signed_in, clock, password)
    off = signed_in.post("/ui/api/totp/disable", {"password": password, "code": codes[0]})
    assert off.status_code == 401


def test_a_second_authenticator_needs_the_first_turned_off(
    signed_in: Any, enrolled: Any, password: str
) -> None:
    answer = signed_in.post("/ui/api/totp", {"password": password})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "TOTP_ON")


def test_changing_the_password_ends_half_sign_ins_and_says_how_many_browsers_it_ended(
    signed_in: Any, enrolled: Any, new_browser: Any, clock: Any, password: str
) -> None:
    otp, _ = enrolled
    inside = half_way(new_browser, signed_in.app, password)
    inside.post("/ui/api/login/code", {"code": otp.at(clock.now())})
    waiting = half_way(new_browser, signed_in.app, password)
    form = {"old_password": password, "new_password": "Better-Horse10!"}
    assert signed_in.post("/ui/api/password", form).get_json()["data"]["ended_sessions"] == 1
    assert inside.get("/ui/api/accounts").status_code == 401
    clock.advance(30)
    answer = waiting.post("/ui/api/login/code", {"code": otp.at(clock.now())})
    assert answer.get_json()["code"] == "SIGN_IN_AGAIN"


def test_name_and_mail_change_against_the_password(signed_in: Any, new_browser: Any, password: str) -> None:
    form = {"username": "lovelace", "email": "Ada@Example.org", "password": password}
    assert signed_in.write("PUT", "/ui/api/profile", form | {"password": "x"}).status_code == 401
    bad = signed_in.write("PUT", "/ui/api/profile", form | {"email": "nowhere"})
    assert list(bad.get_json()["errors"]) == ["email"]
    state = signed_in.write("PUT", "/ui/api/profile", form).get_json()["data"]
    assert (state["user"]["username"], state["user"]["email"]) == ("lovelace", "ada@example.org")
    other = new_browser(signed_in.app)
    assert other.post("/ui/api/login", {"username": "ada", "password": password}).status_code == 401
    assert other.post("/ui/api/login", {"username": "lovelace", "password": password}).status_code == 200


def test_the_rule_of_passwords_is_said_in_the_words_of_its_refusals(browser: Any) -> None:
    rule = browser.get("/ui/api/password-rule").get_json()["data"]
    said = {part["text"] for part in rule["parts"]}
    form = {"username": "adaada", "email": "ada@example.com", "password": "adaada"}
    refused = browser.post("/ui/api/setup", form).get_json()["errors"]["password"]
    assert len(refused) == 5 and set(refused) <= said


def test_a_wrong_password_inside_the_desk_counts_like_one_at_the_door(signed_in: Any) -> None:
    answers = [signed_in.post("/ui/api/apikey/reveal", {"password": "Wrong-Horse9!"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]


def test_contracts_of_every_broker_are_shown_and_loaded_through_ones_own_account(signed_in: Any) -> None:
    account = signed_in.post("/ui/api/accounts", {"broker": "instant", "label": "Mine"}).get_json()["data"]
    (row,) = signed_in.get("/ui/api/contracts/brokers").get_json()["data"]
    assert (row["broker"], row["account_id"], row["counts"], row["total"]) == ("instant", None, {}, 0)
    path = f"/ui/api/accounts/{account['id']}/contracts"
    assert signed_in.post(path).status_code in (403, 503)
    signed_in.post(f"/ui/api/accounts/{account['id']}/connect")
    (row,) = signed_in.get("/ui/api/contracts/brokers").get_json()["data"]
    assert row["account_id"] == account["id"]
    assert signed_in.post(path).status_code in (200, 409)
    assert signed_in.post("/ui/api/accounts/999/contracts").status_code == 404
