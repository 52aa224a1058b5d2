"""Which account of a broker serves its market data."""

from __future__ import annotations

from collections.abc import Sequence

from domain.errors import OpenAlgoError
from websocket_proxy.gate import Sessions


class AccountChoice:
    """Remembers whom the broker turned away, until something happens to that account's session."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._turned_away: set[int] = set()
        self._untried: set[int] = set()

    def session_changed(self, account_id: int) -> None:
        """A login or logout: the account may be tried again."""
        self._turned_away.discard(account_id)
        self._untried.add(account_id)

    def best(self, accounts: Sequence[int], waiting: int | None) -> int | None:
        """The account to serve, of `accounts` in order of preference. Reads sessions, so it runs off the loop.

        waiting: the one that should serve and waits for a login; it is left only for one that is logged in (None when
        there is none). Whoever waits although it is logged in was turned away by the broker, unless the login is news.
        """
        logged_in = [each for each in accounts if self._is_in(each)]
        if waiting in logged_in:
            if waiting in self._untried:
                self._untried.discard(waiting)
                return None
            self._turned_away.add(waiting)
        welcome = [each for each in logged_in if each not in self._turned_away]
        if welcome or waiting in logged_in:
            return next(iter(welcome), None)
        if waiting is None:
            return next(iter(logged_in), accounts[0])
        return next(iter(logged_in), None)

    def _is_in(self, account_id: int) -> bool:
        try:
            self._sessions.session(account_id)
        except OpenAlgoError:
            return False
        return True
