"""Dhan's sockets: the live feed, and the order updates on one of their own."""

import json
from urllib.parse import parse_qs, urlsplit

from domain.market import Mode
from test.twins.dhan.garbage import MAKERS
from test.twins.dhan.packets import close, ended, packets
from test.twins.kit.stream.connection import Connection
from test.twins.kit.stream.server import PACE, Limits, StreamServer

MODES = {15: Mode.LTP, 17: Mode.QUOTE, 21: Mode.DEPTH}
BATCH = 100
ORDERS = "/order-update"


class DhanConnection(Connection):
    """What both kinds of socket have: a sign-in by client id and token."""

    @classmethod
    def credentials_of(cls, request):
        return None

    def signs_in(self, client, token):
        """Whether the token is the client's and lives."""
        sessions = self._stream.sessions
        key = sessions.key_of(token) if token else None
        return key is not None and sessions.apps[key][1] == client and self.sign_in(key, token)


class FeedConnection(DhanConnection):
    """The live feed; a request with a mistake is not carried out and not answered."""

    def greeting(self):
        query = parse_qs(urlsplit(self.socket.request.path).query)
        client, token, version = (query.get(name, [""])[0] for name in ("clientId", "token", "version"))
        if version == "2" and query.get("authType") == ["2"] and self.signs_in(client, token):
            return []
        self.close(1000)
        return [ended(809)]

    def obey(self, message):
        try:
            body = json.loads(message)
            code, asked = body["RequestCode"], body.get("InstrumentList", [])
            if code == 12:
                self.close(1000)
                return []
            if body["InstrumentCount"] != len(asked) or not 0 < len(asked) <= BATCH or self.user is None:
                return []
            tokens = [(each["ExchangeSegment"], each["SecurityId"]) for each in asked]
        except (ValueError, TypeError, KeyError):
            return []
        if code in MODES and self.want(tokens, MODES[code]):
            known = [self._listed[token] for token in tokens if token in self._listed]
            return [b"".join(close(listed, self._market.quote(listed)) for listed in known)] if known else []
        if code - 1 in MODES:
            self.forget([token for token in tokens if self.modes.get(token) is MODES[code - 1]])
        return []

    def ticks(self, due):
        return [b"".join(packets(tick, listed, self.modes[listed.token]) for tick, listed in due)]

    def farewell(self):
        return [ended(807)]


class OrderConnection(DhanConnection):
    """Order updates, after a login that is not answered; a bad one ends the connection."""

    def obey(self, message):
        try:
            login = json.loads(message)["LoginReq"]
            good = login["MsgCode"] == 42 and self.signs_in(login["ClientId"], login["Token"])
        except (ValueError, TypeError, KeyError):
            good = False
        if not good:
            self.close(1000)
        return []

    def orders(self, data):
        return [json.dumps({"Data": data, "Type": "order_alert"})]


def dhan_streams(market, sessions, dials, seed=1, pace=PACE):
    """Both sockets on one port, with the limits that Dhan documents."""
    limits = Limits(instruments_per_socket=5000, sockets_per_key=5)
    return StreamServer(
        market, sessions, dials, {"": FeedConnection, ORDERS: OrderConnection}, limits, seed=seed, pace=pace,
        makers=MAKERS, ping_seconds=10,
    )  # fmt: skip
