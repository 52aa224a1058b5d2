"""The second step: its code at sign-in, and turning it on and off."""

from __future__ import annotations

from typing import Any

import flask
import msgspec
from pydantic import Field

from blueprints.edge import Call, Form, session_route
from blueprints.guards.web_session import browser, device
from blueprints.session import session_state
from services.accounts.signin.qr import qr_svg

blueprint = flask.Blueprint("second_factor", __name__)


class CodeForm(Form):
    code: str = Field(min_length=1, max_length=64)


class PasswordForm(Form):
    password: str = Field(min_length=1, max_length=512)


class PasswordAndCodeForm(Form):
    password: str = Field(min_length=1, max_length=512)
    code: str = Field(min_length=1, max_length=64)


@session_route(blueprint, "/ui/api/login/code", methods=("POST",), auth="public", limit="code", body=CodeForm)
def enter_code(call: Call) -> Any:
    """Finish a sign-in with a code of the authenticator."""
    return _enter(call, is_recovery=False)


@session_route(
    blueprint, "/ui/api/login/recovery", methods=("POST",), auth="public", limit="code", body=CodeForm
)
def enter_recovery_code(call: Call) -> Any:
    """Finish a sign-in with a recovery code, which is used up."""
    return _enter(call, is_recovery=True)


@session_route(blueprint, "/ui/api/login/code", methods=("DELETE",), auth="public")
def start_over(call: Call) -> Any:
    """Forget the password that was entered."""
    call.services.sign_in.entry.forget(browser().browser_key)
    return session_state(call)


@session_route(blueprint, "/ui/api/totp")
def show_factor(call: Call) -> Any:
    """Whether the second step is on; never its secret."""
    return msgspec.to_builtins(call.services.sign_in.factors.status(call.principal.user_id))


@session_route(blueprint, "/ui/api/totp", methods=("POST",), limit="credentials", body=PasswordForm)
def begin_enrolment(call: Call) -> Any:
    """A secret for an authenticator, as text and as a picture, shown this once."""
    user_id, sign_in = call.principal.user_id, call.services.sign_in
    sign_in.changes.check_password(user_id, call.body.password, device())
    enrolment = sign_in.factors.begin(user_id)
    return {
        "secret": enrolment.secret,
        "uri": enrolment.uri,
        "qr_svg": qr_svg(enrolment.uri),
        "expires_at": enrolment.expires_at,
    }


@session_route(blueprint, "/ui/api/totp/confirm", methods=("POST",), limit="credentials", body=CodeForm)
def confirm_enrolment(call: Call) -> Any:
    """The first code turns the second step on; the answer shows the recovery codes once."""
    codes = call.services.sign_in.factors.confirm(call.principal.user_id, call.body.code, device())
    return {"recovery_codes": codes}


@session_route(
    blueprint, "/ui/api/totp/disable", methods=("POST",), limit="credentials", body=PasswordAndCodeForm
)
def disable_factor(call: Call) -> Any:
    """Turn the second step off: password and a code, which may be a recovery code."""
    user_id, sign_in = call.principal.user_id, call.services.sign_in
    sign_in.changes.check_password(user_id, call.body.password, device())
    sign_in.factors.disable(user_id, call.body.code, device())
    return msgspec.to_builtins(sign_in.factors.status(user_id))


@session_route(
    blueprint, "/ui/api/totp/recovery-codes", methods=("POST",), limit="credentials", body=PasswordAndCodeForm
)
def renew_recovery_codes(call: Call) -> Any:
    """Ten new recovery codes, shown once; the old ones end."""
    user_id, sign_in = call.principal.user_id, call.services.sign_in
    sign_in.changes.check_password(user_id, call.body.password, device())
    return {"recovery_codes": sign_in.factors.renew_codes(user_id, call.body.code, device())}


def _enter(call: Call, *, is_recovery: bool) -> Any:
    session = browser()
    user = call.services.sign_in.entry.code(
        session.browser_key, call.body.code, device(), is_recovery=is_recovery
    )
    session.sign_in(user.id, device())
    return session_state(call)
