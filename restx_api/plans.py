"""Routes that make several orders of one call: each leg tells its own outcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_restx import Namespace, Resource

from restx_api.edge import Call, Reply, endpoint
from restx_api.schemas.plans import (
    BasketOrderBody,
    OptionsMultiOrderBody,
    OptionsOrderBody,
    SmartOrderBody,
    SplitOrderBody,
)
from services.accounts.keys.access import Need
from services.trading.commands import Plan, PlanOutcome, Queued
from services.wire import plans
from services.wire.orders import written

plan_orders = Namespace("plans", path="/")


def _run(call: Call, command: Plan, words: Callable[[PlanOutcome], dict[str, Any]]) -> Reply:
    """What became of the legs, or that the whole plan waits for approval."""
    outcome = call.services.trading.router.submit_plan(command, call.principal)
    return Reply(written(outcome) if isinstance(outcome, Queued) else words(outcome), outcome.mode)


@plan_orders.route("/placesmartorder", "/placesmartorder/")
class PlaceSmartOrder(Resource):
    """A target position."""

    @endpoint(
        SmartOrderBody,
        needs=Need.TRADE,
        limit="smart_order",
        tag="orders",
        paper=True,
        summary="Trade towards a position",
    )
    def post(self, call: Call) -> Reply:
        """What is missing to the target is ordered; a repeat orders nothing."""
        return _run(call, call.body.command(), plans.smart)


@plan_orders.route("/basketorder", "/basketorder/")
class PlaceBasket(Resource):
    """Several orders."""

    @endpoint(
        BasketOrderBody,
        needs=Need.TRADE,
        tag="orders",
        paper=True,
        summary="Submit several orders, BUY before SELL",
    )
    def post(self, call: Call) -> Reply:
        """One outcome per order, in the order of the request."""
        return _run(call, call.body.command(), plans.basket)


@plan_orders.route("/splitorder", "/splitorder/")
class PlaceSplitOrder(Resource):
    """One order in slices."""

    @endpoint(
        SplitOrderBody, needs=Need.TRADE, tag="orders", paper=True, summary="Submit one order in slices"
    )
    def post(self, call: Call) -> Reply:
        """One outcome per slice."""
        command = call.body.split()
        return _run(
            call, command, lambda outcome: plans.split(outcome, int(command.order.quantity), command.size)
        )


@plan_orders.route("/optionsorder", "/optionsorder/")
class PlaceOptionsOrder(Resource):
    """One option by its place."""

    @endpoint(
        OptionsOrderBody,
        needs=Need.TRADE,
        limit="order",
        tag="orders",
        paper=True,
        summary="Order an option by its offset",
    )
    def post(self, call: Call) -> Reply:
        """The contract that was chosen, and its order or slices."""
        command = call.body.command()
        return _run(call, command, lambda outcome: plans.option(outcome, command))


@plan_orders.route("/optionsmultiorder", "/optionsmultiorder/")
class PlaceOptionsMultiOrder(Resource):
    """Several options of one underlying."""

    @endpoint(
        OptionsMultiOrderBody,
        needs=Need.TRADE,
        limit="order",
        tag="orders",
        paper=True,
        summary="Order several options, BUY before SELL",
    )
    def post(self, call: Call) -> Reply:
        """One outcome per leg, in the order of the request."""
        command = call.body.command()
        return _run(call, command, lambda outcome: plans.option_legs(outcome, command))
