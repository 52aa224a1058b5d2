"""Which account serves. Found by `test.sim.feed_faults` (seeds 318, 354): a logged-in account was passed over."""

from __future__ import annotations

from typing import Any

from domain.errors import SessionDead
from websocket_proxy.feed.choice import AccountChoice


class Logins:
    """Which accounts have a session."""

    def __init__(self, *accounts: int) -> None:
        self.accounts = set(accounts)

    def session(self, account_id: int) -> None:
        if account_id not in self.accounts:
            raise SessionDead("not connected")


def choice_of(*accounts: int) -> tuple[AccountChoice, Any]:
    logins: Any = Logins(*accounts)
    return AccountChoice(logins), logins


def test_a_login_that_is_news_does_not_count_as_turned_away() -> None:
    choice, logins = choice_of()
    assert choice.best([7, 8], waiting=8) is None
    logins.accounts.add(8)
    choice.session_changed(8)
    assert choice.best([8, 7], waiting=8) is None
    assert choice.best([8, 7], waiting=None) == 8


def test_an_account_without_a_login_is_left_for_one_that_was_once_turned_away() -> None:
    choice, logins = choice_of(7, 8)
    assert choice.best([8, 7], waiting=8) == 7
    logins.accounts.discard(7)
    assert choice.best([8, 7], waiting=7) == 8


def test_who_is_turned_away_although_logged_in_makes_room_for_another_but_two_do_not_take_turns() -> None:
    choice, _ = choice_of(7, 8)
    assert choice.best([7, 8], waiting=7) == 8
    assert choice.best([7, 8], waiting=8) is None
    choice.session_changed(7)
    assert choice.best([7, 8], waiting=8) == 7


def test_a_new_demand_prefers_whom_the_broker_lets_in_then_whoever_is_logged_in() -> None:
    choice, logins = choice_of(7, 8)
    choice.best([7, 8], waiting=7)
    assert choice.best([7, 8], waiting=None) == 8
    logins.accounts.discard(8)
    assert choice.best([7, 8], waiting=None) == 7
    logins.accounts.clear()
    assert choice.best([7, 8], waiting=None) == 7
