"""Kite's ticker: JSON going out; binary packets and text messages coming in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from broker.core.layout import Layout, run
from broker.core.roles import Control, Dial, PluginContext, Session, StreamEvent
from broker.core.stream import QuietCodec, batches, counted_packets, parse_object
from broker.core.values import tick
from broker.zerodha.mapping import Books
from domain.errors import BadVendorData
from domain.instruments import Instrument
from domain.market import DepthLevel, Mode, Quote, Tick
from domain.orders import OrderUpdate
from utils import json

MODE_WORDS = {Mode.LTP: "ltp", Mode.QUOTE: "quote", Mode.DEPTH: "full"}
# The low byte of a token is its segment; indices (9) of several exchanges share one and are known by subscription.
SEGMENTS = {1: "NSE", 2: "NFO", 3: "CDS", 4: "BSE", 5: "BFO", 6: "BCD", 7: "MCX", 12: "NCO"}
DIVISORS = {3: 10_000_000, 6: 10_000, 12: 10_000}
_HEAD = (*run(0, "u32", "token"), *run(4, "i32", "ltp"))
_INDEX = (*_HEAD, *run(8, "i32", "high", "low", "open", "prev_close"))
_QUOTE = (
    *_HEAD, *run(8, "u32", "last_quantity"), *run(12, "i32", "average_price"),
    *run(16, "u32", "volume", "total_buy_quantity", "total_sell_quantity"),
    *run(28, "i32", "open", "high", "low", "prev_close"))  # fmt: skip
_FULL = (*_QUOTE, *run(44, "u32", "last_trade_at_ms", "oi"), (60, "u32", "exchange_at_ms"))
_PRICES = frozenset({"average_price", "open", "high", "low", "prev_close"})


class Packet:
    """A kind of packet: its layout, the mode that it fills, and which fields are prices and times."""

    def __init__(self, name: str, fields: Sequence[tuple[int, str, str]], mode: Mode, size: int) -> None:
        self.layout = Layout(name, "big", fields, size)
        self.mode = mode
        self.prices = tuple(field for field in self.layout.fields if field in _PRICES)
        self.times = tuple(field for field in self.layout.fields if field.endswith("_at_ms"))


PACKETS = {
    8: Packet("kite ltp", _HEAD, Mode.LTP, 8),
    28: Packet("kite index quote", _INDEX, Mode.QUOTE, 28),
    32: Packet("kite index full", (*_INDEX, (28, "u32", "exchange_at_ms")), Mode.DEPTH, 32),
    44: Packet("kite quote", _QUOTE, Mode.QUOTE, 44),
    184: Packet("kite full", _FULL, Mode.DEPTH, 184),
}
LEVEL = Layout("kite depth", "big", ((0, "u32", "quantity"), (4, "i32", "price"), (8, "u16", "orders")), 12)
LEVELS_AT, LEVELS = 64, 5


class KiteTicker(QuietCodec):
    """Codec of one connection. A token has one mode; the runtime asks for the richest that is wanted."""

    def __init__(self, context: PluginContext, books: Books) -> None:
        self._url = context.hosts["ws"]
        self._batch = context.manifest.stream.batch if context.manifest.stream else 1
        self._books = books
        self._exchanges: dict[int, str] = {}
        self._identities: dict[int, tuple[str, str, int]] = {}
        self._ready = False

    def dial(self, session: Session) -> Dial:
        """Key and token travel in the query."""
        query = {"api_key": session.credentials["api_key"], "access_token": session.tokens["access_token"]}
        return Dial(url=f"{self._url}?{urlencode(query)}", headers={"X-Kite-Version": "3"})

    def subscribe(self, wants: Sequence[tuple[Instrument, Mode]]) -> list[str | bytes]:
        """Subscribe, then set the mode, in batches per mode."""
        self._exchanges.update((int(instrument.token), instrument.broker_exchange) for instrument, _ in wants)
        self._identities.clear()
        return [
            json.encode_text(message)
            for mode, word in MODE_WORDS.items()
            for batch in batches([int(found.token) for found, wanted in wants if wanted is mode], self._batch)
            for message in ({"a": "subscribe", "v": batch}, {"a": "mode", "v": [word, batch]})
        ]

    def unsubscribe(self, instruments: Sequence[Instrument]) -> list[str | bytes]:
        tokens = [int(instrument.token) for instrument in instruments]
        return [json.encode_text({"a": "unsubscribe", "v": batch}) for batch in batches(tokens, self._batch)]

    def decode(self, frame: str | bytes) -> list[StreamEvent]:
        """Ticks, order updates and notices; the first frame of a connection also says that it is ready."""
        events: list[StreamEvent] = [] if self._ready else [Control(kind="ready")]
        if isinstance(frame, str):
            events.append(self._message(parse_object(frame)))
        elif len(frame) == 1:
            events.append(Control(kind="heartbeat"))
        else:
            events.extend(self._tick(packet) for packet in counted_packets(frame))
        self._ready = True
        return events

    def _message(self, message: Mapping[str, Any]) -> StreamEvent:
        kind, data = message.get("type"), message.get("data")
        if kind == "order":
            return OrderUpdate(row=self._books.order(data), source="push")
        return Control(kind="error" if kind == "error" else "notice", detail=f"{kind}: {str(data)[:200]}")

    def _tick(self, data: bytes) -> StreamEvent:
        packet = PACKETS.get(len(data))
        if packet is None:
            raise BadVendorData(f"kite ticker: no packet has {len(data)} bytes")
        fields = packet.layout.read(data)
        token = fields.pop("token")
        identity = self._identities.get(token) or self._identify(token)
        if identity is None:
            return Control(kind="notice", detail=f"packet for {token}, which was never asked for")
        exchange, text, divisor = identity
        fields["ltp"] /= divisor
        for name in packet.prices:
            raw = fields[name]  # 0 is Kite's word for "no price yet"; only the last price stands as it is
            fields[name] = raw / divisor if raw else None
        for name in packet.times:
            fields[name] = fields[name] * 1000 or None
        if len(data) <= LEVELS_AT:
            return Tick(broker_exchange=exchange, token=text, mode=packet.mode, quote=Quote(**fields))
        rows = LEVEL.repeat(data, LEVELS_AT, 2 * LEVELS)
        levels = [DepthLevel(price / divisor, quantity, orders) for quantity, price, orders in rows]
        return tick((exchange, text), packet.mode, fields, levels[:LEVELS], levels[LEVELS:])

    def _identify(self, token: int) -> tuple[str, str, int] | None:
        """(exchange, token as text, price divisor), remembered; None for a segment nobody knows."""
        exchange = self._exchanges.get(token) or SEGMENTS.get(token & 0xFF)
        if exchange is None:
            return None
        self._identities[token] = identity = (exchange, str(token), DIVISORS.get(token & 0xFF, 100))
        return identity
