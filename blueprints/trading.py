"""Orders, trades, positions, holdings, funds and margin of the desk."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import flask
import msgspec
from pydantic import BeforeValidator, Field

from blueprints.edge import Answer, Call, Form, session_route
from domain.errors import InvalidInput
from domain.instruments import Exchange
from domain.money import ZERO
from domain.orders import PriceType
from services.trading.commands import Cancel, CancelAll, Close, Modify, Place, PlanOutcome, Smart, Split
from services.trading.plans.slicing import whole_lots
from services.trading.risk import normal_prices
from services.trading.router import require_account
from services.wire import orders as shown
from services.wire import plans, portfolio
from services.wire.fields import (
    ClientOrderId,
    Count,
    ExchangeWord,
    NotNegative,
    Positive,
    PriceTypeWord,
    ProductWord,
    SideWord,
    Symbol,
    clean,
)  # fmt: skip
from services.wire.profit import profit_curve, profit_today
from services.wire.timeline import time_line
from services.wire.triggers.exit_fields import ExitFields

blueprint = flask.Blueprint("trading", __name__)

STRATEGY = "Desk"
# What one bulk action may name.
MOST_AT_ONCE = 1000
OrderId = Annotated[str, Field(min_length=1, max_length=80)]
Tag = Annotated[str, BeforeValidator(clean), Field(min_length=1, max_length=255)]


class TermsForm(Form):
    """Terms of an order."""

    symbol: Symbol
    exchange: ExchangeWord
    action: SideWord
    quantity: Positive
    pricetype: PriceTypeWord
    product: ProductWord
    price: NotNegative | None = None
    trigger_price: NotNegative | None = None
    disclosed_quantity: Count = 0
    client_order_id: ClientOrderId = None


class OrderForm(TermsForm):
    """A new order, and what protects the position that it opens or adds to.

    split: cut into orders that the exchange's freeze quantity lets through.
    """

    strategy: Tag = STRATEGY
    exits: ExitFields | None = None
    split: bool = False


class RepeatForm(Form):
    """A call whose repeats get the first answer."""

    client_order_id: ClientOrderId = None


class PositionForm(RepeatForm):
    """One position to close."""

    symbol: Symbol
    exchange: ExchangeWord
    product: ProductWord


class CancelForm(RepeatForm):
    """Which working orders to withdraw: all, or those named."""

    order_ids: list[OrderId] | None = Field(None, min_length=1, max_length=MOST_AT_ONCE)


class PlaceForm(Form):
    """Where a position is held."""

    symbol: Symbol
    exchange: ExchangeWord
    product: ProductWord


class CloseForm(RepeatForm):
    """Which positions to close: all, or those named."""

    positions: list[PlaceForm] | None = Field(None, min_length=1, max_length=MOST_AT_ONCE)


class MarginLegForm(Form):
    """One position of a margin question."""

    symbol: Symbol
    exchange: ExchangeWord
    action: SideWord
    quantity: Positive
    product: ProductWord
    pricetype: PriceTypeWord = PriceType.MARKET
    price: NotNegative = ZERO
    trigger_price: NotNegative = ZERO


class MarginForm(Form):
    """Positions taken together."""

    positions: list[MarginLegForm] = Field(min_length=1, max_length=50)


def _given(price: Decimal | None) -> Decimal | None:
    return price or None


@session_route(blueprint, "/ui/api/orders")
def show_orders(call: Call) -> Any:
    """The order book of today."""
    book = call.services.trading.books.orders(call.principal)
    return Answer(shown.order_book(book.rows, book.strategies, book.asked), extra={"mode": book.mode})


@session_route(blueprint, "/ui/api/orders", methods=("POST",), body=OrderForm, limit="order")
def place_order(call: Call) -> Any:
    """A new order; accepted is not executed."""
    form: OrderForm = call.body
    price, trigger = normal_prices(form.pricetype, _given(form.price), _given(form.trigger_price))
    if form.exits is not None:
        return _protected(call, form, form.exits, price, trigger)
    command = Place(
        strategy=form.strategy, symbol=form.symbol, exchange=form.exchange, side=form.action,
        quantity=form.quantity, price_type=form.pricetype, product=form.product, price=price,
        trigger_price=trigger, disclosed_quantity=form.disclosed_quantity,
        client_order_id=form.client_order_id or None,
    )  # fmt: skip
    if form.split:
        return _split(call, command)
    accepted = call.services.trading.router.submit(command, call.principal)
    return Answer(shown.written(accepted), extra={"mode": accepted.mode})


def _split(call: Call, order: Place) -> Answer:
    """One outcome for each part; without a known freeze quantity there is one part."""
    broker = require_account(call.principal).broker
    instrument = call.services.instruments.resolve(broker, order.exchange, order.symbol)
    whole, lot = int(order.quantity), instrument.lot_size
    command = Split(
        order=msgspec.structs.replace(order, client_order_id=None),
        size=whole_lots(instrument) or max(lot, whole + -whole % lot),
        client_order_id=order.client_order_id,
    )
    outcome = call.services.trading.router.submit_plan(command, call.principal)
    if not any(leg.succeeded for leg in outcome.legs):
        raise plans.failure_of(outcome.legs)
    return Answer(plans.split(outcome, whole, command.size), extra={"mode": outcome.mode})


def _protected(
    call: Call, form: OrderForm, exits: ExitFields, price: Decimal | None, trigger: Decimal | None
) -> Answer:
    """The order with its exits: one that would close a position is refused."""
    if form.split:
        text = "come with one order: a split one takes none"
        raise InvalidInput(f"exits: {text}", errors={"exits": [text]})
    command = Smart(
        strategy=form.strategy, symbol=form.symbol, exchange=form.exchange, side=form.action,
        quantity=form.quantity, position_size=form.action.sign * form.quantity, price_type=form.pricetype,
        product=form.product, price=price, trigger_price=trigger, disclosed_quantity=form.disclosed_quantity,
        client_order_id=form.client_order_id or None, exits=exits.terms(), adds=True,
    )  # fmt: skip
    outcome = call.services.trading.router.submit_plan(command, call.principal)
    return Answer(plans.smart(outcome), extra={"mode": outcome.mode})


@session_route(blueprint, "/ui/api/orders/<order_id>", methods=("PUT",), body=TermsForm, limit="order")
def modify_order(call: Call, order_id: str) -> Any:
    """New terms of a working order."""
    form: TermsForm = call.body
    command = Modify(
        order_id=path_id("orderid", order_id), strategy=STRATEGY, symbol=form.symbol, exchange=form.exchange,
        side=form.action, quantity=form.quantity, price_type=form.pricetype, product=form.product,
        price=_given(form.price), trigger_price=_given(form.trigger_price),
        disclosed_quantity=form.disclosed_quantity, client_order_id=form.client_order_id or None,
    )  # fmt: skip
    accepted = call.services.trading.router.submit(command, call.principal)
    return Answer(shown.written(accepted), extra={"mode": accepted.mode})


@session_route(blueprint, "/ui/api/orders/<order_id>", methods=("DELETE",), limit="order")
def cancel_order(call: Call, order_id: str) -> Any:
    """Withdraw a working order."""
    command = Cancel(order_id=path_id("orderid", order_id), strategy=STRATEGY)
    accepted = call.services.trading.router.submit(command, call.principal)
    return Answer(shown.written(accepted), extra={"mode": accepted.mode})


@session_route(blueprint, "/ui/api/orders/cancel-all", methods=("POST",), body=CancelForm, limit="order")
def cancel_all_orders(call: Call) -> Any:
    """Withdraw every working order, or those named; one outcome each."""
    form: CancelForm = call.body
    command = CancelAll(
        strategy=STRATEGY, client_order_id=form.client_order_id or None,
        order_ids=None if form.order_ids is None else tuple(form.order_ids),
    )  # fmt: skip
    outcome = call.services.trading.router.submit_plan(command, call.principal)
    return Answer(plans.cancelled(outcome), extra={"mode": outcome.mode})


class TimeLineQuery(Form):
    """Exactly one of the three names."""

    orderid: str = Field("", max_length=80)
    tag: str = Field("", max_length=20)
    request_id: str = Field("", max_length=40)


class CallsQuery(Form):
    """How many calls."""

    limit: int = Field(50, ge=1, le=200)


@session_route(blueprint, "/ui/api/order-timeline", query=TimeLineQuery)
def show_time_line(call: Call) -> Any:
    """Every step of one order, or of a call that led to none."""
    asked: TimeLineQuery = call.query
    line = call.services.time_lines.of(
        call.principal, order_id=asked.orderid, tag=asked.tag, request_id=asked.request_id
    )
    return time_line(line)


@session_route(blueprint, "/ui/api/order-calls", query=CallsQuery)
def show_order_calls(call: Call) -> Any:
    """The newest order calls and how they ended; refused ones included."""
    return call.services.time_lines.calls(call.principal, call.query.limit)


@session_route(blueprint, "/ui/api/trades")
def show_trades(call: Call) -> Any:
    """The fills of today."""
    book = call.services.trading.books.trades(call.principal)
    rows = [shown.trade(row, book.strategies.get(row.order_id, "")) for row in book.rows]
    return Answer(rows, extra={"mode": book.mode})


@session_route(blueprint, "/ui/api/positions")
def show_positions(call: Call) -> Any:
    """Positions of today with what their instruments need on screen."""
    rows = call.services.portfolio.positions(call.principal)
    broker = call.principal.broker or ""
    data = [
        {**portfolio.desk_position(row), **_traits(call, broker, row.exchange, row.symbol)} for row in rows
    ]
    return Answer(data, extra={"mode": call.services.trading.books.desk().mode})


@session_route(blueprint, "/ui/api/positions/close", methods=("POST",), body=PositionForm, limit="order")
def close_position(call: Call) -> Any:
    """Close one position at market."""
    form: PositionForm = call.body
    command = Close(
        strategy=STRATEGY, symbol=form.symbol, exchange=form.exchange, product=form.product,
        client_order_id=form.client_order_id or None,
    )  # fmt: skip
    outcome = call.services.trading.router.submit_plan(command, call.principal)
    return Answer(_closed_one(outcome), extra={"mode": outcome.mode})


@session_route(blueprint, "/ui/api/positions/close-all", methods=("POST",), body=CloseForm, limit="order")
def close_all_positions(call: Call) -> Any:
    """Close every position, or those named, at market; one outcome per exit order."""
    form: CloseForm = call.body
    named = form.positions
    command = Close(
        strategy=STRATEGY, client_order_id=form.client_order_id or None,
        only=None if named is None else tuple((row.exchange, row.symbol, row.product) for row in named),
    )  # fmt: skip
    outcome = call.services.trading.router.submit_plan(command, call.principal)
    return Answer(plans.closed(outcome), extra={"mode": outcome.mode})


@session_route(blueprint, "/ui/api/pnl")
def show_profit(call: Call) -> Any:
    """Profit of today by symbol and by strategy; null where a number has no basis."""
    page = call.services.day_profit.today(call.principal)
    return Answer(profit_today(page), extra={"mode": page.mode})


@session_route(blueprint, "/ui/api/pnl/curve")
def show_profit_curve(call: Call) -> Any:
    """How the day went, with its high, its low and its deepest fall."""
    found = call.services.day_profit.curve(call.principal)
    return Answer(profit_curve(found), extra={"mode": found.mode})


@session_route(blueprint, "/ui/api/holdings")
def show_holdings(call: Call) -> Any:
    """Delivery holdings with totals."""
    rows = call.services.portfolio.holdings(call.principal)
    return Answer(portfolio.desk_holdings(rows), extra={"mode": call.services.trading.books.desk().mode})


@session_route(blueprint, "/ui/api/funds")
def show_funds(call: Call) -> Any:
    """Account money."""
    funds = call.services.portfolio.funds(call.principal)
    return Answer(portfolio.desk_funds(funds), extra={"mode": call.services.trading.books.desk().mode})


@session_route(blueprint, "/ui/api/margin", methods=("POST",), body=MarginForm)
def estimate_margin(call: Call) -> Any:
    """Margin of hypothetical orders; nothing is sent."""
    legs = []
    for leg in call.body.positions:
        price, trigger = normal_prices(leg.pricetype, _given(leg.price), _given(leg.trigger_price))
        legs.append(
            Place(
                strategy=STRATEGY, symbol=leg.symbol, exchange=leg.exchange, side=leg.action,
                quantity=leg.quantity, price_type=leg.pricetype, product=leg.product, price=price,
                trigger_price=trigger,
            )
        )  # fmt: skip
    estimate = call.services.portfolio.margin(call.principal, legs)
    return Answer(portfolio.margin(estimate), extra={"mode": call.services.trading.books.desk().mode})


def path_id(field: str, text: str) -> str:
    """An id from a path. Raises InvalidInput."""
    if not 0 < len(text) <= 80 or not text.isprintable():
        raise InvalidInput(f"{field}: must be 1 to 80 printable characters", errors={field: ["not an id"]})
    return text


def _traits(call: Call, broker: str, exchange: Exchange, symbol: str) -> dict[str, Any]:
    """Lot and tick size; empty for an instrument that left the contract master."""
    try:
        row = call.services.instruments.resolve(broker, exchange, symbol)
    except InvalidInput:
        return {}
    return {"lot_size": row.lot_size, "tick_size": float(row.tick_size)}


def _closed_one(outcome: PlanOutcome) -> dict[str, Any]:
    """The single exit's id, or what happened to each of its slices."""
    if not outcome.legs:
        return {"message": "No open position to close"}
    answer = plans.closed(outcome)
    ids = [leg.order_id for leg in outcome.legs if leg.succeeded]
    return {**answer, "orderid": ids[0]} if ids else answer
