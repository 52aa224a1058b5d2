"""The user's API key, and tickets with which a signed-in browser enters the WebSocket proxy."""

from __future__ import annotations

from typing import Any

import flask
import msgspec
from pydantic import Field

from blueprints.edge import Call, Form, session_route
from blueprints.guards.web_session import device
from services.accounts.tickets import LIFE_SECONDS

blueprint = flask.Blueprint("apikeys", __name__)


class RevealForm(Form):
    password: str = Field(min_length=1, max_length=512)


class ModeForm(Form):
    order_mode: str = Field(max_length=20)


@session_route(blueprint, "/ui/api/apikey")
def describe_key(call: Call) -> Any:
    """Whether there is a key, masked."""
    return msgspec.to_builtins(call.services.api_keys.describe(call.principal.user_id))


@session_route(blueprint, "/ui/api/apikey", methods=("POST",))
def rotate_key(call: Call) -> Any:
    """Make or replace the key; the answer shows it once."""
    return {"api_key": call.services.api_keys.rotate(call.principal.user_id)}


@session_route(blueprint, "/ui/api/apikey/reveal", methods=("POST",), body=RevealForm, limit="credentials")
def reveal_key(call: Call) -> Any:
    """Show the key again to whoever knows the password."""
    user_id = call.principal.user_id
    call.services.sign_in.changes.check_password(user_id, call.body.password, device())
    return {"api_key": call.services.api_keys.reveal(user_id)}


@session_route(blueprint, "/ui/api/apikey/mode", methods=("PUT",), body=ModeForm)
def set_order_mode(call: Call) -> Any:
    """Let the key's orders through, or queue them for approval."""
    call.services.api_keys.set_order_mode(call.principal.user_id, call.body.order_mode)
    return msgspec.to_builtins(call.services.api_keys.describe(call.principal.user_id))


@session_route(blueprint, "/ui/api/ws-ticket", methods=("POST",))
def issue_ticket(call: Call) -> Any:
    """A single-use ticket for the WebSocket proxy."""
    return {
        "ticket": call.services.tickets.issue(call.principal),
        "expires_in": LIFE_SECONDS,
        "ws_url": call.services.settings.websocket_url,
    }
