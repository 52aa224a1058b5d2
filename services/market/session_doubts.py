"""When a broker refuses the stream's login, ask it whether the account's session still lives.

A refused stream alone proves nothing (brokers answer 403 to a blocked address as well), but an account whose token is
dead must not be shown as connected until somebody happens to trade.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from broker.core.roles import Plugin
from domain.errors import OpenAlgoError, SessionDead
from domain.feed import FeedState
from services.accounts.broker_sessions import BrokerSessions
from services.events import Events, FeedStateChanged
from utils.logging import get_logger

QUEUE = 1000
log = get_logger(__name__)


class Plugins(Protocol):
    """The part of the plug-in host that is needed here."""

    def plugin(self, broker_id: str) -> Plugin:
        """The loaded plug-in. Raises NotFound."""


class SessionDoubts:
    """Moves a session to `expired` once its feed was refused and its broker, asked, disowns it.

    connected: ids of the accounts whose session counts as valid. feed_state: what the feed last said about one.
    """

    def __init__(
        self, *, events: Events, sessions: BrokerSessions, brokers: Plugins, connected: Callable[[], Iterable[int]],
        feed_state: Callable[[int], FeedState | None],
    ) -> None:  # fmt: skip
        self._sessions = sessions
        self._brokers = brokers
        self._connected = connected
        self._feed_state = feed_state
        self._checked: dict[int, FeedState] = {}
        events.subscribe(FeedStateChanged, lambda _event: self.look(), queue=QUEUE, name="session-doubts")

    def look(self) -> None:
        """Check every account with a valid session and a refused feed, once per refusal."""
        for account_id in self._connected():
            state = self._feed_state(account_id)
            if state is None or state.state != "no_session" or self._checked.get(account_id) == state:
                continue
            self._checked[account_id] = state
            self._check(account_id)

    def _check(self, account_id: int) -> None:
        try:
            session = self._sessions.session(account_id)
        except SessionDead:
            return
        try:
            self._brokers.plugin(session.broker).auth.check(session)
        except SessionDead as error:
            self._sessions.mark_expired(account_id, error.message, issued_at=session.issued_at)
        except OpenAlgoError as error:
            log.info("a doubted session cannot be checked", account=account_id, reason=error.message)
