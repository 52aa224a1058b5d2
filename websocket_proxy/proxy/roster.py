"""Who is connected, by key, and the short-lived tasks that sessions leave behind."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from services.accounts.principal import Principal

if TYPE_CHECKING:
    from websocket_proxy.proxy.session import ClientSession

_Owner = tuple[int, int | None]


class Roster:
    """Sessions by (user, API key); browsers of a user share one entry."""

    def __init__(self) -> None:
        self._sessions: dict[_Owner, set[ClientSession]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._strangers: Counter[str] = Counter()

    def arrived(self, address: str) -> None:
        """A socket is open whose owner is not known yet."""
        self._strangers[address] += 1

    def known(self, address: str) -> None:
        """Such a socket told who it is, or is gone."""
        self._strangers[address] -= 1
        if self._strangers[address] <= 0:
            del self._strangers[address]

    def strangers_of(self, address: str) -> int:
        """Sockets of an address that have not told who they are."""
        return self._strangers[address]

    def add(self, session: ClientSession, principal: Principal) -> None:
        """A session authenticated."""
        self._sessions.setdefault(_owner(principal), set()).add(session)

    def remove(self, session: ClientSession, principal: Principal) -> None:
        """A session ended."""
        sessions = self._sessions.get(_owner(principal), set())
        sessions.discard(session)
        if not sessions:
            self._sessions.pop(_owner(principal), None)

    def clients_of(self, principal: Principal) -> int:
        """Open sockets of a key."""
        return len(self._sessions.get(_owner(principal), ()))

    def subscriptions_of(self, principal: Principal) -> int:
        """Subscriptions of all sockets of a key."""
        return sum(session.subscriptions for session in self._sessions.get(_owner(principal), ()))

    def sessions(self, user_id: int | None = None) -> list[ClientSession]:
        """Authenticated sessions, of one user or of all."""
        return [
            session
            for (user, _), sessions in self._sessions.items()
            if user_id is None or user == user_id
            for session in sessions
        ]

    def spawn(self, task: asyncio.Task[None]) -> None:
        """Own a task until it ends."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Cancel and await what is left."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _owner(principal: Principal) -> _Owner:
    return principal.user_id, principal.key_id
