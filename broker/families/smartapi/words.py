"""The words, request fields and rows of SmartAPI. Numbers come as numbers or as text; requests want text.

Quantities are units on all exchanges. A row does not tell when its order was placed, only when it last changed.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, cast

from broker.core import tables as t
from broker.core import values as v
from broker.core.endpoint import VendorError, always, field
from broker.core.roles import Alarm, InstrumentLookup
from broker.core.tables import Reader, Row, Shape, StatusTable, Table
from domain.errors import BadVendorData
from domain.instruments import Exchange, Instrument
from domain.market import Depth, DepthLevel, Quote
from domain.money import plain
from domain.orders import OrderRow, OrderStatus, PriceType, Product, Side
from domain.portfolio import Holding, Position
from utils.clock import IST

SIDE = Table("smartapi transactiontype", {side: side.value for side in Side})
PRICE_TYPE = Table("smartapi ordertype", {
    PriceType.MARKET: "MARKET", PriceType.LIMIT: "LIMIT", PriceType.SL: "STOPLOSS_LIMIT",
    PriceType.SL_M: "STOPLOSS_MARKET"})  # fmt: skip
PRODUCT = Table("smartapi producttype", {
    Product.CNC: "DELIVERY", Product.NRML: "CARRYFORWARD", Product.MIS: "INTRADAY"})  # fmt: skip
moment, _time_ms = t.clock_readers("%d-%b-%Y %H:%M:%S", IST)
TOKEN = "symboltoken"  # noqa: S105 - the name of a field
TRADED = ("NSE", "BSE", "NFO", "BFO", "CDS", "MCX", "NCDEX")
EXCHANGE = Table("smartapi exchange", {Exchange(code): code for code in TRADED})
decimal, integer, number = (partial(t.from_text, kind) for kind in (t.decimal, t.integer, t.number))


def amount(price: Decimal | None) -> str:
    """A price on the wire; 0 is the word for "none"."""
    return "0" if price is None else plain(price)


def variety(command: Any) -> str:
    """Stops are a variety of their own, and are refused as NORMAL."""
    return "STOPLOSS" if command.terms.price_type.needs_trigger else "NORMAL"


CONTRACT = (
    field("tradingsymbol", "instrument.broker_symbol"), field("symboltoken", "instrument.token"),
    field("exchange", "instrument.broker_exchange"))  # fmt: skip
TRADED_SIDE = field("transactiontype", "terms.side", SIDE.encode)
_TERMS = (
    field("ordertype", "terms.price_type", PRICE_TYPE.encode), field("producttype", "terms.product", PRODUCT.encode),
    field("price", lambda command: amount(command.terms.price)),
    field("triggerprice", lambda command: amount(command.terms.trigger_price)),
    field("quantity", "terms.quantity", str))  # fmt: skip
PLACE = (
    field("variety", variety), *CONTRACT, TRADED_SIDE, *_TERMS, always("duration", "DAY"), always("squareoff", "0"),
    always("stoploss", "0"), field("disclosedquantity", "terms.disclosed_quantity", str, omit=(0,)),
    field("ordertag", "tag", omit=("",)))  # fmt: skip
CANCEL = (field("variety", v.own_word("variety")), field("orderid", "order_id"))
MODIFY = (
    *CANCEL, *CONTRACT, *_TERMS, field("duration", v.own_word("duration")),
    field("disclosedquantity", "terms.disclosed_quantity", str))  # fmt: skip
order_id = Shape("smartapi order answer", str, {"object": t.identity("orderid")}).read

NAMED: dict[str, Reader] = {
    "symbol": t.text("common_symbol"), "exchange": t.coded("exchange", EXCHANGE),
    "product": t.coded("producttype", PRODUCT, keep_foreign=True)}  # fmt: skip
SIDED = {**NAMED, "order_id": t.identity("orderid"), "side": t.coded("transactiontype", SIDE)}
_LEFT = ("variety", "duration", "uniqueorderid", "parentorderid", "status", "orderstatus")


def status_word(row: Row) -> Any:
    """`orderstatus` is the state of the order; `status` may name what was last done to it."""
    return row.get("orderstatus") or row.get("status")


def order_shape(table: StatusTable[OrderStatus], alarm: Alarm) -> Shape[OrderRow]:
    """A row of the order book, or what an order update brings of one."""
    return Shape("smartapi order", OrderRow, {
        **SIDED, "price_type": t.coded("ordertype", PRICE_TYPE), "quantity": integer("quantity"),
        "status": lambda row: table.decode(status_word(row), alarm),
        "rejection_reason": v.rejection("text", status_word),
        "price": t.unless_zero(decimal, "price"), "trigger_price": t.unless_zero(decimal, "triggerprice"),
        "average_price": t.unless_zero(decimal, "averageprice"),
        "filled_quantity": integer("filledshares", optional=True),
        "pending_quantity": integer("unfilledshares", optional=True),
        "disclosed_quantity": t.first(integer("disclosedquantity", optional=True), lambda _row: 0),
        "updated_at": moment("updatetime"), "tag": t.filled("ordertag"), "vendor": t.words(*_LEFT)})  # fmt: skip


POSITION = Shape("smartapi position", Position, {
    **NAMED, "quantity": integer("netqty"), "average_price": t.unless_zero(decimal, "avgnetprice"),
    "ltp": t.unless_zero(decimal, "ltp"), "pnl": decimal("pnl", optional=True)})  # fmt: skip
HOLDING = Shape("smartapi holding", Holding, {
    **NAMED, "product": t.coded("product", PRODUCT, keep_foreign=True), "quantity": integer("quantity"),
    "average_price": t.unless_zero(decimal, "averageprice"), "ltp": t.unless_zero(decimal, "ltp"),
    "pnl": decimal("profitandloss", optional=True), "pnl_percent": decimal("pnlpercentage", optional=True),
})  # fmt: skip


def naming(instruments: InstrumentLookup, alarm: Alarm | None) -> v.Naming:
    """Rows are named by their token, which some rows lack."""
    return v.Naming(instruments, alarm, exchange="exchange", symbol="tradingsymbol", token=TOKEN)


def by_exchange(instruments: Sequence[Instrument]) -> dict[str, list[str]]:
    """Tokens per vendor exchange, as quotes are asked for."""
    found: dict[str, list[str]] = {}
    for instrument in instruments:
        found.setdefault(instrument.broker_exchange, []).append(instrument.token)
    return found


def unwrap(answer: Any) -> Any | VendorError:
    """The data; some endpoints say `success` and `errorCode`, and failures may write false and null as text."""
    flag = next((name for name in ("status", "success") if isinstance(answer, dict) and name in answer), None)
    if flag is None:
        raise BadVendorData("the answer is not the documented envelope")
    if answer[flag] is True or answer[flag] == "true":
        if "data" not in answer:
            raise BadVendorData("the answer tells success without 'data'")
        return None if answer["data"] == "null" else answer["data"]
    code = answer.get("errorcode") or answer.get("errorCode") or ""
    return VendorError(str(code), str(answer.get("message") or "no reason given")[:300])


def rows(data: Any) -> list[Row]:
    """A list, for which the vendor writes null when it is empty."""
    return [] if data is None else cast("list[Row]", t.rows("data")({"data": data}))


_QUOTE = Shape("smartapi quote", Quote, {
    "ltp": t.number("ltp"), **t.prices(
        open="open", high="high", low="low", prev_close="close", average_price="avgPrice",
        upper_circuit="upperCircuit", lower_circuit="lowerCircuit"),
    **t.counts(volume="tradeVolume", oi="opnInterest", last_quantity="lastTradeQty", total_buy_quantity="totBuyQuan",
               total_sell_quantity="totSellQuan"),
    "last_trade_at_ms": _time_ms("exchTradeTime"), "exchange_at_ms": _time_ms("exchFeedTime")})  # fmt: skip
_LEVEL = Shape("smartapi depth", DepthLevel, {
    "price": t.number("price"), "quantity": t.integer("quantity"), "orders": t.integer("orders", optional=True),
})  # fmt: skip
_NAME = (t.text("exchange"), t.identity("symbolToken"))


def place_of(instrument: Instrument) -> tuple[str, str]:
    """How quotes name a contract."""
    return instrument.broker_exchange, instrument.token


def depths(data: Row) -> Mapping[Hashable, Depth]:
    """Quotes with their books, under exchange and token."""
    return dict(map(_depth, t.rows("fetched", optional=True)(data) or []))


def _depth(row: Row) -> tuple[tuple[str, str], Depth]:
    sides = (t.inside("depth", t.rows(side, optional=True))(row) for side in ("buy", "sell"))
    exchange, token = (read(row) for read in _NAME)
    return (exchange, token), v.book(_QUOTE.read(row), *(_LEVEL.read_all(levels) for levels in sides))
