"""Upstox's words, rows and request fields as tables.

Contracts are known by their `instrument_key`, `NSE_EQ|INE848E01016`. D is CNC in the cash market and NRML elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from broker.core import tables as t
from broker.core import values as v
from broker.core.endpoint import ErrorRule, VendorError, always, field, nested, session_headers
from broker.core.roles import Alarm, InstrumentLookup
from broker.core.tables import Reader, Row, Shape, StatusTable, Table
from domain.errors import BadVendorData, OutcomeUnknown, Refused, SessionDead, Throttled, Unavailable
from domain.gtt import GttLegRow, GttRow, GttStatus, ModifyGtt, PlaceGtt, TriggerType
from domain.instruments import Exchange, Instrument
from domain.market import Depth, DepthLevel, Quote
from domain.money import ZERO
from domain.orders import OrderRow, OrderStatus, PriceType, Product, Side, TradeRow
from domain.portfolio import Funds, Holding, MarginEstimate, Position, profit_of
from utils.clock import IST

Step = Callable[[Instrument], int]
SIDE = Table("upstox transaction_type", {side: side.value for side in Side})
PRICE_TYPE = Table("upstox order_type", {kind: kind.value for kind in PriceType})
SEGMENT = Table("upstox segment", {
    Exchange.NSE: "NSE_EQ", Exchange.BSE: "BSE_EQ", Exchange.NFO: "NSE_FO", Exchange.BFO: "BSE_FO",
    Exchange.CDS: "NCD_FO", Exchange.BCD: "BCD_FO", Exchange.MCX: "MCX_FO", Exchange.NSE_INDEX: "NSE_INDEX",
    Exchange.BSE_INDEX: "BSE_INDEX", Exchange.GLOBAL_INDEX: "GLOBAL_INDEX",
}, {"GLOBAL_INDICATOR": Exchange.GLOBAL_INDEX, "NSE_COM": Exchange.NCO})  # fmt: skip
_CARRIED = {True: Product.CNC, False: Product.NRML}  # by: is it the cash market
PRODUCTS = {cash: Table("upstox product", {Product.MIS: "I", own: "D"}) for cash, own in _CARRIED.items()}
_WAITING = (
    "open", "modified", "open pending", "validation pending", "put order req received", "modify pending",
    "modify validation pending", "modify after market order req received", "after market order req received",
    "cancel pending", "not modified", "not cancelled")  # fmt: skip
STATUS = StatusTable("upstox status", {
    "complete": OrderStatus.COMPLETE, "rejected": OrderStatus.REJECTED, "cancelled": OrderStatus.CANCELLED,
    "cancelled after market order": OrderStatus.CANCELLED, "trigger pending": OrderStatus.TRIGGER_PENDING,
    **dict.fromkeys(_WAITING, OrderStatus.OPEN)}, OrderStatus.UNKNOWN)  # fmt: skip
GTT_STATUS = StatusTable("upstox gtt status", {
    "SCHEDULED": GttStatus.ACTIVE, "CANCELLED": GttStatus.CANCELLED, "EXPIRED": GttStatus.EXPIRED,
    "FAILED": GttStatus.REJECTED, **dict.fromkeys(("TRIGGERED", "OPEN", "COMPLETED"), GttStatus.TRIGGERED)},
    GttStatus.UNKNOWN)  # fmt: skip
HEADERS = session_headers({"Accept": "application/json"}, {"Authorization": "Bearer {access_token}"})
ERRORS = (
    ErrorRule(error=Throttled, statuses=(429,)), ErrorRule(error=Throttled, codes=("UDAPI10005",)),
    ErrorRule(error=Unavailable, codes=("UDAPI100072",)),  # funds are not told between 00:00 and 05:30
    ErrorRule(error=OutcomeUnknown, codes=("UDAPI100500", "partial_success")),
    ErrorRule(error=SessionDead, statuses=(401,)), ErrorRule(error=SessionDead, codes=("UDAPI100050",)))  # fmt: skip


def unwrap(answer: Any) -> Any | VendorError:
    """The payload. A login answers without an envelope, and some documented books are bare lists."""
    if isinstance(answer, list) and all(isinstance(row, dict) for row in answer):
        return answer
    status, is_login = t.an_object(answer).get("status"), "access_token" in answer
    if is_login or (status == "success" and "data" in answer):
        return answer if is_login else answer["data"]
    if status not in ("error", "partial_success"):
        raise BadVendorData("the answer is not the documented envelope")
    told: Row = next(iter(t.rows("errors", optional=True)(answer) or ()), {})
    code = str(told.get("errorCode") or "") if status == "error" else status
    return VendorError(code, str(told.get("message") or "no reason given"))


# Slicing is off: of several orders nobody could say which one was meant.
placed, changed, gtt_id = t.only("order_ids"), t.identity("order_id"), t.only("gtt_order_ids")
ORDER, GTT = field("order_id", "order_id"), field("gtt_order_id", "trigger_id")
_KEY = field("instrument_token", "instrument.token")
_SIDE = field("transaction_type", "terms.side", SIDE.encode)
_PRODUCT = field("product", lambda order: PRODUCTS[order.terms.exchange.is_cash].encode(order.terms.product))


def _rules(command: PlaceGtt | ModifyGtt) -> list[dict[str, Any]]:
    """One entry rule, which waits on the side of the last price where its trigger lies."""
    new, price, last = command.terms, command.terms.legs[0].trigger_price, command.last_price
    if (new.trigger_type, new.price_type) != (TriggerType.SINGLE, PriceType.MARKET) or price == last:
        raise Refused("Upstox holds one trigger, away from the last price, for a protected market order")
    if isinstance(command, ModifyGtt):
        old, leg = command.row, command.row.legs[0]
        kept = (old.symbol, old.exchange, leg.side, leg.product)
        if kept != (new.symbol, new.exchange, new.side, new.product):
            raise Refused("Symbol, side and product of a GTT cannot be changed with this broker")
    return [
        {"strategy": "ENTRY", "trigger_price": price, "trigger_type": "ABOVE" if price > last else "BELOW"}
    ]


class Fields:
    """Request fields, with quantities in the vendor's unit. band: the order's market protection."""

    def __init__(self, step: Step, band: Callable[[Any], Decimal | None]) -> None:
        quantity, disclosed = (field(f, v.counted(f, step)) for f in ("quantity", "disclosed_quantity"))
        terms = (  # prices must be numbers; 0 is Upstox's word for "none"
            quantity, field("order_type", "terms.price_type", PRICE_TYPE.encode), field("market_protection", band),
            field("price", lambda order: order.terms.price or ZERO), disclosed,
            field("trigger_price", lambda order: order.terms.trigger_price or ZERO))  # fmt: skip
        once = (always("validity", "DAY"), always("is_amo", False), always("slice", False))
        self.place = (_KEY, _SIDE, _PRODUCT, *terms, *once, field("tag", "tag", omit=("",)))
        self.modify = (ORDER, *terms, field("validity", v.own_word("validity")))
        key, price = field("instrument_key", "instrument.token"), field("price", "terms.price")
        self.margin = (nested("instruments", (key, quantity, _PRODUCT, _SIDE, price), list),)
        change = (always("type", "SINGLE"), quantity, field("rules", _rules))
        self.place_gtt, self.modify_gtt = (*change, _PRODUCT, _KEY, _SIDE), (*change, GTT)


_key = t.first(t.filled("instrument_token"), t.filled("instrument_key"))
_reason, _ISO = t.filled("status_message"), "%Y-%m-%dT%H:%M:%S"


def _segment(row: Row) -> str:
    return str(_key(row) or "").partition("|")[0]


def _exchange(row: Row) -> Exchange:
    return SEGMENT.decode(_segment(row))


def _time(name: str) -> Reader:
    """Orders carry 2023-10-19 09:23:23, documented trades 03-Aug-2017 15:03:42."""
    patterns = (f"{day} %H:%M:%S" for day in ("%Y-%m-%d", "%d-%b-%Y"))
    return t.either(*(t.moment(name, pattern, IST, optional=True) for pattern in patterns))


def _average(row: Row) -> Decimal | None:
    """What the net quantity cost: `average_price` is often null, also where the price of its side is there."""
    quantity: int = t.integer("quantity")(row)
    side = "buy" if quantity > 0 else "sell"
    names = ("average_price", f"{side}_price", f"day_{side}_price") if quantity else ()
    return t.first(*(t.from_text(t.decimal, name, optional=True, absent=(0,)) for name in names))(row) or None


_NAMED: dict[str, Reader] = {
    "symbol": t.text("common_symbol"), "exchange": _exchange, "quantity": t.integer("quantity"),
    "product": lambda row: PRODUCTS[_exchange(row).is_cash].decode_or_keep(t.text("product")(row))}  # fmt: skip
_DEALT = {**_NAMED, "side": t.coded("transaction_type", SIDE), "order_id": t.identity("order_id")}
_ORDER: dict[str, Reader] = {
    **_DEALT, "price_type": t.coded("order_type", PRICE_TYPE), "tag": t.filled("tag"),
    "rejection_reason": lambda row: _reason(row) or "" if str(row.get("status")).lower() == "rejected" else "",
    **{name: t.unless_zero(t.decimal, name) for name in ("price", "trigger_price", "average_price")},
    **{name: t.integer(name, optional=True) for name in ("filled_quantity", "pending_quantity")},
    "disclosed_quantity": t.first(t.integer("disclosed_quantity", optional=True), lambda _row: 0),
    "placed_at": _time("order_timestamp"),
    "updated_at": t.first(_time("exchange_timestamp"), _time("order_timestamp")),
    "vendor": t.words("validity", "variety", "exchange_order_id", "parent_order_id", "status")}  # fmt: skip
_TRADE = Shape("upstox trade", TradeRow, {
    **_DEALT, "trade_id": t.identity("trade_id"), "price": t.decimal("average_price"),
    "traded_at": _ORDER["updated_at"], "value": v.trade_value("average_price", "quantity")})  # fmt: skip
_PRICED = {**_NAMED, "ltp": t.unless_zero(t.decimal, "last_price"), "pnl": t.decimal("pnl", optional=True)}
_POSITION = Shape("upstox position", Position, {
    **_PRICED, "average_price": _average, "realized_pnl": t.decimal("realised", optional=True),
    "multiplier": v.unit_multiplier("multiplier")})  # fmt: skip
_HOLDING = Shape("upstox holding", Holding, {
    **_PRICED, "average_price": _ORDER["average_price"],
    "pnl_percent": lambda row: v.pnl_percent(_ORDER["average_price"](row), _PRICED["ltp"](row))})  # fmt: skip
_GTT_LEG = Shape("upstox gtt rule", GttLegRow, {
    **{name: _DEALT[name] for name in ("side", "quantity", "product")}, "price_type": lambda _row: PriceType.MARKET,
    "order_id": t.filled("order_id"), "rejection_reason": t.first(t.filled("message"), lambda _row: "")})  # fmt: skip
_GTT: dict[str, Reader] = {
    "trigger_id": t.identity("gtt_order_id"), "trigger_type": lambda _row: TriggerType.SINGLE,
    "symbol": _NAMED["symbol"], "exchange": _exchange, "legs": lambda row: (_GTT_LEG.read(row),),
    "trigger_prices": lambda row: (t.decimal("trigger_price")(row),)}  # fmt: skip


class Books:
    """Reads Upstox's rows into common values, with the contract master for names and lot sizes."""

    def __init__(self, instruments: InstrumentLookup, alarm: Alarm | None, step: Step) -> None:
        counted = ("quantity", *(f"{word}_quantity" for word in ("filled", "pending", "disclosed")))
        named = v.Naming(
            instruments, alarm, exchange=_segment, symbol="trading_symbol", token=_key, step=step, quantities=counted
        )  # fmt: skip
        status, state = (t.state("status", table, named.alarm) for table in (STATUS, GTT_STATUS))
        orders = named.reads(Shape("upstox order", OrderRow, {**_ORDER, "status": status}))
        self._gtts = named.reads(Shape("upstox gtt", GttRow, {**_GTT, "status": state}))
        self._alarm, self.order, self.orders = named.alarm, orders.read, orders.read_all
        self.trades, self.positions = named.reads(_TRADE).read_all, named.reads(_POSITION).read_all
        self.holdings = named.reads(_HOLDING).read_all

    def gtts(self, data: Any) -> list[GttRow]:
        """GTTs of one rule. Those with exits of their own have no common form; they are left out aloud."""
        whole = [(row, t.rows("rules")(row)) for row in (data if isinstance(data, list) else [data])]
        for row in [row for row, rules in whole if len(rules) != 1]:
            self._alarm("upstox gtt", f"{row.get('gtt_order_id')} has several rules and is not shown")
        return self._gtts.read_all([{**rules[0], **row} for row, rules in whole if len(rules) == 1])


def _rounded(name: str) -> Reader:
    """Some prices went through 32-bit floats: 52.04999923706055 is 52.05. No tick has more than four places."""
    return lambda row: None if (price := t.unless_zero(t.number, name)(row)) is None else round(price, 4)


_QUOTE = Shape("upstox quote", Quote, {
    # `ohlc.close` is the latest close, not the previous one.
    "ltp": lambda row: round(t.number("last_price")(row), 4), "prev_close": _rounded("prev_close_price"),
    **{name: t.inside("ohlc", _rounded(name)) for name in ("open", "high", "low")},
    **{name: t.integer(name, optional=True) for name in ("volume", "oi", "total_buy_quantity", "total_sell_quantity")},
    **{f"{side}_circuit": _rounded(f"{side}_circuit_limit") for side in ("upper", "lower")},
    "average_price": _rounded("average_price"),
    "exchange_at_ms": t.either(*(t.moment_ms("timestamp", _ISO + rest, IST) for rest in (".%f%z", "%z"))),
    "last_trade_at_ms": t.from_text(t.integer, "last_trade_time", optional=True, absent=(0,))})  # fmt: skip
_LEVEL = Shape("upstox depth", DepthLevel, {
    "price": _rounded("price"), "quantity": t.integer("quantity"),
    "orders": t.integer("orders", optional=True)})  # fmt: skip


def by_key(data: Any) -> dict[str, Row]:
    """Rows of a quotes answer by instrument key; its own keys are names that need not be unique."""
    return {t.text("instrument_token")(row): row for row in t.an_object(data).values()}


def depth(row: Row) -> Depth:
    """Quote and book of one row."""
    sides = (_LEVEL.read_all(t.inside("depth", t.rows(side, optional=True))(row)) for side in ("buy", "sell"))
    return v.book(_QUOTE.read(row), *([level for level in side if level.price] for side in sides))


def funds(data: Any, positions: Sequence[Position]) -> Funds:
    """Cash and pledge apart; who pledged nothing may have no such section. Profit is summed from the positions."""
    available, total = t.section("available_to_trade")(data), t.from_text(t.decimal, "total")
    cash = t.section("cash_available_to_trade")(available)
    pledge = t.section("pledge_available_to_trade", optional=True)(available)
    used, profit = total(t.section("margin_used")(cash)), profit_of(positions)
    names = ("margin_from_pledge", "margin_used")
    pledged, pledge_used = (total(t.section(name)(pledge)) if pledge else ZERO for name in names)
    sums = (None, None) if profit.unpriced else (profit.realised, profit.unrealised)
    return Funds(
        available_cash=total(cash), collateral=pledged - pledge_used, utilised=used + pledge_used,
        m2m_realized=sums[0], m2m_unrealized=sums[1], unpriced=profit.unpriced)  # fmt: skip


def margin(data: Any) -> MarginEstimate:
    """`final_margin` is what is blocked; `required_margin` is before the legs hedge each other."""
    required, final = (t.decimal(f"{word}_margin")(data) for word in ("required", "final"))
    rows = t.rows("margins")(data)
    span, exposure = (sum(map(t.decimal(f"{part}_margin"), rows), ZERO) for part in ("span", "exposure"))
    return MarginEstimate(total=final, span=span, exposure=exposure, benefit=required - final)
