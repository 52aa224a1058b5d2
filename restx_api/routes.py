"""Puts the namespaces under /api/v1 and answers what no route answers."""

from __future__ import annotations

import flask
from flask_restx import Api
from werkzeug.exceptions import MethodNotAllowed

from restx_api.edge import failure
from restx_api.orders import orders
from services.wire.errors import Problem

PREFIX = "/api/v1"


def install(app: flask.Flask) -> None:
    """Serve the REST API from this app, whose extensions hold the services under `openalgo`."""
    blueprint = flask.Blueprint("api_v1", __name__, url_prefix=PREFIX)
    api = Api(blueprint, doc=False, add_specs=False)
    for namespace in (orders,):
        api.add_namespace(namespace)
    # Clients do not follow redirects of a POST, so no path may be answered with one.
    app.url_map.merge_slashes = False
    app.register_blueprint(blueprint)
    app.before_request(_answer_unrouted)


def _answer_unrouted() -> flask.Response | None:
    """404 and 405 of the API as envelopes; other paths belong to the rest of the app."""
    path = flask.request.path
    fault = flask.request.routing_exception
    if fault is None or not (path == PREFIX or path.startswith(PREFIX + "/")):
        return None
    if isinstance(fault, MethodNotAllowed):
        allowed = ", ".join(sorted(fault.valid_methods or ()))
        problem = Problem(
            status=405,
            members={"message": "Method not allowed", "code": "METHOD_NOT_ALLOWED"},
            headers={"Allow": allowed},
        )
    else:
        members = {"message": "Not found", "code": "NOT_FOUND", "path": path}
        problem = Problem(status=404, members=members, headers={})
    return failure(problem)
