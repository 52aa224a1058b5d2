"""Passkeys: enrol, name, remove, and come in with one."""

from __future__ import annotations

from typing import Any

import flask
import msgspec
from pydantic import Field

from blueprints.edge import Answer, Call, Form, session_route
from blueprints.guards.web_session import browser, device
from blueprints.session import session_state

blueprint = flask.Blueprint("passkeys", __name__)
ROOT = "/ui/api/passkeys"
ONE = f"{ROOT}/<int:passkey_id>"


class ProofForm(Form):
    password: str = Field(min_length=1, max_length=512)


class NameForm(Form):
    name: str = Field(max_length=80)


class PasskeyForm(NameForm):
    """What navigator.credentials.create() answered, in JSON."""

    credential: dict[str, Any] = Field(max_length=20)


class AnswerForm(Form):
    """What navigator.credentials.get() answered, in JSON."""

    credential: dict[str, Any] = Field(max_length=20)


@session_route(blueprint, ROOT)
def list_passkeys(call: Call) -> Any:
    """The user's passkeys, and the origin at which they work; None where there are none."""
    passkeys = call.services.sign_in.passkeys
    origin = passkeys.place.origin if passkeys.place else None
    return {"origin": origin, "passkeys": msgspec.to_builtins(passkeys.list(call.principal.user_id))}


@session_route(blueprint, f"{ROOT}/begin", methods=("POST",), limit="credentials", body=ProofForm)
def begin_enrolment(call: Call) -> Any:
    """What to ask the device for, against the password."""
    user_id, sign_in = call.principal.user_id, call.services.sign_in
    sign_in.changes.check_password(user_id, call.body.password, device())
    return sign_in.passkeys.begin(browser().browser_key, user_id)


@session_route(blueprint, ROOT, methods=("POST",), limit="credentials", body=PasskeyForm)
def add_passkey(call: Call) -> Any:
    """Keep what the device made."""
    form: PasskeyForm = call.body
    view = call.services.sign_in.passkeys.add(
        browser().browser_key, call.principal.user_id, form.name, form.credential, device()
    )
    return Answer(msgspec.to_builtins(view), 201)


@session_route(blueprint, ONE, methods=("PUT",), body=NameForm)
def rename_passkey(call: Call, passkey_id: int) -> Any:
    """Another name."""
    return msgspec.to_builtins(
        call.services.sign_in.passkeys.rename(call.principal.user_id, passkey_id, call.body.name)
    )


@session_route(blueprint, ONE, methods=("DELETE",))
def remove_passkey(call: Call, passkey_id: int) -> Any:
    """It opens nothing any more."""
    call.services.sign_in.passkeys.remove(call.principal.user_id, passkey_id, device())
    return None


@session_route(blueprint, "/ui/api/login/passkey/begin", methods=("POST",), auth="public")
def ask_for_passkey(call: Call) -> Any:
    """What to ask the device for; the same for everybody, and no try."""
    session = browser()
    session.bind()
    return call.services.sign_in.passkeys.ask(session.browser_key)


@session_route(
    blueprint, "/ui/api/login/passkey", methods=("POST",), auth="public", limit="login", body=AnswerForm
)
def sign_in_with_passkey(call: Call) -> Any:
    """In, under a new session."""
    session = browser()
    user = call.services.sign_in.passkeys.sign_in(session.browser_key, call.body.credential, device())
    session.sign_in(user.id, device())
    return session_state(call)
