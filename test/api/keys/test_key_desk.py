"""The page of API keys: made once, shown once, changed, replaced with an overlap, revoked; nobody else's."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from domain.errors import NotAllowed, NotAuthenticated
from services.accounts.keys.access import Need
from test.api.desk import conftest as desk
from test.api.desk.conftest import PASSWORD, Browser, build_app

HOME = "127.0.0.1"
clock, make_services, services = desk.clock, desk.make_services, desk.services


@pytest.fixture
def signed_in(services: Any) -> Browser:
    browser = Browser(build_app(services))
    browser.open_desk()
    form = {"username": "ada", "email": "ada@example.com", "password": PASSWORD}
    assert browser.post("/ui/api/setup", form).status_code == 200
    return browser


def made(browser: Browser, **terms: Any) -> tuple[dict[str, Any], str]:
    answer = browser.post("/ui/api/keys", {"name": "robot", "scope": "trade", **terms})
    assert answer.status_code == 201, answer.data
    data = answer.get_json()["data"]
    return data["key"], data["api_key"]


def listed(browser: Browser) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = browser.get("/ui/api/keys").get_json()["data"]["keys"]
    return found


def test_a_key_is_shown_once_and_kept_as_digest_and_hash_only(
    signed_in: Browser, services: Any, tmp_path: Path
) -> None:
    view, key = made(signed_in, scope="read", addresses=["10.0.0.0/8"])
    assert (view["scope"], view["addresses"], view["masked"]) == (
        "read",
        ["10.0.0.0/8"],
        f"{key[:4]}{'*' * 8}",
    )
    assert key not in str(signed_in.get("/ui/api/keys").get_json())
    services.stores.main.engine.dispose()
    for path in (tmp_path / "db").glob("openalgo.db*"):
        assert key.encode() not in path.read_bytes()
    assert services.api_keys.admit(key, Need.READ, "10.1.2.3").user_id == 1
    first = signed_in.post("/ui/api/apikey").get_json()["data"]["api_key"]
    assert services.api_keys.verify(first).access == "trade"
    assert [row["is_first"] for row in listed(signed_in)] == [False, True]


def test_limits_that_come_with_a_key_bind_before_anybody_has_it(signed_in: Browser, services: Any) -> None:
    view, _ = made(signed_in, limits={"max_quantity": 10, "exchanges": ["NSE"]})
    scope = f"key:{view['id']}"
    assert services.trading.risk.show(scope).limits.max_quantity == 10
    shown = {row["scope"]: row["label"] for row in signed_in.get("/ui/api/risk").get_json()["data"]["scopes"]}
    assert shown[scope] == "robot"
    for wrong in ({"max_quantity": -1}, {"no_such": 1}, {"exchanges": []}):
        answer = signed_in.post("/ui/api/keys", {"name": "other", "scope": "trade", "limits": wrong})
        assert answer.status_code == 400
    assert [row["name"] for row in listed(signed_in)] == ["robot"]
    form = {"kind": "key", "key_id": view["id"], "limits": {"max_quantity": 3}, "version": 1}
    assert signed_in.write("PUT", "/ui/api/risk/limits", form).status_code == 200
    assert services.trading.risk.show(scope).limits.max_quantity == 3


WRONG = [
    ("name", ""), ("name", "x" * 41), ("name", "a\nb"), ("scope", "admin"), ("order_mode", "never"),
    ("addresses", ["10.0.0.1/8"]), ("addresses", ["home"]), ("addresses", ["10.0.0.1"] * 21),
    ("expires_at", "2020-01-01T00:00:00Z"), ("expires_at", "2027-01-01T00:00:00"), ("expires_at", 3),
]  # fmt: skip


def test_terms_that_cannot_be_are_refused_by_field(signed_in: Browser) -> None:
    for field, value in WRONG:
        answer = signed_in.post("/ui/api/keys", {"name": "robot", "scope": "trade", field: value})
        assert answer.status_code == 400, (field, value)
        assert field in str(answer.get_json()["errors"])
    assert listed(signed_in) == []


def test_a_key_ends_at_its_time_in_clear_words(signed_in: Browser, services: Any, clock: Any) -> None:
    ends = clock.now() + dt.timedelta(hours=1)
    _, key = made(signed_in, expires_at=ends.isoformat())
    assert services.api_keys.admit(key, Need.TRADE, HOME).until == ends
    clock.advance(3600)
    with pytest.raises(NotAllowed, match=r"expired at 2026-11-20 10:20:00 IST") as caught:
        services.api_keys.admit(key, Need.DATA, HOME)
    assert caught.value.code == "KEY_EXPIRED"
    assert listed(signed_in)[0]["is_expired"] is True


def test_the_key_before_opens_until_the_overlap_is_over(
    signed_in: Browser, services: Any, clock: Any
) -> None:
    view, old = made(signed_in, scope="read")
    rotate = f"/ui/api/keys/{view['id']}/rotate"
    new = signed_in.post(rotate, {"overlap_hours": 2}).get_json()["data"]["api_key"]
    for key in (old, new):
        principal = services.api_keys.verify(key)
        assert (principal.key_id, principal.access) == (view["id"], "read")
    assert listed(signed_in)[0]["previous_until"] is not None
    clock.advance(2 * 3600)
    with pytest.raises(NotAllowed, match="was replaced"):
        services.api_keys.verify(old)
    assert services.api_keys.verify(new).until is None
    assert listed(signed_in)[0]["previous_until"] is None
    newest = signed_in.post(rotate).get_json()["data"]["api_key"]
    for key in (old, new):
        with pytest.raises(NotAuthenticated):
            services.api_keys.verify(key)
    assert services.api_keys.verify(newest).key_id == view["id"]
    assert signed_in.post(rotate, {"overlap_hours": 169}).status_code == 400


def test_changed_terms_hold_from_the_next_call_on(signed_in: Browser, services: Any) -> None:
    view, key = made(signed_in)
    assert services.api_keys.admit(key, Need.TRADE, HOME).access == "trade"
    path = f"/ui/api/keys/{view['id']}"
    changed = signed_in.write("PUT", path, {"name": "reader", "scope": "read", "order_mode": "semi_auto"})
    assert changed.get_json()["data"]["name"] == "reader"
    with pytest.raises(NotAllowed):
        services.api_keys.admit(key, Need.TRADE, HOME)
    principal = services.api_keys.admit(key, Need.READ, HOME)
    assert services.api_keys.order_mode(principal) == "semi_auto"
    made(signed_in, name="second")
    taken = signed_in.write("PUT", path, {"name": "second", "scope": "read"})
    assert (taken.status_code, taken.get_json()["code"]) == (409, "KEY_EXISTS")


def test_a_revoked_key_is_dead_at_once_and_on_the_record(signed_in: Browser, services: Any) -> None:
    view, key = made(signed_in)
    assert services.api_keys.verify(key).key_id == view["id"]
    assert signed_in.write("DELETE", f"/ui/api/keys/{view['id']}").status_code == 200
    with pytest.raises(NotAuthenticated):
        services.api_keys.verify(key)
    kinds = [event.kind for event in services.sign_in.record.of_user(1)]
    assert kinds[:2] == ["key_revoked", "key_created"]
    again, _ = made(signed_in)
    assert again["id"] > view["id"]


def test_anothers_key_does_not_exist(signed_in: Browser, services: Any) -> None:
    view, _ = made(signed_in)
    services.users.add("bob", "bob@example.com", "Battery-Staple7!")
    bob = Browser(signed_in.app)
    bob.open_desk()
    bob.post("/ui/api/login", {"username": "bob", "password": "Battery-Staple7!"})
    path, terms = f"/ui/api/keys/{view['id']}", {"name": "mine", "scope": "data"}
    limits = {"kind": "key", "key_id": view["id"], "limits": {}, "version": 0}
    for method, where, body in (
        ("PUT", path, terms), ("DELETE", path, None), ("POST", f"{path}/rotate", {}),
        ("PUT", "/ui/api/risk/limits", limits), ("PUT", f"/ui/api/keys/{2**70}", terms),
    ):  # fmt: skip
        answer = bob.write(method, where, body)
        assert answer.status_code == 404, (method, where, answer.data)
    assert listed(bob) == []


def test_a_user_has_at_most_twenty_keys(signed_in: Browser) -> None:
    for number in range(20):
        made(signed_in, name=f"key {number}")
    answer = signed_in.post("/ui/api/keys", {"name": "one more", "scope": "data"})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "TOO_MANY_KEYS")
