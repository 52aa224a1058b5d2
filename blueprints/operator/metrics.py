"""`/metrics` for Prometheus. Without METRICS_TOKEN it does not exist."""

from __future__ import annotations

import hmac

import flask

from blueprints.edge import Call, session_route
from domain.errors import NotAuthenticated, NotFound
from services.ops.metrics import CONTENT_TYPE
from utils.settings import reveal

blueprint = flask.Blueprint("operator_metrics", __name__)


@session_route(blueprint, "/metrics", auth="bearer_token", limit="static")
def show_metrics(call: Call) -> flask.Response:
    """Text format 0.0.4; the token comes as `Authorization: Bearer …`."""
    token = reveal(call.services.settings.metrics_token)
    if not token:
        raise NotFound("Not found")
    given = flask.request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise NotAuthenticated("The metrics token is missing or wrong", code="WRONG_TOKEN")
    response = flask.Response(call.services.operator.metrics(), content_type=CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response
