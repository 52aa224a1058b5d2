"""Name and e-mail, the rule of passwords, and the user's security record."""

from __future__ import annotations

from typing import Any

import flask
import msgspec
from pydantic import Field

from blueprints.edge import Call, Form, session_route
from blueprints.guards.web_session import device
from blueprints.session import session_state
from services.accounts.passwords import password_rule

blueprint = flask.Blueprint("profile", __name__)


class ProfileForm(Form):
    username: str = Field(max_length=80)
    email: str = Field(max_length=254)
    password: str = Field(min_length=1, max_length=512)


@session_route(blueprint, "/ui/api/profile", methods=("PUT",), limit="credentials", body=ProfileForm)
def change_profile(call: Call) -> Any:
    """Another name or e-mail, against the password."""
    form = call.body
    call.services.sign_in.changes.rename(
        call.principal.user_id, form.username, form.email, form.password, device()
    )
    return session_state(call)


@session_route(blueprint, "/ui/api/password-rule", auth="public")
def show_password_rule(_call: Call) -> Any:
    """What a password must have, in the words of a refusal."""
    return msgspec.to_builtins(password_rule())


@session_route(blueprint, "/ui/api/security-events")
def list_security_events(call: Call) -> Any:
    """What happened to the user's credentials lately, newest first."""
    return msgspec.to_builtins(call.services.sign_in.record.of_user(call.principal.user_id))
