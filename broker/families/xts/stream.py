"""The sockets of XTS: prices that are subscribed to over REST, and order updates."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

import msgspec

from broker.core.endpoint import ask, field, nested
from broker.core.rest import Rest
from broker.core.roles import Control, Dial, Outgoing, PluginContext, Session, SideCall, StreamEvent
from broker.core.stream import OrdersOnly, Subscribing
from broker.core.tables import Row
from broker.core.values import tick
from broker.families import xts_prices as q
from broker.families.engineio import SocketIoCodec, payload_object
from broker.families.xts.mapping import SEGMENT_NAMES, SEGMENTS, SUBSCRIBED_ALREADY, Books
from domain.errors import BadVendorData, Refused
from domain.instruments import Instrument
from domain.market import Mode

_PRICE_EVENT = re.compile(r"(\d{4})-json-(full|partial)")
# An index has no book and no open interest; a touchline serves it in every mode but the poorest.
_INDEX = {Mode.LTP: (q.LTP,), Mode.QUOTE: (q.TOUCH,), Mode.DEPTH: (q.TOUCH,)}
_CASH = {Mode.LTP: (q.LTP,), Mode.QUOTE: (q.TOUCH,), Mode.DEPTH: (q.DEPTH,)}
_DERIVATIVE = {**_CASH, Mode.QUOTE: (q.TOUCH, q.OPEN_INTEREST), Mode.DEPTH: (q.DEPTH, q.OPEN_INTEREST)}
_WHOM = (
    field("exchangeSegment", "broker_exchange", SEGMENTS.__getitem__), field("exchangeInstrumentID", "token", int),
)  # fmt: skip
# What is asked: a message code and instruments.
ASKED = nested("instruments", _WHOM, itemgetter(1)), field("xtsMessageCode", itemgetter(0))
_NONE: list[Row] = []
CALLS = {
    "subscribe": ask("subscribe", "POST /instruments/subscription", q.listed, "subscribe", ASKED, "json"),
    "unsubscribe": ask("unsubscribe", "PUT /instruments/subscription", lambda _: _NONE, "subscribe", ASKED, "json"),
}  # fmt: skip


class XtsSocket(SocketIoCodec):
    """What both sockets have in common: `joined` opens the door, `logout` closes it."""

    WORDS = {
        "joined": ("ready", "joined"), "logout": ("auth_failed", "another login took the token"),
        "disconnect": ("closed", "disconnect"), "error": ("error", ""), "warning": ("notice", "")}  # fmt: skip


def address(url: str, query: Mapping[str, str]) -> Dial:
    """A socket of one of the applications. Everything, the token included, travels in the query."""
    return Dial(url=f"{url}/?{urlencode({**query, 'transport': 'websocket', 'EIO': '3'})}")


class XtsPrices(Subscribing, XtsSocket):
    """Prices. Keeps the last facts of each instrument: compact strings and open interest only tell changes.

    doors: addresses to try in turn, shared by the connections; the one that let us in stays in front.
    """

    def __init__(self, context: PluginContext, rest: Rest, epoch: q.Epoch, doors: deque[str]) -> None:
        super().__init__(context)
        XtsSocket.__init__(self)
        self._doors, self._rest, self._epoch = doors, rest, epoch
        self._format, self._broadcast = context.settings["publish_format"], context.settings["broadcast_mode"]
        self._facts: dict[q.Key, q.Facts] = {}
        self._extras: list[Instrument] = []  # whose open interest is subscribed

    def dial(self, session: Session) -> Dial:
        url = self._doors[0]
        self._doors.rotate(-1)
        return address(url, {
            "token": session.tokens["market_token"], "userID": session.tokens["market_user"],
            "publishFormat": self._format, "broadcastMode": self._broadcast})  # fmt: skip

    def decode(self, frame: str | bytes) -> list[StreamEvent]:
        events = super().decode(frame)
        if any(isinstance(event, Control) and event.kind == "ready" for event in events):
            self._doors.rotate(1)
        return events

    def unsubscribe(self, instruments: Sequence[Instrument]) -> Sequence[Outgoing]:
        for instrument in instruments:
            self._facts.pop(q.key(instrument), None)
        return super().unsubscribe(instruments)

    def kinds(self, instrument: Instrument, mode: Mode) -> tuple[int, ...]:
        # The binary layout of the poorest message is not known; the touchline holds what it has.
        mode = Mode.QUOTE if mode is Mode.LTP and self._format == "Binary" else mode
        if instrument.exchange.is_index:
            return _INDEX[mode]
        return (_CASH if instrument.exchange.is_cash else _DERIVATIVE)[mode]

    def ask(self, starts: bool, kind: int, batch: Sequence[Instrument]) -> SideCall:
        name = "subscribe" if starts else "unsubscribe"
        symbols = tuple(item.symbol for item in batch)
        return SideCall(f"{name} {kind}", symbols, lambda session: self._call(session, name, kind, batch))

    def _call(self, session: Session, name: str, code: int, batch: Sequence[Instrument]) -> list[StreamEvent]:
        """A snapshot. Subscriptions outlive a connection, and one that is there already may refuse its whole batch.

        Open interest is an extra: it is left out where there is no room, and makes room for prices.
        """
        try:
            rows = self._rest.call(session, CALLS[name], (code, batch))
        except Refused as error:
            if type(error) is not Refused or name != "subscribe":
                raise
            is_there = error.vendor_code == SUBSCRIBED_ALREADY
            if code == q.OPEN_INTEREST and not is_there:
                return []
            if not (is_there or self._extras):
                raise
            back = (code, batch) if is_there else (q.OPEN_INTEREST, self._extras)
            self._rest.call(session, CALLS["unsubscribe"], back)
            self._extras = self._extras if is_there else []
            rows = self._rest.call(session, CALLS[name], (code, batch))
        if code == q.OPEN_INTEREST and name == "subscribe":
            self._extras = [*self._extras, *batch]
        return [event for row in rows for event in self._full(code, row)]

    def told(self, name: str, payload: Any) -> list[StreamEvent]:
        if name == "xts-binary-packet":
            return self._binary(payload)
        found = _PRICE_EVENT.fullmatch(name)
        code = int(found[1]) if found else 0
        if found is None or (code not in q.MODES and code != q.OPEN_INTEREST):
            return [Control(kind="ack", detail=name[:40])]
        if found[2] == "full":
            return self._full(code, payload_object(payload))
        short = q.read_short(code, payload if isinstance(payload, str) else "", self._epoch)
        return self._tick(code, *short) if short else []

    def _full(self, code: int, row: Row) -> list[StreamEvent]:
        return self._tick(code, q.key_of(row), q.read_json(code, row, self._epoch))

    def _binary(self, payload: Any) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        for code, body in q.records(payload if isinstance(payload, bytes) else b"\x00"):
            try:
                found = q.read_binary(body, self._epoch) if body else None
            except BadVendorData as error:  # its neighbours are whole
                events += self.once(error.message)
                continue
            events += self._tick(*found) if found else self.once(f"a packet {code} that cannot be read")
        return events

    def _tick(self, code: int, key: q.Key, changed: q.Facts) -> list[StreamEvent]:
        """Everything known of the instrument after a change; open interest alone waits for the next price."""
        facts = self._facts[key] = {**self._facts.get(key, {}), **changed}
        segment = SEGMENT_NAMES.get(key[0])
        if code == q.OPEN_INTEREST or segment is None or "ltp" not in facts:
            return []
        fields, bids, asks = q.parted(facts)
        found = tick((segment, str(key[1])), q.MODES[code], fields, bids, asks)
        return [found if code == q.DEPTH else msgspec.structs.replace(found, bids=(), asks=())]


class XtsOrders(XtsSocket, OrdersOnly):
    """Order updates of the interactive application."""

    def __init__(self, context: PluginContext, books: Books) -> None:
        super().__init__()
        OrdersOnly.__init__(self, context.hosts["orders_ws"], books.order)

    def dial(self, session: Session) -> Dial:
        """Without `apiType` the server cuts the connection after ten seconds."""
        query = {"token": session.tokens["token"], "userID": session.broker_user_id, "apiType": "INTERACTIVE"}
        return address(self._url, query)

    def told(self, name: str, payload: Any) -> list[StreamEvent]:
        if name not in ("order", "trade"):
            return [Control(kind="ack", detail=name[:40])]
        row = payload_object(payload)
        if name == "trade" and "OrderStatus" not in row:
            return [Control(kind="ack", detail="a fill without the state of its order")]
        return self.changed(row)
