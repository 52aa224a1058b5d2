"""What an account leaves open when it is removed ends with it: exits, GTTs, waiting approvals, queued and paper orders.

Each room ends its own, with a reason, and tells it; the sum is told once. A crash in between leaves strays, which the
next start ends the same way. Nothing is sent or withdrawn at a broker: there is no session any more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from domain.errors import OpenAlgoError
from services.events import AccountClosed, AccountRemoved, Events
from utils.logging import get_logger

REASON = "The account was removed"
log = get_logger(__name__)


class Room(Protocol):
    """A room that keeps something open for accounts."""

    def open_accounts(self) -> Collection[int]:
        """Accounts for which it does."""

    def close_account(self, account_id: int, reason: str) -> int:
        """End all of an account; how many. Safe to repeat."""


class AccountClosure:
    """rooms: by what they keep, in words. known: accounts that exist."""

    def __init__(self, rooms: Mapping[str, Room], known: Callable[[], Collection[int]], bus: Events) -> None:
        self._rooms = rooms
        self._known = known
        self._events = bus

    def start(self) -> None:
        """End what accounts left open that an earlier run removed, then follow removals."""
        self._events.subscribe(AccountRemoved, self._removed, policy="wait", name="removed-accounts")
        known = set(self._known())
        strays = {account for room in self._rooms.values() for account in room.open_accounts()} - known
        for account_id in sorted(strays):
            log.warning(
                "an account that is gone left something open", account=account_id, ended=self._end(account_id)
            )

    def _removed(self, event: AccountRemoved) -> None:
        ended = self._end(event.account_id)
        self._events.publish(
            AccountClosed(user_id=event.user_id, broker=event.broker, label=event.label, ended=ended)
        )

    def _end(self, account_id: int) -> dict[str, int]:
        """What was ended, by its words. A room that fails is left to the next start; the others are not."""
        ended = {}
        for words, room in self._rooms.items():
            try:
                count = room.close_account(account_id, REASON)
            except OpenAlgoError as error:
                log.error("what a removed account left open stays open", kind=words, reason=error.message)
                continue
            if count:
                ended[words] = count
        return ended
