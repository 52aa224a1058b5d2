"""Vendor sockets that bring nothing but order updates, one per account whose orders are followed.

Such a socket may be silent for hours, so silence is no fault of it: the reads behind the pushes find what it loses.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import msgspec

from broker.core.roles import Plugin, Session, StreamEvent
from domain.errors import OpenAlgoError, Unavailable
from domain.feed import FeedState, order_feed_topic, push_topic
from domain.orders import OrderUpdate
from utils.clock import Clock, epoch_ms
from utils.logging import get_logger
from websocket_proxy.bus import FeedBus
from websocket_proxy.feed.backoff import Backoff
from websocket_proxy.feed.connection import StreamConnection
from websocket_proxy.feed.runtime import State
from websocket_proxy.gate import Brokers, Sessions
from websocket_proxy.options import FeedOptions

log = get_logger(__name__)

_SILENCE_SECONDS = 7 * 24 * 3600.0


class OrderSocket:
    """One account's socket: pushes go to push|<account>|, its state to sys|orders|<account>|."""

    def __init__(
        self, account_id: int, plugin: Plugin, sessions: Sessions, bus: FeedBus, options: FeedOptions,
        clock: Clock,
    ) -> None:  # fmt: skip
        terms, codec = plugin.manifest.stream, plugin.order_codec
        if terms is None or codec is None:
            raise Unavailable(f"{plugin.manifest.id} has no order socket")
        self._account_id = account_id
        self._broker = plugin.manifest.id
        self._sessions = sessions
        self._bus = bus
        self._clock = clock
        self._beat_seconds = options.beat_seconds
        self._told: tuple[State, str] | None = None
        self._beating: asyncio.Task[None] | None = None
        self._connection = StreamConnection(
            f"{self._broker}/{account_id}/orders", codec,
            msgspec.structs.replace(terms, silence_seconds=_SILENCE_SECONDS), options, session=self._session,
            clock=clock, backoff=Backoff(options.backoff, random.Random()),  # noqa: S311 - jitter, not a secret
            on_events=self._on_events, on_state=self._on_state,
        )  # fmt: skip

    def start(self) -> None:
        """Begin inside a running loop."""
        self._connection.start()
        self._beating = asyncio.create_task(self._beat(), name=f"feed-orders-{self._account_id}")

    def session_changed(self) -> None:
        """Ask for the session again."""
        self._connection.session_changed()

    async def stop(self) -> None:
        """Close the socket and say so."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
        await self._connection.stop()
        self._on_state(State.STOPPED, "")

    async def _beat(self) -> None:
        """The broker's sessions end at an hour of its own."""
        while True:
            await asyncio.sleep(self._beat_seconds)
            self._connection.beat()

    async def _session(self) -> Session:
        try:
            return await asyncio.to_thread(self._sessions.session, self._account_id)
        except OpenAlgoError:
            raise
        except Exception:  # a store that cannot be read now must not end the socket for good
            log.exception("A broker session could not be read", account=self._account_id)
            raise Unavailable("The broker session cannot be read") from None

    def _on_events(self, events: Sequence[StreamEvent]) -> None:
        for event in events:
            if isinstance(event, OrderUpdate):
                self._bus.pass_on(push_topic(self._account_id), event)

    def _on_state(self, state: State, reason: str) -> None:
        if (state, reason) == self._told:
            return
        self._told = (state, reason)
        now_ms = epoch_ms(self._clock.now())
        body = FeedState(
            account_id=self._account_id, broker=self._broker, state=str(state), reason=reason, at_ms=now_ms,
            since_ms=now_ms,
        )  # fmt: skip
        self._bus.publish(order_feed_topic(self._account_id), body)


class OrderSockets:
    """The order sockets that are wanted; changes come from one task."""

    def __init__(
        self, sessions: Sessions, brokers: Brokers, bus: FeedBus, options: FeedOptions, clock: Clock
    ) -> None:
        self._sessions = sessions
        self._brokers = brokers
        self._bus = bus
        self._options = options
        self._clock = clock
        self._sockets: dict[int, OrderSocket] = {}

    async def follow(self, account_id: int, broker: str | None) -> bool:
        """Bring the order updates of an account if its broker has a socket for them; None: of nobody any more.

        Answers whether they come over the market socket instead.
        """
        manifest = self._brokers.manifests().get(broker or "")
        way = manifest.stream.order_updates if manifest is not None and manifest.stream is not None else ""
        if broker is None or way != "own_socket":
            await self._drop(account_id)
        elif account_id not in self._sockets:
            plugin = await asyncio.to_thread(self._brokers.plugin, broker)
            socket = OrderSocket(account_id, plugin, self._sessions, self._bus, self._options, self._clock)
            self._sockets[account_id] = socket
            socket.start()
        return way == "market_socket"

    async def _drop(self, account_id: int) -> None:
        socket = self._sockets.pop(account_id, None)
        if socket is not None:
            await socket.stop()

    def session_changed(self, account_id: int) -> None:
        """A login or logout of an account."""
        if account_id in self._sockets:
            self._sockets[account_id].session_changed()

    async def stop(self) -> None:
        """Close all of them."""
        for account_id in list(self._sockets):
            await self._drop(account_id)
