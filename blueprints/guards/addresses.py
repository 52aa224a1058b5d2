"""Banned addresses meet a closed door; strangers who ask for what does not exist are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import flask

from blueprints.edge import envelope
from blueprints.guards.security import shown_path
from utils.logging import get_logger
from utils.route_policy import policy_of

if TYPE_CHECKING:
    from services.container import AppServices

log = get_logger(__name__)
PAGES = ("react_app.serve_get", "react_app.serve_front_get")
# What browsers, phones and mail programs ask every host for.
HARMLESS = ("/favicon", "/apple-touch-icon", "/robots.txt", "/sitemap.xml", "/.well-known/", "/manifest.json")
# Callers without a session, who prove themselves by what they ask for: a wrong guess is a 404 there.
GUESSED = ("secret_path", "signed_body")


def install_bans(app: flask.Flask, services: AppServices) -> None:
    """Before everything else: who is banned is told so, and nothing is done."""

    def refuse() -> flask.Response | None:
        if services.bans.is_banned(flask.request.remote_addr or ""):
            return banned()
        return None

    def count(response: flask.Response) -> flask.Response:
        if response.status_code == 404 and _is_a_strangers_guess():
            try:
                services.bans.not_found(flask.request.remote_addr or "", shown_path(flask.request.path))
            except Exception:
                log.exception("A wrong guess could not be counted")
        return response

    app.before_request(refuse)
    app.after_request(count)


def banned() -> flask.Response:
    """The one answer to a banned address."""
    return envelope({"status": "error", "message": "This address is banned", "code": "BANNED"}, 403)


def _is_a_strangers_guess() -> bool:
    """Not of somebody who is signed in, and not an answer about something that a caller with a key asked for."""
    request = flask.request
    if request.path.startswith(HARMLESS):
        return False
    if request.endpoint is not None and request.endpoint not in PAGES:
        policy = policy_of(flask.current_app.view_functions[request.endpoint], request.method)
        return policy is not None and policy.auth in GUESSED
    user = flask.g.get("_login_user")
    if user is not None and user.is_authenticated:
        return False
    session = flask.session
    return getattr(session, "principal", None) is None
