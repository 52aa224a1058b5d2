"""XTS words, rows and request fields as tables.

Books name a contract by segment and id, never by its trading symbol, which differs between hosts. Numbers come as
numbers or as text. Quantities are units; the option `lot_counted` names exchanges of a host that counts lots.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from broker.core import tables as t
from broker.core import values as v
from broker.core.endpoint import ErrorRule, always, envelope, field
from broker.core.roles import PluginContext
from broker.core.tables import Reader, Row, Shape, StatusTable, Table
from broker.families.loose import amount, moments, number_id, price, whole
from domain.errors import BadVendorData, Refused, SessionDead, Throttled
from domain.instruments import Exchange, Instrument
from domain.money import ZERO
from domain.orders import OrderRow, OrderStatus, PriceType, Product, Side, TradeRow
from domain.portfolio import Funds, Holding, MarginEstimate, Position
from utils.clock import IST

SEGMENTS = {
    "NSECM": 1, "NSEFO": 2, "NSECD": 3, "BSECM": 11, "BSEFO": 12, "BSECD": 13, "NCDEX": 21, "MCXFO": 51}  # fmt: skip
SEGMENT_NAMES = {number: name for name, number in SEGMENTS.items()}
EXCHANGE = Table("xts exchangeSegment", {
    Exchange.NSE: "NSECM", Exchange.NFO: "NSEFO", Exchange.CDS: "NSECD", Exchange.BSE: "BSECM", Exchange.BFO: "BSEFO",
    Exchange.BCD: "BSECD", Exchange.NCDEX: "NCDEX", Exchange.MCX: "MCXFO"})  # fmt: skip
SIDE = Table("xts orderSide", {side: side.value for side in Side}, fold=True)
PRICE_TYPE = Table("xts orderType", {
    PriceType.MARKET: "MARKET", PriceType.LIMIT: "LIMIT", PriceType.SL: "STOPLIMIT", PriceType.SL_M: "STOPMARKET",
}, fold=True)  # fmt: skip
PRODUCT = Table("xts productType", {product: product.value for product in Product}, fold=True)
_WORKING = ("New", "Open", "PartiallyFilled", "Replaced", "PendingNew", "PendingReplace", "PendingCancel")
STATUS = StatusTable("xts OrderStatus", {
    **dict.fromkeys(_WORKING, OrderStatus.OPEN), "Trigger Pending": OrderStatus.TRIGGER_PENDING,
    "Filled": OrderStatus.COMPLETE, "Cancelled": OrderStatus.CANCELLED, "Rejected": OrderStatus.REJECTED,
}, OrderStatus.UNKNOWN)  # fmt: skip
UNWRAP = envelope(flag="type", success=("success",), data="result", code="code", message="description")
# It shares the prefix of dead sessions and says that an instrument is subscribed already.
SUBSCRIBED_ALREADY = "e-session-0002"
ERRORS = (
    ErrorRule(error=Throttled, statuses=(429,)), ErrorRule(error=Throttled, prefixes=("e-apirl-",)),
    ErrorRule(error=Refused, codes=(SUBSCRIBED_ALREADY,)), ErrorRule(error=SessionDead, contains=("invalid token",)),
    ErrorRule(error=SessionDead, prefixes=("e-session-", "e-token-")),
    ErrorRule(error=Refused, prefixes=("e-orders-", "e-rms-")))  # fmt: skip
# Where instruments are subscribed the first prefix is about subscriptions; a dead token is told by its words there.
FEED_ERRORS = (
    *ERRORS[:4], ErrorRule(error=SessionDead, prefixes=("e-token-",)),
    ErrorRule(error=Refused, prefixes=("e-session-",)))  # fmt: skip
_time = moments(("%d-%m-%Y %H:%M:%S", "%b %d %Y %H:%M:%S"), IST, 1980)
Step = Callable[[Instrument], int]


def _number(text: str) -> int:
    if not text.isdecimal():
        raise Refused(f"{text!r} is no order of this broker")
    return int(text)


def terms_fields(step: Step, modified: bool = False) -> tuple[Any, ...]:
    """What an order is about: `orderQuantity` and the like, of a change `modifiedOrderQuantity`."""
    sources = {
        "ProductType": ("terms.product", PRODUCT.encode), "OrderType": ("terms.price_type", PRICE_TYPE.encode),
        "OrderQuantity": (v.counted("quantity", step),), "DisclosedQuantity": (v.counted("disclosed_quantity", step),),
        "LimitPrice": (lambda order: order.terms.price or 0,),
        "StopPrice": (lambda order: order.terms.trigger_price or 0,)}  # fmt: skip
    return tuple(
        field(f"modified{name}" if modified else name[0].lower() + name[1:], *source)  # type: ignore[arg-type]
        for name, source in sources.items()
    )


PLACED = (
    field("exchangeSegment", "instrument.broker_exchange"), field("exchangeInstrumentID", "instrument.token", int),
    field("orderSide", "terms.side", SIDE.encode), always("timeInForce", "DAY"),
    field("orderUniqueIdentifier", "tag", omit=("",)))  # fmt: skip
CANCEL = (
    field("appOrderID", "order_id", _number), field("orderUniqueIdentifier", "row.tag", omit=("",)))  # fmt: skip
KEPT = (*CANCEL, field("modifiedTimeInForce", v.own_word("TimeInForce")))
order_id = Shape("xts order answer", str, {"object": number_id("AppOrderID")}).read


def margin_leg(step: Step) -> tuple[Any, ...]:
    """One leg of the calculator, which has field names of its own."""
    product, kind, quantity, _, limit, stop = terms_fields(step)
    return (
        field("exchange", lambda order: SEGMENTS[order.instrument.broker_exchange]),
        field("exchangeInstrumentId", "instrument.token", int), product, kind, PLACED[2],
        field("quantity", quantity.value), field("price", limit.value), stop, always("orderSessionType", 1),
    )  # fmt: skip


def margin(data: Any) -> MarginEstimate:
    """`brokerageDeatils` is the vendor's spelling."""
    return MarginEstimate(total=amount("MarginRequired")(t.section("brokerageDeatils")(t.an_object(data))))


_NAMED: dict[str, Reader] = {
    "symbol": t.text("common_symbol"), "exchange": t.coded("ExchangeSegment", EXCHANGE),
    "product": t.coded("ProductType", PRODUCT, keep_foreign=True)}  # fmt: skip
_DEALT: dict[str, Reader] = {
    **_NAMED, "order_id": number_id("AppOrderID"), "side": t.coded("OrderSide", SIDE)}  # fmt: skip
_ORDER: dict[str, Reader] = {
    **_DEALT, "quantity": whole("OrderQuantity"), "price_type": t.coded("OrderType", PRICE_TYPE),
    "price": price("OrderPrice"), "trigger_price": price("OrderStopPrice"),
    "average_price": price("OrderAverageTradedPrice"), "filled_quantity": whole("CumulativeQuantity", optional=True),
    "pending_quantity": whole("LeavesQuantity", optional=True),
    "disclosed_quantity": t.first(whole("OrderDisclosedQuantity", optional=True), lambda _row: 0),
    "rejection_reason": t.first(t.filled("CancelRejectReason"), lambda _row: ""),
    "tag": t.filled("OrderUniqueIdentifier"),
    "placed_at": _time("OrderGeneratedDateTime"), "updated_at": t.first(*(_time(name) for name in (
        "ExchangeTransactTime", "LastUpdateDateTime", "OrderGeneratedDateTime"))),
    "vendor": t.words("TimeInForce", "ExchangeOrderID", "OrderCategoryType", "OrderStatus")}  # fmt: skip
_fill_price = t.first(price("LastTradedPrice"), amount("OrderAverageTradedPrice"))
_fill_units = t.first(whole("LastTradedQuantity", optional=True, absent=(0,)), whole("CumulativeQuantity"))
_TRADE = Shape("xts trade", TradeRow, {
    **_DEALT, "quantity": _fill_units, "price": _fill_price, "trade_id": t.first(
        t.identity("ExecutionID", optional=True, absent=("",)), t.identity("ExecutionReportIndex", optional=True),
        _DEALT["order_id"]),
    "value": lambda row: _fill_price(row) * _fill_units(row) * row["common_multiplier"],
    "traded_at": t.first(_time("LastExecutionTransactTime"), _time("ExchangeTransactTime"))})  # fmt: skip


def _net(row: Row) -> int:
    """Older hosts write NetPosition."""
    return int(whole("Quantity" if "Quantity" in row else "NetPosition")(row))


def _average(row: Row) -> Decimal | None:
    net = _net(row)
    found: Decimal | None = price("BuyAveragePrice" if net > 0 else "SellAveragePrice")(row) if net else None
    return found


def _multiplier(row: Row) -> int:
    """Per common unit; where the vendor counts lots its own number is per lot, so the contract's is taken."""
    own = whole("Multiplier", optional=True, absent=(0,))(row) if row["common_step"] == 1 else None
    return int(own or row["common_multiplier"])


def _profit(row: Row) -> Decimal | None:
    told: Decimal | None = amount("MTM", optional=True)(row)
    parts = [amount(f"{kind}MTM", optional=True)(row) for kind in ("Unrealized", "Realized")]
    return sum(parts, ZERO) if told is None and None not in parts else told


_POSITION = Shape("xts position", Position, {
    **_NAMED, "quantity": _net, "average_price": _average, "pnl": _profit, "multiplier": _multiplier,
    "realized_pnl": amount("RealizedMTM", optional=True)})  # fmt: skip
_HOLDING = Shape("xts holding", Holding, {
    "symbol": _NAMED["symbol"], "exchange": _NAMED["exchange"], "quantity": whole("HoldingQuantity"),
    "average_price": lambda row: price("BuyAvgPrice")(row) if row.get("IsBuyAvgPriceProvided") is not False else None,
})  # fmt: skip


def _contracts(data: Any) -> Any:
    """Rows with their contract's id as text under one name; the vendor spells it in two ways."""
    if not isinstance(data, list):
        return data
    spelt = [
        ("ExchangeInstrumentID" if "ExchangeInstrumentID" in row else "ExchangeInstrumentId", row)
        for row in data
    ]
    return [{**t.an_object(row), "Token": number_id(name)(row)} for name, row in spelt]


def _positions(data: Any) -> Any:
    """`positionList`, which an empty book may lack, or on some hosts the list itself."""
    return _contracts(data.get("positionList", []) if isinstance(data, dict) else data)


def _holdings(data: Any) -> list[Row]:
    """Rows by ISIN, in one object or in one per client; `CollateralHoldingList` only repeats shares."""
    told = t.an_object(data)
    parts = t.rows("RMSHoldingList")(told) if "RMSHoldingList" in told else [t.section("RMSHoldings")(told)]
    return [_listed(t.an_object(row)) for part in parts for row in t.section("Holdings")(part).values()]


def _listed(row: Row) -> Row:
    """The row under its NSE listing, else its BSE one."""
    for segment, name in (("NSECM", "ExchangeNSEInstrumentId"), ("BSECM", "ExchangeBSEInstrumentId")):
        token = whole(name, optional=True, absent=(0,))(row)
        if token:
            return {**row, "ExchangeSegment": segment, "Token": str(token)}
    raise BadVendorData("xts holding: listed nowhere")


def _limit(name: str, none: Decimal | None) -> Reader:
    """Text "NaN" is the vendor's word for a limit that the account does not have."""
    return lambda row: none if row.get(name) == "NaN" else amount(name)(row)


_FUNDS = Shape("xts balance", Funds, {
    "available_cash": amount("netMarginAvailable"), "collateral": _limit("collateral", ZERO),
    "utilised": _limit("marginUtilized", ZERO), "m2m_realized": _limit("RealizedMTM", None),
    "m2m_unrealized": _limit("UnrealizedMTM", None)})  # fmt: skip


def funds(data: Any) -> Funds:
    """The row over all exchanges, segments and products."""
    rows = [
        row for row in t.rows("BalanceList")(t.an_object(data)) if row.get("limitHeader") == "ALL|ALL|ALL"
    ]
    return _FUNDS.read_only([t.section("RMSSubLimits")(t.section("limitObject")(row)) for row in rows])


_QUANTITIES = (
    "OrderQuantity", "CumulativeQuantity", "LeavesQuantity", "OrderDisclosedQuantity", "LastTradedQuantity",
    "Quantity", "NetPosition")  # fmt: skip


class Books:
    """Reads XTS rows into common values, with the contract master for names and lot sizes."""

    def __init__(self, context: PluginContext) -> None:
        named = v.Naming(
            context.instruments, context.alarm, exchange="ExchangeSegment", symbol="TradingSymbol",
            token="Token",  # noqa: S106 - a field's name
            quantities=_QUANTITIES, step=v.lot_step(context.settings["lot_counted"]))  # fmt: skip
        state = t.state("OrderStatus", STATUS, named.alarm)
        orders = named.reads(
            Shape("xts order", OrderRow, {**_ORDER, "status": lambda row: _status(row, state)})
        )
        trades, positions, holdings = named.reads(_TRADE), named.reads(_POSITION), named.reads(_HOLDING)
        self.order: Callable[[Row], OrderRow] = lambda row: orders.read(_contracts([row])[0])
        self.orders: Callable[[Any], list[OrderRow]] = lambda data: orders.read_all(_contracts(data))
        self.trades: Callable[[Any], list[TradeRow]] = lambda data: trades.read_all(_contracts(data))
        self.positions: Callable[[Any], list[Position]] = lambda data: positions.read_all(_positions(data))
        self.holdings: Callable[[Any], list[Holding]] = lambda data: holdings.read_all(_holdings(data))


def _status(row: Row, state: Reader) -> OrderStatus:
    """A working stop of which nothing is filled waits for its trigger: the vendor has no word of its own for that."""
    found: OrderStatus = state(row)
    waits = found is OrderStatus.OPEN and not _ORDER["filled_quantity"](row)
    return OrderStatus.TRIGGER_PENDING if waits and _ORDER["price_type"](row).needs_trigger else found
