"""Angel One's sockets: SmartStream with prices, and the one for order updates; "ping" meets "pong" on both."""

import json

from domain.market import Mode
from test.twins.angel.garbage import MAKERS
from test.twins.angel.packets import PLACES, packet
from test.twins.kit.stream.connection import Connection
from test.twins.kit.stream.server import PACE, Limits, StreamServer

EXCHANGES = {place: exchange for exchange, place in PLACES.items()}
MODES = {1: Mode.LTP, 2: Mode.QUOTE, 3: Mode.DEPTH}
SUBSCRIBE, UNSUBSCRIBE = 1, 0
NOTHING = {"variety": "", "ordertype": "", "ordertag": "", "producttype": "", "quantity": "0", "orderid": ""}


class Socket(Connection):
    """Both sockets sign in by headers."""

    @classmethod
    def credentials_of(cls, request):
        headers = request.headers
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        jwt = token if scheme == "Bearer" else ""
        return headers.get("x-api-key", ""), (jwt, headers.get("x-client-code"), headers.get("x-feed-token"))

    def obey(self, message):
        return ["pong"] if message == "ping" else self.asked(message)

    def asked(self, message):
        """Frames that answer anything but a ping."""
        return []


class SmartStream(Socket):
    """Prices. A request with a mistake meets an error, and nothing of it is done."""

    def __init__(self, *values):
        super().__init__(*values)
        self._number = 0

    def asked(self, message):
        name, wrong = None, None
        try:
            request = json.loads(message)
            name = request.get("correlationID")
            wrong = self._done(request["action"], request["params"])
        except (ValueError, TypeError, KeyError, AttributeError):
            wrong = ("E1001", "Invalid Request Payload.")
        if wrong is None:
            return []
        code, text = wrong
        return [json.dumps({"correlationID": name, "errorCode": code, "errorMessage": text})]

    def _done(self, action, params):
        """Carry out a request; answers an error or None."""
        mode = MODES[params["mode"]]
        tokens = [
            (EXCHANGES[group["exchangeType"]], token)
            for group in params["tokenList"]
            for token in group["tokens"]
        ]
        if self.is_too_fast():
            return "E1002", "Invalid Request. Too many requests"
        if action == UNSUBSCRIBE:
            self.forget([token for token in tokens if self.modes.get(token) is mode])
            return None
        if action != SUBSCRIBE:
            raise ValueError(action)
        return None if self.want(tokens, mode) else ("E1002", "Invalid Request. Subscription Limit Exceeded")

    def ticks(self, due):
        frames = []
        for tick, listed in due:
            self._number += 1
            frames.append(packet(tick, listed, self._number))
        return frames


class OrderSocket(Socket):
    """Order updates of the account."""

    def greeting(self):
        return [_frame(self.user, "AB00", NOTHING)]

    def orders(self, data):
        return [json.dumps(data)]


def _frame(user, code, order):
    facts = {
        "user-id": user,
        "status-code": "200",
        "order-status": code,
        "error-message": "",
        "orderData": order,
    }
    return json.dumps(facts)


def angel_stream(market, sessions, dials, seed=1, pace=PACE):
    """The server of both sockets with the limits that the vendor tells."""
    paths = {"/smart-stream": SmartStream, "/smart-order-update": OrderSocket}
    limits = Limits(instruments_per_socket=1000, sockets_per_key=3)
    return StreamServer(market, sessions, dials, paths, limits, seed=seed, pace=pace, makers=MAKERS)
