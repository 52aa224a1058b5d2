"""GTT routes."""

from __future__ import annotations

from flask_restx import Namespace, Resource

from restx_api.edge import Call, Reply, endpoint
from restx_api.schemas.gtt import CancelGttBody, GttBookBody, ModifyGttBody, PlaceGttBody
from services.accounts.keys.access import Need
from services.wire.triggers.rows import book, taken

gtt = Namespace("gtt", path="/")


@gtt.route("/placegttorder", "/placegttorder/")
class PlaceGtt(Resource):
    """One new GTT."""

    @endpoint(PlaceGttBody, needs=Need.TRADE, limit="order", tag="orders", paper=True, summary="Place a GTT")
    def post(self, call: Call) -> Reply:
        """It waits; the answer says who holds it."""
        done = call.services.gtts.submit(call.body.command(), call.principal)
        return Reply(taken(done), done.mode)


@gtt.route("/modifygttorder", "/modifygttorder/")
class ModifyGtt(Resource):
    """New terms."""

    @endpoint(
        ModifyGttBody,
        needs=Need.TRADE,
        limit="order",
        tag="orders",
        paper=True,
        summary="Replace an active GTT",
    )
    def post(self, call: Call) -> Reply:
        """The new terms are watched."""
        done = call.services.gtts.submit(call.body.command(), call.principal)
        return Reply(taken(done), done.mode)


@gtt.route("/cancelgttorder", "/cancelgttorder/")
class CancelGtt(Resource):
    """One withdrawal."""

    @endpoint(
        CancelGttBody,
        needs=Need.TRADE,
        limit="order",
        tag="orders",
        paper=True,
        summary="Withdraw an active GTT",
    )
    def post(self, call: Call) -> Reply:
        """It is watched no longer."""
        done = call.services.gtts.submit(call.body.command(), call.principal)
        return Reply({"trigger_id": done.trigger_id}, done.mode)


@gtt.route("/gttorderbook", "/gttorderbook/")
class GttBook(Resource):
    """All GTTs."""

    @endpoint(GttBookBody, needs=Need.READ, tag="orders", paper=True, summary="Show the GTTs")
    def post(self, call: Call) -> Reply:
        """Open ones first."""
        history = call.body.status == "all"
        found = call.services.gtts.book(call.principal, history=history)
        return Reply({"data": book(found, history=history)}, found.mode)
