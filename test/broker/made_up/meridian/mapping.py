"""Meridian's words, rows and request fields as tables. Quantities are units on every exchange."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from broker.core import tables as t
from broker.core import values as v
from broker.core.endpoint import Dialect, ErrorRule, always, envelope, field, keyed, session_headers
from broker.core.roles import Alarm, InstrumentLookup
from broker.core.table_roles.login import Granted
from broker.core.tables import Reader, Shape, StatusTable, Table
from domain.errors import OutcomeUnknown, Refused, SessionDead, Throttled
from domain.instruments import Exchange, Instrument
from domain.market import Depth, DepthLevel, Quote
from domain.orders import OrderRow, OrderStatus, PriceType, Product, Side, TradeRow
from domain.portfolio import Funds, Holding, Position
from utils.clock import IST, ist

_time, _time_ms = t.clock_readers("%Y-%m-%dT%H:%M:%S", IST)
SIDE = Table("meridian side", {Side.BUY: "B", Side.SELL: "S"})
PRICE_TYPE = Table("meridian type", {
    PriceType.MARKET: "MKT", PriceType.LIMIT: "LMT", PriceType.SL: "STOP_LMT", PriceType.SL_M: "STOP"})  # fmt: skip
PRODUCT = Table("meridian product", {Product.CNC: "DELIVERY", Product.NRML: "CARRY", Product.MIS: "DAY"})
EXCHANGE = Table("meridian exchange", {Exchange.NSE: "NSE", Exchange.NFO: "NFO"})
STATUS = StatusTable("meridian status", {
    "OPEN": OrderStatus.OPEN, "SENT": OrderStatus.OPEN, "WAITING": OrderStatus.TRIGGER_PENDING,
    "DONE": OrderStatus.COMPLETE, "WITHDRAWN": OrderStatus.CANCELLED, "REFUSED": OrderStatus.REJECTED,
}, OrderStatus.UNKNOWN)  # fmt: skip
DIALECT = Dialect(
    headers=session_headers({"X-Meridian-Version": "1"}, {"Authorization": "Bearer {access_token}"}),
    unwrap=envelope(flag="ok", success=(True,), data="data", code="code", message="message"),
    errors=(
        ErrorRule(error=SessionDead, codes=("SESSION_EXPIRED", "SESSION_UNKNOWN")),
        ErrorRule(error=Throttled, codes=("TOO_FAST",)),
        ErrorRule(error=Refused, codes=("BAD_INPUT", "NO_MONEY", "NO_SHARES", "NOT_PERMITTED", "NO_SUCH_ORDER")),
        ErrorRule(error=OutcomeUnknown, codes=("EXCHANGE_LINK", "INTERNAL")),
    ))  # fmt: skip
LOGIN = keyed("app_key", "client", "pin")
login = Shape(
    "meridian login", lambda user, token: Granted(user=user, tokens={"access_token": token}),
    {"user": t.identity("client"), "token": t.text("token")}).read  # fmt: skip
_TERMS = (
    field("type", "terms.price_type", PRICE_TYPE.encode), field("quantity", "terms.quantity"),
    field("price", "terms.price"), field("trigger", "terms.trigger_price"),
    field("disclosed", "terms.disclosed_quantity", omit=(0,)))  # fmt: skip
PLACE = (
    field("exchange", "terms.exchange", EXCHANGE.encode), field("contract", "instrument.token"),
    field("side", "terms.side", SIDE.encode), field("product", "terms.product", PRODUCT.encode), *_TERMS,
    always("validity", "DAY"), field("tag", "tag", omit=("",)))  # fmt: skip
ORDER_ID = field("order_id", "order_id")
MODIFY = (ORDER_ID, *_TERMS, field("validity", v.own_word("validity")))
order_id = Shape("meridian order answer", str, {"object": t.identity("order_id")}).read
_CONTRACT: dict[str, Reader] = {
    "symbol": t.text("common_symbol"), "exchange": t.coded("exchange", EXCHANGE),
    "product": t.coded("product", PRODUCT, keep_foreign=True), "quantity": t.integer("quantity")}  # fmt: skip
_DEALT: dict[str, Reader] = {
    **_CONTRACT, "order_id": t.identity("order_id"), "side": t.coded("side", SIDE)}  # fmt: skip
_ORDER: dict[str, Reader] = {
    **_DEALT, "price_type": t.coded("type", PRICE_TYPE), "price": t.unless_zero(t.decimal, "price"),
    "trigger_price": t.unless_zero(t.decimal, "trigger"), "average_price": t.unless_zero(t.decimal, "average"),
    "filled_quantity": t.integer("filled", optional=True), "pending_quantity": t.integer("pending", optional=True),
    "rejection_reason": t.first(t.filled("reason"), lambda _row: ""), "tag": t.filled("tag"),
    "placed_at": _time("placed"), "updated_at": t.first(_time("changed"), _time("placed")),
    "vendor": t.words("validity", "status")}  # fmt: skip
_TRADE = Shape("meridian trade", TradeRow, {
    **_DEALT, "trade_id": t.identity("trade_id"), "price": t.decimal("price"),
    "value": v.trade_value("price", "quantity"), "traded_at": _time("at")})  # fmt: skip
_PRICED: dict[str, Reader] = {
    "average_price": t.unless_zero(t.decimal, "average"), "ltp": t.unless_zero(t.decimal, "last"),
    "pnl": t.decimal("profit", optional=True)}  # fmt: skip
_POSITION = Shape("meridian position", Position, {**_CONTRACT, **_PRICED})
_HOLDING = Shape("meridian holding", Holding, {
    **_CONTRACT, **_PRICED, "quantity": v.total("quantity", "unsettled"),
    "pnl_percent": lambda row: v.pnl_percent(_PRICED["average_price"](row), _PRICED["ltp"](row))})  # fmt: skip
funds = Shape("meridian funds", Funds, {
    "available_cash": t.decimal("cash"), "collateral": t.decimal("collateral"), "utilised": t.decimal("used"),
    "m2m_realized": t.decimal("realised", optional=True), "m2m_unrealized": t.decimal("unrealised", optional=True),
}).read  # fmt: skip
QUOTE = Shape("meridian quote", Quote, {
    "ltp": t.number("last"), **{name: t.unless_zero(t.number, name) for name in ("open", "high", "low")},
    "prev_close": t.unless_zero(t.number, "close"), "volume": t.integer("volume", optional=True),
    "oi": t.integer("oi", optional=True), "last_trade_at_ms": _time_ms("at")})  # fmt: skip
_LEVEL = Shape("meridian level", DepthLevel, {
    "price": t.number("price"), "quantity": t.integer("quantity"), "orders": t.integer("orders", optional=True),
})  # fmt: skip
_SIDES = [t.each(side, _LEVEL.read_all) for side in ("bids", "asks")]


def depth(row: Any) -> Depth:
    """Quote and book of one contract."""
    return v.book(QUOTE.read(row), *(read(row) for read in _SIDES))


def depths(data: object) -> Mapping[Hashable, Depth]:
    """By contract, as it was asked for."""
    return {name: depth(row) for name, row in t.an_object(data).items()}


def name(instrument: Instrument) -> str:
    """A contract in the words of quotes and stream."""
    return f"{instrument.broker_exchange}:{instrument.token}"


def names(instruments: Sequence[Instrument]) -> list[str]:
    """What the quotes call is asked for."""
    return [name(instrument) for instrument in instruments]


BARS = "/bars/{exchange}/{contract}/{interval}"
HISTORY = (
    field("exchange", "instrument.broker_exchange"), field("contract", "instrument.token"),
    field("interval", "interval"), field("from", lambda bars: ist(bars.start).isoformat()),
    field("to", lambda bars: ist(bars.end).isoformat()))  # fmt: skip


class Books:
    """Reads rows into common values, with the contract master for the names."""

    def __init__(self, instruments: InstrumentLookup, alarm: Alarm | None) -> None:
        named = v.Naming(instruments, alarm, exchange="exchange", symbol="symbol")
        order = named.reads(
            Shape("meridian order", OrderRow, {**_ORDER, "status": t.state("status", STATUS, named.alarm)})
        )
        self.order, self.orders = order.read, order.read_all
        self.trades = named.reads(_TRADE).read_all
        self.positions = named.reads(_POSITION).read_all
        self.holdings = named.reads(_HOLDING).read_all
