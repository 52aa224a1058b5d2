"""Kite's ticker: JSON going out; binary packets and text messages coming in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec

from broker.core.layout import Layout
from broker.core.roles import Control, Dial, PluginContext, Session, StreamEvent
from broker.core.stream import batches, counted_packets, parse_object
from broker.core.values import book
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
_HEAD = ((0, "u32", "token"), (4, "i32", "ltp"))
_INDEX = (*_HEAD, (8, "i32", "high"), (12, "i32", "low"), (16, "i32", "open"), (20, "i32", "prev_close"))
_QUOTE = (
    *_HEAD, (8, "u32", "last_quantity"), (12, "i32", "average_price"), (16, "u32", "volume"),
    (20, "u32", "total_buy_quantity"), (24, "u32", "total_sell_quantity"), (28, "i32", "open"), (32, "i32", "high"),
    (36, "i32", "low"), (40, "i32", "prev_close"),
)  # fmt: skip
_FULL = (*_QUOTE, (44, "u32", "last_trade_at_ms"), (48, "u32", "oi"), (60, "u32", "exchange_at_ms"))
PACKETS: dict[int, tuple[Layout, Mode]] = {
    8: (Layout("kite ltp", "big", _HEAD), Mode.LTP),
    28: (Layout("kite index quote", "big", _INDEX, 28), Mode.QUOTE),
    32: (Layout("kite index full", "big", (*_INDEX, (28, "u32", "exchange_at_ms"))), Mode.DEPTH),
    44: (Layout("kite quote", "big", _QUOTE), Mode.QUOTE),
    184: (Layout("kite full", "big", _FULL, 184), Mode.DEPTH),
}
LEVEL = Layout("kite depth", "big", ((0, "u32", "quantity"), (4, "i32", "price"), (8, "u16", "orders")), 12)
LEVELS_AT, LEVELS = 64, 5
_PRICES = frozenset({"ltp", "average_price", "open", "high", "low", "prev_close"})
_TIMES = frozenset({"last_trade_at_ms", "exchange_at_ms"})


class KiteTicker:
    """Codec of one connection. A token has one mode; the runtime asks for the richest that is wanted."""

    def __init__(self, context: PluginContext, books: Books) -> None:
        self._url = context.hosts["ws"]
        self._batch = context.manifest.stream.batch if context.manifest.stream else 1
        self._books = books
        self._exchanges: dict[int, str] = {}
        self._ready = False

    def dial(self, session: Session) -> Dial:
        """Key and token travel in the query."""
        query = {"api_key": session.credentials["api_key"], "access_token": session.tokens["access_token"]}
        return Dial(url=f"{self._url}?{urlencode(query)}", headers={"X-Kite-Version": "3"})

    def opening(self, session: Session) -> list[str | bytes]:
        """Nothing: the handshake has authenticated."""
        return []

    def subscribe(self, wants: Sequence[tuple[Instrument, Mode]]) -> list[str | bytes]:
        """Subscribe, then set the mode, in batches per mode."""
        self._exchanges.update((int(instrument.token), instrument.broker_exchange) for instrument, _ in wants)
        frames: list[str | bytes] = []
        for mode, word in MODE_WORDS.items():
            tokens = [int(instrument.token) for instrument, wanted in wants if wanted is mode]
            for batch in batches(tokens, self._batch):
                frames.append(json.encode_text({"a": "subscribe", "v": batch}))
                frames.append(json.encode_text({"a": "mode", "v": [word, batch]}))
        return frames

    def unsubscribe(self, instruments: Sequence[Instrument]) -> list[str | bytes]:
        """In batches."""
        tokens = [int(instrument.token) for instrument in instruments]
        return [json.encode_text({"a": "unsubscribe", "v": batch}) for batch in batches(tokens, self._batch)]

    def heartbeat(self) -> str | bytes | None:
        """None: only the server beats."""
        return None

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

    def _tick(self, packet: bytes) -> StreamEvent:
        found = PACKETS.get(len(packet))
        if found is None:
            raise BadVendorData(f"kite ticker: no packet has {len(packet)} bytes")
        layout, mode = found
        fields = layout.read(packet)
        token = fields.pop("token")
        segment = token & 0xFF
        exchange = self._exchanges.get(token) or SEGMENTS.get(segment)
        if exchange is None:
            return Control(kind="notice", detail=f"packet for {token}, which was never asked for")
        divisor = DIVISORS.get(segment, 100)
        for name, raw in fields.items():
            if name in _PRICES:
                # 0 is Kite's word for "no price yet"; only the last price may stand as it is.
                fields[name] = raw / divisor if raw or name == "ltp" else None
            elif name in _TIMES:
                fields[name] = raw * 1000 or None
        tick = Tick(broker_exchange=exchange, token=str(token), mode=mode, quote=Quote(**fields))
        return _with_levels(tick, packet, divisor) if len(packet) > LEVELS_AT else tick


def _with_levels(tick: Tick, packet: bytes, divisor: int) -> Tick:
    """Five bids, then five asks."""
    levels = [
        DepthLevel(price / divisor, quantity, orders)
        for quantity, price, orders in LEVEL.repeat(packet, LEVELS_AT, 2 * LEVELS)
    ]
    depth = book(tick.quote, levels[:LEVELS], levels[LEVELS:])
    return msgspec.structs.replace(tick, quote=depth.quote, bids=depth.bids, asks=depth.asks)
