"""DhanHQ's words, rows and request fields as tables. Quantities are units; contracts are known by their id."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from broker.core import tables as t
from broker.core import values as v
from broker.core.endpoint import Dialect, ErrorRule, Field, VendorError, always, field, session_headers
from broker.core.roles import Alarm, InstrumentLookup
from broker.core.tables import Reader, Row, Shape, StatusTable, Table
from domain.errors import OutcomeUnknown, Refused, SessionDead, Throttled
from domain.gtt import GttLeg, GttLegRow, GttRow, GttStatus, TriggerType
from domain.instruments import Exchange
from domain.market import Depth, DepthLevel, Quote
from domain.money import ZERO
from domain.orders import OrderRow, OrderStatus, PriceType, Product, Side, TradeRow
from domain.portfolio import Funds, Holding, MarginEstimate, Position
from utils.clock import IST

SIDE = Table("dhan transactionType", {side: side.value for side in Side})
_PRICE_TYPES = {PriceType.MARKET: "MARKET", PriceType.LIMIT: "LIMIT", PriceType.SL: "STOP_LOSS"}
_STOP_MARKET = "STOP_LOSS_MARKET"
PRICE_TYPE = Table("dhan orderType", {**_PRICE_TYPES, PriceType.SL_M: _STOP_MARKET})
# Live accounts saw STOP_LOSS_MARKET fill at once: it is read, never sent.
LIVE_PRICE_TYPE = Table("dhan orderType", _PRICE_TYPES, also_read={_STOP_MARKET: PriceType.SL_M})
PRODUCT = Table("dhan productType", {Product.CNC: "CNC", Product.NRML: "MARGIN", Product.MIS: "INTRADAY"})
INDEX_SEGMENT = "IDX_I"
# Where a contract is listed, in the words of the master and of order updates: (exchange, segment).
PLACES = {
    ("NSE", "E"): (Exchange.NSE, "NSE_EQ"), ("NSE", "D"): (Exchange.NFO, "NSE_FNO"),
    ("NSE", "C"): (Exchange.CDS, "NSE_CURRENCY"), ("BSE", "E"): (Exchange.BSE, "BSE_EQ"),
    ("BSE", "D"): (Exchange.BFO, "BSE_FNO"), ("BSE", "C"): (Exchange.BCD, "BSE_CURRENCY"),
    ("MCX", "M"): (Exchange.MCX, "MCX_COMM")}  # fmt: skip
INDEX_PLACES = {("NSE", "I"): Exchange.NSE_INDEX, ("BSE", "I"): Exchange.BSE_INDEX}
SEGMENT = Table("dhan exchangeSegment", dict(PLACES.values()))
STATUS = StatusTable("dhan orderStatus", {
    "TRADED": OrderStatus.COMPLETE, "CLOSED": OrderStatus.COMPLETE, "REJECTED": OrderStatus.REJECTED,
    "CANCELLED": OrderStatus.CANCELLED, "EXPIRED": OrderStatus.CANCELLED,
    "TRIGGER_PENDING": OrderStatus.TRIGGER_PENDING,
    **dict.fromkeys(("PENDING", "TRANSIT", "PART_TRADED", "CONFIRM", "TRIGGERED"), OrderStatus.OPEN),
}, OrderStatus.UNKNOWN)  # fmt: skip
FLAG = Table("dhan orderFlag", {kind: kind.value for kind in TriggerType})
GTT_STATUS = StatusTable("dhan forever status", {
    **dict.fromkeys(("TRANSIT", "PENDING", "CONFIRM"), GttStatus.ACTIVE), "TRADED": GttStatus.TRIGGERED,
    "EXPIRED": GttStatus.EXPIRED, "CANCELLED": GttStatus.CANCELLED, "REJECTED": GttStatus.REJECTED,
}, GttStatus.UNKNOWN)  # fmt: skip
# One leg's fill cancels the other, so the state of a pair is the strongest of its legs.
_STRONGEST = (
    GttStatus.TRIGGERED, GttStatus.UNKNOWN, GttStatus.ACTIVE, GttStatus.REJECTED, GttStatus.EXPIRED,
    GttStatus.CANCELLED)  # fmt: skip


def _unwrap(answer: Any) -> Any | VendorError:
    """Bare values, or one of two shapes of error: of the trading side, or of the data side (code to text)."""
    if not isinstance(answer, dict):
        return answer
    if answer.get("errorCode"):
        return VendorError(str(answer["errorCode"]), str(answer.get("errorMessage") or "no reason given"))
    told = answer.get("data")
    if answer.get("status") in ("failed", "failure"):
        code, text = next(iter(told.items()), ("", "")) if isinstance(told, dict) else ("", told)
        return VendorError(str(code), str(text or "no reason given"))
    return answer


HEADERS = session_headers(
    {"Accept": "application/json"}, {"access-token": "{access_token}", "client-id": "{user}"}
)
DIALECT = Dialect(
    headers=HEADERS, unwrap=_unwrap, own=(field("dhanClientId", "broker_user_id"),), own_in_queries=False,
    errors=(
        ErrorRule(error=Throttled, codes=("DH-904", "805")),
        ErrorRule(error=SessionDead, codes=("DH-901", "807", "808", "809")),
        # These say that Dhan lost sight of the order system, not that the order is dead.
        ErrorRule(error=OutcomeUnknown, codes=("DH-908", "DH-909", "DH-910", "800")),
        ErrorRule(error=Refused, codes=tuple(f"DH-{code}" for code in (902, 903, 905, 906, 907, 911))),
        ErrorRule(error=Refused, codes=("804", "806", "810", "811", "812", "813", "814", "DHOLDING_ERROR")),
        ErrorRule(error=SessionDead, statuses=(401,)),
    ))  # fmt: skip
order_id = Shape("dhan order answer", str, {"object": t.identity("orderId")}).read
ORDER_ID = field("order_id", "order_id")
_CONTRACT = (
    field("transactionType", "terms.side", SIDE.encode), field("exchangeSegment", "instrument.broker_exchange"),
    field("productType", "terms.product", PRODUCT.encode), field("securityId", "instrument.token"))  # fmt: skip
_PRICES = (
    field("price", lambda order: order.terms.price or 0),  # 0 is Dhan's word for "none"
    field("triggerPrice", lambda order: order.terms.trigger_price or 0),
)
MARGIN = (*_CONTRACT, field("quantity", "terms.quantity"), *_PRICES)


def order_fields(words: Table[PriceType]) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
    """What places an order and what changes one. `words`: the price types this vendor may be told."""
    terms = (
        field("orderType", "terms.price_type", words.encode), field("quantity", "terms.quantity"), *_PRICES,
        field("disclosedQuantity", "terms.disclosed_quantity"))  # fmt: skip
    place = (
        *_CONTRACT, *terms, always("validity", "DAY"), always("afterMarketOrder", False),
        field("correlationId", "tag", omit=("",)))  # fmt: skip
    # The one leg of an ordinary order has no name in the book.
    leg = field("legName", lambda command: command.row.vendor.get("legName", "ENTRY_LEG"))
    own = (ORDER_ID, field("orderId", "order_id"))
    return place, (*own, leg, *terms, field("validity", v.own_word("validity")))


def _leg(number: int, read: Callable[[GttLeg], Any]) -> Callable[[Any], Any]:
    """What a leg of a GTT says; None where there is no such leg."""
    return lambda gtt: read(gtt.terms.legs[number]) if number < len(gtt.terms.legs) else None


GTT_PLACE = (
    field("orderFlag", "terms.trigger_type", FLAG.encode), *_CONTRACT, always("validity", "DAY"),
    field("orderType", "terms.price_type", LIVE_PRICE_TYPE.encode), field("quantity", "terms.quantity"),
    field("price", _leg(0, lambda leg: leg.price or 0)), field("triggerPrice", _leg(0, attrgetter("trigger_price"))),
    field("price1", _leg(1, lambda leg: leg.price or 0)), field("triggerPrice1", _leg(1, attrgetter("trigger_price"))),
    field("quantity1", lambda gtt: gtt.terms.quantity if len(gtt.terms.legs) > 1 else None),
    always("disclosedQuantity", 0), field("expires_at", v.unsayable("expires_at")))  # fmt: skip


def _waiting(read: Reader) -> Reader:
    """No word says that a stop waits: it is PENDING, of a stop's type, and nothing of it is filled."""

    def status(row: Row) -> Any:
        pending = str(row.get("orderStatus")).upper() == "PENDING" and not row.get("filledQty")
        waits = pending and str(row.get("orderType")).startswith("STOP_LOSS")
        return OrderStatus.TRIGGER_PENDING if waits else read(row)

    return status


def _time(name: str, zone: ZoneInfo = IST) -> Reader:
    """A time of the vendor's; the year 1 is its word for "none"."""
    read = t.moment(name, "%Y-%m-%d %H:%M:%S", zone, optional=True)
    return lambda row: None if str(row.get(name)).startswith("0001-") else read(row)


_CALLED: dict[str, Reader] = {
    "symbol": t.text("common_symbol"), "exchange": t.coded("exchangeSegment", SEGMENT),
    "product": t.coded("productType", PRODUCT, keep_foreign=True)}  # fmt: skip
_DEALT: dict[str, Reader] = {
    **_CALLED, "order_id": t.identity("orderId"), "side": t.coded("transactionType", SIDE)}  # fmt: skip
_ORDER: dict[str, Reader] = {
    **_DEALT, "quantity": t.integer("quantity"), "price_type": t.coded("orderType", PRICE_TYPE),
    "price": t.unless_zero(t.decimal, "price"), "trigger_price": t.unless_zero(t.decimal, "triggerPrice"),
    "average_price": t.unless_zero(t.decimal, "averageTradedPrice"),
    "filled_quantity": t.integer("filledQty", optional=True),
    "pending_quantity": t.integer("remainingQuantity", optional=True),
    "disclosed_quantity": t.first(t.integer("disclosedQuantity", optional=True), lambda _row: 0),
    "rejection_reason": v.rejection("omsErrorDescription", "orderStatus"), "placed_at": _time("createTime"),
    "tag": t.filled("correlationId"),
    "vendor": t.words("validity", "legName", "exchangeOrderId", "orderStatus")}  # fmt: skip
_TRADE: dict[str, Reader] = {
    **_DEALT, "trade_id": t.identity("exchangeTradeId"), "quantity": t.integer("tradedQuantity"),
    "price": t.decimal("tradedPrice"), "value": v.trade_value("tradedPrice", "tradedQuantity")}  # fmt: skip


_realised, _unrealised = t.decimal("realizedProfit"), t.decimal("unrealizedProfit")


def _entry_price(row: Row) -> Decimal | None:
    """costPrice can be 0; then what was paid on the side that is open."""
    own = "buyAvg" if t.integer("netQty")(row) > 0 else "sellAvg"
    found: Decimal | None = t.first(*(t.unless_zero(t.decimal, name) for name in ("costPrice", own)))(row)
    return found


_POSITION = Shape("dhan position", Position, {
    **_CALLED, "quantity": t.integer("netQty"), "average_price": _entry_price, "realized_pnl": _realised,
    "pnl": lambda row: _realised(row) + _unrealised(row), "multiplier": v.unit_multiplier("multiplier")})  # fmt: skip
_average, _last = t.unless_zero(t.decimal, "avgCostPrice"), t.unless_zero(t.decimal, "lastTradedPrice")


def _gain(row: Row) -> Decimal | None:
    average, last = _average(row), _last(row)
    return None if average is None or last is None else (last - average) * t.integer("totalQty")(row)


_HOLDING = Shape("dhan holding", Holding, {
    "symbol": _CALLED["symbol"], "exchange": _CALLED["exchange"], "quantity": t.integer("totalQty"),
    "average_price": _average, "ltp": _last, "pnl": _gain,
    "pnl_percent": lambda row: v.pnl_percent(_average(row), _last(row))})  # fmt: skip
_GTT_LEG = Shape("dhan forever leg", GttLegRow, {
    "side": _DEALT["side"], "quantity": _ORDER["quantity"], "product": _CALLED["product"], "price": _ORDER["price"],
    "vendor": t.words("legName"),
    # `orderType` holds the kind of pair, so only the price tells a market leg.
    "price_type": lambda row: PriceType.MARKET if _ORDER["price"](row) is None else PriceType.LIMIT})  # fmt: skip
_trigger = t.decimal("triggerPrice")
_GTT: dict[str, Reader] = {
    **{name: _CALLED[name] for name in ("symbol", "exchange")}, "trigger_id": _DEALT["order_id"],
    "trigger_type": t.coded("orderType", FLAG), "legs": t.each("legs", _GTT_LEG.read_all),
    "trigger_prices": lambda row: tuple(_trigger(leg) for leg in row["legs"]),
    "created_at": _time("createTime"), "updated_at": _time("updateTime")}  # fmt: skip


class Books:
    """Reads Dhan's rows into common values. zone: of the clock behind an order's updateTime."""

    def __init__(self, instruments: InstrumentLookup, alarm: Alarm | None, zone: ZoneInfo = IST) -> None:
        self._instruments = instruments
        names = {"exchange": "exchangeSegment", "symbol": "tradingSymbol", "token": "securityId"}
        self._naming = naming = v.Naming(instruments, alarm, **names)  # type: ignore[arg-type]
        updated = t.first(_time("updateTime", zone), _ORDER["placed_at"])
        status = _waiting(t.state("orderStatus", STATUS, naming.alarm))
        traded_at = t.first(_time("exchangeTime"), _time("updateTime", zone))
        fields = {**_ORDER, "status": status, "updated_at": updated}
        orders = naming.reads(Shape("dhan order", OrderRow, fields))
        self.order, self.orders = orders.read, orders.read_all
        self.trades = naming.reads(Shape("dhan trade", TradeRow, {**_TRADE, "traded_at": traded_at})).read_all
        self.positions = naming.reads(_POSITION).read_all
        self._holdings = naming.reads(_HOLDING).read_all
        state = t.state("orderStatus", GTT_STATUS, naming.alarm)
        strongest: Reader = lambda row: min((state(leg) for leg in row["legs"]), key=_STRONGEST.index)  # noqa: E731
        self._gtt = Shape("dhan forever order", GttRow, {**_GTT, "status": strongest})

    def holdings(self, data: object) -> list[Holding]:
        """Rows whose exchange is ALL belong where the id is listed, NSE first."""
        return self._holdings([self._listed(row) for row in data] if isinstance(data, list) else data)

    def _listed(self, row: object) -> object:
        if not isinstance(row, dict):
            return row
        token = t.identity("securityId")(row)
        known = (place for place in ("NSE_EQ", "BSE_EQ") if self._instruments.by_token(place, token))
        return {**row, "exchangeSegment": next(known, "NSE_EQ")}

    def gtts(self, data: object) -> list[GttRow]:
        """Forever orders, whose legs come as rows of their own; the lower trigger first."""
        found: dict[str, list[Row]] = {}
        for row in row_list(self._naming.all(data)):
            found.setdefault(_DEALT["order_id"](row), []).append(row)
        pairs = (sorted(legs, key=_trigger) for legs in found.values())
        return [self._gtt.read({**legs[0], "legs": legs}) for legs in pairs]


def row_list(data: object) -> list[Row]:
    """Rows as they are; null is what stands for none."""
    found: list[Row] = t.rows("answer")({"answer": [] if data is None else data})
    return found


def funds(limits: Row, positions: list[Row]) -> Funds:
    """The balance was seen to include what pledged shares are worth."""
    collateral = t.decimal("collateralAmount")(limits)
    return Funds(
        available_cash=t.decimal("availabelBalance")(limits) - collateral, collateral=collateral,
        utilised=t.decimal("utilizedAmount")(limits), m2m_realized=sum(map(_realised, positions), ZERO),
        m2m_unrealized=sum(map(_unrealised, positions), ZERO))  # fmt: skip


def _either(name: str, camel: str, *, optional: bool = True) -> Reader:
    """The calculator of several legs was seen with text under snake_case and with camelCase names."""
    return t.first(
        t.from_text(t.decimal, name, optional=True), t.from_text(t.decimal, camel, optional=optional)
    )


basket_margin = Shape("dhan basket margin", MarginEstimate, {
    "total": _either("total_margin", "totalMargin", optional=False), "span": _either("span_margin", "spanMargin"),
    "exposure": _either("exposure_margin", "exposureMargin"), "benefit": _either("hedge_benefit", "hedgeBenefit"),
}).read  # fmt: skip
order_margin = Shape("dhan margin", MarginEstimate, {
    "total": t.decimal("totalMargin"), "span": t.decimal("spanMargin", optional=True),
    "exposure": t.decimal("exposureMargin", optional=True)}).read  # fmt: skip
_QUOTE = Shape("dhan quote", Quote, {
    "ltp": t.number("last_price"), **t.prices(average_price="average_price"),
    **t.counts(volume="volume", oi="oi", last_quantity="last_quantity", total_buy_quantity="buy_quantity"),
    **t.counts(total_sell_quantity="sell_quantity"),
    **{ours: t.inside("ohlc", read) for ours, read in t.prices(
        open="open", high="high", low="low", prev_close="close").items()},
    **t.prices(upper_circuit="upper_circuit_limit", lower_circuit="lower_circuit_limit"),
    "last_trade_at_ms": t.moment_ms("last_trade_time", "%d/%m/%Y %H:%M:%S", IST)})  # fmt: skip
_LEVELS = Shape("dhan depth", DepthLevel, {
    "price": t.number("price"), "quantity": t.integer("quantity"), "orders": t.integer("orders", optional=True),
}).read_all  # fmt: skip


def depth(row: Row) -> Depth:
    """Quote and book of one entry of /marketfeed; the entries of the smaller calls simply have less."""
    bids, asks = (_LEVELS(t.inside("depth", t.rows(side))(row)) for side in ("buy", "sell"))
    return v.book(_QUOTE.read(row), bids, asks)


_SERIES = ("timestamp", "open", "high", "low", "close", "volume")


def candle_rows(data: Any) -> list[tuple[Any, ...]]:
    """Parallel lists as rows; open interest is an empty list where there is none."""
    lists = [data[name] for name in _SERIES]
    interest = data.get("open_interest")
    return list(zip(*lists, *([interest] if interest else []), strict=True))
