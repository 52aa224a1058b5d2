"""Addresses that ask wrongly too often are banned; this machine and real users never are."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from services.bans import rules
from services.bans.desk import BanDesk
from services.bans.elsewhere import WRITE_SECONDS, WrongKeys, taken
from services.bans.reading import BanList

STRANGER = {"REMOTE_ADDR": "203.0.113.9"}
ROOT = "/ui/api/security/bans"


@pytest.fixture
def strict(signed_in: Any) -> Any:
    """The desk of an administrator who bans after three wrong tries, for an hour."""
    form = {"auto_ban": True, "not_found_threshold": 3, "wrong_key_threshold": 3, "not_found_hours": 1}
    assert signed_in.write("PUT", f"{ROOT}/rules", form).status_code == 200
    return signed_in


def ask(browser: Any, path: str, times: int = 1, **options: Any) -> list[int]:
    """A stranger without a cookie."""
    client = browser.app.test_client()
    return [
        client.get(path, environ_base=options or STRANGER, buffered=True).status_code for _ in range(times)
    ]


def test_a_stranger_who_keeps_asking_for_nothing_is_banned_and_told_so_as_json(strict: Any) -> None:
    assert ask(strict, "/wp-login.php", 4) == [404, 404, 404, 403]
    answer = strict.app.test_client().get("/health/status", environ_base=STRANGER)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "BANNED")
    (ban,) = strict.get(ROOT).get_json()["data"]["bans"]
    assert (ban["address"], ban["reason"], ban["times"]) == ("203.0.113.9", "not_found", 1)
    assert ban["until"] == "2026-11-20T10:20:00+05:30"


def test_nobody_is_banned_while_the_house_does_not_ban_by_itself_but_all_are_counted(signed_in: Any) -> None:
    assert set(ask(signed_in, "/wp-login.php", 120)) == {404}
    (watched,) = signed_in.get(ROOT).get_json()["data"]["watched"]["not_found"]
    assert (watched["address"], watched["count"], watched["seen"]) == ("203.0.113.9", 120, ["/wp-login.php"])


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_never_banned(strict: Any, address: str) -> None:
    assert set(ask(strict, "/nothing.php", 5, REMOTE_ADDR=address)) == {404}
    assert strict.post(ROOT, {"address": address}).get_json()["code"] == "NEVER_BANNED"


def test_a_listed_proxy_is_never_banned(make_services: Any, new_browser: Any) -> None:
    browser = new_browser(make_services(TRUSTED_PROXIES="10.0.0.0/8"))
    bans = browser.app.extensions["openalgo"].bans
    bans.change({"auto_ban": True, "not_found_threshold": 1})
    assert set(ask(browser, "/nothing.php", 3, REMOTE_ADDR="10.1.2.3")) == {404}


def test_harmless_probes_and_signed_in_users_are_not_counted(strict: Any) -> None:
    for path in ("/favicon.png", "/robots.txt", "/.well-known/security.txt", "/apple-touch-icon.png"):
        ask(strict, path)
    for _ in range(5):
        strict.get("/missing.js", environ_base=STRANGER)
    assert strict.get(ROOT).get_json()["data"]["watched"] == {"not_found": [], "wrong_key": []}


def test_guessing_webhook_urls_bans_and_the_guesses_are_not_written_down(strict: Any) -> None:
    client = strict.app.test_client()
    codes = [
        client.post(f"/strategy/webhook/guess-{number}", json={}, environ_base=STRANGER).status_code
        for number in range(4)
    ]
    assert codes == [404, 404, 404, 403]
    strict.app.extensions["openalgo"].bans.change({"auto_ban": False})
    client.post("/strategy/webhook/guess-9", json={}, environ_base={"REMOTE_ADDR": "203.0.113.10"})
    assert strict.get(ROOT).get_json()["data"]["watched"]["not_found"][0]["seen"] == ["/strategy/webhook/***"]


def test_every_address_of_an_ipv6_network_is_one(strict: Any) -> None:
    for host in ("2001:db8::1", "2001:db8::2", "2001:db8::3"):
        ask(strict, "/wp-login.php", REMOTE_ADDR=host)
    assert ask(strict, "/", REMOTE_ADDR="2001:db8::ffff") == [403]
    assert ask(strict, "/wp-login.php", REMOTE_ADDR="2001:db8:0:1::1") == [404]


def test_a_ban_ends_by_itself_and_the_second_is_for_good(strict: Any, clock: Any) -> None:
    ask(strict, "/wp-login.php", 3)
    clock.advance(dt.timedelta(hours=1).total_seconds())
    assert ask(strict, "/wp-login.php", 4) == [404, 404, 404, 403]
    (ban,) = strict.get(ROOT).get_json()["data"]["bans"]
    assert (ban["times"], ban["until"]) == (2, None)


def test_an_administrator_bans_and_lifts_and_what_led_to_it_is_forgotten(strict: Any) -> None:
    assert strict.post(ROOT, {"address": "203.0.113.9", "hours": 5, "note": "scanner"}).status_code == 200
    assert ask(strict, "/") == [403]
    assert strict.post(f"{ROOT}/lift", {"address": "203.0.113.9"}).get_json()["data"]["bans"] == []
    assert ask(strict, "/wp-login.php", 2) == [404, 404]
    assert strict.post(f"{ROOT}/lift", {"address": "198.51.100.1"}).status_code == 404
    for text in ("", "nonsense", "10.0.0.0/8", "0.0.0.0/0"):
        assert strict.post(ROOT, {"address": text}).status_code == 400


def test_only_administrators_see_and_change_bans(
    strict: Any, services: Any, new_browser: Any, password: str
) -> None:
    services.users.add("bob", "bob@example.com", "Battery-Staple7!")
    other = new_browser(strict.app)
    other.post("/ui/api/login", {"username": "bob", "password": "Battery-Staple7!"})
    assert other.get(ROOT).status_code == 403
    assert other.post(ROOT, {"address": "203.0.113.9"}).status_code == 403


def test_bans_counts_and_rules_survive_a_restart(strict: Any, services: Any, clock: Any) -> None:
    ask(strict, "/wp-login.php", 3)
    ask(strict, "/wp-login.php", 2, REMOTE_ADDR="198.51.100.7")
    services.bans.flush()
    again = BanDesk(services.stores.logs, clock)
    assert again.is_banned("203.0.113.9") and not again.is_banned("198.51.100.7")
    assert again.watched(rules.NOT_FOUND, 10)[0].count == 2
    assert again.rules == services.bans.rules


def test_the_number_of_watched_addresses_is_bounded(services: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.bans.desk.MOST_WATCHED", 10)
    for number in range(50):
        services.bans.not_found(f"203.0.113.{number}", "/x")
    assert len(services.bans.watched(rules.NOT_FOUND, 100)) == 10


def test_the_streaming_process_knows_of_a_ban_and_of_its_end_within_a_minute(
    services: Any, clock: Any
) -> None:
    bans = BanList(services.stores.logs, clock)
    assert not bans.is_banned("203.0.113.9")
    services.bans.ban("203.0.113.9", 1, "")
    clock.advance(60.0)
    assert bans.is_banned("203.0.113.9") and bans.is_banned("::ffff:203.0.113.9")
    assert not bans.is_banned("203.0.113.10") and not bans.is_banned("nonsense")
    clock.advance(3600.0)
    assert not bans.is_banned("203.0.113.9")


def test_a_ban_by_hand_is_in_the_audit_trail_with_its_hours_and_note(strict: Any, services: Any) -> None:
    assert strict.post(ROOT, {"address": "203.0.113.9", "hours": 5, "note": "scanner"}).status_code == 200
    assert strict.post(f"{ROOT}/lift", {"address": "203.0.113.9", "forget": True}).status_code == 200
    assert strict.write("PUT", f"{ROOT}/rules", {"wrong_key_threshold": 9}).status_code == 200
    assert strict.post(f"{ROOT}/clear", {"kind": "wrong_key"}).status_code == 200
    assert strict.post(ROOT, {"address": "127.0.0.1"}).status_code == 400
    services.operator.audit.close()
    rows = services.operator.audit.page(before=None, limit=5, words="ban", outcome="")
    told = {(row.action, row.subject, row.outcome): row.detail for row in rows}
    assert told["ban.set", "203.0.113.9", "done"] == {"hours": 5, "note": "scanner", "times": 1}
    assert told["ban.lift", "203.0.113.9", "done"] == {"forget": True, "note": "scanner"}
    assert told["ban.rules", "", "done"]["after"] == {"wrong_key_threshold": 9}
    assert ("ban.clear", "wrong_key", "done") in told
    assert (f"POST {ROOT}", "127.0.0.1", "NEVER_BANNED") in told
    assert services.operator.audit.verify().is_whole


def guesses(services: Any, clock: Any, address: str, times: int) -> WrongKeys:
    """Keys that are none, shown at the streaming process."""
    counted = WrongKeys(services.stores.logs, clock)
    for number in range(times):
        counted.note(address, f"digest-{number}")
    return counted


def test_wrong_keys_at_the_streaming_process_ban_like_those_of_the_api(
    strict: Any, services: Any, clock: Any
) -> None:
    counted = guesses(services, clock, "203.0.113.9", 2)
    clock.advance(WRITE_SECONDS)
    counted.note("203.0.113.9", "digest-2")
    services.bans.flush()
    (ban,) = strict.get(ROOT).get_json()["data"]["bans"]
    assert (ban["address"], ban["reason"]) == ("203.0.113.9", "wrong_key")
    assert ask(strict, "/") == [403]
    assert BanList(services.stores.logs, clock).is_banned("203.0.113.9")


def test_what_was_counted_there_is_counted_once_and_adds_to_what_was_counted_here(
    strict: Any, services: Any, clock: Any
) -> None:
    services.bans.wrong_key("203.0.113.9", "digest-9")
    guesses(services, clock, "203.0.113.9", 1)
    for _ in range(3):
        services.bans.flush()
    (watched,) = services.bans.watched(rules.WRONG_KEY, 10)
    assert (watched.count, watched.seen) == (2, ["digest-9", "digest-0"])
    again = BanDesk(services.stores.logs, clock)
    assert [(row.kind, row.count) for row in again.watched(rules.WRONG_KEY, 10)] == [("wrong_key", 2)]


def test_this_machine_is_not_counted_there_and_addresses_beyond_the_bound_are_not(
    services: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    guesses(services, clock, "127.0.0.1", 5).flush()
    guesses(services, clock, "nonsense", 5).flush()
    assert taken(services.stores.logs) == []
    monkeypatch.setattr("services.bans.elsewhere.MOST_WAITING", 3)
    counted = guesses(services, clock, "203.0.113.1", 1)
    for number in range(2, 50):
        counted.note(f"203.0.113.{number}", "x")
    counted.flush()
    assert len(taken(services.stores.logs)) == 4
