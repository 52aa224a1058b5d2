"""A forgotten password, and the mail server through which a link to a new one goes."""

from __future__ import annotations

from typing import Any, Literal

import flask
import msgspec
from pydantic import Field

from blueprints.edge import Call, Form, session_route
from blueprints.guards.web_session import device
from services.notify.mail import MailServer

blueprint = flask.Blueprint("recovery", __name__)
TEST_TEXT = "This is a test from the mail settings of OpenAlgo. Reset links reach you at this address.\n"


class AskForm(Form):
    email: str = Field(min_length=3, max_length=254)


class TokenForm(Form):
    token: str = Field(min_length=1, max_length=128)


class LinkForm(Form):
    token: str = Field(min_length=1, max_length=128)
    new_password: str = Field(min_length=1, max_length=512)


class CodeResetForm(Form):
    username: str = Field(min_length=1, max_length=80)
    code: str = Field(min_length=1, max_length=16)
    recovery_code: str = Field(min_length=1, max_length=64)
    new_password: str = Field(min_length=1, max_length=512)


class MailForm(Form):
    server: str = Field(min_length=1, max_length=253)
    port: int = Field(ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"]
    sender: str = Field(min_length=3, max_length=254)
    username: str | None = Field(default=None, max_length=254)
    password: str | None = Field(default=None, max_length=512)
    helo: str | None = Field(default=None, max_length=253)


@session_route(blueprint, "/ui/api/reset", auth="public")
def show_ways(call: Call) -> Any:
    """How a forgotten password can be replaced here."""
    return {"by_mail": call.services.sign_in.resets.by_mail()}


@session_route(blueprint, "/ui/api/reset", methods=("POST",), auth="public", limit="reset", body=AskForm)
def ask_for_link(call: Call) -> Any:
    """Mail a link. The answer is the same whether or not the address is known."""
    call.services.sign_in.resets.ask(call.body.email, device())
    return {"message": "If the address belongs to a user, a link is on its way. It works for 15 minutes."}


@session_route(
    blueprint, "/ui/api/reset/check", methods=("POST",), auth="public", limit="reset", body=TokenForm
)
def check_link(call: Call) -> Any:
    """Whose link this is."""
    return {"username": call.services.sign_in.resets.whose(call.body.token).username}


@session_route(
    blueprint, "/ui/api/reset/password", methods=("POST",), auth="public", limit="reset", body=LinkForm
)
def reset_by_link(call: Call) -> Any:
    """Set a new password with a link; every browser of the user is signed out."""
    ended = call.services.sign_in.resets.by_link(call.body.token, call.body.new_password, device())
    return {"ended_sessions": ended}


@session_route(
    blueprint, "/ui/api/reset/code", methods=("POST",), auth="public", limit="reset", body=CodeResetForm
)
def reset_by_code(call: Call) -> Any:
    """Set a new password with a code of the authenticator and a recovery code."""
    form = call.body
    ended = call.services.sign_in.resets.by_code(
        form.username, form.code, form.recovery_code, form.new_password, device()
    )
    return {"ended_sessions": ended}


@session_route(blueprint, "/ui/api/mail", auth="admin")
def show_mail(call: Call) -> Any:
    """The mail server without its password."""
    return msgspec.to_builtins(call.services.mail.view())


@session_route(blueprint, "/ui/api/mail", methods=("PUT",), auth="admin", body=MailForm)
def change_mail(call: Call) -> Any:
    """Set the mail server; no password keeps the stored one."""
    form = call.body
    view = call.services.mail.put(
        MailServer(
            server=form.server, port=form.port, security=form.security, sender=form.sender,
            username=form.username or None, password=form.password or None, helo=form.helo or None,
        )
    )  # fmt: skip
    call.services.sign_in.record.note(call.principal.user_id, "mail_changed", device(), form.server)
    return msgspec.to_builtins(view)


@session_route(blueprint, "/ui/api/mail", methods=("DELETE",), auth="admin")
def forget_mail(call: Call) -> Any:
    """Send no mail any more."""
    call.services.mail.remove()
    call.services.sign_in.record.note(call.principal.user_id, "mail_changed", device(), "removed")
    return msgspec.to_builtins(call.services.mail.view())


@session_route(blueprint, "/ui/api/mail/test", methods=("POST",), auth="admin", limit="credentials")
def test_mail(call: Call) -> Any:
    """Send a message to the administrator's own address, now."""
    user = call.services.users.get(call.principal.user_id)
    to = user.email if user else ""
    call.services.mail.send(to, "OpenAlgo can send mail", TEST_TEXT)
    return {"sent_to": to}
