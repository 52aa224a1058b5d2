"""Kite's ticker: a WebSocket that sends binary packets, heartbeats and order messages."""

import asyncio
import json
import struct
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from broker.simulator.ticks import LocalTicks
from domain.market import Mode

BEAT_SECONDS = 0.25
HEARTBEAT_SECONDS = 1.0
MOST_TOKENS = 3000
MODES = {"ltp": Mode.LTP, "quote": Mode.QUOTE, "full": Mode.DEPTH}
HEARTBEAT = b"\x00"
GARBAGE = (b"\x00\x02\x00\x08\x01", b"\xff\xff", b"\x00\x01\x00\x05hello", b"\x00\x01\x00\xb8" + bytes(20))


class Connection:
    """One client: its tokens, their modes, and when it last got something."""

    def __init__(self, socket, user, market):
        self.socket = socket
        self.user = user
        self.silent_until = 0.0
        self._market = market
        self._ticks = LocalTicks(market.universe, market.prices)
        self._tokens = {}
        self._sent_at = 0.0

    def obey(self, message):
        """Carry out a client message; answers the text of an error, or None."""
        action, value = message.get("a"), message.get("v")
        if action == "mode":
            mode, value = MODES.get(value[0]), value[1]
            return "Unknown mode" if mode is None else self._want(value, mode)
        if action == "subscribe":
            return self._want(value, Mode.QUOTE)
        if action == "unsubscribe":
            gone = [self._tokens.pop(token) for token in value if token in self._tokens]
            self._ticks.unsubscribe([listed.instrument for listed in gone])
            return None
        return "Unknown action"

    def _want(self, tokens, mode):
        found = {token: self._market.listing.by_token(token) for token in tokens}
        known = {token: listed for token, listed in found.items() if listed is not None}
        if len(self._tokens | known) > MOST_TOKENS:
            return "Too many instruments"
        self._tokens |= known
        self._ticks.subscribe([(listed.instrument, mode) for listed in known.values()])
        return None

    def frame(self, now, at):
        """What is due: ticks, a heartbeat, or nothing."""
        if at < self.silent_until:
            return None
        places = {
            (row.instrument.broker_exchange, row.instrument.token): row for row in self._tokens.values()
        }
        packets = [packet(tick, places[tick.broker_exchange, tick.token]) for tick in self._ticks.due(now)]
        if packets:
            self._sent_at = at
            body = b"".join(struct.pack(">H", len(each)) + each for each in packets)
            return struct.pack(">H", len(packets)) + body
        if at - self._sent_at >= HEARTBEAT_SECONDS:
            self._sent_at = at
            return HEARTBEAT
        return None


class Ticker:
    """The server. `sessions.user_of(api_key, access_token)` decides who may connect."""

    def __init__(self, market, sessions):
        self._market = market
        self._sessions = sessions
        self._connections = set()
        self._server = None
        self._beats = None

    async def start(self, host, port):
        """Listen; answers the port."""
        self._server = await serve(
            self._serve, host, port, process_request=self._admit, compression=None, ping_interval=None
        )
        self._beats = asyncio.create_task(self._beat())
        return self._server.sockets[0].getsockname()[1]

    async def stop(self):
        """Close the listener and every connection."""
        self._beats.cancel()
        self._server.close()
        await self._server.wait_closed()

    def count(self):
        """Connections that are open."""
        return len(self._connections)

    def silence(self, seconds):
        """Say nothing at all for a while, on the connections that are open."""
        until = asyncio.get_running_loop().time() + seconds
        for connection in self._connections:
            connection.silent_until = until

    async def garbage(self):
        """Send frames that break the layout."""
        for connection in list(self._connections):
            for frame in GARBAGE:
                await self._send(connection, frame)

    def drop(self):
        """Cut every connection without a goodbye."""
        for connection in list(self._connections):
            connection.socket.transport.abort()

    async def tell(self, user, data):
        """Send an order message to a user's connections."""
        text = json.dumps({"type": "order", "data": data})
        for connection in list(self._connections):
            if connection.user == user and asyncio.get_running_loop().time() >= connection.silent_until:
                await self._send(connection, text)

    def _admit(self, socket, request):
        query = parse_qs(urlsplit(request.path).query)
        user = self._sessions.user_of(query.get("api_key", [""])[0], query.get("access_token", [""])[0])
        if user is None:
            return socket.respond(HTTPStatus.FORBIDDEN, "403 Forbidden\n")
        socket.user = user
        return None

    async def _serve(self, socket):
        connection = Connection(socket, socket.user, self._market)
        self._connections.add(connection)
        try:
            async for message in socket:
                error = self._hear(connection, message)
                if error:
                    await self._send(connection, json.dumps({"type": "error", "data": error}))
        except ConnectionClosed:
            pass
        finally:
            self._connections.discard(connection)

    @staticmethod
    def _hear(connection, message):
        try:
            return connection.obey(json.loads(message))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            return "Invalid message"

    async def _beat(self):
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            now = self._market.clock.now()
            for connection in list(self._connections):
                frame = connection.frame(now, loop.time())
                if frame is not None:
                    await self._send(connection, frame)

    async def _send(self, connection, frame):
        try:
            await asyncio.wait_for(connection.socket.send(frame), 5)
        except (ConnectionClosed, TimeoutError):
            connection.socket.transport.abort()


def packet(tick, listed):
    """The binary packet of a tick."""
    quote, lot = tick.quote, listed.lot

    def price(value):
        return round((value or 0) * listed.divisor)

    def units(value):
        return min((value or 0) // lot, 0xFFFFFFFF)

    def seconds(epoch_ms):
        return (epoch_ms or 0) // 1000

    head = struct.pack(">Ii", listed.token, price(quote.ltp))
    if tick.mode is Mode.LTP:
        return head
    day = (quote.open, quote.high, quote.low, quote.prev_close)
    if listed.instrument.exchange.is_index:
        opened, high, low, close = day
        body = head + struct.pack(
            ">5i", *map(price, (high, low, opened, close)), price((quote.ltp or 0) - (close or 0))
        )
        return body if tick.mode is Mode.QUOTE else body + struct.pack(">I", seconds(quote.exchange_at_ms))
    body = head + struct.pack(">Ii3I", units(quote.last_quantity), price(quote.average_price), *map(
        units, (quote.volume, quote.total_buy_quantity, quote.total_sell_quantity)
    )) + struct.pack(">4i", *map(price, day))  # fmt: skip
    if tick.mode is Mode.QUOTE:
        return body
    body += struct.pack(
        ">5I", seconds(quote.last_trade_at_ms), units(quote.oi), units(quote.oi), units(quote.oi),
        seconds(quote.exchange_at_ms),
    )  # fmt: skip
    for side in (tick.bids, tick.asks):
        levels = [(units(level.quantity), price(level.price), level.orders or 1) for level in side[:5]]
        for level in levels + [(0, 0, 0)] * (5 - len(levels)):
            body += struct.pack(">IiH2x", *level)
    return body
