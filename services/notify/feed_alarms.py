"""Tells the users of a broker when its market-data feed needs somebody, once, and when it is well again."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from domain.feed import FeedState
from services.events import Events, FeedAlarm, FeedStateChanged

QUEUE = 1000


class FeedAlarms:
    """feeds: what is known of every feed now, None while the streaming process cannot be reached.

    users: ids of those who have an account at a broker.
    """

    def __init__(
        self,
        events: Events,
        *,
        feeds: Callable[[], Iterable[FeedState] | None],
        users: Callable[[str], Iterable[int]],
    ) -> None:
        self._events = events
        self._feeds = feeds
        self._users = users
        self._told: dict[int, FeedState] = {}
        events.subscribe(FeedStateChanged, lambda _event: self.look(), queue=QUEUE, name="feed-alarms")

    def look(self) -> None:
        """Compare what is so with what was told. Other words for the same trouble are no news."""
        feeds = self._feeds()
        if feeds is None:
            return
        known = {state.account_id: state for state in feeds}
        for account_id, state in known.items():
            if state.alarm and account_id not in self._told:
                self._told[account_id] = state
                self._tell(state, state.alarm, is_over=False)
        for account_id in [told for told in self._told if told not in known or not known[told].alarm]:
            before = self._told.pop(account_id)
            if account_id in known:  # a feed that nobody needs any more is not well, it is gone
                self._tell(known[account_id], before.alarm, is_over=True)

    def _tell(self, state: FeedState, message: str, *, is_over: bool) -> None:
        for user_id in sorted(set(self._users(state.broker))):
            self._events.publish(
                FeedAlarm(user_id=user_id, broker=state.broker, message=message, is_over=is_over)
            )
