"""Administrators make, invite, shut out and help users; never learn what is theirs, and never lock everybody out."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from domain.errors import Conflict, NotAuthenticated
from services.accounts.users import Device
from test.api.desk import conftest as desk
from test.api.desk.conftest import PASSWORD, Browser, build_app

clock, make_services, services = desk.clock, desk.make_services, desk.services
DEVICE = Device(ip_address="127.0.0.1", name="test")
BOB = "Battery-Staple7!"


@pytest.fixture
def admin(services: Any) -> Browser:
    browser = Browser(build_app(services))
    browser.open_desk()
    form = {"username": "ada", "email": "ada@example.com", "password": PASSWORD}
    assert browser.post("/ui/api/setup", form).status_code == 200
    return browser


def opened(admin: Browser) -> Browser:
    browser = Browser(admin.app)
    browser.open_desk()
    return browser


def signed_in(admin: Browser, username: str, password: str) -> Any:
    return opened(admin).post("/ui/api/login", {"username": username, "password": password})


def created(admin: Browser, username: str = "bob", **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    form = {"username": username, "email": f"{username}@example.com", "password": PASSWORD, **more}
    answer = admin.post("/ui/api/users", form)
    assert answer.status_code == 201, answer.data
    data = answer.get_json()["data"]
    return data["user"], data["invitation"]


def choose(admin: Browser, link: str, password: str = BOB) -> Any:
    token = link.rsplit("#", 1)[1]
    return opened(admin).post("/ui/api/reset/password", {"token": token, "new_password": password})


def standing(admin: Browser, user_id: int, *, is_admin: bool, is_disabled: bool) -> Any:
    form = {"is_admin": is_admin, "is_disabled": is_disabled, "password": PASSWORD}
    return admin.write("PUT", f"/ui/api/users/{user_id}", form)


def test_an_invited_user_chooses_the_password_and_nobody_else_can(admin: Browser, clock: Any) -> None:
    user, invitation = created(admin)
    assert (user["is_admin"], user["is_invited"], invitation["mailed"]) == (False, True, False)
    clock.advance(23 * 3600)
    assert choose(admin, invitation["link"]).status_code == 200
    assert choose(admin, invitation["link"]).status_code == 404
    assert signed_in(admin, "bob", BOB).get_json()["data"]["user"]["is_admin"] is False
    admin.open_desk()
    admin.post("/ui/api/login", {"username": "ada", "password": PASSWORD})
    again = admin.post(f"/ui/api/users/{user['id']}/invite", {"password": PASSWORD})
    assert (again.status_code, again.get_json()["code"]) == (409, "NOT_INVITED")
    reset = admin.post(f"/ui/api/users/{user['id']}/reset-password", {"password": PASSWORD})
    assert (reset.status_code, reset.get_json()["code"]) == (409, "MAIL_NOT_SET_UP")
    assert "reset-link bob" in reset.get_json()["message"] and "#" not in reset.get_json()["message"]


def test_a_new_invitation_ends_the_one_before(admin: Browser) -> None:
    user, first = created(admin)
    second = admin.post(f"/ui/api/users/{user['id']}/invite", {"password": PASSWORD}).get_json()["data"]
    assert choose(admin, first["link"]).status_code == 404
    assert choose(admin, second["link"]).status_code == 200


def test_what_is_listed_holds_no_secret(admin: Browser, services: Any) -> None:
    user, invitation = created(admin)
    choose(admin, invitation["link"])
    signed_in(admin, "bob", BOB)
    key = services.api_keys.rotate(user["id"])
    shown = admin.get("/ui/api/users").get_json()["data"]
    bob = next(row for row in shown if row["username"] == "bob")
    assert set(bob) == {
        "id", "username", "email", "is_admin", "is_disabled", "is_invited", "second_step", "created_at", "last_seen_at",
    }  # fmt: skip
    assert bob["last_seen_at"] is not None and bob["is_invited"] is False
    with services.stores.main.reading() as unit:
        from database.identity import Users

        hashed = Users(unit).credentials("bob")[1]
    assert key[:4] not in str(shown) and hashed not in str(shown)


def test_an_administrator_sees_only_what_is_their_own(admin: Browser, services: Any) -> None:
    user, invitation = created(admin)
    choose(admin, invitation["link"])
    services.api_keys.rotate(user["id"])
    services.accounts.create(user["id"], "instant", "Bob's", {})
    for path in ("/ui/api/apikey", "/ui/api/keys", "/ui/api/accounts", "/ui/api/sessions"):
        shown = str(admin.get(path).get_json()["data"])
        assert "Bob" not in shown and "********" not in shown, path


def test_a_disabled_user_is_out_everywhere_at_once_and_comes_back(admin: Browser, services: Any) -> None:
    user, invitation = created(admin)
    choose(admin, invitation["link"])
    bob = opened(admin)
    bob.post("/ui/api/login", {"username": "bob", "password": BOB})
    key = services.api_keys.rotate(user["id"])
    assert services.api_keys.verify(key).username == "bob"
    assert (
        standing(admin, user["id"], is_admin=False, is_disabled=True).get_json()["data"]["is_disabled"]
        is True
    )
    assert bob.get("/ui/api/sessions").status_code == 401
    with pytest.raises(NotAuthenticated):
        services.api_keys.verify(key)
    refused = signed_in(admin, "bob", BOB)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "USER_DISABLED")
    assert signed_in(admin, "bob", "Wrong-Horse9!").get_json()["message"] == "Invalid credentials"
    assert services.callers.principal(user["id"], "exit").username == "bob"
    with pytest.raises(NotAuthenticated):
        services.callers.principal(user["id"], "webhook")
    standing(admin, user["id"], is_admin=False, is_disabled=False)
    assert signed_in(admin, "bob", BOB).status_code == 200
    assert services.api_keys.verify(key).username == "bob"
    kinds = [event.kind for event in services.sign_in.record.of_user(user["id"])]
    assert [kind for kind in kinds if kind in ("user_enabled", "user_disabled")] == [
        "user_enabled",
        "user_disabled",
    ]


def test_a_link_of_before_does_not_open_a_disabled_user(admin: Browser) -> None:
    user, invitation = created(admin)
    standing(admin, user["id"], is_admin=False, is_disabled=True)
    assert choose(admin, invitation["link"]).status_code == 404
    answer = admin.post(f"/ui/api/users/{user['id']}/invite", {"password": PASSWORD})
    assert answer.get_json()["code"] == "USER_DISABLED"


def test_the_last_administrator_is_neither_demoted_nor_disabled(admin: Browser, services: Any) -> None:
    for is_admin, is_disabled in ((False, False), (True, True), (False, True)):
        answer = standing(admin, 1, is_admin=is_admin, is_disabled=is_disabled)
        assert (answer.status_code, answer.get_json()["code"]) == (409, "LAST_ADMIN")
    user, _ = created(admin, is_admin=True)
    standing(admin, user["id"], is_admin=True, is_disabled=True)
    assert standing(admin, 1, is_admin=False, is_disabled=False).get_json()["code"] == "LAST_ADMIN"
    standing(admin, user["id"], is_admin=True, is_disabled=False)
    assert standing(admin, 1, is_admin=False, is_disabled=False).status_code == 200
    assert admin.get("/ui/api/users").status_code == 403


def test_two_administrators_who_demote_each_other_leave_one(admin: Browser, services: Any) -> None:
    services.users.add("eve", "eve@example.com", BOB, is_admin=True)
    people, gate, ends = services.sign_in.people, threading.Barrier(2), []

    def demote(by: int, whom: int) -> None:
        principal = services.callers.principal(by, "ui")
        gate.wait()
        try:
            people.change(principal, whom, is_admin=False, is_disabled=False, device=DEVICE)
            ends.append("done")
        except Conflict as error:
            ends.append(error.code)

    threads = [threading.Thread(target=demote, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(ends) == ["LAST_ADMIN", "done"]


def test_every_act_on_others_asks_for_the_password_again(admin: Browser) -> None:
    user, _ = created(admin)
    wrong = "Wrong-Horse9!"
    for method, path, form in (
        ("POST", "/ui/api/users", {"username": "eve", "email": "e@example.com"}),
        ("PUT", f"/ui/api/users/{user['id']}", {"is_admin": True, "is_disabled": False}),
        ("POST", f"/ui/api/users/{user['id']}/invite", {}),
        ("POST", f"/ui/api/users/{user['id']}/unlock", {}),
    ):
        answer = admin.write(method, path, {**form, "password": wrong})
        assert answer.status_code == 401, (path, answer.data)
    assert len(admin.get("/ui/api/users").get_json()["data"]) == 2


def test_a_lost_authenticator_and_shut_doors_are_an_administrators_help(
    admin: Browser, services: Any
) -> None:
    user, invitation = created(admin)
    choose(admin, invitation["link"])
    with services.stores.main.unit() as unit:
        from database.signin.factors import SecondFactors

        SecondFactors(unit).put(user["id"], "sealed", services.clock.now())
        SecondFactors(unit).confirm(user["id"], services.clock.now())
    assert signed_in(admin, "bob", BOB).get_json()["data"]["code_owed_until"] is not None
    path = f"/ui/api/users/{user['id']}"
    assert admin.post(f"{path}/reset-second-step", {"password": PASSWORD}).get_json()["data"] == {"had": True}
    assert signed_in(admin, "bob", BOB).get_json()["data"]["authenticated"] is True
    for _ in range(6):
        signed_in(admin, "bob", "Wrong-Horse9!")
    assert signed_in(admin, "bob", BOB).status_code == 429
    assert admin.post(f"{path}/unlock", {"password": PASSWORD}).get_json()["data"] == {"opened": True}
    assert signed_in(admin, "bob", BOB).status_code == 200


def test_an_unknown_user_and_a_taken_name_are_said(admin: Browser) -> None:
    created(admin)
    taken = admin.post("/ui/api/users", {"username": "BOB", "email": "x@example.com", "password": PASSWORD})
    assert (taken.status_code, taken.get_json()["code"]) == (409, "USER_EXISTS")
    for user_id in (99, 2**70):
        answer = standing(admin, user_id, is_admin=True, is_disabled=False)
        assert answer.status_code == 404, answer.data
