"""One client from its first frame to its last."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request as HandshakeRequest

from domain.errors import NotAllowed, NotAuthenticated, OpenAlgoError
from services.accounts.principal import Principal
from utils.addresses import Network, client_address, is_listed
from utils.clock import Clock, epoch_ms
from utils.logging import get_logger
from websocket_proxy.gate import Brokers, Gate
from websocket_proxy.options import ProxyOptions
from websocket_proxy.pace import Pace
from websocket_proxy.proxy import replies
from websocket_proxy.proxy.broadcast import Broadcast
from websocket_proxy.proxy.counters import Counters
from websocket_proxy.proxy.fanout import Fanout
from websocket_proxy.proxy.following import OrderFollowing
from websocket_proxy.proxy.frames import message_frame
from websocket_proxy.proxy.keyed import KeyEnd, permitted
from websocket_proxy.proxy.orders import OrderChannels
from websocket_proxy.proxy.outbox import Outbox
from websocket_proxy.proxy.protocol import (
    OPEN_VERBS,
    Authenticate,
    FollowOrders,
    Ping,
    Plain,
    ProtocolError,
    Request,
    RequestId,
    Subscribe,
    Unsubscribe,
    parse,
)
from websocket_proxy.proxy.roster import Roster
from websocket_proxy.proxy.subscriptions import Subscriptions

log = get_logger(__name__)

AUTH_CLOSE = 4401
LIMIT_CLOSE = 1008
_FAILURES_ALLOWED = 3
_ADAPTER = {
    "live": "connected",
    "stale": "connected",
    "dialing": "connecting",
    "authenticating": "connecting",
}


def address_of(
    connection: ServerConnection, request: HandshakeRequest | None, own_proxies: Sequence[Network]
) -> str:
    """The client's address: as our own proxies saw it, else the peer's; empty when that is gone."""
    remote = connection.remote_address
    peer = str(remote[0]) if remote else ""
    if request is None or not is_listed(peer, own_proxies):
        return peer
    hops = ",".join(request.headers.get_all("X-Forwarded-For"))
    return client_address(peer, hops.split(","), own_proxies)


class House:
    """What every session of a server shares."""

    def __init__(
        self,
        options: ProxyOptions,
        gate: Gate,
        brokers: Brokers,
        fanout: Fanout,
        broadcast: Broadcast,
        orders: OrderChannels,
        roster: Roster,
        counters: Counters,
        clock: Clock,
    ) -> None:
        self.options = options
        self.gate = gate
        self.brokers = brokers
        self.fanout = fanout
        self.broadcast = broadcast
        self.orders = orders
        self.roster = roster
        self.counters = counters
        self.clock = clock
        self.key_changes = 0


class ClientSession:
    """State of one socket: who it is, what it subscribed to, what waits for it."""

    def __init__(self, connection: ServerConnection, outbox: Outbox, house: House) -> None:
        self._connection = connection
        self._outbox = outbox
        self._house = house
        self._secret = ""  # what opened this socket: a rotated key is found out by trying it again
        self._api_key = ""
        self._failures = 0
        self._subscriptions = Subscriptions(outbox, house.fanout, house.brokers, house.options)
        self._orders = OrderFollowing(outbox, house.orders, house.roster.spawn)
        self._over = False
        self._address = address_of(connection, connection.request, house.options.own_proxies)
        self._key_end = KeyEnd(self.refresh, house.clock, house.roster.spawn)
        self.principal: Principal | None = None

    @property
    def subscriptions(self) -> int:
        """How many (instrument, mode) pairs are delivered."""
        return len(self._subscriptions)

    async def run(self) -> None:
        """Serve the socket until it closes."""
        loop, pace = asyncio.get_running_loop(), Pace(self._house.clock)
        deadline = loop.call_later(self._house.options.auth_grace, self._auth_is_due)
        self._house.roster.arrived(self._address)
        try:
            while True:
                frame = await self._connection.recv(decode=False)
                await pace.turn(self._house.counters)
                await self._handle(frame)
        except ConnectionClosed:
            return
        finally:
            deadline.cancel()
            self._end()

    async def refresh(self) -> None:
        """Ask again who this is; a revoked key ends the socket, another active broker moves its subscriptions."""
        before = self.principal
        if before is None:
            return
        try:
            now = await asyncio.to_thread(self._house.gate.refresh, before, self._api_key, self._address)
        except (NotAuthenticated, NotAllowed):
            self._close(AUTH_CLOSE, "no longer authorised")
            return
        if self._over:
            return
        self.principal = now
        self._key_end.watch(now)
        if now.broker != before.broker:
            await self._move(now.broker)

    async def _handle(self, frame: bytes) -> None:
        try:
            await self._serve(parse(frame))
        except ProtocolError as error:
            self._house.counters.bad_messages += 1
            self._send(replies.error(error.code, error.message, error.request_id))
        except ConnectionClosed:
            raise
        except OpenAlgoError as error:
            self._send(replies.error("PROCESSING_ERROR", error.message))
        except Exception:
            log.exception("A client message could not be processed")
            self._send(replies.error("PROCESSING_ERROR", "The message could not be processed"))

    async def _serve(self, request: Request) -> None:
        if isinstance(request, Ping):
            self._send(replies.pong(request, epoch_ms(self._house.clock.now())))
        elif isinstance(request, Authenticate):
            await self._authenticate(request)
        elif isinstance(request, Plain) and request.verb in OPEN_VERBS:
            self._send(replies.supported_brokers(sorted(self._house.brokers.manifests()), request.request_id))
        elif (principal := self.principal) is None:
            raise ProtocolError("NOT_AUTHENTICATED", "You must authenticate first", request.request_id)
        elif isinstance(request, Subscribe):
            await self._subscribe(request, principal)
        elif isinstance(request, Unsubscribe):
            broker = principal.broker or ""
            items = self._subscriptions.unsubscribe(broker, request.items)
            self._send(*replies.unsubscribed(items, broker, request.request_id))
        elif isinstance(request, FollowOrders):
            self._orders.begin(permitted(request, principal), principal.user_id)
        else:
            self._serve_plain(request, principal)

    def _serve_plain(self, request: Plain, principal: Principal) -> None:
        if request.verb == "unsubscribe_all":
            items = self._subscriptions.unsubscribe_all(principal.broker or "")
            self._send(*replies.unsubscribed(items, principal.broker or "", request.request_id))
        elif request.verb == "get_broker_info":
            self._send(_broker_info(self._house, principal, request.request_id))
        else:
            self._orders.end()
            self._send(replies.orders_channel(request.verb, request.request_id))

    async def _authenticate(self, request: Authenticate) -> None:
        secret = request.api_key or request.ticket
        if not secret:
            self._fail_auth("API key is required")
            return
        if self.principal is not None:
            if secret != self._secret:
                raise ProtocolError("AUTHENTICATION_ERROR", "Already authenticated with another key")
            self._welcome(self.principal)
            return
        try:
            principal = await _known_by(self._house, request, self._address)
        except (NotAuthenticated, NotAllowed) as error:
            self._fail_auth(_refusal(request, error))
            return
        if self._over:
            return
        limit = self._house.options.clients_per_key
        if self._house.roster.clients_of(principal) >= limit:
            self._send(replies.error("CONNECTION_LIMIT", f"At most {limit} connections per API key"))
            self._close(LIMIT_CLOSE, "too many connections")
            return
        self._secret, self._api_key = secret, request.api_key
        self.principal = principal
        self._key_end.watch(principal)
        self._house.roster.known(self._address)
        self._house.roster.add(self, principal)
        self._welcome(principal)

    def _welcome(self, principal: Principal) -> None:
        manifest = self._house.brokers.manifests().get(principal.broker or "")
        self._send(replies.authenticated(principal, manifest))

    def _fail_auth(self, message: str) -> None:
        self._house.counters.auth_failures += 1
        self._failures += 1
        self._send(replies.error("AUTHENTICATION_ERROR", message))
        if self.principal is None and self._failures >= _FAILURES_ALLOWED:
            self._close(AUTH_CLOSE, "authentication failed")

    def _auth_is_due(self) -> None:
        if self.principal is None:
            self._close(AUTH_CLOSE, "auth timeout")

    async def _subscribe(self, request: Subscribe, principal: Principal) -> None:
        broker = principal.broker
        if broker is None:
            raise ProtocolError(
                "BROKER_ERROR", "No broker account is active for this user", request.request_id
            )
        manifest = self._house.brokers.manifests().get(broker)
        if manifest is None or manifest.stream is None:
            text = f"{broker} has no market-data stream"
            raise ProtocolError("BROKER_INIT_ERROR", text, request.request_id)
        known = await self._subscriptions.look_up(broker, request.items)
        if self._over:
            return
        if self.principal is None or self.principal.broker != broker:
            raise ProtocolError(
                "BROKER_ERROR", "The active broker just changed; try again", request.request_id
            )
        room = self._house.options.subscriptions_per_key - self._house.roster.subscriptions_of(principal)
        items, topics = self._subscriptions.subscribe(
            broker, manifest, request.items, known, request.depth, room
        )
        self._send(*replies.subscribed(items, broker, request.request_id))
        self._house.fanout.send_snapshots(self._outbox, topics)
        self._house.broadcast.send_refusals(self._outbox, broker, known.values())

    async def _move(self, broker: str | None) -> None:
        """The user's active broker changed: the same instruments, from the new broker's feed."""
        manifest = self._house.brokers.manifests().get(broker or "")
        for key in await self._subscriptions.move(broker or "", manifest):
            text = f"{key} is not streamed by {broker or 'any broker'}, the broker active now"
            self._send(replies.error("SUBSCRIPTION_ERROR", text))

    async def contracts_changed(self, broker: str) -> None:
        """What the active broker did not list when it became active may be listed now."""
        if self.principal is not None and self.principal.broker == broker:
            await self._subscriptions.deliver(broker, self._house.brokers.manifests().get(broker))

    def _send(self, *messages: dict[str, Any]) -> None:
        for message in messages:
            self._outbox.send(message_frame(message))

    def _close(self, code: int, reason: str) -> None:
        """Close after what was already queued has been written."""
        self._outbox.flush()
        self._house.roster.spawn(asyncio.create_task(self._connection.close(code, reason), name="ws-close"))

    def _end(self) -> None:
        self._over = True
        self._key_end.cancel()
        self._subscriptions.close()
        if self.principal is None:
            self._house.roster.known(self._address)
        else:
            self._orders.end()
            self._house.roster.remove(self, self.principal)
        self._outbox.close()


async def _known_by(house: House, request: Authenticate, address: str) -> Principal:
    """Who a secret stands for. Raises NotAuthenticated, NotAllowed."""
    gate = house.gate
    if not request.api_key:
        return await asyncio.to_thread(gate.redeem, request.ticket)  # taken once; it names a user, not a key
    while True:  # a key that changed meanwhile is checked again
        changes = house.key_changes
        principal = await asyncio.to_thread(gate.verify, request.api_key, address)
        if changes == house.key_changes:
            return principal


def _refusal(request: Authenticate, error: OpenAlgoError) -> str:
    if isinstance(error, NotAllowed):
        return error.message
    return "Invalid API key" if request.api_key else "Invalid ticket"


def _broker_info(house: House, principal: Principal, request_id: RequestId) -> dict[str, Any]:
    feed = house.broadcast.feed_of(principal.broker or "", principal.account_id)
    adapter = _ADAPTER.get(feed.state, "disconnected") if feed else "disconnected"
    return replies.broker_info(principal, adapter, feed, request_id)
