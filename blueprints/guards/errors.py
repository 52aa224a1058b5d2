"""Errors become answers here and nowhere else on the browser side: always JSON, never a trace, never a redirect."""

from __future__ import annotations

import flask
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from blueprints.edge import envelope
from blueprints.guards.security import shown_path
from domain import errors
from services.wire.errors import describe
from utils.ids import secret_hex
from utils.logging import get_logger

log = get_logger(__name__)


def install_errors(app: flask.Flask) -> None:
    """Answer every error of the app in the one envelope."""
    app.register_error_handler(errors.OpenAlgoError, _deliberate)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _deliberate(error: errors.OpenAlgoError) -> flask.Response:
    problem = describe(error)
    response = envelope({"status": "error", **problem.members}, problem.status)
    for name, value in problem.headers.items():
        response.headers[name] = value
    return response


def _forged(error: CSRFError) -> flask.Response:
    message = error.description or "The form token is missing or wrong"
    return envelope({"status": "error", "message": message, "code": "CSRF"}, 403)


def _http(error: HTTPException) -> flask.Response:
    status = error.code or 500
    message = error.name
    if isinstance(error, RequestEntityTooLarge):
        message = f"The request is larger than {flask.request.max_content_length} bytes"
    code = error.name.upper().replace(" ", "_")
    response = envelope({"status": "error", "message": message, "code": code}, status)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> flask.Response:
    error_id = secret_hex(6)
    log.error("Unexpected error", error_id=error_id, path=shown_path(flask.request.path), exc_info=error)
    message = f"Something went wrong on the server (error id {error_id})"
    return envelope({"status": "error", "message": message, "code": "INTERNAL"}, 500)
