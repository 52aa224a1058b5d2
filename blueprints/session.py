"""Signing in and out: bootstrap, first set-up, login, logout, password, signed-in browsers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import flask
from flask_wtf.csrf import generate_csrf
from pydantic import Field

from blueprints.accounts import account_view, account_views
from blueprints.edge import Call, Form, session_route, to_response
from blueprints.guards.web_session import browser, device
from domain.errors import NotFound
from services.accounts.installation import LOOPBACK
from utils.version import VERSION

FORWARDED = ("forwarded", "x-forwarded-", "x-real-ip")
blueprint = flask.Blueprint("session", __name__)


class SetupForm(Form):
    username: str = Field(max_length=80)
    email: str = Field(max_length=254)
    password: str = Field(max_length=512)
    setup_token: str | None = Field(default=None, max_length=128)


class LoginForm(Form):
    username: str = Field(min_length=1, max_length=80)
    password: str = Field(min_length=1, max_length=512)


class PasswordForm(Form):
    old_password: str = Field(min_length=1, max_length=512)
    new_password: str = Field(min_length=1, max_length=512)


@session_route(blueprint, "/ui/api/bootstrap", auth="public")
def bootstrap(call: Call) -> Any:
    """What the desk needs to draw its first screen, and the form token."""
    return session_state(call)


@session_route(blueprint, "/ui/api/setup", methods=("POST",), auth="public", limit="login", body=SetupForm)
def set_up(call: Call) -> Any:
    """Create the administrator and sign in."""
    form = call.body
    user = call.services.users.set_up(
        form.username, form.email, form.password, form.setup_token, came_from_here=_came_from_here()
    )
    call.services.sign_in.entry.came_in(user, device())
    browser().sign_in(user.id, device())
    return session_state(call)


def _came_from_here() -> bool:
    """Whether nobody stands between browser and app, and the browser knows the app by a loopback name."""
    headers = flask.request.headers
    forwarded = any(name.lower().startswith(FORWARDED) for name, _ in headers)
    return not forwarded and urlsplit(f"//{headers.get('Host', '')}").hostname in LOOPBACK


@session_route(blueprint, "/ui/api/login", methods=("POST",), auth="public", limit="login", body=LoginForm)
def log_in(call: Call) -> Any:
    """Sign in under a new session, or owe a code under a new cookie."""
    session, sign_in = browser(), call.services.sign_in.entry
    entry = sign_in.password(call.body.username, call.body.password, device())
    if entry.needs_code:
        session.renew()
        sign_in.owe(session.browser_key, entry.user.id)
    else:
        session.sign_in(entry.user.id, device())
    return session_state(call)


@session_route(blueprint, "/ui/api/logout", methods=("POST",), auth="public")
def log_out(_call: Call) -> Any:
    """Sign this browser out. API keys and broker sessions live on."""
    browser().sign_out()
    response = to_response({})
    # Looks and habits in the browser's storage are no data of the account, and stay.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@session_route(blueprint, "/ui/api/password", methods=("POST",), limit="credentials", body=PasswordForm)
def change_password(call: Call) -> Any:
    """Replace the password; every other browser of the user is signed out, and the answer says how many were."""
    user_id, services = call.principal.user_id, call.services
    services.sign_in.changes.change_password(
        user_id, call.body.old_password, call.body.new_password, device()
    )
    ended = services.web_sessions.revoke_all(user_id, "The password was changed", keep=browser().web_session)
    browser().sign_in(user_id, device())
    return {**session_state(call), "ended_sessions": ended}


@session_route(blueprint, "/ui/api/sessions")
def list_sessions(call: Call) -> Any:
    """The user's signed-in browsers."""
    current = browser().web_session
    return [
        {
            "id": row.id,
            "ip_address": row.ip_address,
            "device": row.device,
            "created_at": row.created_at,
            "last_seen_at": row.last_seen_at,
            "expires_at": row.expires_at,
            "current": current is not None and row.key == current.key,
        }
        for row in call.services.web_sessions.list(call.principal.user_id)
    ]


@session_route(blueprint, "/ui/api/sessions/<int:session_id>", methods=("DELETE",))
def end_session(call: Call, session_id: int) -> Any:
    """Sign one of the user's browsers out."""
    if not call.services.web_sessions.revoke_by_id(call.principal.user_id, session_id):
        raise NotFound("There is no such session")
    call.services.sign_in.record.note(call.principal.user_id, "session_ended", device())
    return {}


@session_route(blueprint, "/ui/api/sessions", methods=("DELETE",))
def end_other_sessions(call: Call) -> Any:
    """Sign every other browser of the user out."""
    ended = call.services.web_sessions.revoke_all(
        call.principal.user_id, "Signed out from another browser", keep=browser().web_session
    )
    call.services.sign_in.record.note(call.principal.user_id, "sessions_ended", device(), f"{ended} ended")
    return {"ended": ended}


def session_state(call: Call) -> dict[str, Any]:
    """The bootstrap answer for the browser as it is after this request."""
    services, session = call.services, browser()
    session.bind()
    principal = session.principal
    user = services.users.get(principal.user_id) if principal else None
    accounts = account_views(services, principal.user_id) if principal else []
    active = services.accounts.active(principal.user_id) if principal else None
    signed_in = session.web_session if principal else None
    owed = services.sign_in.entry.owed(session.browser_key) if principal is None else None
    return {
        "version": VERSION,
        "needs_setup": services.installation.needs_setup(),
        "setup_token_required": services.installation.setup_token_required(),
        "authenticated": principal is not None,
        "passkey_origin": services.sign_in.passkeys.place.origin if services.sign_in.passkeys.place else None,
        "code_owed_until": owed.expires_at if owed else None,
        "csrf_token": generate_csrf(),
        "user": {"username": user.username, "email": user.email, "is_admin": user.is_admin} if user else None,
        "mode": services.installation.app_mode() if principal else "live",
        "account": account_view(services, active) if active else None,
        "accounts": accounts,
        "ws_url": services.settings.websocket_url,
        "session_expires_at": signed_in.expires_at if signed_in else None,
    }
