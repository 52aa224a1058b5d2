"""Fyers' sockets: HSM in binary for the market, JSON for orders."""

import json
import struct

from domain.market import Mode
from test.twins.fyers import frames
from test.twins.fyers.garbage import MAKERS
from test.twins.fyers.rows import pushed
from test.twins.kit.stream.connection import Connection
from test.twins.kit.stream.server import PACE, Limits, StreamServer

MARKET_PATH, ORDER_PATH = "/hsm/v1-5/prod", "/trade/v3"
ACK_INTERVAL = 4
LIMIT_CODE = 51001
LISTS = {"orders", "trades", "positions", "edis", "pricealerts", "login"}


class HsmConnection(Connection):
    """A market socket. Topics of an instrument live and die apart; ids are of this connection alone."""

    def __init__(self, number, socket, stream):
        super().__init__(number, socket, stream)
        self._kinds = {}
        self._ids = {}
        self._told = {}
        self._lite = set()
        self._paused = set()
        self._channels = {}
        self._number = 0
        self.acknowledged = []

    @classmethod
    def credentials_of(cls, request):
        return None

    def obey(self, message):
        if message == bytes((0, 1, frames.PING)):
            return []
        try:
            kind, fields = frames.request_of(message)
            return self._carry_out(kind, fields)
        except (ValueError, TypeError, KeyError, IndexError, struct.error):
            return [frames.message(-50, "invalid request", 0)]

    def _carry_out(self, kind, fields):
        if kind == frames.AUTH:
            good = fields[2] == b"P" and self.sign_in(*self._stream.sessions.by_hsm_key(fields[1].decode()))
            return [frames.answer(kind, good, ACK_INTERVAL if good else None)]
        if self.user is None:
            return [frames.answer(kind, accepted=False)]
        if kind == frames.ACK:
            self.acknowledged.append(struct.unpack(">I", fields[1])[0])
            return []
        if kind in (frames.SUBSCRIBE, frames.UNSUBSCRIBE):
            return self._subscription(kind, frames.topics_of(fields[1]), fields[2][0])
        channels = {bit for bit in range(1, 64) if struct.unpack(">Q", fields[1])[0] >> bit & 1}
        if kind == frames.MODE:
            self._lite = self._lite | channels if fields[2][0] == frames.LITE else self._lite - channels
        elif kind in (frames.PAUSE, frames.RESUME):
            self._paused = self._paused | channels if kind == frames.PAUSE else self._paused - channels
        else:
            raise ValueError(kind)
        return [frames.answer(kind)]

    def _subscription(self, kind, topics, channel):
        found = [found for topic in topics if (found := self._market.listing.by_topic(topic))]
        if self.is_too_fast():
            return [frames.answer(kind, accepted=False)]
        if kind == frames.UNSUBSCRIBE:
            for name, listed in found:
                self._leave(name, listed)
            return [frames.answer(kind)]
        for name, listed in found:
            kinds = self._kinds.get(listed.token, set()) | {name}
            if not self.want([listed.token], Mode.DEPTH if "dp" in kinds else Mode.QUOTE):
                return [frames.message(LIMIT_CODE, "Symbol limit exceeded for your plan", kind)]
            self._kinds[listed.token] = kinds
            self._channels[listed.token] = channel
            self._told.pop(listed.topic(name), None)
        return [frames.answer(kind)]

    def _leave(self, name, listed):
        kinds = self._kinds.get(listed.token, set()) - {name}
        self._told.pop(listed.topic(name), None)
        if kinds:
            self._kinds[listed.token] = kinds
            self.want([listed.token], Mode.DEPTH if "dp" in kinds else Mode.QUOTE)
        else:
            self.forget([listed.token])

    def forget(self, tokens):
        super().forget(tokens)
        for token in tokens:
            self._kinds.pop(token, None)

    def ticks(self, due):
        entries = [entry for tick, listed in due for entry in self._entries(tick, listed)]
        if not entries:
            return []
        self._number += 1
        return [frames.data(self._number, entries)]

    def _entries(self, tick, listed):
        """A snapshot of a topic at first, then what changed, or in lite mode the last price."""
        channel = self._channels.get(listed.token)
        for kind in sorted(self._kinds.get(listed.token, ()), reverse=True):
            topic = listed.topic(kind)
            values = frames.values_of(kind, tick, listed)
            before = self._told.get(topic)
            if channel in self._paused:
                continue
            topic_id = self._ids.setdefault(topic, struct.pack("=H", len(self._ids) + 1))
            self._told[topic] = values
            if before is None:
                yield frames.snapshot(topic_id, topic, values, listed.scale, listed)
            elif channel in self._lite:
                if kind != "dp" and values[0] != before[0]:
                    yield frames.lite(topic_id, values[0])
            elif (changed := frames.update(topic_id, before, values)) is not None:
                yield changed


class OrderConnection(Connection):
    """An order socket: what was asked for with SUB_ORD comes as it happens."""

    def __init__(self, number, socket, stream):
        super().__init__(number, socket, stream)
        self._lists = set()

    @classmethod
    def credentials_of(cls, request):
        key, _, token = request.headers.get("authorization", "").rpartition(":")
        return key, token

    def obey(self, message):
        if message == "ping":
            return ["pong"]
        try:
            request = json.loads(message)
            lists = set(request["SLIST"])
            if request["T"] != "SUB_ORD" or request["SUB_T"] not in (1, -1) or not lists <= LISTS:
                raise ValueError
        except (ValueError, TypeError, KeyError):
            return [json.dumps({"s": "error", "code": -50, "message": "invalid input"})]
        self._lists = self._lists | lists if request["SUB_T"] == 1 else self._lists - lists
        return [json.dumps({"code": 1605, "message": "Successfully subscribed", "s": "ok"})]

    def orders(self, data):
        if "orders" not in self._lists:
            return []
        return [json.dumps({"s": "ok", "orders": pushed(data)})]


def fyers_streams(market, sessions, dials, seed=1, pace=PACE):
    """Both sockets, with the limits that the vendor's client has."""
    limits = Limits(instruments_per_socket=5000, sockets_per_key=3)
    paths = {MARKET_PATH: HsmConnection, ORDER_PATH: OrderConnection}
    return StreamServer(market, sessions, dials, paths, limits, seed=seed, pace=pace, makers=MAKERS)
