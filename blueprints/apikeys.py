"""The user's API keys, and tickets with which a signed-in browser enters the WebSocket proxy."""

from __future__ import annotations

import datetime as dt
from typing import Any

import flask
import msgspec
from pydantic import AwareDatetime, Field, StrictInt

from blueprints.edge import Answer, Call, Form, session_route
from blueprints.guards.web_session import device
from services.accounts.keys.desk import KeyTerms
from services.accounts.tickets import LIFE_SECONDS
from services.trading.gate.desk import ScopeName
from services.wire import risk as wire

blueprint = flask.Blueprint("apikeys", __name__)
ROOT = "/ui/api/keys"
ONE = f"{ROOT}/<int:key_id>"


class RevealForm(Form):
    password: str = Field(min_length=1, max_length=512)


class ModeForm(Form):
    order_mode: str = Field(max_length=20)


class KeyForm(Form):
    """What a key is called and opens."""

    name: str = Field(max_length=80)
    scope: str = Field(max_length=20)
    order_mode: str = Field("auto", max_length=20)
    addresses: list[str] = Field(default=[], max_length=50)
    expires_at: AwareDatetime | None = None

    @property
    def terms(self) -> KeyTerms:
        """The form's words."""
        return KeyTerms(
            name=self.name, scope=self.scope, order_mode=self.order_mode, addresses=tuple(self.addresses),
            expires_at=self.expires_at.astimezone(dt.UTC) if self.expires_at else None,
        )  # fmt: skip


class NewKeyForm(KeyForm):
    """A new key, and the limits that bind its orders; what is missing is off."""

    limits: dict[str, Any] = Field(default={}, max_length=100)


class RotateForm(Form):
    """How much longer the present text opens."""

    overlap_hours: StrictInt = Field(0, ge=0, le=168)


@session_route(blueprint, ROOT)
def list_keys(call: Call) -> Any:
    """Every key of the caller, and the fields of the form of limits."""
    keys = call.services.key_desk.list(call.principal.user_id)
    return {"keys": msgspec.to_builtins(keys), "limit_fields": wire.fields()}


@session_route(blueprint, ROOT, methods=("POST",), body=NewKeyForm)
def create_key(call: Call) -> Any:
    """A new key; the answer shows it once. Its limits bind before anybody can use it."""
    form: NewKeyForm = call.body
    caller = call.principal
    limits = wire.limits_of(form.limits)

    def bind(key_id: int) -> None:
        if form.limits:
            name = ScopeName(kind="key", key_id=key_id)
            call.services.risk_desk.put(caller, name, limits, 0, "set with the key")

    view, key = call.services.key_desk.create(caller.user_id, form.terms, device(), bind)
    return Answer({"key": msgspec.to_builtins(view), "api_key": key}, 201)


@session_route(blueprint, ONE, methods=("PUT",), body=KeyForm)
def change_key(call: Call, key_id: int) -> Any:
    """Other terms, from the next call on."""
    return msgspec.to_builtins(
        call.services.key_desk.change(call.principal.user_id, key_id, call.body.terms, device())
    )


@session_route(blueprint, f"{ONE}/rotate", methods=("POST",), body=RotateForm)
def rotate_one(call: Call, key_id: int) -> Any:
    """Another text, which the answer shows once; the present one opens for a while longer if wanted."""
    overlap = dt.timedelta(hours=call.body.overlap_hours)
    view, key = call.services.key_desk.rotate(call.principal.user_id, key_id, overlap, device())
    return {"key": msgspec.to_builtins(view), "api_key": key}


@session_route(blueprint, ONE, methods=("DELETE",))
def revoke_key(call: Call, key_id: int) -> Any:
    """The key opens nothing from now on."""
    call.services.key_desk.revoke(call.principal.user_id, key_id, device())
    return None


@session_route(blueprint, "/ui/api/apikey")
def describe_key(call: Call) -> Any:
    """Whether there is a first key, masked."""
    return msgspec.to_builtins(call.services.api_keys.describe(call.principal.user_id))


@session_route(blueprint, "/ui/api/apikey", methods=("POST",))
def rotate_key(call: Call) -> Any:
    """Make or replace the first key; the answer shows it once."""
    return {"api_key": call.services.api_keys.rotate(call.principal.user_id)}


@session_route(blueprint, "/ui/api/apikey/reveal", methods=("POST",), body=RevealForm, limit="credentials")
def reveal_key(call: Call) -> Any:
    """Show the first key again to whoever knows the password."""
    user_id = call.principal.user_id
    call.services.sign_in.changes.check_password(user_id, call.body.password, device())
    return {"api_key": call.services.api_keys.reveal(user_id)}


@session_route(blueprint, "/ui/api/apikey/mode", methods=("PUT",), body=ModeForm)
def set_order_mode(call: Call) -> Any:
    """Let the first key's orders through, or queue them for approval."""
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
