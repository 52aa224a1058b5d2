"""GTT routes."""

from __future__ import annotations

from flask_restx import Namespace, Resource

from restx_api.edge import Call, Reply, endpoint
from restx_api.schemas.gtt import CancelGttBody, GttBookBody, ModifyGttBody, PlaceGttBody
from services.wire.gtt import gtt as shown

gtt = Namespace("gtt", path="/")


@gtt.route("/placegttorder", "/placegttorder/")
class PlaceGtt(Resource):
    """One new GTT."""

    @endpoint(PlaceGttBody, limit="order", tag="orders", paper=True, summary="Place a GTT")
    def post(self, call: Call) -> Reply:
        """It waits; the answer says who holds it."""
        row = call.services.gtts.place(call.principal, call.body.terms(), call.body.strategy)
        return Reply({"trigger_id": row.trigger_id, "held_by": "gateway"}, row.mode)


@gtt.route("/modifygttorder", "/modifygttorder/")
class ModifyGtt(Resource):
    """New terms."""

    @endpoint(ModifyGttBody, limit="order", tag="orders", paper=True, summary="Replace an active GTT")
    def post(self, call: Call) -> Reply:
        """The new terms are watched."""
        body: ModifyGttBody = call.body
        row = call.services.gtts.modify(call.principal, body.trigger_id, body.terms(), body.strategy)
        return Reply({"trigger_id": row.trigger_id, "held_by": "gateway"}, row.mode)


@gtt.route("/cancelgttorder", "/cancelgttorder/")
class CancelGtt(Resource):
    """One withdrawal."""

    @endpoint(CancelGttBody, limit="order", tag="orders", paper=True, summary="Withdraw an active GTT")
    def post(self, call: Call) -> Reply:
        """It is watched no longer."""
        row = call.services.gtts.cancel(call.principal, call.body.trigger_id)
        return Reply({"trigger_id": row.trigger_id}, row.mode)


@gtt.route("/gttorderbook", "/gttorderbook/")
class GttBook(Resource):
    """All GTTs."""

    @endpoint(GttBookBody, tag="orders", paper=True, summary="Show the GTTs")
    def post(self, call: Call) -> Reply:
        """Open ones first."""
        rows, mode = call.services.gtts.book(call.principal, history=call.body.status == "all")
        return Reply({"data": [shown(row) for row in rows]}, mode)
