"""Several orders of the desk at once."""

from __future__ import annotations

from typing import Any

import flask
from pydantic import Field, StrictBool

from blueprints.edge import Answer, Call, session_route
from blueprints.trading import STRATEGY, RepeatForm, Tag, TermsForm
from services.trading.commands import Basket, Place
from services.trading.risk import normal_prices
from services.wire import plans

blueprint = flask.Blueprint("basket", __name__)

MOST_ORDERS = 50


class BasketForm(RepeatForm):
    """Orders in the trader's own order. all_or_none: when one fails, accepted ones are withdrawn or traded back."""

    orders: list[TermsForm] = Field(min_length=1, max_length=MOST_ORDERS)
    all_or_none: StrictBool = False
    strategy: Tag = STRATEGY


@session_route(blueprint, "/ui/api/basket", methods=("POST",), body=BasketForm, limit="order")
def send_basket(call: Call) -> Any:
    """BUY before SELL; one outcome per order, in the order of the request."""
    form: BasketForm = call.body
    command = Basket(
        strategy=form.strategy, orders=tuple(_order(item, form.strategy) for item in form.orders),
        rollback=form.all_or_none, client_order_id=form.client_order_id or None,
    )  # fmt: skip
    outcome = call.services.trading.router.submit_plan(command, call.principal)
    return Answer(plans.basket(outcome), extra={"mode": outcome.mode})


def _order(form: TermsForm, strategy: str) -> Place:
    price, trigger = normal_prices(form.pricetype, form.price or None, form.trigger_price or None)
    return Place(
        strategy=strategy, symbol=form.symbol, exchange=form.exchange, side=form.action, quantity=form.quantity,
        price_type=form.pricetype, product=form.product, price=price, trigger_price=trigger,
        disclosed_quantity=form.disclosed_quantity,
    )  # fmt: skip
