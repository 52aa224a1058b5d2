"""Rules of users, keys, tickets, sessions and forms that HTTP tests do not reach."""

from __future__ import annotations

import threading
from typing import Any

import argon2
import pytest

from database import identity
from domain.errors import Conflict, InvalidInput, NotAuthenticated, NotFound, Throttled
from services.accounts import tickets as tickets_module
from services.accounts.crypto import Vault
from services.accounts.forms import check_form
from services.accounts.passwords import Passwords, check_password_rule
from services.accounts.principal import Principal
from services.accounts.rotation import reseal_all
from services.accounts.users import Device
from services.defaults import default_credentials
from services.events import ApiKeyChanged, BrowserSignedOut

DEVICE = Device(ip_address="127.0.0.1", name="test")


@pytest.mark.parametrize(
    ("password", "complaints"),
    [
        ("Good-Enough1!", 0), ("Aa1!aaaa", 0), ("Aa1!aaa", 1), ("A1!" + "a" * 126, 1), ("aaaaaaaa", 3),
        ("AAAAAAA1!", 1), ("Password@123", 1), ("Ada-lovelace1!", 1),
    ],
)  # fmt: skip
def test_the_password_rule_names_what_is_missing(password: str, complaints: int) -> None:
    if not complaints:
        check_password_rule(password, "lovelace")
        return
    with pytest.raises(InvalidInput) as caught:
        check_password_rule(password, "lovelace")
    assert len(caught.value.errors["password"]) == complaints


def test_a_hash_of_other_cost_is_renewed_at_the_next_login(services: Any, ada: int) -> None:
    with services.stores.main.reading() as unit:
        _, before = identity.Users(unit).credentials("ada")
    services.passwords._hasher = argon2.PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
    services.sign_in.entry.password("ada", "Correct-Horse9!", DEVICE)
    with services.stores.main.reading() as unit:
        _, after = identity.Users(unit).credentials("ada")
    assert "t=2" in after and "t=1" in before
    assert after.startswith("$argon2id$")


def test_an_unknown_user_costs_one_hash_like_a_known_one(services: Any, ada: int) -> None:
    counted: list[str] = []
    real = services.passwords._hasher

    class Counting:
        def verify(self, stored: str, text: str) -> bool:
            counted.append(stored)
            return bool(real.verify(stored, text))

        def hash(self, text: str) -> str:
            return str(real.hash(text))

        def check_needs_rehash(self, stored: str) -> bool:
            return bool(real.check_needs_rehash(stored))

    services.passwords._hasher = Counting()
    for name in ("ada", "nobody"):
        with pytest.raises(NotAuthenticated):
            services.sign_in.entry.password(name, "Wrong-Horse9!", DEVICE)
    assert len(counted) == 2


def test_passwords_of_another_pepper_do_not_fit() -> None:
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    stored = Passwords(Vault("r" * 32, []), hasher).hash("x")
    assert Passwords(Vault("r" * 32, []), hasher).verify(stored, "x")
    assert not Passwords(Vault("s" * 32, []), hasher).verify(stored, "x")
    assert not Passwords(Vault("r" * 32, []), hasher).verify("not a hash", "x")


def test_ten_set_ups_at_once_make_one_user(services: Any) -> None:
    outcomes: list[str] = []
    gate = threading.Barrier(10)

    def set_up(number: int) -> None:
        gate.wait()
        try:
            services.users.set_up(f"user{number}", f"u{number}@example.com", "Correct-Horse9!", None)
            outcomes.append("made")
        except Conflict as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=set_up, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["ALREADY_SET_UP"] * 9 + ["made"]


@pytest.mark.parametrize("key", ["", "x" * 257, "f" * 64, "\x00", "🙂"])
def test_a_wrong_key_is_refused_whatever_it_is(services: Any, ada: int, key: str) -> None:
    with pytest.raises(NotAuthenticated, match="Invalid openalgo apikey"):
        services.api_keys.verify(key)


def test_a_rotated_key_works_and_the_old_one_is_dead_at_once(services: Any, ada: int) -> None:
    key = services.api_keys.rotate(ada)
    assert services.api_keys.verify(key).key_id is not None
    other = services.api_keys.rotate(ada)
    with pytest.raises(NotAuthenticated):
        services.api_keys.verify(key)
    assert services.api_keys.verify(other).user_id == ada


def test_a_key_change_is_told_and_forgotten_in_other_processes(services: Any, ada: int, clock: Any) -> None:
    heard: list[int] = []
    told = threading.Event()
    services.events.subscribe(ApiKeyChanged, lambda event: (heard.append(event.user_id), told.set()))
    services.api_keys.rotate(ada)
    assert told.wait(5)
    assert heard == [ada]


def test_the_order_mode_belongs_to_the_key_that_was_shown(services: Any, ada: int) -> None:
    principal = services.api_keys.verify(services.api_keys.rotate(ada))
    assert services.api_keys.order_mode(principal) == "auto"
    services.api_keys.set_order_mode(ada, "semi_auto")
    assert services.api_keys.order_mode(principal) == "semi_auto"
    services.api_keys.rotate(ada)
    assert services.api_keys.order_mode(principal) == "semi_auto"
    with pytest.raises(InvalidInput):
        services.api_keys.set_order_mode(ada, "whatever")


def test_when_a_key_was_used_is_noted_by_the_sweep(services: Any, ada: int) -> None:
    key = services.api_keys.rotate(ada)
    services.api_keys.verify(key)
    assert services.api_keys.describe(ada).last_used_at is None
    services.api_keys.sweep()
    assert services.api_keys.describe(ada).last_used_at == services.clock.now()


def signed_in(services: Any, user_id: int) -> Principal:
    session = services.web_sessions.create(user_id, DEVICE).session
    principal: Principal = services.callers.principal(user_id, "ui", web_session_id=session.id)
    return principal


@pytest.mark.parametrize("end", ["sign-out", "password", "expiry"])
def test_a_ticket_and_what_it_opened_end_with_the_browser_that_asked(
    services: Any, ada: int, clock: Any, end: str
) -> None:
    principal = signed_in(services, ada)
    opened = services.tickets.redeem(services.tickets.issue(principal))
    assert services.tickets.renew(opened) == opened
    unused = services.tickets.issue(principal)
    if end == "sign-out":
        assert services.web_sessions.revoke_by_id(ada, principal.web_session_id)
    elif end == "password":
        services.web_sessions.revoke_all(ada, "The password was changed")
    else:
        clock.advance(24 * 3600)
        unused = services.tickets.issue(principal)
    with pytest.raises(NotAuthenticated):
        services.tickets.renew(opened)
    with pytest.raises(NotAuthenticated):
        services.tickets.redeem(unused)


def test_a_key_gets_no_browser_ticket(services: Any, ada: int) -> None:
    with pytest.raises(NotAuthenticated):
        services.tickets.issue(services.api_keys.verify(services.api_keys.rotate(ada)))


@pytest.mark.parametrize("ticket", ["", "t1.a.b", "t1..", "t2.a.b", "x" * 600, "t1.é.b"])
def test_a_forged_ticket_is_refused(services: Any, ada: int, ticket: str) -> None:
    with pytest.raises(NotAuthenticated):
        services.tickets.redeem(ticket)


def test_a_ticket_with_changed_contents_is_refused(services: Any, ada: int) -> None:
    head, body, seal = services.tickets.issue(signed_in(services, ada)).split(".")
    with pytest.raises(NotAuthenticated):
        services.tickets.redeem(f"{head}.{body[:-2]}AA.{seal}")


def test_redeemed_tickets_are_remembered_within_bounds(
    services: Any, ada: int, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tickets_module, "MOST_REDEEMED", 2)
    principal = signed_in(services, ada)
    for _ in range(2):
        services.tickets.redeem(services.tickets.issue(principal))
    with pytest.raises(Throttled):
        services.tickets.redeem(services.tickets.issue(principal))
    clock.advance(61)
    assert services.tickets.redeem(services.tickets.issue(principal)).user_id == ada


def test_a_revoked_session_is_told_by_name(services: Any, ada: int) -> None:
    heard: list[BrowserSignedOut] = []
    told = threading.Event()
    services.events.subscribe(BrowserSignedOut, lambda event: (heard.append(event), told.set()))
    made = services.web_sessions.create(ada, DEVICE)
    services.web_sessions.revoke_all(ada, "The password was changed")
    assert told.wait(5)
    assert (heard[0].key, heard[0].reason) == (made.session.key, "The password was changed")
    assert services.web_sessions.resolve(made.cookie) is None


def test_a_session_revoked_in_another_process_lives_a_second_at_most(
    services: Any, ada: int, clock: Any
) -> None:
    made = services.web_sessions.create(ada, DEVICE)
    assert services.web_sessions.resolve(made.cookie) is not None
    with services.stores.main.unit() as unit:
        identity.WebSessions(unit).remove_of_user(ada)
    clock.advance(1.0)
    assert services.web_sessions.resolve(made.cookie) is None


def test_new_salts_renew_every_sealed_value(services: Any, ada: int) -> None:
    key = services.api_keys.rotate(ada)
    rotated = Vault("b" * 64, ["cd" * 16, "ab" * 16])
    done = reseal_all(services.stores.main, rotated)
    assert (done.renewed, done.current) == (1, 0)
    services.api_keys._vault = Vault("b" * 64, ["cd" * 16])
    assert services.api_keys.reveal(ada) == key
    assert reseal_all(services.stores.main, rotated).renewed == 0


def test_a_key_sealed_by_other_secrets_cannot_be_shown(services: Any, ada: int) -> None:
    services.api_keys.rotate(ada)
    services.api_keys._vault = Vault("z" * 64, [])
    with pytest.raises(NotFound, match="make a new one"):
        services.api_keys.reveal(ada)


SCHEMA = {
    "properties": {
        "user": {"title": "User", "maxLength": 5},
        "pin": {"pattern": r"^\d{4}$"},
        "kind": {"enum": ["a", "b"]},
    },
    "required": ["user"],
}


def test_a_form_is_cleaned_and_optional_blanks_are_dropped() -> None:
    assert check_form(SCHEMA, {"user": " ada ", "pin": ""}) == {"user": "ada"}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "user"), ({"user": "abcdef"}, "user"), ({"user": "a\nb"}, "user"), ({"user": "a", "pin": "12"}, "pin"),
        ({"user": "a", "kind": "c"}, "kind"), ({"user": "a", "extra": "x"}, "extra"),
    ],
)  # fmt: skip
def test_a_form_complains_under_the_field(values: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_form(SCHEMA, values)
    assert set(caught.value.errors) == {field}


def test_keys_of_the_settings_are_for_the_broker_that_the_redirect_url_names(services: Any) -> None:
    settings = services.settings.model_copy(
        update={"redirect_url": "http://127.0.0.1:5000/zerodha/callback", "broker_client_id": "AB1234"}
    )
    assert default_credentials(settings)("zerodha")["client_id"] == "AB1234"
    assert default_credentials(settings)("dhan") == {}
