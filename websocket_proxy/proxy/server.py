"""The WebSocket server: admits sockets, gives each a session, and keeps principals fresh."""

from __future__ import annotations

import asyncio
import http
import socket as sockets
from collections.abc import Collection, Coroutine, Mapping
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from utils.clock import Clock, epoch_ms
from utils.logging import get_logger
from websocket_proxy.bus import Subscriber
from websocket_proxy.gate import Brokers, Gate, OrderHistory
from websocket_proxy.options import ProxyOptions
from websocket_proxy.proxy.broadcast import Broadcast, Change
from websocket_proxy.proxy.counters import Counters
from websocket_proxy.proxy.fanout import Fanout
from websocket_proxy.proxy.flusher import Flusher
from websocket_proxy.proxy.orders import OrderChannels
from websocket_proxy.proxy.outbox import Outbox, SlowClients
from websocket_proxy.proxy.roster import Roster
from websocket_proxy.proxy.session import ClientSession, House, address_of
from websocket_proxy.wirelog import quiet_logger

log = get_logger(__name__)

_MESSAGE_BYTES = 1024 * 1024
_WAITING_MESSAGES = 64
_WRITE_LIMITS = (64 * 1024, 16 * 1024)
_SEND_BUFFER = 256 * 1024  # bounds how old the ticks are that a slow client still reads from the kernel
_CLOSE_SECONDS = 1.0


class ProxyServer:
    """The client side of the process."""

    def __init__(
        self, options: ProxyOptions, consumer: Subscriber, gate: Gate, brokers: Brokers, clock: Clock,
        history: OrderHistory,
    ) -> None:  # fmt: skip
        self._options = options
        self._consumer = consumer
        self._brokers = brokers
        self._clock = clock
        self.counters = Counters()
        self._flusher = Flusher()
        self._slow = SlowClients()
        self._roster = Roster()
        self._fanout = Fanout(
            consumer, self.counters, throttle_ms=options.throttle_ms, now_ms=lambda: epoch_ms(clock.now())
        )
        orders = OrderChannels(consumer, history, self.counters, self._roster.spawn)
        self._broadcast = Broadcast(consumer, self._fanout, orders, self._on_change)
        self._house = House(
            options, gate, brokers, self._fanout, self._broadcast, orders, self._roster, self.counters, clock
        )
        self._open = 0
        self._stale: set[int | None] = set()
        self._relisted: set[str] = set()
        self._refreshing: asyncio.Task[None] | None = None
        self._server: Server | None = None

    async def start(self) -> int:
        """Listen; answers the port."""
        self._consumer.start(self._fanout, self._broadcast.on_control)
        self._broadcast.start()
        self._server = await serve(
            self._serve,
            self._options.host,
            self._options.port,
            process_request=self._admit,
            compression=None,
            ping_interval=self._options.ping_interval or None,
            ping_timeout=self._options.ping_timeout or None,
            close_timeout=_CLOSE_SECONDS,
            max_size=_MESSAGE_BYTES,
            max_queue=_WAITING_MESSAGES,
            write_limit=_WRITE_LIMITS,
            server_header=None,
            logger=quiet_logger("clients"),
        )
        return int(next(iter(self._server.sockets)).getsockname()[1])

    async def stop(self) -> None:
        """Close every socket with 1001 and stop listening."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)
        self._fanout.close()
        await self._roster.settle()

    def figures(self) -> Mapping[str, int]:
        """Counters for the statistics."""
        sessions = self._roster.sessions()
        return {
            "clients": self._open,
            "authenticated": len(sessions),
            "subscriptions": sum(session.subscriptions for session in sessions),
            "topics": len(self._fanout),
            "unreadable": self._consumer.errors,
            **self._slow.figures(),
            **self.counters.figures(),
        }

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if not is_welcome(request.headers.get("Origin"), request.headers.get("Host"), self._options.origins):
            return connection.respond(http.HTTPStatus.FORBIDDEN, "This page may not open the feed\n")
        address = address_of(connection, request, self._options.own_proxies)
        if await asyncio.to_thread(self._house.gate.is_banned, address):
            self.counters.refused += 1
            return connection.respond(http.HTTPStatus.FORBIDDEN, "This address is banned\n")
        strangers = self._roster.strangers_of(address)
        if self._open < self._options.max_clients and strangers < self._options.strangers_per_address:
            return None
        self.counters.refused += 1
        return connection.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "Too many clients\n")

    async def _serve(self, connection: ServerConnection) -> None:
        self._open += 1
        self.counters.accepted += 1
        raw = connection.transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, _SEND_BUFFER)
        outbox = Outbox(
            connection,
            self._flusher,
            self.counters,
            self._slow,
            backlog=self._options.backlog,
            patience=self._options.back_pressure,
            spawn=self._roster.spawn,
        )
        try:
            await ClientSession(connection, outbox, self._house).run()
        finally:
            self._open -= 1

    def _on_change(self, change: Change) -> None:
        """Keys and sessions make principals stale; any login may have changed who is active."""
        if change.kind == "contracts":
            self._brokers.forget_instruments(change.name)
            self._relisted.add(change.name)
        else:
            user_id = int(change.name) if change.kind == "key" and change.name.isdigit() else None
            if user_id is not None:  # also a key that nobody is connected with may be cached
                self._house.gate.forget_caller(user_id)
                self._house.key_changes += 1
            self._stale.add(user_id)
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._refresh(), name="ws-refresh")

    async def _refresh(self) -> None:
        """One task, so that a client never moves and is delivered to at the same time."""
        while self._stale or self._relisted:
            stale, self._stale = self._stale, set()
            relisted, self._relisted = self._relisted, set()
            moved = {session for user_id in stale for session in self._roster.sessions(user_id)}
            for session in moved:
                await self._guarded(session.refresh())
            for broker in relisted:
                for session in self._roster.sessions():
                    await self._guarded(session.contracts_changed(broker))

    async def _guarded(self, step: Coroutine[Any, Any, None]) -> None:
        try:
            await step
        except Exception:  # the others must still be refreshed
            log.exception("A client's subscriptions could not be refreshed")


def is_welcome(origin: str | None, host: str | None, origins: Collection[str]) -> bool:
    """Whether a socket with this Origin header is admitted: none, one of `origins`, or the proxy's own address.

    Pages have their own origin; the published client's library sends the address that it connects to.
    """
    return origin is None or origin in origins or urlsplit(origin).netloc == host
