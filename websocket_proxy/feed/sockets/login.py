"""The broker session as a connection needs it: asked for at every dial, and never used past its hour."""

from __future__ import annotations

import msgspec

from broker.core.roles import Session
from domain.errors import OpenAlgoError
from utils.clock import Clock, ist
from websocket_proxy.feed.runtime import SessionSource, State


class Missing(msgspec.Struct, frozen=True):
    """Why there is no session: nobody is logged in, or the broker ended all sessions at its hour."""

    state: State
    reason: str


class Login:
    """Asks for the account's session."""

    def __init__(self, source: SessionSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._latest: Session | None = None

    async def ask(self) -> Session | Missing:
        """The session to use now."""
        try:
            session = await self._source()
        except OpenAlgoError as error:
            over = self._rollover()
            return over if over is not None else Missing(State.NO_SESSION, error.message)
        self._latest = session
        return self._rollover() or session

    @property
    def has_ended(self) -> bool:
        """Whether the session that was last handed out has reached its end."""
        return self._rollover() is not None

    def _rollover(self) -> Missing | None:
        end = self._latest.expires_at if self._latest is not None else None
        if end is None or end > self._clock.now():
            return None
        hour = ist(end).strftime("%H:%M")
        return Missing(State.ROLLOVER, f"The broker's sessions ended at {hour} IST; log in to go on")
