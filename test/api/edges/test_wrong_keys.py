"""Wrong API keys: counted by address, and a guesser is banned; one key cannot be used from everywhere at once."""

from __future__ import annotations

from typing import Any

STRANGER = {"REMOTE_ADDR": "203.0.113.9"}


def test_a_guesser_of_api_keys_is_banned_and_the_keys_are_not_written_down(api: Any) -> None:
    api.services.bans.change({"auto_ban": True, "wrong_key_threshold": 3})
    guesses = [f"{number:064x}" for number in range(4)]
    codes = [api.client.post("/api/v1/funds", json={"apikey": key}, environ_base=STRANGER) for key in guesses]
    assert [answer.get_json().get("code") for answer in codes][-1] == "BANNED"
    assert [answer.status_code for answer in codes] == [403] * 4
    assert codes[0].get_json()["message"] == "Invalid openalgo apikey"
    api.services.bans.lift("203.0.113.9", forget=True)
    api.services.bans.change({"auto_ban": False})
    api.client.post("/api/v1/funds", json={"apikey": guesses[0]}, environ_base=STRANGER)
    (watched,) = api.services.bans.watched("wrong_key", 10)
    assert len(watched.seen[0]) == 12 and watched.seen[0] not in guesses[0]


def test_what_a_caller_with_a_key_does_not_find_is_no_guess(api: Any) -> None:
    for _ in range(3):
        answer = api.post("orderstatus", {"strategy": "x", "orderid": "404"}, environ_base=STRANGER)
        assert answer.status_code == 404
    assert api.services.bans.watched("not_found", 10) == []
