"""The page of the REST API at /api/docs: our own static files, so that it lives under the strict content policy."""

from __future__ import annotations

from pathlib import Path

import flask
import flask_login

from blueprints.edge import Call, session_route

blueprint = flask.Blueprint("docs", __name__)

FOLDER = Path(__file__).parent / "docs_page"
LOGIN = "/login?next=/api/docs"


@session_route(blueprint, "/api/docs", auth="public", limit="static")
def show_docs(_call: Call) -> flask.Response:
    """For signed-in users; others are shown the way in."""
    if not flask_login.current_user.is_authenticated:
        return flask.redirect(LOGIN)  # type: ignore[return-value]
    return flask.send_from_directory(FOLDER, "index.html", max_age=0)


@session_route(blueprint, "/api/docs/page.js", auth="public", limit="static")
def show_script(_call: Call) -> flask.Response:
    """Draws the page from the API description."""
    return flask.send_from_directory(FOLDER, "page.js", max_age=3600)


@session_route(blueprint, "/api/docs/page.css", auth="public", limit="static")
def show_style(_call: Call) -> flask.Response:
    """Its looks."""
    return flask.send_from_directory(FOLDER, "page.css", max_age=3600)
