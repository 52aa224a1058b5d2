"""Fyers' sockets: HSM for the market, JSON for changes of orders."""

from __future__ import annotations

from broker.core.roles import Control, Dial, PluginContext, Session, StreamEvent
from broker.core.stream import OrdersOnly, parse_object
from broker.core.tables import Table
from broker.families import hsm
from broker.fyers.mapping import DEAD
from domain.errors import SessionDead
from domain.instruments import Instrument
from domain.market import Mode
from utils import json

CHANNEL, CLIENT, SUBSCRIBED = 11, "PythonSDK-3.2.0", 1605
SEGMENT = Table("hsm segment", {"1010": "nse_cm", "1011": "nse_fo", "1012": "cde_fo", "1120": "mcx_fo",
                                "1210": "bse_cm", "1211": "bse_fo"})  # fmt: skip
LAYOUTS = {
    "sf": (
        "ltp", "volume", "last_trade_at_ms", "exchange_at_ms", "bid_qty", "ask_qty", "bid", "ask", "last_quantity",
        "total_buy_quantity", "total_sell_quantity", "average_price", "oi", "low", "high", "", "", "lower_circuit",
        "upper_circuit", "open", "prev_close"),
    "if": ("ltp", "prev_close", "exchange_at_ms", "high", "low", "open")}  # fmt: skip
# The order socket's own names for the order book's fields.
ORDER_KEYS = {
    "id_exchange": "exchOrdId", "id_parent": "parentId", "qty_remaining": "remainingQuantity", "ord_type": "type",
    "qty_filled": "filledQty", "price_limit": "limitPrice", "price_stop": "stopPrice", "price_traded": "tradedPrice",
    "org_ord_status": "status", "tran_side": "side", "product_type": "productType", "oms_msg": "message",
    "time_oms": "orderDateTime", "validity": "orderValidity", "ordertag": "orderTag"}  # fmt: skip


class FyersMarket(hsm.HsmCodec):
    """Market data of one connection."""

    def __init__(self, context: PluginContext) -> None:
        batch = context.manifest.stream.batch if context.manifest.stream else 1
        super().__init__(f"{context.hosts['ws']}/hsm/v1-5/prod", LAYOUTS, batch, CHANNEL)

    def opening(self, session: Session) -> list[str | bytes]:
        """The server was only ever seen with the lengths of the vendor's client, which adds texts it does not send."""
        if "hsm_key" not in session.tokens:
            raise SessionDead("The session has no key for the market stream; log in again")
        claimed = 18 + len(CLIENT) + len(session.tokens["access_token"])
        return self.sign_in(session.tokens["hsm_key"], CLIENT, claimed)

    def topics_of(self, instrument: Instrument, mode: Mode) -> tuple[str, ...]:
        """Indices go by the name the contract file gave them and have no depth; the rest goes by exchange token."""
        segment = SEGMENT.encode(instrument.token[:4])
        if instrument.exchange.is_index:
            return (f"if|{segment}|{instrument.name}",)
        place = f"{segment}|{instrument.token[10:]}"
        return (f"sf|{place}", f"dp|{place}") if mode is Mode.DEPTH else (f"sf|{place}",)


class FyersOrders(OrdersOnly):
    """Order changes of one connection."""

    def dial(self, session: Session) -> Dial:
        """The same header as REST."""
        token = f"{session.credentials['api_key']}:{session.tokens['access_token']}"
        return Dial(url=self._url, headers={"authorization": token})

    def opening(self, session: Session) -> list[str | bytes]:
        """Orders only; the acknowledgement is the login."""
        return [json.encode_text({"T": "SUB_ORD", "SLIST": ["orders"], "SUB_T": 1})]

    def heartbeat(self) -> str | bytes | None:
        """Answered with `pong`."""
        return "ping"

    def decode(self, frame: str | bytes) -> list[StreamEvent]:
        """Order updates with raw or renamed keys, at the top or one level down."""
        if frame in ("pong", b"pong"):
            return [Control(kind="heartbeat")]
        message = parse_object(frame)
        nested = [message[name] for name in ("orders", "d", "data") if isinstance(message.get(name), dict)]
        inner = nested[0] if nested else message
        row = {ORDER_KEYS.get(name, name): value for name, value in inner.items()}
        if "status" in row:
            return self.changed(row)
        code, good = message.get("code"), message.get("s") == "ok"
        if code == SUBSCRIBED or "trades" in message or "positions" in message:
            return [Control(kind="ready")]
        kind = "notice" if good else "auth_failed" if str(code) in DEAD else "error"
        return [Control(kind=kind, detail=f"{code}: {str(message.get('message'))[:200]}")]
