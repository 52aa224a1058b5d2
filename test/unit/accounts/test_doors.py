"""Locks against guessing, codes of an authenticator, and the rule of passwords, with a clock that the test moves."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pyotp
import pytest

from domain.errors import Conflict, InvalidInput
from services.accounts.passwords import SHORTEST, check_password_rule, common_passwords, is_common
from services.accounts.signin.doors import SignInLocked, WrongCredentials
from services.accounts.signin.totp import matching_step
from services.accounts.users import Device

HOME = Device(ip_address="203.0.113.7", name="home")
STRANGER = Device(ip_address="198.51.100.9", name="stranger")
RIGHT, WRONG = "Correct-Horse9!", "Wrong-Horse9!"
NOON = dt.datetime(2026, 11, 20, 6, 30, tzinfo=dt.UTC)


def fail(services: Any, times: int, name: str = "ada", device: Device = STRANGER) -> list[float | None]:
    """Wrong tries; the waits that they were told."""
    waits = []
    for _ in range(times):
        with pytest.raises(WrongCredentials) as caught:
            services.sign_in.entry.password(name, WRONG, device)
        waits.append(caught.value.retry_after)
    return waits


def refused(services: Any, password: str, name: str = "ada", device: Device = STRANGER) -> float:
    with pytest.raises(SignInLocked) as caught:
        services.sign_in.entry.password(name, password, device)
    return caught.value.retry_after


def test_the_fifth_wrong_password_shuts_the_door_and_each_further_one_for_longer(
    services: Any, ada: int, clock: Any
) -> None:
    assert fail(services, 5) == [None, None, None, None, 60]
    waits = []
    for _ in range(6):
        waits.append(refused(services, RIGHT))
        clock.advance(waits[-1])
        fail(services, 1)
    assert waits == [60, 120, 240, 480, 900, 900]


def test_an_unknown_name_is_locked_like_a_known_one(services: Any, ada: int) -> None:
    for name in ("ada", "nobody"):
        device = Device(ip_address=f"198.51.100.{len(name)}", name="x")
        assert fail(services, 5, name, device)[-1] == 60
        assert refused(services, WRONG, name, device) == 60


def test_a_right_password_forgets_the_wrong_ones_before(services: Any, ada: int) -> None:
    fail(services, 4)
    assert services.sign_in.entry.password("ada", RIGHT, STRANGER).user.username == "ada"
    assert fail(services, 4)[-1] is None


def test_strangers_shut_themselves_out_and_not_the_trader(services: Any, ada: int) -> None:
    services.sign_in.entry.password("ada", RIGHT, HOME)
    fail(services, 5)
    refused(services, RIGHT)
    assert services.sign_in.entry.password("ADA", RIGHT, HOME).user.username == "ada"


def test_one_address_that_tries_many_names_is_shut_out(services: Any, ada: int) -> None:
    for number in range(19):
        fail(services, 1, f"name{number}")
    assert fail(services, 1, "name19") == [60]
    assert refused(services, RIGHT) == 60
    assert services.sign_in.entry.password("ada", RIGHT, HOME).user.username == "ada"


def test_addresses_of_one_ipv6_network_count_as_one(services: Any, ada: int) -> None:
    doors = services.sign_in.doors
    assert doors.of_address("2001:db8:1:2::1") == doors.of_address("2001:db8:1:2:ffff::9")
    assert doors.of_address("2001:db8:1:2::1") != doors.of_address("2001:db8:1:3::1")


def test_thirty_tries_at_once_are_judged_no_more_often_than_thirty_in_a_row(services: Any, ada: int) -> None:
    told: list[str] = []
    gate = threading.Barrier(30)

    def guess() -> None:
        gate.wait()
        try:
            services.sign_in.entry.password("ada", WRONG, STRANGER)
        except (WrongCredentials, SignInLocked) as error:
            told.append(error.code)

    threads = [threading.Thread(target=guess) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (told.count("INVALID_CREDENTIALS"), told.count("SIGN_IN_LOCKED")) == (5, 25)


def test_old_wrong_tries_are_forgotten(services: Any, ada: int, clock: Any) -> None:
    fail(services, 4)
    clock.advance(86_400)
    assert fail(services, 4)[-1] is None
    services.sign_in.sweep(clock.now())
    clock.advance(86_401)
    services.sign_in.sweep(clock.now())
    assert services.stores.main.fetch("SELECT count(*) FROM sign_in_locks") == [(0,)]


def test_a_code_fits_its_step_and_its_neighbours_and_no_step_that_is_spent() -> None:
    secret = pyotp.random_base32()
    step = int(NOON.timestamp()) // 30
    otp = pyotp.TOTP(secret)
    fits = {drift: matching_step(secret, otp.generate_otp(step + drift), NOON, 0) for drift in range(-2, 3)}
    assert fits == {-2: None, -1: step - 1, 0: step, 1: step + 1, 2: None}
    assert matching_step(secret, otp.generate_otp(step), NOON, step) is None
    assert matching_step(secret, otp.generate_otp(step - 1), NOON, step) is None


def test_codes_agree_with_the_published_ones_of_rfc_6238() -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (2000000000, "279037")):
        assert matching_step(secret, code, dt.datetime.fromtimestamp(seconds, dt.UTC), 0) == seconds // 30


def enrol(services: Any, user_id: int, clock: Any) -> tuple[pyotp.TOTP, list[str]]:
    otp = pyotp.TOTP(services.sign_in.factors.begin(user_id).secret)
    codes = services.sign_in.factors.confirm(user_id, otp.at(clock.now()), HOME)
    clock.advance(30)
    return otp, codes


def test_a_code_is_taken_once_even_when_sent_ten_times_at_once(services: Any, ada: int, clock: Any) -> None:
    otp, _ = enrol(services, ada, clock)
    taken: list[int] = []
    gate = threading.Barrier(10)

    def enter() -> None:
        gate.wait()
        try:
            services.sign_in.factors.check(ada, otp.at(clock.now()), HOME)
            taken.append(1)
        except (WrongCredentials, SignInLocked):
            return

    threads = [threading.Thread(target=enter) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken == [1]


def test_five_wrong_codes_shut_the_door_for_a_quarter_of_an_hour(services: Any, ada: int, clock: Any) -> None:
    otp, recovery = enrol(services, ada, clock)
    told = []
    for _ in range(5):
        with pytest.raises(WrongCredentials) as caught:
            services.sign_in.factors.check(ada, "000000", STRANGER)
        told.append(caught.value.retry_after)
    assert told == [None] * 4 + [900]
    with pytest.raises(SignInLocked):
        services.sign_in.factors.check(ada, otp.at(clock.now()), HOME)
    services.sign_in.factors.check_recovery(ada, recovery[0], HOME)
    clock.advance(900)
    services.sign_in.factors.check(ada, otp.at(clock.now()), HOME)


def test_an_enrolment_that_waits_too_long_begins_again(services: Any, ada: int, clock: Any) -> None:
    secret = services.sign_in.factors.begin(ada).secret
    clock.advance(600)
    with pytest.raises(Conflict) as caught:
        services.sign_in.factors.confirm(ada, pyotp.TOTP(secret).at(clock.now()), HOME)
    assert caught.value.code == "ENROLMENT_EXPIRED"
    assert not services.sign_in.factors.is_enabled(ada)


def test_the_secret_and_the_codes_are_nowhere_readable_in_the_store(
    services: Any, ada: int, clock: Any
) -> None:
    otp, codes = enrol(services, ada, clock)
    rows = services.stores.main.fetch("SELECT secret_sealed FROM second_factors")
    rows += services.stores.main.fetch("SELECT code_digest FROM recovery_codes")
    assert len(rows) == 11
    text = str(rows)
    assert otp.secret not in text
    assert not any(code in text or code.replace("-", "") in text for code in codes)
    assert all(len(code.replace("-", "")) == 24 for code in codes) and len(set(codes)) == 10


@pytest.mark.parametrize(
    "password",
    ["Password@123", "P@ssw0rd!1", "Welc0me#2024!", "Qwerty!23456", "1qaz!QAZ", "Admin@12345", "Pa$$w0rd99"],
)
def test_well_known_words_in_disguise_are_refused(password: str) -> None:
    assert is_common(password)
    with pytest.raises(InvalidInput, match="most common"):
        check_password_rule(password, "ada")


@pytest.mark.parametrize(
    "password", ["Correct-Horse9!", "Better-Horse10!", "Monsoon-Ledger7!", "x9$Kd02!pQz"]
)
def test_words_of_ones_own_are_taken(password: str) -> None:
    check_password_rule(password, "lovelace")


def test_the_three_thousand_most_used_passwords_are_refused() -> None:
    """As they stand, and with the letter case and signs that the other rules ask for."""
    listed = common_passwords()
    assert len(listed) >= 3000 and all(len(word) >= SHORTEST for word in listed)
    assert all(is_common(word) for word in listed)
    assert all(is_common(f"{word.title()}!") for word in list(listed)[:200])
    with pytest.raises(InvalidInput, match="most common"):
        check_password_rule("Trustno1!", "lovelace")
