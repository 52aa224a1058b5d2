"""Users, for administrators: make them, give and take the role, shut them out, and help them back in."""

from __future__ import annotations

from typing import Any

import flask
import msgspec
from pydantic import Field, StrictBool

from blueprints.edge import Answer, Call, Form, session_route
from blueprints.guards.web_session import device

blueprint = flask.Blueprint("users", __name__)
ROOT = "/ui/api/users"
ONE = f"{ROOT}/<int:user_id>"


class ProofForm(Form):
    """The administrator's own password, asked once more."""

    password: str = Field(min_length=1, max_length=512)


class NewUserForm(ProofForm):
    username: str = Field(max_length=80)
    email: str = Field(max_length=254)
    is_admin: StrictBool = False


class StandingForm(ProofForm):
    is_admin: StrictBool
    is_disabled: StrictBool


def _prove(call: Call) -> None:
    """Who acts on others shows that the browser is still theirs."""
    call.services.sign_in.changes.check_password(call.principal.user_id, call.body.password, device())


@session_route(blueprint, ROOT, auth="admin")
def list_users(call: Call) -> Any:
    """Everybody; nothing that is secret."""
    return msgspec.to_builtins(call.services.sign_in.people.list())


@session_route(blueprint, ROOT, methods=("POST",), auth="admin", limit="credentials", body=NewUserForm)
def create_user(call: Call) -> Any:
    """A user who chooses a password with a link: mailed, or handed over where no mail goes."""
    _prove(call)
    form: NewUserForm = call.body
    user, invitation = call.services.sign_in.people.create(
        call.principal, form.username, form.email, is_admin=form.is_admin, device=device()
    )
    return Answer({"user": msgspec.to_builtins(user), "invitation": msgspec.to_builtins(invitation)}, 201)


@session_route(blueprint, ONE, methods=("PUT",), auth="admin", limit="credentials", body=StandingForm)
def change_user(call: Call, user_id: int) -> Any:
    """Another role, or in or out; never the last administrator."""
    _prove(call)
    form: StandingForm = call.body
    return msgspec.to_builtins(
        call.services.sign_in.people.change(
            call.principal, user_id, is_admin=form.is_admin, is_disabled=form.is_disabled, device=device()
        )
    )


@session_route(
    blueprint, f"{ONE}/invite", methods=("POST",), auth="admin", limit="credentials", body=ProofForm
)
def invite_user(call: Call, user_id: int) -> Any:
    """Another first link for somebody who never chose a password."""
    _prove(call)
    return msgspec.to_builtins(call.services.sign_in.people.invite(call.principal, user_id, device()))


@session_route(
    blueprint, f"{ONE}/reset-password", methods=("POST",), auth="admin", limit="credentials", body=ProofForm
)
def reset_password(call: Call, user_id: int) -> Any:
    """Mail the user a link to a new password; it is shown to nobody."""
    _prove(call)
    return msgspec.to_builtins(call.services.sign_in.people.reset_password(call.principal, user_id, device()))


@session_route(
    blueprint,
    f"{ONE}/reset-second-step",
    methods=("POST",),
    auth="admin",
    limit="credentials",
    body=ProofForm,
)
def reset_second_step(call: Call, user_id: int) -> Any:
    """Forget a lost authenticator."""
    _prove(call)
    return {"had": call.services.sign_in.people.reset_second_step(call.principal, user_id, device())}


@session_route(
    blueprint, f"{ONE}/unlock", methods=("POST",), auth="admin", limit="credentials", body=ProofForm
)
def unlock_user(call: Call, user_id: int) -> Any:
    """Open the doors that wrong tries have shut."""
    _prove(call)
    return {"opened": call.services.sign_in.people.unlock(call.principal, user_id, device())}
