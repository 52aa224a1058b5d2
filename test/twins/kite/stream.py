"""Kite's ticker: JSON requests, binary packets, one-byte heartbeats, order messages."""

import json
from urllib.parse import parse_qs, urlsplit

from domain.market import Mode
from test.twins.kit.stream.connection import Connection
from test.twins.kit.stream.server import PACE, Limits, StreamServer
from test.twins.kite.garbage import MAKERS
from test.twins.kite.packets import HEARTBEAT, frame_of, packet

MODES = {"ltp": Mode.LTP, "quote": Mode.QUOTE, "full": Mode.DEPTH}


class KiteConnection(Connection):
    """A socket of the ticker. A request with a mistake meets an error message, and nothing of it is done."""

    @classmethod
    def credentials_of(cls, request):
        query = parse_qs(urlsplit(request.path).query)
        return query.get("api_key", [""])[0], query.get("access_token", [""])[0]

    def obey(self, message):
        error = self._error(message)
        return [json.dumps({"type": "error", "data": error})] if error else []

    def _error(self, text):
        """Carry out a request; answers the text of an error, or None."""
        try:
            message = json.loads(text)
            action, value = message.get("a"), message.get("v")
            if self.is_too_fast():
                return "Too many requests"
            if action == "mode":
                mode, tokens = MODES.get(value[0]), value[1]
                return "Unknown mode" if mode is None else self._wanted(tokens, mode)
            if action == "subscribe":
                return self._wanted(value, Mode.QUOTE)
            if action == "unsubscribe":
                self.forget(value)
                return None
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            return "Invalid message"
        return "Unknown action"

    def _wanted(self, tokens, mode):
        return None if self.want(tokens, mode) else "Too many instruments"

    def ticks(self, due):
        return [frame_of([packet(tick, listed) for tick, listed in due])]

    def orders(self, data):
        return [json.dumps({"type": "order", "data": data})]

    def heartbeat(self):
        return HEARTBEAT


def kite_ticker(market, sessions, dials, seed=1, pace=PACE):
    """The ticker's server with the limits that Kite documents."""
    limits = Limits(instruments_per_socket=3000, sockets_per_key=3)
    return StreamServer(
        market, sessions, dials, {"": KiteConnection}, limits, seed=seed, pace=pace, makers=MAKERS
    )
