"""Fyers' words, rows and request fields as tables. Its codes are numbers; a ticker's prefix never tells the exchange.

Quantities: Fyers counts lots on the exchanges of the option `counted_in_lots` and units elsewhere; the contract file's
multiplier is the common lot size there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import Any

from broker.core import tables as t
from broker.core import values as v
from broker.core.endpoint import ErrorRule, always, envelope, field, session_headers, values_of
from broker.core.gtt import limit_orders, unchangeable_terms
from broker.core.roles import Alarm, InstrumentLookup
from broker.core.tables import Reader, Row, Shape, StatusTable, Table
from domain.errors import Refused, SessionDead, Throttled
from domain.gtt import GttLegRow, GttRow, GttStatus, TriggerType
from domain.instruments import Exchange, Instrument
from domain.market import Depth, DepthLevel, Quote
from domain.money import ZERO
from domain.orders import OrderRow, OrderStatus, PriceType, Product, Side, TradeRow
from domain.portfolio import Holding, MarginEstimate, Position
from utils.clock import IST

Step = Callable[[Instrument], int]
_time = partial(t.moment, pattern="%d-%b-%Y %H:%M:%S", zone=IST, optional=True)
_code = partial(t.coded, word=t.identity)
SIDE = Table("fyers side", {Side.BUY: "1", Side.SELL: "-1"})
_TYPES = {PriceType.LIMIT: "1", PriceType.MARKET: "2", PriceType.SL_M: "3", PriceType.SL: "4"}
PRICE_TYPE = Table("fyers type", _TYPES)
PRODUCT = Table("fyers productType", {Product.CNC: "CNC", Product.MIS: "INTRADAY", Product.NRML: "MARGIN"})
# Exchange code and segment code; together they also begin every fyToken.
EXCHANGE = Table("fyers exchange and segment", {
    Exchange.NSE: "1010", Exchange.NFO: "1011", Exchange.CDS: "1012", Exchange.NCO: "1020", Exchange.MCX: "1120",
    Exchange.BSE: "1210", Exchange.BFO: "1211", Exchange.BCD: "1212"}, {"1111": Exchange.MCX})  # fmt: skip
PENDING, REJECTED = "6", "5"
STATUS = StatusTable("fyers status", {
    "1": OrderStatus.CANCELLED, "2": OrderStatus.COMPLETE, "4": OrderStatus.OPEN, REJECTED: OrderStatus.REJECTED,
    PENDING: OrderStatus.OPEN, "7": OrderStatus.CANCELLED}, OrderStatus.UNKNOWN)  # fmt: skip
GTT_STATUS = StatusTable("fyers ord_status", {
    "1": GttStatus.CANCELLED, "2": GttStatus.TRIGGERED, "4": GttStatus.ACTIVE, REJECTED: GttStatus.REJECTED,
    PENDING: GttStatus.ACTIVE, "7": GttStatus.EXPIRED}, GttStatus.UNKNOWN)  # fmt: skip
TRIGGER_TYPE = Table("fyers gtt_oco_ind", {TriggerType.SINGLE: "1", TriggerType.OCO: "2"})
HEADERS = session_headers({}, {"Authorization": "{api_key}:{access_token}"})
DEAD = ("-8", "-15", "-16", "-17")
_REFUSED = (
    50, 51, 53, 99, 159, 161, 162, 164, 209, 300, *range(308, 317), 326, 327, 328, 352, 371, 373, 374, 390, 392, 397,
    398, 399, 437, 501)  # fmt: skip
ERRORS = (
    ErrorRule(error=SessionDead, codes=DEAD),
    ErrorRule(error=Throttled, codes=("-353", "-429")),
    ErrorRule(error=Refused, codes=tuple(f"-{code}" for code in _REFUSED)),
    ErrorRule(error=SessionDead, statuses=(401,)),
)
UNWRAP = envelope(flag="s", success=("ok", "no_data"), data=None, code="code", message="message", order="id")


class Forms:
    """The fields of every write, in the vendor's units."""

    def __init__(self, step: Step, gtt_offset_percent: str) -> None:
        quantity = field("qty", v.counted("quantity", step))
        kind = field("type", "terms.price_type", PRICE_TYPE.number)
        contract = (
            field("symbol", "instrument.broker_symbol"), field("side", "terms.side", SIDE.number),
            field("productType", "terms.product", PRODUCT.encode))  # fmt: skip
        # Unlike a change, a new order and the calculator want every price; 0 is their word for "none".
        self._margin = (
            *contract, quantity, kind, field("limitPrice", lambda order: order.terms.price or 0),
            field("stopPrice", lambda order: order.terms.trigger_price or 0), always("stopLoss", 0),
            always("takeProfit", 0))  # fmt: skip
        self.place = (
            *self._margin, field("disclosedQty", v.counted("disclosed_quantity", step)), always("validity", "DAY"),
            always("offlineOrder", False), field("orderTag", "tag", omit=("",)))  # fmt: skip
        self.modify = (
            field("id", "order_id"), kind, quantity, field("limitPrice", "terms.price"),
            field("stopPrice", "terms.trigger_price"), field("", v.unchangeable("disclosed_quantity", "Fyers")),
        )  # fmt: skip
        self._orders = limit_orders(gtt_offset_percent)
        self._leg = (field("price", "terms.price"), quantity)
        terms = (field("orderInfo", self._legs), field("expires_at", v.unsayable("expires_at")))
        self.place_gtt = (*contract, *terms)
        self.modify_gtt = (field("id", unchangeable_terms("Fyers")), *terms)

    def basket(self, orders: Iterable[Any]) -> list[dict[str, Any]]:
        """What the margin calculator is asked."""
        return [dict(values_of(self._margin, order)) for order in orders]

    def _legs(self, gtt: Any) -> dict[str, Any]:
        """The upper trigger first: that is where Fyers wants the first leg of an OCO."""
        pairs = [*zip(gtt.terms.legs, self._orders(gtt), strict=True)][::-1]
        return {
            f"leg{number}": {**dict(values_of(self._leg, order)), "triggerPrice": leg.trigger_price}
            for number, (leg, order) in enumerate(pairs, 1)
        }


answer_id = Shape("fyers order answer", str, {"object": t.identity("id")}).read
margin = Shape(
    "fyers margin", MarginEstimate, {"total": t.inside("data", t.decimal("margin_new_order"))}
).read


def _tag(row: Row) -> str | None:
    """Fyers writes `1:` in front of a caller's tag and `2:` in front of its own; `untagged` is none."""
    owner, marked, tag = (t.filled("orderTag")(row) or "").partition(":")
    tag = tag if marked else owner
    return tag if tag and owner != "2" and tag.casefold() != "untagged" else None


_NAMED: dict[str, Reader] = {
    "symbol": t.text("common_symbol"), "exchange": lambda row: Exchange(row["vendor_exchange"])}  # fmt: skip
_HELD: dict[str, Reader] = {**_NAMED, "product": t.coded("productType", PRODUCT, keep_foreign=True)}
_ORDER: dict[str, Reader] = {
    **_HELD, "order_id": t.identity("id"), "side": _code("side", SIDE), "quantity": t.integer("qty"),
    "price_type": _code("type", PRICE_TYPE), "tag": _tag,
    "rejection_reason": v.rejection("message", t.identity("status", optional=True), REJECTED),
    "price": t.unless_zero(t.decimal, "limitPrice"), "trigger_price": t.unless_zero(t.decimal, "stopPrice"),
    "average_price": t.unless_zero(t.decimal, "tradedPrice"),
    "filled_quantity": t.integer("filledQty", optional=True),
    "pending_quantity": t.integer("remainingQuantity", optional=True),
    "disclosed_quantity": t.first(
        *(t.integer(name, optional=True) for name in ("disclosedQty", "discloseQty")), lambda _row: 0),
    "placed_at": _time("orderDateTime"), "vendor": t.words("status", "orderValidity", "exchOrdId", "parentId"),
}  # fmt: skip
_TRADE = Shape("fyers trade", TradeRow, {
    **_HELD, "trade_id": t.identity("tradeNumber"), "order_id": t.identity("orderNumber"), "side": _ORDER["side"],
    "quantity": t.integer("tradedQty"), "price": t.decimal("tradePrice"), "value": t.decimal("tradeValue"),
    "traded_at": _time("orderDateTime")})  # fmt: skip
_POSITION: dict[str, Reader] = {
    **_HELD, "quantity": t.integer("netQty"), "average_price": t.unless_zero(t.decimal, "netAvg"),
    "ltp": t.unless_zero(t.decimal, "ltp"), "pnl": t.decimal("pl", optional=True),
    "realized_pnl": t.decimal("realized_profit", optional=True)}  # fmt: skip
_cost = t.unless_zero(t.decimal, "costPrice")
_HOLDING = Shape("fyers holding", Holding, {
    **_NAMED, "quantity": t.integer("quantity"), "average_price": _cost, "ltp": _POSITION["ltp"],
    # Without a cost the vendor's profit would be the whole value of the shares.
    "pnl": lambda row: None if _cost(row) is None else _POSITION["pnl"](row),
    "pnl_percent": lambda row: v.pnl_percent(_cost(row), _POSITION["ltp"](row))})  # fmt: skip
_LEGS = {  # by the mark in the names of their fields
    mark: Shape("fyers gtt leg", GttLegRow, {
        "side": _code("tran_side", SIDE), "quantity": t.integer(f"qty{mark}"), "price": t.decimal(f"price{mark}_limit"),
        "product": t.coded("product_type", PRODUCT, keep_foreign=True), "price_type": lambda _row: PriceType.LIMIT,
        "rejection_reason": v.rejection("oms_msg", t.identity("ord_status", optional=True), REJECTED),
    }) for mark in ("", "2")}  # fmt: skip


def _marks(row: Row) -> tuple[str, ...]:
    """Of the legs, the lower trigger first."""
    return ("",) if _GTT["trigger_type"](row) is TriggerType.SINGLE else ("2", "")


_GTT: dict[str, Reader] = {
    **_NAMED, "trigger_id": t.identity("id"), "created_at": _time("create_time"),
    "trigger_type": _code("gtt_oco_ind", TRIGGER_TYPE),
    "legs": lambda row: tuple(_LEGS[mark].read(row) for mark in _marks(row)),
    "trigger_prices": lambda row: tuple(t.decimal(f"price{mark}_trigger")(row) for mark in _marks(row))}  # fmt: skip
_QUANTITIES = (
    "qty", "qty2", "filledQty", "remainingQuantity", "disclosedQty", "discloseQty", "tradedQty", "netQty")  # fmt: skip


def _exchange(row: Row) -> str:
    """Two codes of a row tell it together."""
    return EXCHANGE.decode("".join(t.identity(name)(row) for name in ("exchange", "segment"))).value


class Books:
    """Reads Fyers' rows into common values, with the contract master for names and lot sizes."""

    def __init__(self, instruments: InstrumentLookup, alarm: Alarm | None, step: Step) -> None:
        self._named = named = v.Naming(
            instruments, alarm, exchange=_exchange, symbol="symbol", quantities=_QUANTITIES, step=step)  # fmt: skip
        order = named.reads(Shape("fyers order", OrderRow, {**_ORDER, "status": self._status}))
        position = Shape("fyers position", Position, {**_POSITION, "multiplier": self._multiplier})
        gtt_status = t.state("ord_status", GTT_STATUS, named.alarm, digits=True)
        self._known = t.state("status", STATUS, named.alarm, digits=True)
        self.order, self.orders = order.read, order.under("orderBook")
        self.trades = named.reads(_TRADE).under("tradeBook")
        self.holdings = named.reads(_HOLDING).under("holdings")
        self.positions = named.reads(position).under("netPositions")
        self.gtts = named.reads(Shape("fyers gtt", GttRow, {**_GTT, "status": gtt_status})).under("orderBook")

    def _status(self, row: Row) -> OrderStatus:
        """Fyers says "pending" of a stop order too: while nothing of it is filled it waits for its trigger."""
        waits = _ORDER["price_type"](row).needs_trigger and not row.get("filledQty")
        pending = waits and str(row.get("status")) == PENDING
        return OrderStatus.TRIGGER_PENDING if pending else self._known(row)

    def _multiplier(self, row: Row) -> int:
        """The vendor's own, of one lot where it counts lots; when that does not fit we count wrongly."""
        told = t.decimal("qtyMulti_com", optional=True)(row) or row["common_step"]
        units, rest = divmod(told, row["common_step"])
        if not rest and units >= 1:
            return int(units)
        self._named.alarm(
            "fyers qtyMulti_com", f"{row['common_symbol']} has {told}, a lot is {row['common_step']}"
        )
        return int(row["common_multiplier"])


_QUOTE = Shape("fyers quote", Quote, {
    "ltp": t.number("lp"), **t.counts(volume="volume"), **t.prices(
        average_price="atp", open="open_price", high="high_price", low="low_price", prev_close="prev_close_price",
        bid="bid", ask="ask")})  # fmt: skip


_DEPTH = Shape("fyers depth", Quote, {
    "ltp": t.number("ltp"), "prev_close": v.agreed_close("c", "ltp", "ch"),
    "last_trade_at_ms": lambda row: 1000 * (t.integer("ltt", optional=True)(row) or 0) or None,
    "oi": lambda row: None if row.get("oiflag") is False else t.integer("oi", optional=True)(row),
    **t.counts(volume="v", last_quantity="ltq", total_buy_quantity="totalbuyqty", total_sell_quantity="totalsellqty"),
    **t.prices(open="o", high="h", low="l", average_price="atp", lower_circuit="lower_ckt", upper_circuit="upper_ckt"),
})  # fmt: skip
_LEVEL = Shape("fyers depth level", DepthLevel, {
    "price": t.number("price"), "quantity": t.integer("volume"), "orders": t.integer("ord", optional=True),
})  # fmt: skip


def quotes(data: Row) -> dict[str, Quote]:
    """By ticker; each has a flag of its own, and one that failed is left out."""
    good = (row for row in t.rows("d")(data) if t.text("s")(row) == "ok")
    return {t.text("n")(row): _QUOTE.read(t.section("v")(row)) for row in good}


def depth(data: Row) -> Depth:
    """The only ticker of the answer. Bids are plural and ask is not."""
    (row,) = t.section("d")(data).values()
    return v.book(_DEPTH.read(row), *(_LEVEL.read_all(t.rows(side)(row)) for side in ("bids", "ask")))


def limits(data: Row) -> dict[str, Decimal]:
    """Clear balance (the available balance has the collateral), both segments together."""
    amounts = {
        t.integer("id")(row): sum((t.decimal(f"{kind}Amount")(row) for kind in ("equity", "commodity")), ZERO)
        for row in t.rows("fund_limit")(data)
    }
    return {"available_cash": amounts[3], "collateral": amounts[5], "utilised": amounts[2]}


def profits(data: Row) -> dict[str, Decimal]:
    """Over all positions of the day."""
    rows = t.rows("netPositions")(data)
    kinds = ("realized", "unrealized")
    return {f"m2m_{kind}": sum((t.decimal(f"{kind}_profit")(row) for row in rows), ZERO) for kind in kinds}


def candles(data: Row) -> list[Any]:
    """`[epoch seconds, open, high, low, close, volume, oi?]`; an empty range has no candles."""
    return data.get("candles") or [] if data["s"] == "no_data" else data["candles"]
