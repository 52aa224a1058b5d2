"""Angel One's envelope, errors, states and rows, as far as families/smartapi does not have them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from broker.core import tables as t
from broker.core import values as v
from broker.core.endpoint import ErrorRule, Field, always, field, nested, session_headers
from broker.core.roles import PluginContext, Session
from broker.core.tables import Row, Shape, StatusTable, Table
from broker.families.smartapi import words as w
from domain.errors import OutcomeUnknown, Refused, SessionDead, Throttled
from domain.gtt import DeleteGtt, GttLegRow, GttRow, GttStatus, ModifyGtt, PlaceGtt, TriggerType
from domain.instruments import InstrumentKey
from domain.money import ZERO
from domain.orders import OrderStatus, PriceType, Product, TradeRow
from domain.portfolio import Funds, Holding, MarginEstimate, Position
from utils.clock import IST, Clock, ist, ist_text

_OPEN = (
    "open", "open pending", "modified", "modify pending", "not modified", "not cancelled", "validation pending",
    "modify validation pending", "put order req received", "modify order req received",
    "after market order req received", "modify after market order req received", "cancel pending")  # fmt: skip
_CANCELLED = ("cancelled", "cancelled after market order", "lapsed")
STATUS = StatusTable("angel orderstatus", {
    "complete": OrderStatus.COMPLETE, "rejected": OrderStatus.REJECTED, "trigger pending": OrderStatus.TRIGGER_PENDING,
    **dict.fromkeys(_OPEN, OrderStatus.OPEN), **dict.fromkeys(_CANCELLED, OrderStatus.CANCELLED),
}, OrderStatus.UNKNOWN)  # fmt: skip
GTT_PRODUCT = Table("angel gtt producttype", {Product.CNC: "DELIVERY"})
GTT_STATUS = StatusTable("angel gtt status", {
    "NEW": GttStatus.ACTIVE, "ACTIVE": GttStatus.ACTIVE, "SENTTOEXCHANGE": GttStatus.TRIGGERED,
    "CANCELLED": GttStatus.CANCELLED,
}, GttStatus.UNKNOWN)  # fmt: skip
KEY = field("X-PrivateKey", lambda secrets: secrets["api_key"])
_SAID_NO = ("AB1007", "AB1020", "AB1050", "AB4008", "AB4013", "AB4036")
# "Something went wrong" and the like: the order system may have the order.
_LOST_SIGHT = ("AB1004", "AB2000", "AB2001")
ERRORS = (
    ErrorRule(error=Throttled, contains=("exceeding access rate", "too many requests")),
    ErrorRule(error=Throttled, codes=("AB1021",)),
    ErrorRule(error=SessionDead, codes=("AG8001", "AG8002", "AG8003", "AB8050", "AB8051")),
    ErrorRule(error=OutcomeUnknown, codes=_LOST_SIGHT),
    ErrorRule(error=Refused, codes=_SAID_NO),
    ErrorRule(error=SessionDead, statuses=(401,)),
)


def headers(settings: Mapping[str, str]) -> Callable[[Session | None], Mapping[str, str]]:
    """What every call carries. The addresses are not checked by the vendor, so they are options."""
    return session_headers(
        {
            "Accept": "application/json", "X-UserType": "USER", "X-SourceID": "WEB",
            "X-ClientLocalIP": settings["client_local_ip"], "X-ClientPublicIP": settings["client_public_ip"],
            "X-MACAddress": settings["mac_address"],
        },
        {"Authorization": "Bearer {jwt}", "X-PrivateKey": "{api_key}"})  # fmt: skip


def tokens(data: Any) -> dict[str, str]:
    """What a login or a refresh brings. The prefix belongs to the header, so a token that comes with it loses it."""
    names = {"jwt": "jwtToken", "refresh": "refreshToken", "feed": "feedToken"}
    return {ours: t.identity(theirs)(data).removeprefix("Bearer ") for ours, theirs in names.items()}


MARGIN = nested("positions", (
    field("exchange", "instrument.broker_exchange"), field("qty", "terms.quantity"),
    field("price", lambda order: order.terms.price or 0), field("productType", "terms.product", w.PRODUCT.encode),
    field("token", "instrument.token"), field("tradeType", "terms.side", w.SIDE.encode),
    field("orderType", "terms.price_type", w.PRICE_TYPE.encode),
), lambda orders: orders)  # fmt: skip


def margin(data: Any) -> MarginEstimate:
    """The legs together. The vendor names no exposure."""
    span = t.inside("marginComponents", t.decimal("spanMargin", optional=True))(data)
    return MarginEstimate(total=t.decimal("totalMarginRequired")(data), span=span)


def _filled_at(clock: Clock) -> t.Reader:
    """A fill tells the time of day only: the last such time, since a trade book is of the day."""
    read = t.moment("filltime", "%H:%M:%S", IST, optional=True)

    def at(row: Row) -> dt.datetime | None:
        told: dt.datetime | None = read(row)
        now = ist(clock.now())
        if told is None:
            return None
        found = told.replace(year=now.year, month=now.month, day=now.day)
        return found if found <= now + dt.timedelta(minutes=5) else found - dt.timedelta(days=1)

    return at


class Books:
    """Reads Angel's rows into common values, named by the contract master."""

    def __init__(self, context: PluginContext) -> None:
        named = w.naming(context.instruments, context.alarm)
        orders = named.reads(w.order_shape(STATUS, named.alarm))
        self.order, self.orders = orders.read, orders.read_all
        self.trades = named.reads(Shape("angel trade", TradeRow, {
            **w.SIDED, "trade_id": t.identity("fillid"), "quantity": w.integer("fillsize"),
            "price": w.decimal("fillprice"), "value": w.decimal("tradevalue"), "traded_at": _filled_at(context.clock),
        })).read_all  # fmt: skip
        self.positions: Callable[[Any], list[Position]] = named.reads(w.POSITION).read_all
        self._holdings = named.reads(w.HOLDING).read_all
        leg = Shape("angel gtt leg", GttLegRow, {
            "side": t.coded("transactiontype", w.SIDE), "price_type": lambda _row: PriceType.LIMIT,
            "quantity": t.first(w.integer("qty", optional=True), w.integer("quantity")), "price": w.decimal("price"),
            "product": t.coded("producttype", GTT_PRODUCT, keep_foreign=True)})  # fmt: skip
        self.gtts = named.reads(Shape("angel gtt", GttRow, {
            "trigger_id": t.identity("id"), "trigger_type": lambda _row: TriggerType.SINGLE,
            "symbol": w.NAMED["symbol"], "exchange": w.NAMED["exchange"], "legs": lambda row: (leg.read(row),),
            "status": t.state("status", GTT_STATUS, named.alarm),
            "trigger_prices": lambda row: (w.decimal("triggerprice")(row),)})).read_all  # fmt: skip

    def holdings(self, data: Any) -> list[Holding]:
        """GET getAllHolding: rows next to their totals."""
        return self._holdings(None if data is None else t.rows("holdings", optional=True)(data))


def funds(limits: Any, net: Sequence[Row]) -> Funds:
    """The observed rule: `availablecash` is free cash and pledge less what is used, `utilisedpayout` free cash alone.

    Profits are those of the positions, because the fields for them were seen as 0 on accounts with booked profits.
    """
    available, debits, payout = (
        w.decimal(name)(limits) for name in ("availablecash", "utiliseddebits", "utilisedpayout")
    )
    profits = [(w.integer("netqty")(row), w.decimal("pnl", optional=True)(row)) for row in net]
    booked, running = ([pnl for held, pnl in profits if (held == 0) is flat] for flat in (True, False))
    return Funds(
        available_cash=available + debits - (available - payout), collateral=available - payout, utilised=debits,
        m2m_realized=None if None in booked else sum(booked, ZERO),
        m2m_unrealized=None if None in running else sum(running, ZERO))  # fmt: skip


BARS = (
    field("exchange", "instrument.broker_exchange"), field("symboltoken", "instrument.token"),
    field("interval", "interval"), field("fromdate", lambda asked: ist_text(asked.start)[:16]),
    field("todate", lambda asked: ist_text(asked.end)[:16]))  # fmt: skip


def interest(data: Any) -> dict[dt.datetime, int]:
    """Open interest by the start of its bar."""
    read = t.text("time"), w.integer("oi")
    return {dt.datetime.fromisoformat(read[0](row)).astimezone(IST): read[1](row) for row in w.rows(data)}


trigger_id = Shape("angel gtt answer", str, {"object": t.identity("id")}).read


def _limit(command: PlaceGtt | ModifyGtt) -> Decimal:
    price = command.terms.legs[0].price
    if price is None:
        raise Refused("A rule of Angel One needs the limit price of its order")
    return price


def rules(context: PluginContext) -> tuple[tuple[Field, ...], tuple[Field, ...], tuple[Field, ...]]:
    """The forms that set up, change and withdraw a rule. Its orders are LIMIT; how long it lives is told in days."""
    days = int(context.settings["gtt_days"])
    if not 1 <= days <= 365:
        raise ValueError("gtt_days must be 1 to 365")

    def own_id(command: ModifyGtt) -> str:
        (leg,) = command.row.legs
        if (leg.side, leg.product) != (command.terms.side, command.terms.product.value):
            raise Refused("Angel One changes neither the side nor the product of a rule")
        return command.trigger_id

    def token(command: DeleteGtt) -> str:
        found = context.instruments.by_key(InstrumentKey(command.row.exchange, command.row.symbol))
        if found is None:
            raise Refused(f"{command.row.symbol} is not in the contract master, so its rule cannot be named")
        return found.token

    terms = (
        field("price", _limit), field("qty", "terms.quantity"),
        always("disclosedqty", 0),
        field("triggerprice", lambda command: command.terms.legs[0].trigger_price),
        always("timeperiod", days), field("expires_at", v.unsayable("expires_at")))  # fmt: skip
    product = field("producttype", "terms.product", GTT_PRODUCT.encode)
    own = (field("symboltoken", token), field("exchange", "row.exchange", w.EXCHANGE.encode))
    return (
        (*w.CONTRACT, product, w.TRADED_SIDE, *terms), (field("id", own_id), *w.CONTRACT[1:], *terms),
        (field("id", "trigger_id"), *own))  # fmt: skip
