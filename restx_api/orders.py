"""Order routes."""

from __future__ import annotations

from flask_restx import Namespace, Resource

from restx_api.edge import Call, Reply, endpoint
from restx_api.schemas.orders import (
    CancelAllBody,
    CancelOrderBody,
    ClosePositionBody,
    ModifyOrderBody,
    PlaceOrderBody,
)  # fmt: skip
from services.accounts.keys.access import Need
from services.trading.commands import PlanOutcome
from services.wire.orders import written
from services.wire.plans import cancelled, closed

orders = Namespace("orders", path="/")


@orders.route("/placeorder", "/placeorder/")
class PlaceOrder(Resource):
    """One new order."""

    @endpoint(
        PlaceOrderBody,
        needs=Need.TRADE,
        limit="order",
        tag="orders",
        paper=True,
        summary="Submit a new order",
    )
    def post(self, call: Call) -> Reply:
        """Accepted is not executed."""
        accepted = call.services.trading.router.submit(call.body.command(), call.principal)
        return Reply(written(accepted), accepted.mode)


@orders.route("/modifyorder", "/modifyorder/")
class ModifyOrder(Resource):
    """New terms."""

    @endpoint(
        ModifyOrderBody,
        needs=Need.TRADE,
        limit="order",
        tag="orders",
        paper=True,
        summary="Change a working order",
    )
    def post(self, call: Call) -> Reply:
        """The broker accepted the change."""
        accepted = call.services.trading.router.submit(call.body.command(), call.principal)
        return Reply(written(accepted, "Order modified successfully"), accepted.mode)


@orders.route("/cancelorder", "/cancelorder/")
class CancelOrder(Resource):
    """One withdrawal."""

    @endpoint(
        CancelOrderBody,
        needs=Need.TRADE,
        limit="order",
        tag="orders",
        paper=True,
        summary="Withdraw a working order",
    )
    def post(self, call: Call) -> Reply:
        """The broker accepted the cancellation."""
        accepted = call.services.trading.router.submit(call.body.command(), call.principal)
        return Reply(written(accepted, "Order cancelled successfully"), accepted.mode)


@orders.route("/cancelallorder", "/cancelallorder/")
class CancelAllOrders(Resource):
    """All withdrawals."""

    @endpoint(
        CancelAllBody, needs=Need.TRADE, tag="orders", paper=True, summary="Withdraw every working order"
    )
    def post(self, call: Call) -> Reply:
        """One outcome per order."""
        outcome: PlanOutcome = call.services.trading.router.submit_plan(call.body.command(), call.principal)
        return Reply(cancelled(outcome), outcome.mode)


@orders.route("/closeposition", "/closeposition/")
class ClosePositions(Resource):
    """Square off."""

    @endpoint(
        ClosePositionBody,
        needs=Need.TRADE,
        tag="orders",
        paper=True,
        summary="Close every open position at market",
    )
    def post(self, call: Call) -> Reply:
        """One outcome per exit order."""
        outcome: PlanOutcome = call.services.trading.router.submit_plan(call.body.command(), call.principal)
        return Reply(closed(outcome), outcome.mode)
