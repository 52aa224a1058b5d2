"""What follows from the key of a client: when it ends, and which order updates it may follow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from domain.errors import NotAllowed
from services.accounts.keys.access import Need, require
from services.accounts.principal import Principal
from utils.clock import Clock
from websocket_proxy.proxy.protocol import FollowOrders, ProtocolError


class KeyEnd:
    """Has a client's key tried again at the moment at which it ends."""

    def __init__(
        self, again: Callable[[], Awaitable[None]], clock: Clock, spawn: Callable[[asyncio.Task[Any]], None]
    ) -> None:
        self._again = again
        self._clock = clock
        self._spawn = spawn
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, principal: Principal) -> None:
        """From now on the end of this caller's key, if it has one."""
        self.cancel()
        if principal.until is not None:
            seconds = (principal.until - self._clock.now()).total_seconds()
            self._timer = asyncio.get_running_loop().call_later(max(seconds, 0.0), self._over)

    def cancel(self) -> None:
        """The client is gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _over(self) -> None:
        self._spawn(asyncio.create_task(self._try(), name="ws-key-end"))

    async def _try(self) -> None:
        await self._again()


def permitted(request: FollowOrders, principal: Principal) -> FollowOrders:
    """The request as the key may have it: one for paper trading follows paper orders. Raises ProtocolError."""
    try:
        require(principal.access, Need.READ)
        if principal.access == "paper" and request.mode == "live":
            raise NotAllowed("This API key is for paper trading")
    except NotAllowed as error:
        raise ProtocolError("NOT_ALLOWED", error.message, request.request_id) from None
    return msgspec.structs.replace(request, mode="analyze") if principal.access == "paper" else request
