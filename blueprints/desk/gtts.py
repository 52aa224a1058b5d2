"""GTTs of the desk: whichever the account has, held by its broker or by the gateway."""

from __future__ import annotations

from typing import Any, Literal

import flask
from pydantic import ConfigDict

from blueprints.edge import Answer, Call, Form, session_route
from blueprints.trading import STRATEGY, Tag, path_id
from services.trading.commands import GttCancel, GttModify, GttPlace
from services.wire.triggers.fields import GttFields
from services.wire.triggers.rows import book, taken

blueprint = flask.Blueprint("gtts", __name__)


class GttForm(GttFields):
    """A GTT as its dialog asks for it; the same for a new one and for new terms."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    strategy: Tag = STRATEGY


class BookQuery(Form):
    """Which GTTs."""

    status: Literal["active", "all"] = "active"


@session_route(blueprint, "/ui/api/gtts", query=BookQuery)
def show_gtts(call: Call) -> Any:
    """Open ones first; with `all` the finished ones behind them."""
    history = call.query.status == "all"
    found = call.services.gtts.book(call.principal, history=history)
    return Answer(book(found, history=history), extra={"mode": found.mode})


@session_route(blueprint, "/ui/api/gtts", methods=("POST",), body=GttForm, limit="order")
def place_gtt(call: Call) -> Any:
    """A new GTT; the answer says who holds it."""
    form: GttForm = call.body
    command = GttPlace(strategy=form.strategy, terms=form.terms(), client_order_id=form.key)
    done = call.services.gtts.submit(command, call.principal)
    return Answer(taken(done), extra={"mode": done.mode})


@session_route(blueprint, "/ui/api/gtts/<trigger_id>", methods=("PUT",), body=GttForm, limit="order")
def modify_gtt(call: Call, trigger_id: str) -> Any:
    """New terms of an active GTT."""
    form: GttForm = call.body
    command = GttModify(
        trigger_id=path_id("trigger_id", trigger_id), strategy=form.strategy, terms=form.terms(),
        client_order_id=form.key,
    )  # fmt: skip
    done = call.services.gtts.submit(command, call.principal)
    return Answer(taken(done), extra={"mode": done.mode})


@session_route(blueprint, "/ui/api/gtts/<trigger_id>", methods=("DELETE",), limit="order")
def cancel_gtt(call: Call, trigger_id: str) -> Any:
    """Withdraw an active GTT."""
    command = GttCancel(trigger_id=path_id("trigger_id", trigger_id), strategy=STRATEGY)
    done = call.services.gtts.submit(command, call.principal)
    return Answer(taken(done), extra={"mode": done.mode})
