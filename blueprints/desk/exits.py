"""Exits attached to positions, at the desk."""

from __future__ import annotations

from typing import Any, Literal

import flask

from blueprints.edge import Answer, Call, Form, session_route
from blueprints.trading import STRATEGY, path_id
from services.wire.fields import ExchangeWord, ProductWord, Symbol
from services.wire.triggers.exit_fields import ExitFields
from services.wire.triggers.exits import position_exit, shown_exit

blueprint = flask.Blueprint("position_exits", __name__)


class ExitsForm(Form):
    """What protects a position."""

    exits: ExitFields


class NewExitsForm(ExitsForm):
    """The position, and what protects it."""

    symbol: Symbol
    exchange: ExchangeWord
    product: ProductWord


class ExitsQuery(Form):
    """Which sets."""

    status: Literal["active", "all"] = "active"


@session_route(blueprint, "/ui/api/position-exits", query=ExitsQuery)
def show_exits(call: Call) -> Any:
    """Running sets first."""
    rows, mode = call.services.position_exits.desk.book(call.principal, history=call.query.status == "all")
    return Answer([shown_exit(row) for row in rows], extra={"mode": mode})


@session_route(blueprint, "/ui/api/position-exits", methods=("POST",), body=NewExitsForm, limit="order")
def place_exits(call: Call) -> Any:
    """Protect an open position."""
    form: NewExitsForm = call.body
    held = call.services.position_exits.desk.place(
        call.principal, form.exchange, form.symbol, form.product, form.exits.terms(), STRATEGY
    )
    return Answer(position_exit(held), extra={"mode": held.mode})


@session_route(blueprint, "/ui/api/position-exits/<exit_id>", methods=("PUT",), body=ExitsForm, limit="order")
def modify_exits(call: Call, exit_id: str) -> Any:
    """Replace what was asked."""
    held = call.services.position_exits.desk.modify(
        call.principal, path_id("exit_id", exit_id), call.body.exits.terms()
    )
    return Answer(position_exit(held), extra={"mode": held.mode})


@session_route(blueprint, "/ui/api/position-exits/<exit_id>", methods=("DELETE",), limit="order")
def cancel_exits(call: Call, exit_id: str) -> Any:
    """Watch them no longer; the position stays open."""
    held = call.services.position_exits.desk.cancel(call.principal, path_id("exit_id", exit_id))
    return Answer(position_exit(held), extra={"mode": held.mode})
