"""One client's subscription to order updates: plain, or resumed behind a number that it names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from domain.streams.orders import Scope
from utils.logging import get_logger
from websocket_proxy.proxy import replies
from websocket_proxy.proxy.frames import message_frame
from websocket_proxy.proxy.orders import Follower, OrderChannels
from websocket_proxy.proxy.outbox import Outbox
from websocket_proxy.proxy.protocol import FollowOrders

log = get_logger(__name__)
VERB = "subscribe_orders"


class OrderFollowing:
    """What a session holds of the order stream: at most one follower, and the task that gives it what it missed."""

    def __init__(
        self, outbox: Outbox, channels: OrderChannels, spawn: Callable[[asyncio.Task[None]], None]
    ) -> None:
        self._outbox = outbox
        self._channels = channels
        self._spawn = spawn
        self._follower: Follower | None = None
        self._resuming: asyncio.Task[None] | None = None
        self._unanswered: FollowOrders | None = None

    def begin(self, request: FollowOrders, user_id: int) -> None:
        """Subscribe and, once it is known from where on, answer. A plain repeat changes nothing, the rest replaces."""
        scope = Scope(user_id=user_id, account_id=request.account_id, mode=request.mode)
        held = self._follower
        if not request.resumes and held is not None and held.scope == scope and not held.resumes:
            self._acknowledge(request)
            return
        self.end()
        self._follower = follower = Follower(self._outbox, scope, resumes=request.resumes)
        self._unanswered = request
        self._resuming = asyncio.create_task(self._resume(follower, request), name="ws-orders-resume")
        self._spawn(self._resuming)

    def end(self) -> None:
        """Get nothing more. Who asked and asked again at once still gets both answers."""
        follower, self._follower = self._follower, None
        resuming, self._resuming = self._resuming, None
        if resuming is not None:
            resuming.cancel()
        if self._unanswered is not None and not self._unanswered.resumes:
            self._acknowledge(self._unanswered)
        self._unanswered = None
        if follower is not None:
            self._channels.leave(follower)

    async def _resume(self, follower: Follower, request: FollowOrders) -> None:
        def answer(seq: int, is_gap: bool) -> None:
            self._unanswered = None
            self._acknowledge(request, **({"seq": seq, "gap": is_gap} if request.resumes else {}))

        try:
            await self._channels.resume(follower, request.after, answer)
        except Exception:
            log.exception("A client's order updates could not be resumed")
            text = "Order updates cannot be resumed now; try again"
            self._send(replies.error("PROCESSING_ERROR", text, request.request_id))
            self.end()

    def _acknowledge(self, request: FollowOrders, **more: object) -> None:
        self._send({**replies.orders_channel(VERB, request.request_id), **more})

    def _send(self, message: dict[str, object]) -> None:
        self._outbox.send(message_frame(message))
