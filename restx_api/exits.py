"""Routes of exits attached to positions (an extension)."""

from __future__ import annotations

from typing import Any

from flask_restx import Namespace, Resource

from domain.triggers.exits import PositionExit
from restx_api.edge import Call, Reply, endpoint
from restx_api.schemas.exits import (
    CancelPositionExitBody,
    ModifyPositionExitBody,
    PlacePositionExitBody,
    PositionExitsBody,
)  # fmt: skip
from services.accounts.keys.access import Need
from services.wire.triggers.exits import position_exit, shown_exit

position_exits = Namespace("position_exits", path="/")


def _kept(held: PositionExit) -> dict[str, Any]:
    return {"exit_id": held.exit_id, "held_by": "gateway", "data": position_exit(held)}


@position_exits.route("/placepositionexit", "/placepositionexit/")
class PlacePositionExit(Resource):
    """One new set."""

    @endpoint(
        PlacePositionExitBody, needs=Need.TRADE, limit="order", tag="orders", paper=True,
        summary="Protect an open position with stop-loss, target, trailing stop",
    )  # fmt: skip
    def post(self, call: Call) -> Reply:
        """The levels that are watched from now on."""
        body: PlacePositionExitBody = call.body
        held = call.services.position_exits.desk.place(
            call.principal, body.exchange, body.symbol, body.product, body.exits.terms(), body.strategy
        )
        return Reply(_kept(held), held.mode)


@position_exits.route("/modifypositionexit", "/modifypositionexit/")
class ModifyPositionExit(Resource):
    """New terms."""

    @endpoint(
        ModifyPositionExitBody,
        needs=Need.TRADE,
        limit="order",
        tag="orders",
        paper=True,
        summary="Replace exits of a position",
    )
    def post(self, call: Call) -> Reply:
        """The levels that are watched from now on."""
        body: ModifyPositionExitBody = call.body
        held = call.services.position_exits.desk.modify(call.principal, body.exit_id, body.exits.terms())
        return Reply(_kept(held), held.mode)


@position_exits.route("/cancelpositionexit", "/cancelpositionexit/")
class CancelPositionExit(Resource):
    """One withdrawal."""

    @endpoint(
        CancelPositionExitBody,
        needs=Need.TRADE,
        limit="order",
        tag="orders",
        paper=True,
        summary="Withdraw exits of a position",
    )
    def post(self, call: Call) -> Reply:
        """They are watched no longer; the position stays open."""
        held = call.services.position_exits.desk.cancel(call.principal, call.body.exit_id)
        return Reply({"exit_id": held.exit_id}, held.mode)


@position_exits.route("/positionexits", "/positionexits/")
class PositionExits(Resource):
    """All sets."""

    @endpoint(
        PositionExitsBody, needs=Need.READ, tag="orders", paper=True, summary="Show the exits of positions"
    )
    def post(self, call: Call) -> Reply:
        """Running ones first."""
        rows, mode = call.services.position_exits.desk.book(call.principal, history=call.body.status == "all")
        return Reply({"data": [shown_exit(row) for row in rows]}, mode)
