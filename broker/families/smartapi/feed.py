"""The SmartAPI feed: JSON going out, one little-endian packet per binary frame coming in, text in between.

A depth entry tells its side.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from broker.core.layout import Layout, run
from broker.core.roles import Control, Dial, PluginContext, Session, StreamEvent
from broker.core.stream import QuietCodec, Subscribing, parse_object
from broker.core.values import tick
from domain.errors import BadVendorData
from domain.instruments import Instrument
from domain.market import DepthLevel, Mode
from utils import json

CENTS, CURRENCY = 100, 10_000_000
_HEAD = (
    *run(0, "u8", "mode", "place"), (2, "s25", "token"), *run(27, "i64", "sequence", "exchange_at_ms", "ltp"),
)  # fmt: skip
_QUOTE = (
    *_HEAD, *run(51, "i64", "last_quantity", "average_price", "volume"),
    *run(75, "f64", "total_buy_quantity", "total_sell_quantity"), *run(91, "i64", "open", "high", "low", "prev_close"),
)  # fmt: skip
# The change of open interest (139) has no meaning, the 52-week prices (363) no place in a quote.
_REST = (*run(123, "i64", "last_trade_at_ms", "oi"), *run(347, "i64", "upper_circuit", "lower_circuit"))
PACKETS = {
    Mode.LTP: Layout("smartapi ltp", "little", _HEAD, 51),
    Mode.QUOTE: Layout("smartapi quote", "little", _QUOTE, 123),
    Mode.DEPTH: Layout("smartapi snap quote", "little", (*_QUOTE, *_REST), 379),
}
_MODES = {mode.value: mode for mode in PACKETS}
_ENTRY = (0, "u16", "flag"), *run(2, "i64", "quantity", "price"), (18, "u16", "orders")
LEVEL = Layout("smartapi depth", "little", _ENTRY)
LEVELS_AT, LEVELS = 147, 5
_PRICES = ("average_price", "open", "high", "low", "prev_close", "upper_circuit", "lower_circuit")
_COUNTS = ("total_buy_quantity", "total_sell_quantity")
BUY, SELL = 1, 0


class SmartStream(Subscribing, QuietCodec):
    """Codec of one connection; a vendor adds its dial.

    places: its exchange words to their numbers here; fine: the exchange whose prices have seven decimals.
    """

    def __init__(self, context: PluginContext, places: Mapping[str, int], fine: str) -> None:
        super().__init__(context)
        self._places, self._fine, self._asked = places, fine, 0
        self._exchanges = {place: exchange for exchange, place in places.items()}

    def dial(self, session: Session) -> Dial:
        raise NotImplementedError

    def heartbeat(self) -> str:
        """Answered with "pong"."""
        return "ping"

    def kinds(self, instrument: Instrument, mode: Mode) -> tuple[int, ...]:
        """A token has one mode."""
        return (mode.value,)

    def ask(self, starts: bool, kind: int, batch: Sequence[Instrument]) -> str:
        """Tokens per exchange, under a number of the request's own."""
        self._asked += 1
        tokens: dict[int, list[str]] = {}
        for found in batch:
            tokens.setdefault(self._places[found.broker_exchange], []).append(found.token)
        lists = [{"exchangeType": place, "tokens": listed} for place, listed in tokens.items()]
        params = {"mode": kind, "tokenList": lists}
        return json.encode_text(
            {"correlationID": f"oa{self._asked}", "action": int(starts), "params": params}
        )

    def decode(self, frame: str | bytes) -> list[StreamEvent]:
        """A tick, or what a text says."""
        if isinstance(frame, bytes):
            return [self._tick(frame)]
        if frame == "pong":
            return [Control(kind="heartbeat")]
        return self.message(parse_object(frame))

    def message(self, message: Mapping[str, Any]) -> list[StreamEvent]:
        """A refused request carries an error code."""
        kind = "error" if message.get("errorCode") else "notice"
        words = (message.get(name) for name in ("correlationID", "errorCode", "errorMessage"))
        return [Control(kind=kind, detail=" ".join(str(word)[:100] for word in words if word))]

    def _tick(self, data: bytes) -> StreamEvent:
        mode = _MODES.get(data[0]) if data else None
        if mode is None or len(data) != PACKETS[mode].size:
            raise BadVendorData(f"smartapi feed: no packet of mode {data[:1].hex()} has {len(data)} bytes")
        fields = PACKETS[mode].read(data)
        place, token = fields.pop("place"), fields.pop("token").partition(b"\0")[0]
        exchange = self._exchanges.get(place)
        if exchange is None or not token.isalnum():
            raise BadVendorData(f"smartapi feed: a packet of exchange type {place} without a known name")
        divisor = CURRENCY if exchange == self._fine else CENTS
        quote = self._quote(fields, divisor)
        sides = self._levels(data, divisor) if mode is Mode.DEPTH else ()
        return tick((exchange, token.decode()), mode, quote, *sides)

    @staticmethod
    def _quote(fields: dict[str, Any], divisor: int) -> dict[str, Any]:
        """The fields of a Quote. 0 is the feed's word for "no such price or time"; only the last price stands."""
        del fields["mode"], fields["sequence"]
        fields["ltp"] /= divisor
        fields["exchange_at_ms"] = fields["exchange_at_ms"] or None
        if "last_trade_at_ms" in fields:
            fields["last_trade_at_ms"] = fields["last_trade_at_ms"] * 1000 or None
        for name in _PRICES:
            if name in fields:
                fields[name] = fields[name] / divisor or None
        for name in _COUNTS:
            if name in fields:
                fields[name] = int(fields[name]) if math.isfinite(fields[name]) else None
        return fields

    @staticmethod
    def _levels(data: bytes, divisor: int) -> tuple[list[DepthLevel], list[DepthLevel]]:
        sides: tuple[list[DepthLevel], list[DepthLevel]] = ([], [])
        for flag, quantity, price, orders in LEVEL.repeat(data, LEVELS_AT, 2 * LEVELS):
            if flag not in (BUY, SELL):
                raise BadVendorData(f"smartapi feed: a depth entry with the flag {flag}")
            sides[0 if flag == BUY else 1].append(DepthLevel(price / divisor, quantity, orders))
        return sides
