"""Kite's words, rows and request fields as tables.

Quantities: Kite counts lots on MCX, CDS, BCD and NCO and units elsewhere. The common form counts units, of which the
contract file's `lot_size` make one lot, so on those exchanges a quantity is divided by `lot_size` on its way out and
multiplied on its way in. Where the file says lot_size 1 the two are the same number.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import msgspec

from broker.core import tables as t
from broker.core import values as v
from broker.core.endpoint import ErrorRule, Field, always, envelope, field, packed, session_headers
from broker.core.gtt import limit_orders
from broker.core.roles import Alarm, InstrumentLookup
from broker.core.tables import Reader, Row, Shape, StatusTable, Table
from domain.errors import OutcomeUnknown, Refused, SessionDead, Throttled
from domain.gtt import GttLegRow, GttRow, GttStatus, TriggerType
from domain.instruments import Exchange, Instrument
from domain.market import Depth, DepthLevel, Quote
from domain.money import ZERO
from domain.orders import OrderRow, OrderStatus, PriceType, Product, Side, TradeRow
from domain.portfolio import Funds, Holding, MarginEstimate, Position
from utils.clock import IST

_time, _time_ms = t.clock_readers("%Y-%m-%d %H:%M:%S", IST)
SIDE = Table("kite transaction_type", {side: side.value for side in Side})
PRICE_TYPE = Table("kite order_type", {kind: kind.value for kind in PriceType})
PRODUCT = Table("kite product", {product: product.value for product in Product})
TRADED = ("NSE", "BSE", "NFO", "BFO", "CDS", "BCD", "MCX", "NCO")
EXCHANGE = Table("kite exchange", {Exchange(code): code for code in TRADED})
lot_step = v.lot_step("MCX CDS BCD NCO")
_WAITING = (
    "OPEN", "UPDATE", "PUT ORDER REQ RECEIVED", "VALIDATION PENDING", "OPEN PENDING", "MODIFY VALIDATION PENDING",
    "MODIFY PENDING", "MODIFIED", "CANCEL PENDING", "AMO REQ RECEIVED", "MODIFY AMO REQ RECEIVED")  # fmt: skip
STATUS = StatusTable("kite status", {
    "COMPLETE": OrderStatus.COMPLETE, "REJECTED": OrderStatus.REJECTED, "CANCELLED": OrderStatus.CANCELLED,
    "CANCELLED AMO": OrderStatus.CANCELLED, "TRIGGER PENDING": OrderStatus.TRIGGER_PENDING,
    **dict.fromkeys(_WAITING, OrderStatus.OPEN)}, OrderStatus.UNKNOWN)  # fmt: skip
TRIGGER_TYPE = Table("kite gtt type", {TriggerType.SINGLE: "single", TriggerType.OCO: "two-leg"})
_GTT_WORDS = ("active", "triggered", "disabled", "expired", "cancelled", "rejected", "deleted")
GTT_STATUS = StatusTable("kite gtt status", {word: GttStatus(word) for word in _GTT_WORDS}, GttStatus.UNKNOWN)
HEADERS = session_headers({"X-Kite-Version": "3"}, {"Authorization": "token {api_key}:{access_token}"})
UNWRAP = envelope(flag="status", success=("success",), data="data", code="error_type", message="message")
_SAID_NO = ("Permission", "User", "Order", "Input", "Margin", "Holding")
# These say that Kite's gateway lost sight of the order system, not that the order is dead.
_LOST_SIGHT = ("Network", "Data", "General")
ERRORS = (
    ErrorRule(error=Throttled, statuses=(429,)),
    ErrorRule(error=SessionDead, codes=("TokenException",)),
    ErrorRule(error=Refused, codes=tuple(f"{word}Exception" for word in _SAID_NO)),
    ErrorRule(error=OutcomeUnknown, codes=tuple(f"{word}Exception" for word in _LOST_SIGHT)),
)


_CONTRACT = (
    field("exchange", "instrument.broker_exchange"), field("tradingsymbol", "instrument.broker_symbol"),
    field("transaction_type", "terms.side", SIDE.encode), field("product", "terms.product", PRODUCT.encode),
)  # fmt: skip
_TERMS = (
    field("order_type", "terms.price_type", PRICE_TYPE.encode), field("quantity", v.counted("quantity", lot_step)),
    field("price", "terms.price"), field("trigger_price", "terms.trigger_price"))  # fmt: skip
_DISCLOSED = field("disclosed_quantity", v.counted("disclosed_quantity", lot_step), omit=(0,))
PLACE = (
    always("variety", "regular"), *_CONTRACT, *_TERMS, _DISCLOSED, always("validity", "DAY"),
    field("tag", "tag", omit=("",)))  # fmt: skip
CANCEL = (
    field("variety", v.own_word("variety")), field("order_id", "order_id"),
    field("parent_order_id", lambda command: command.row.vendor.get("parent_order_id")))  # fmt: skip
MODIFY = (*CANCEL, *_TERMS, _DISCLOSED, field("validity", v.own_word("validity")))
# The calculator, unlike the order desk, wants both prices always; 0 is its word for "none".
MARGIN = (
    always("variety", "regular"), *_CONTRACT, *_TERMS[:2], field("price", lambda order: order.terms.price or 0),
    field("trigger_price", lambda order: order.terms.trigger_price or 0))  # fmt: skip
order_id = Shape("kite order answer", str, {"object": t.identity("order_id")}).read
TRIGGER = field("trigger_id", "trigger_id")
_CONDITION = (
    *_CONTRACT[:2], field("trigger_values", lambda gtt: [leg.trigger_price for leg in gtt.terms.legs]),
    field("last_price", "last_price"))  # fmt: skip
trigger_id = Shape("kite gtt answer", str, {"object": t.identity("trigger_id")}).read


def gtt_fields(offset_percent: str) -> tuple[Field, ...]:
    """A GTT's form. Kite takes LIMIT legs only and sets the expiry itself."""
    return (
        field("type", "terms.trigger_type", TRIGGER_TYPE.encode), packed("condition", _CONDITION),
        packed("orders", (*_CONTRACT, *_TERMS[:3]), limit_orders(offset_percent)),
        field("expires_at", v.unsayable("expires_at")))  # fmt: skip


_NAMED: dict[str, Reader] = {
    "symbol": t.text("common_symbol"), "exchange": t.coded("exchange", EXCHANGE),
    "product": t.coded("product", PRODUCT, keep_foreign=True), "quantity": t.integer("quantity")}  # fmt: skip
_average = t.unless_zero(t.decimal, "average_price")


def _profit(row: Row) -> Decimal | None:
    """Kite computes `pnl` from the average also where it leaves that out: then it is the whole value of the shares."""
    units = (t.integer(name, optional=True)(row) for name in ("quantity", "t1_quantity"))
    return None if _average(row) is None and any(units) else t.decimal("pnl", optional=True)(row)


_PRICED: dict[str, Reader] = {
    "average_price": _average, "ltp": t.unless_zero(t.decimal, "last_price"), "pnl": _profit}  # fmt: skip
_DEALT: dict[str, Reader] = {
    **_NAMED, "order_id": t.identity("order_id"), "side": t.coded("transaction_type", SIDE)}  # fmt: skip
_ORDER: dict[str, Reader] = {
    **_DEALT, "price_type": t.coded("order_type", PRICE_TYPE),
    "rejection_reason": v.rejection("status_message", "status"),
    **{name: t.unless_zero(t.decimal, name) for name in ("price", "trigger_price", "average_price")},
    "filled_quantity": t.integer("filled_quantity", optional=True),
    "pending_quantity": t.first(*(t.integer(f"{word}_quantity", optional=True) for word in ("pending", "unfilled"))),
    "disclosed_quantity": t.first(t.integer("disclosed_quantity", optional=True), lambda _row: 0),
    "placed_at": _time("order_timestamp"),
    "updated_at": t.first(_time("exchange_update_timestamp"), _time("order_timestamp")),
    "tag": t.filled("tag"),
    "vendor": t.words("variety", "validity", "parent_order_id", "exchange_order_id", "status")}  # fmt: skip
_TRADE = Shape("kite trade", TradeRow, {
    **_DEALT, "trade_id": t.identity("trade_id"), "price": t.decimal("average_price"),
    "value": v.trade_value("average_price", "quantity"), "traded_at": _time("fill_timestamp")})  # fmt: skip
_GTT_LEG = Shape("kite gtt leg", GttLegRow, {
    "side": _DEALT["side"], "quantity": _NAMED["quantity"], "product": _NAMED["product"],
    "price_type": _ORDER["price_type"], "price": _ORDER["price"],
    "order_id": t.inside("result", t.inside("order_result", t.filled("order_id"))),
    "rejection_reason": t.first(
        t.inside("result", t.inside("order_result", t.filled("rejection_reason"))), lambda _row: "")})  # fmt: skip
_GTT: dict[str, Reader] = {
    "trigger_id": t.identity("id"), "trigger_type": t.coded("type", TRIGGER_TYPE), "symbol": _NAMED["symbol"],
    "exchange": t.inside("condition", _NAMED["exchange"]),
    "trigger_prices": t.inside("condition", t.decimals("trigger_values")),
    "last_price": t.inside("condition", t.unless_zero(t.decimal, "last_price")),
    **{name: _time(name) for name in ("created_at", "updated_at", "expires_at")}}  # fmt: skip
_POSITION = Shape("kite position", Position, {
    **_NAMED, **_PRICED, "multiplier": v.unit_multiplier("multiplier")})  # fmt: skip
_HOLDING = Shape("kite holding", Holding, {
    **_NAMED, **_PRICED, "quantity": v.total("quantity", "t1_quantity"),
    "pnl_percent": lambda row: v.pnl_percent(_PRICED["average_price"](row), _PRICED["ltp"](row))})  # fmt: skip


net_rows = t.rows("net")  # `day` repeats the same trades without what was carried over
_QUANTITIES = ("quantity", *(f"{word}_quantity" for word in ("filled", "pending", "unfilled", "disclosed")))


class Books:
    """Reads Kite's rows into common values, with the contract master for names and lot sizes."""

    def __init__(self, instruments: InstrumentLookup, alarm: Alarm | None) -> None:
        named = v.Naming(
            instruments, alarm, exchange="exchange", symbol="tradingsymbol", quantities=_QUANTITIES, step=lot_step
        )  # fmt: skip
        status = t.state("status", STATUS, named.alarm)
        orders = named.reads(Shape("kite order", OrderRow, {**_ORDER, "status": status}))
        legs = t.each("orders", named.reads(_GTT_LEG).read_all)
        status = t.state("status", GTT_STATUS, named.alarm)
        gtt = Shape("kite gtt", GttRow, {**_GTT, "legs": legs, "status": status})
        self.gtts = named.reads(gtt, within="condition").read_all
        self.order, self.orders = orders.read, orders.read_all
        self.trades = named.reads(_TRADE).read_all
        self.holdings = named.reads(_HOLDING).read_all
        self.positions: Callable[[Row], list[Position]] = lambda data: named.reads(_POSITION).read_all(
            net_rows(data)
        )


_QUOTE = Shape("kite quote", Quote, {
    "ltp": t.number("last_price"),
    **{ours: t.inside("ohlc", read) for ours, read in t.prices(
        open="open", high="high", low="low", prev_close="close").items()},
    **t.counts(volume="volume", oi="oi", last_quantity="last_quantity", total_buy_quantity="buy_quantity",
               total_sell_quantity="sell_quantity"),
    **t.prices(average_price="average_price", upper_circuit="upper_circuit_limit", lower_circuit="lower_circuit_limit"),
    "last_trade_at_ms": _time_ms("last_trade_time"), "exchange_at_ms": _time_ms("timestamp")})  # fmt: skip
_LEVEL = Shape("kite depth", DepthLevel, {
    "price": t.number("price"), "quantity": t.integer("quantity"), "orders": t.integer("orders", optional=True),
})  # fmt: skip


def name(instrument: Instrument) -> str:
    """How GET /quote knows a contract."""
    return f"{instrument.broker_exchange}:{instrument.broker_symbol}"


def names(instruments: Sequence[Instrument]) -> list[str]:
    """What GET /quote is asked for."""
    return [name(instrument) for instrument in instruments]


def depths(data: object) -> Mapping[Hashable, Depth]:
    """GET /quote: quote and book by name; entries of the smaller calls simply have less."""
    return {word: _depth(row) for word, row in t.an_object(data).items()}


def _depth(row: object) -> Depth:
    quote = _QUOTE.read(row)
    sides = (_LEVEL.read_all(t.inside("depth", t.rows(side))(cast("Row", row))) for side in ("buy", "sell"))
    return v.book(quote, *sides)


def funds(margins: Any, net: Sequence[Row]) -> Funds:
    """Both segments together; one that is not activated is missing or disabled and counts nothing.

    Cash is net + debits - collateral, because `available.cash` was seen as 0 on funded accounts.
    """
    parts = [part for name in ("equity", "commodity") if (part := t.section(name, optional=True)(margins))]
    parts = [part for part in parts if part.get("enabled") is not False]
    debits = sum((t.decimal("debits")(t.section("utilised")(part)) for part in parts), ZERO)
    collateral = sum((t.decimal("collateral")(t.section("available")(part)) for part in parts), ZERO)
    flat = [row for row in net if t.integer("quantity")(row) == 0]
    open_profits = [_open_profit(row) for row in net if row not in flat]
    known = [profit for profit in open_profits if profit is not None]
    return Funds(
        available_cash=sum((t.decimal("net")(part) for part in parts), ZERO) + debits - collateral,
        collateral=collateral, utilised=debits,
        m2m_realized=sum((t.decimal("sell_value")(row) - t.decimal("buy_value")(row) for row in flat), ZERO),
        m2m_unrealized=sum(known, ZERO) if len(known) == len(open_profits) else None)  # fmt: skip


def _open_profit(row: Row) -> Decimal | None:
    """None where the average is left out: a profit from zero would be the whole value of the position."""
    average = _average(row)
    if average is None:
        return None
    last, quantity = t.decimal("last_price")(row), t.decimal("quantity")(row)
    return Decimal((last - average) * quantity * t.integer("multiplier")(row))


_MARGIN = Shape("kite margin", MarginEstimate, {n: t.decimal(n) for n in ("total", "span", "exposure")})
order_margin = _MARGIN.read_only  # POST /margins/orders prices each order alone; we ask for one


def basket_margin(data: Any) -> MarginEstimate:
    """POST /margins/basket: `final` is netted, `initial` is what the legs need before they offset each other."""
    initial, final = (_MARGIN.read(t.section(name)(data)) for name in ("initial", "final"))
    return msgspec.structs.replace(final, benefit=initial.total - final.total)
