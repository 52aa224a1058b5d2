"""Dhan's sockets: the live feed (JSON out, little-endian packets in) and the order updates (JSON both ways)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from broker.core.layout import Layout, run
from broker.core.roles import Control, Dial, PluginContext, Session, StreamEvent
from broker.core.stream import OrdersOnly, QuietCodec, Subscribing, parse_object
from broker.core.values import tick
from broker.families.dhan.mapping import INDEX_SEGMENT, PLACES
from domain.errors import BadVendorData
from domain.instruments import Instrument
from domain.market import DepthLevel, Mode
from utils import json
from utils.clock import epoch_ms

ASK = {Mode.LTP: 15, Mode.QUOTE: 17, Mode.DEPTH: 21}
SEGMENTS = {
    0: INDEX_SEGMENT, 1: "NSE_EQ", 2: "NSE_FNO", 3: "NSE_CURRENCY", 4: "BSE_EQ", 5: "MCX_COMM", 7: "BSE_CURRENCY",
    8: "BSE_FNO"}  # fmt: skip
HEAD = Layout("dhan header", "little", (
    (0, "u8", "code"), (1, "u16", "length"), (3, "u8", "segment"), (4, "i32", "id")))  # fmt: skip
_LAST = (8, "f32", "ltp")
_TRADED = (
    _LAST, (12, "u16", "last_quantity"), (14, "u32", "last_trade_at_ms"), (18, "f32", "average_price"),
    *run(22, "u32", "volume", "total_sell_quantity", "total_buy_quantity"))  # fmt: skip
_DAY = ("open", "_close", "high", "low")  # the close of today, known in the evening only
TICKER, QUOTE, INTEREST, CLOSE, FULL, ENDED = 2, 4, 5, 6, 8, 50
SILENT = (0, 1, 7)  # one without meaning, one whose layout is not published, and the market's state
LAYOUTS = {
    TICKER: Layout("dhan ticker", "little", (_LAST, (12, "u32", "last_trade_at_ms")), 16),
    QUOTE: Layout("dhan quote", "little", (*_TRADED, *run(34, "f32", *_DAY)), 50),
    INTEREST: Layout("dhan oi", "little", ((8, "u32", "oi"),), 12),
    CLOSE: Layout("dhan prev close", "little", ((8, "f32", "prev_close"),), 16),
    FULL: Layout("dhan full", "little", (*_TRADED, (34, "u32", "oi"), *run(46, "f32", *_DAY)), 162),
    ENDED: Layout("dhan disconnect", "little", ((8, "u16", "reason"),), 10),
}
MODES = {TICKER: Mode.LTP, QUOTE: Mode.QUOTE, FULL: Mode.DEPTH}
LEVEL = Layout("dhan depth", "little", (
    *run(0, "u32", "bid_quantity", "ask_quantity"), *run(8, "u16", "bid_orders", "ask_orders"),
    *run(12, "f32", "bid_price", "ask_price")))  # fmt: skip
LEVELS_AT, LEVELS = 62, 5
ENDINGS = dict(enumerate((
    "too many connections", "no subscription to the data API", "token expired", "wrong client id", "wrong token",
), 805))  # fmt: skip
PRICES = ("ltp", "average_price", "open", "high", "low", "prev_close")
INDIAN_MS, AHEAD_MS = 19_800_000, 3_600_000


class Feed(Subscribing, QuietCodec):
    """Codec of one live feed. Previous close and open interest come in packets of their own and are kept."""

    def __init__(self, context: PluginContext) -> None:
        super().__init__(context)
        self._url = context.hosts["ws"]
        self._clock = context.clock
        self._indian = {"auto": None, "utc": False, "ist": True}[context.settings["feed_time"]]
        self._plain = {"ticker": True, "asked": False}[context.settings["index_feed"]]
        self._known: dict[tuple[str, str], dict[str, Any]] = {}

    def dial(self, session: Session) -> Dial:
        """Token and client id travel in the query."""
        token, client = session.tokens["access_token"], session.broker_user_id
        query = {"version": "2", "token": token, "clientId": client, "authType": "2"}
        return Dial(url=f"{self._url}?{urlencode(query)}")

    def kinds(self, instrument: Instrument, mode: Mode) -> tuple[int, ...]:
        """Indices may be asked for as tickers only."""
        return (ASK[Mode.LTP if self._plain and instrument.exchange.is_index else mode],)

    def ask(self, starts: bool, kind: int, batch: Sequence[Instrument]) -> str:
        """One more than the code that asks withdraws."""
        listed = [{"ExchangeSegment": item.broker_exchange, "SecurityId": item.token} for item in batch]
        code = kind if starts else kind + 1
        return json.encode_text(
            {"RequestCode": code, "InstrumentCount": len(batch), "InstrumentList": listed}
        )

    def decode(self, frame: str | bytes) -> list[StreamEvent]:
        """Packets follow each other in a frame; each tells its length."""
        if isinstance(frame, str):
            return [Control(kind="notice", detail=frame[:200])]
        events: list[StreamEvent] = []
        offset = 0
        while offset < len(frame):
            code, length, segment, number = HEAD.values(frame, offset)
            if length < HEAD.size or offset + length > len(frame):
                raise BadVendorData(f"dhan feed: a packet of {length} bytes does not fit its frame")
            found = self._packet(code, segment, number, frame[offset : offset + length])
            events += [] if found is None else [found]
            offset += length
        return events

    def _packet(self, code: int, segment: int, number: int, data: bytes) -> StreamEvent | None:
        if code in SILENT:
            return Control(kind="heartbeat")
        if code not in LAYOUTS or segment not in SEGMENTS:
            return Control(kind="notice", detail=f"packet {code} of segment {segment}, which nobody knows")
        fields = LAYOUTS[code].read(data)
        if code == ENDED:
            reason = fields["reason"]
            kind = "auth_failed" if 806 <= reason <= 809 else "notice"
            return Control(kind=kind, detail=f"{reason}: {ENDINGS.get(reason, 'disconnected')}")
        key = (SEGMENTS[segment], str(number))
        places = 4 if key[0].endswith("CURRENCY") else 2
        self._read(fields, places)
        known = self._known.setdefault(key, {})
        known.update((name, fields[name]) for name in ("oi", "prev_close") if name in fields)
        if code not in MODES:
            return None
        rows = LEVEL.repeat(data, LEVELS_AT, LEVELS) if code == FULL else ()
        levels = [
            (DepthLevel(_price(bid, places), wanted, bids), DepthLevel(_price(ask, places), offered, asks))
            for wanted, offered, bids, asks, bid, ask in rows
        ]
        sides = ([pair[side] for pair in levels] for side in (0, 1))
        return tick(key, MODES[code], {**known, **fields}, *sides)

    def _read(self, fields: dict[str, Any], places: int) -> None:
        """Prices rounded to what float32 can tell; 0 is "not yet" for all but the last price."""
        fields.pop("_close", None)
        for name in PRICES:
            if name in fields:
                fields[name] = _price(fields[name], places) or (0.0 if name == "ltp" else None)
        if "last_trade_at_ms" in fields:
            fields["last_trade_at_ms"] = self._instant(fields["last_trade_at_ms"] * 1000) or None

    def _instant(self, at_ms: int) -> int:
        """Published as an epoch, but shown by Dhan's own client as if it held Indian wall time; the future tells."""
        if self._indian is None and at_ms > epoch_ms(self._clock.now()) + AHEAD_MS:
            self._indian = True
        return at_ms - INDIAN_MS if self._indian and at_ms else at_ms


# Order updates in the names and words of the REST book; keys were seen in two letter cases.
UPDATE_NAMES = {
    "orderno": "orderId", "exchorderno": "exchangeOrderId", "correlationid": "correlationId",
    "securityid": "securityId", "symbol": "tradingSymbol", "txntype": "transactionType", "ordertype": "orderType",
    "quantity": "quantity", "discquantity": "disclosedQuantity", "tradedqty": "filledQty", "price": "price",
    "remainingquantity": "remainingQuantity", "triggerprice": "triggerPrice", "avgtradedprice": "averageTradedPrice",
    "status": "orderStatus", "reasondescription": "omsErrorDescription", "validity": "validity",
    "orderdatetime": "createTime", "lastupdatedtime": "updateTime"}  # fmt: skip
UPDATE_WORDS = {
    "transactionType": {"B": "BUY", "S": "SELL"},
    "orderType": {"LMT": "LIMIT", "MKT": "MARKET", "SL": "STOP_LOSS", "SLM": "STOP_LOSS_MARKET"},
}
UPDATE_PRODUCTS = {"C": "CNC", "I": "INTRADAY", "M": "MARGIN", "F": "MTF"}
UPDATE_LEGS = {1: "ENTRY_LEG", 2: "STOP_LOSS_LEG", 3: "TARGET_LEG"}


class Updates(OrdersOnly):
    """Codec of the order socket. Dhan says nothing to the login and nothing while no order changes."""

    def dial(self, session: Session) -> Dial:
        return Dial(url=self._url, answers_login=False)

    def opening(self, session: Session) -> list[str | bytes]:
        login = {"MsgCode": 42, "ClientId": session.broker_user_id, "Token": session.tokens["access_token"]}
        return [json.encode_text({"LoginReq": login, "UserType": "SELF"})]

    def decode(self, frame: str | bytes) -> list[StreamEvent]:
        message = parse_object(frame)
        if message.get("Type") != "order_alert":
            return [Control(kind="notice", detail=f"message of type {str(message.get('Type'))[:40]}")]
        return self.changed(_as_book_row(message.get("Data")))


def _price(value: float, places: int) -> float:
    if not math.isfinite(value):
        raise BadVendorData("dhan feed: a price is no number")
    return round(value, places)


def _as_book_row(data: object) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise BadVendorData("an order update without its data")
    said = {str(name).lower(): value for name, value in data.items()}
    row = {ours: said[theirs] for theirs, ours in UPDATE_NAMES.items() if theirs in said}
    for name, words in UPDATE_WORDS.items():
        row[name] = words.get(str(row.get(name)), row.get(name))
    place = PLACES.get((str(said.get("exchange")), str(said.get("segment"))))
    row["exchangeSegment"] = place[1] if place else f"{said.get('exchange')}/{said.get('segment')}"
    row["productType"] = UPDATE_PRODUCTS.get(str(said.get("product")), said.get("productname"))
    leg = said.get("legno") or 0
    row["legName"] = UPDATE_LEGS.get(leg) if isinstance(leg, int) else None
    return row
