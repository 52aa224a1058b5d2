"""Upstox's sockets: public addresses that redirect to those of one use, the market-data feed, the order updates."""

import json
from http import HTTPStatus
from urllib.parse import parse_qs, urlencode, urlsplit

from domain.market import Mode
from test.twins.kit.stream.connection import Connection
from test.twins.kit.stream.server import PACE, Limits, StreamServer
from test.twins.upstox import packets
from test.twins.upstox.garbage import MAKERS
from utils.clock import epoch_ms

MODES = {"ltpc": Mode.LTP, "full": Mode.DEPTH}
FEED, ORDERS = "/market-data-feeder/v3/upstox-developer-api/feeds", "/upstox-developer-api/order-updates/feed"
OPEN_SEGMENTS = ("NSE_EQ", "BSE_EQ", "NSE_FO", "BSE_FO", "NCD_FO", "MCX_FO")
PING_SECONDS = 5.0


class Door(Connection):
    """A public address: a living token meets a redirect to an address with a code for one use, at another host name."""

    unknown = HTTPStatus.UNAUTHORIZED
    target = ""

    @classmethod
    def credentials_of(cls, request):
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return cls.sessions.key_of(token) or "", token

    @classmethod
    def onward(cls, request):
        key, _ = cls.credentials_of(request)
        kept = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        query = {**kept, "requestId": "twin", "code": cls.sessions.code(key)}
        port = request.headers["Host"].rpartition(":")[2]
        return f"ws://localhost:{port}{cls.target}?{urlencode(query)}"


class Room(Connection):
    """An address with a code. `tokens_seen` counts clients that showed their token here, where none belongs."""

    unknown = HTTPStatus.UNAUTHORIZED
    tokens_seen = 0

    @classmethod
    def credentials_of(cls, request):
        if "Authorization" in request.headers:
            Room.tokens_seen += 1
        code = parse_qs(urlsplit(request.path).query).get("code", [""])[0]
        key = cls.sessions.redeem(code) or ""
        return key, cls.sessions.token_of(key)


class FeedRoom(Room):
    """The market-data feed: JSON in binary frames going in, protobuf coming out."""

    def __init__(self, *parts):
        super().__init__(*parts)
        self._told = {}

    def greeting(self):
        return [packets.market_info(OPEN_SEGMENTS, epoch_ms(self._market.clock.now()))]

    def obey(self, message):
        method = None
        try:
            asked = json.loads(message)
            method, data = asked["method"], asked["data"]
            error = self._error(message, asked["guid"], method, data["instrumentKeys"], data.get("mode"))
        except (ValueError, TypeError, KeyError):
            error = "Invalid request"
        return [json.dumps({"status": "failed", "method": method, "error": error})] if error else []

    def _error(self, message, guid, method, keys, word):
        """Carry out a request; answers the text of an error, or None."""
        if not isinstance(message, bytes) or not isinstance(guid, str) or not guid:
            return "Requests are binary and have a guid"
        if method == "unsub":
            self.forget(keys)
            for key in keys:
                self._told.pop(key, None)
            return None
        if method not in ("sub", "change_mode") or word not in MODES:
            return "Unknown method or mode"
        if method == "change_mode" and not set(keys) <= self.modes.keys():
            return "Only subscribed keys change their mode"
        return None if self.want(keys, MODES[word]) else "Too many instrument keys"

    def ticks(self, due):
        """A snapshot of what is new in one frame, increments in another."""
        feeds = {packets.INITIAL: {}, packets.LIVE: {}}
        for tick, listed in due:
            key, last = listed.token, (tick.quote.ltp, tick.quote.last_trade_at_ms)
            known = self._told.get(key)
            is_slim = self.modes[key] is Mode.LTP
            feed = packets.slim(tick) if is_slim else packets.full(tick, listed, with_price=known != last)
            feeds[packets.LIVE if known else packets.INITIAL][key] = feed
            self._told[key] = last
        at = epoch_ms(self._market.clock.now())
        return [packets.response(kind, found, at) for kind, found in feeds.items() if found]


class OrderRoom(Room):
    """The portfolio socket, for orders."""

    def obey(self, message):
        return []

    def orders(self, data):
        return [json.dumps({"update_type": "order", **data})]


def upstox_streams(market, sessions, dials, seed=1, pace=PACE):
    """The server of all sockets, with the limits that Upstox documents."""
    own = {"sessions": sessions}
    paths = {
        "/v3/feed/market-data-feed": type("FeedDoor", (Door,), {**own, "target": FEED}),
        "/v2/feed/portfolio-stream-feed": type("OrderDoor", (Door,), {**own, "target": ORDERS}),
        FEED: type("Feed", (FeedRoom,), own),
        ORDERS: type("Orders", (OrderRoom,), own),
    }
    limits = Limits(instruments_per_socket=2000, sockets_per_key=1)
    return StreamServer(
        market, sessions, dials, paths, limits, seed=seed, pace=pace, makers=MAKERS, ping_seconds=PING_SECONDS
    )
