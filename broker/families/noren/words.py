"""Noren's words, request fields and book rows as tables. Numbers are texts; a field that is nil is often left out."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast
from urllib.parse import quote_plus

from broker.core import tables as t
from broker.core import values as v
from broker.core.endpoint import always, field
from broker.core.roles import Alarm, InstrumentLookup
from broker.core.tables import Reader, Row, Shape, StatusTable, Table
from broker.families.loose import amount, price, whole
from domain.errors import BadVendorData
from domain.instruments import Exchange
from domain.money import ZERO
from domain.orders import OrderRow, OrderStatus, PriceType, Product, Side, TradeRow
from domain.portfolio import Funds, Holding, Position, profit_of
from utils.clock import IST, from_epoch

SIDE = Table("noren trantype", {Side.BUY: "B", Side.SELL: "S"})
_KINDS = {PriceType.MARKET: "MKT", PriceType.LIMIT: "LMT", PriceType.SL: "SL-LMT", PriceType.SL_M: "SL-MKT"}
PRICE_TYPE = Table("noren prctyp", _KINDS, {"SLLMT": PriceType.SL, "SLMKT": PriceType.SL_M})
PRODUCT = Table("noren prd", {Product.CNC: "C", Product.NRML: "M", Product.MIS: "I"})
TRADED = ("NSE", "BSE", "NFO", "BFO", "CDS", "MCX")
EXCHANGE = Table("noren exch", {Exchange(code): code for code in TRADED})
_REQUESTED = ("open pending", "modify pending", "cancel pending", "after market order req received")
_CENTURY = 4_102_444_800
_STATES = {
    **dict.fromkeys(("open", "new", "replaced", "pending", *_REQUESTED), OrderStatus.OPEN),
    "trigger pending": OrderStatus.TRIGGER_PENDING,
    **dict.fromkeys(("complete", "executed"), OrderStatus.COMPLETE),
    **dict.fromkeys(("rejected", "reject"), OrderStatus.REJECTED),
    **dict.fromkeys(("canceled", "cancelled"), OrderStatus.CANCELLED)}  # fmt: skip
STATUS = StatusTable("noren status", _STATES, OrderStatus.UNKNOWN)
# A push may carry its news in `reporttype` alone; `Fill` says nothing about the rest of the order.
_REPORTED = {"Rejected": OrderStatus.REJECTED, "Canceled": OrderStatus.CANCELLED}

_TERMS = (
    field("prctyp", "terms.price_type", PRICE_TYPE.encode), field("qty", "terms.quantity"),
    field("prc", lambda order: order.terms.price or 0),
    # A trigger of 0 is refused with a limit order, so there it is left out.
    field("trgprc", lambda order: order.terms.trigger_price if order.terms.price_type.needs_trigger else None),
)  # fmt: skip
_PLACE = field("exch", "instrument.broker_exchange")
_CONTRACT = (_PLACE, field("tsym", "instrument.broker_symbol", quote_plus))
_DEAL = (field("trantype", "terms.side", SIDE.encode), field("prd", "terms.product", PRODUCT.encode))
_SOURCE = always("ordersource", "API")
_DISCLOSED = field("dscqty", "terms.disclosed_quantity")
PLACE = (
    *_CONTRACT, *_DEAL, *_TERMS, _DISCLOSED, always("ret", "DAY"), _SOURCE, field("remarks", "tag", omit=("",)),
)  # fmt: skip
CANCEL = (field("norenordno", "order_id"), _SOURCE)
MODIFY = (*CANCEL, *_CONTRACT, *_TERMS, _DISCLOSED, field("ret", v.own_word("ret")))
LEG = (*_CONTRACT, *_DEAL, *_TERMS)
placed = Shape("noren order answer", str, {"object": t.identity("norenordno")}).read
changed = Shape("noren order answer", str, {"object": t.identity("result")}).read


def when(name: str) -> Reader:
    """A time that has its date first or last; the exchanges' 1980 and 1970 mean that there was none."""
    read, told = t.moment("at", "%d-%m-%Y %H:%M:%S", IST, optional=True), t.text(name, optional=True)

    def convert(row: Row) -> Any:
        parts = sorted((told(row) or "").split(), key=len, reverse=True)  # the date is the longer one
        at = read({"at": " ".join(parts)})
        return at if at is not None and at.year >= 2000 else None

    return convert


def stamp(name: str) -> Reader:
    """A time in epoch seconds; None for 0, and for what is no time of this century."""
    read = whole(name, optional=True)
    return lambda row: from_epoch(at) if 0 < (at := read(row) or 0) < _CENTURY else None


def _state(alarm: Alarm) -> Reader:
    def read(row: Row) -> OrderStatus:
        word, report = row.get("status"), str(row.get("reporttype"))
        word = word.replace("_", " ").strip() if isinstance(word, str) else word
        is_told = str(word).casefold() in _STATES or report not in _REPORTED
        return STATUS.decode(word, alarm) if is_told else _REPORTED[report]

    return read


_quantity, _filled, _net = whole("qty"), whole("fillshares", optional=True), whole("netqty")
_entered, _realised, _last = when("norentm"), amount("rpnl", optional=True), price("lp")
_NAMED: dict[str, Reader] = {
    "symbol": t.text("common_symbol"), "exchange": t.coded("exch", EXCHANGE),
    "product": t.coded("prd", PRODUCT, keep_foreign=True)}  # fmt: skip
_DEALT = {**_NAMED, "order_id": t.identity("norenordno"), "side": t.coded("trantype", SIDE)}
_ORDER: dict[str, Reader] = {
    **_DEALT, "price_type": t.coded("prctyp", PRICE_TYPE), "quantity": _quantity,
    "price": price("prc"), "trigger_price": price("trgprc"), "average_price": price("avgprc"),
    "filled_quantity": _filled, "tag": t.filled("remarks"),
    "pending_quantity": lambda row: None if (done := _filled(row)) is None else _quantity(row) - done,
    "rejection_reason": t.first(t.filled("rejreason"), lambda _row: ""),
    "disclosed_quantity": t.first(whole("dscqty", optional=True), lambda _row: 0),
    "placed_at": t.first(stamp("ordenttm"), _entered), "updated_at": t.first(when("exch_tm"), _entered),
    "vendor": t.words("ret", "exchordid", "status", "amo")}  # fmt: skip
_price, _dealt = amount("flprc"), whole("flqty")
_TRADE = Shape("noren trade", TradeRow, {
    **_DEALT, "trade_id": t.identity("flid"), "quantity": _dealt, "price": _price,
    "value": lambda row: _price(row) * _dealt(row) * row["common_multiplier"],
    "traded_at": t.first(when("fltm"), _entered)})  # fmt: skip


def _average(row: Row) -> Decimal | None:
    """Of a flat position Noren tells no net average; what its purchases cost is the nearest thing."""
    names = ("netavgprc",) if _net(row) else ("daybuyavgprc", "totbuyavgprc")
    return cast("Decimal | None", t.first(*(price(name) for name in names))(row))


def _profit(row: Row) -> Decimal | None:
    """Realised and open; the open part told, or computed with the price factor that MCX and CDS need."""
    realised, told = _realised(row), amount("urmtom", optional=True)(row)
    if told is None and _net(row):
        parts = (_last(row), price("netavgprc")(row), price("prcftr")(row))
        told = None if None in parts else _net(row) * (parts[0] - parts[1]) * parts[2]
        return None if told is None or realised is None else realised + told
    return None if realised is None else realised + (told or ZERO)


_POSITION = Shape("noren position", Position, {
    **_NAMED, "quantity": _net, "average_price": _average, "ltp": _last, "pnl": _profit,
    "realized_pnl": _realised, "multiplier": lambda row: row["common_multiplier"]})  # fmt: skip


def _held(row: Row) -> int:
    """The official sum; a quantity of a kind that the account does not have is left out."""

    def count(*names: str) -> int:
        return sum(whole(name, optional=True)(row) or 0 for name in names)

    shares = count("btstqty", "holdqty", "brkcolqty", "unplgdqty", "benqty") - count("usedqty")
    return shares + max(count("npoadqty", "npoadt1qty"), count("dpqty"))


_HOLDING = Shape("noren holding", Holding, {**_NAMED, "quantity": _held, "average_price": price("upldprc")})


def _listed(row: Any) -> Any:
    """A holding with the listing that names it: at NSE, else the first."""
    places = t.rows("exch_tsym")(row)
    if not places:
        raise BadVendorData("noren holding: no exchange lists it")
    best = next((place for place in places if place.get("exch") == "NSE"), places[0])
    return {"prd": "C", **row, **{name: best.get(name) for name in ("exch", "tsym", "token")}}


class Books:
    """Readers of Noren's books; they need the contract master for names and the alarm for unknown words."""

    def __init__(self, instruments: InstrumentLookup, alarm: Alarm | None) -> None:
        naming = v.Naming(instruments, alarm, exchange="exch", symbol="tsym", token="token")  # noqa: S106
        self._order = naming.reads(Shape("noren order", OrderRow, {**_ORDER, "status": _state(naming.alarm)}))
        self._trades = naming.reads(_TRADE).read_all
        self.positions = naming.reads(_POSITION).read_all
        self._holdings = naming.reads(_HOLDING).read_all

    def orders(self, data: object) -> list[OrderRow]:
        """The order book, oldest first; Noren shows the newest first, and its numbers grow with time."""
        return sorted(self._order.read_all(data), key=lambda row: (len(row.order_id), row.order_id))

    def trades(self, data: object) -> list[TradeRow]:
        """The trade book, oldest first."""
        return sorted(self._trades(data), key=lambda row: (str(row.traded_at), row.order_id))

    def pushed(self, row: Mapping[str, Any]) -> OrderRow:
        """An order of the stream, where two fields also come under other names."""
        names = {"prd": "pcode", "norenordno": "norenoordno"}
        return self._order.read({**row, **{name: row.get(name) or row.get(names[name]) for name in names}})

    def holdings(self, data: object) -> list[Holding]:
        """Delivery holdings, without prices."""
        return self._holdings([_listed(row) for row in data] if isinstance(data, list) else data)


def funds(limits: Row, positions: list[Position]) -> Funds:
    """Limits leave out what an account does not have (the official sample does), but never its cash.

    Profits are summed over the positions: the sign of those in the limits differs between brokers.
    """
    names, cash = ("marginused", "payin", "brkcollamt"), amount("cash")(limits)
    used, paid_in, collateral = (amount(name, optional=True)(limits) or ZERO for name in names)
    profits, is_known = profit_of(positions), all(row.realized_pnl is not None for row in positions)
    return Funds(
        available_cash=cash + paid_in - used, collateral=collateral, utilised=used, unpriced=profits.unpriced,
        m2m_realized=profits.realised if is_known else None, m2m_unrealized=profits.unrealised)  # fmt: skip
