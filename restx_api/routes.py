"""Puts the namespaces under /api/v1 and answers what no route answers."""

from __future__ import annotations

import flask
from flask.sansio.blueprints import BlueprintSetupState
from flask_restx import Api
from werkzeug.exceptions import MethodNotAllowed

from restx_api.account import account
from restx_api.edge import failure
from restx_api.market import market
from restx_api.orders import orders
from restx_api.symbols import symbols
from restx_api.utility import utility
from services.wire.errors import Problem

PREFIX = "/api/v1"

blueprint = flask.Blueprint("api_v1", __name__, url_prefix=PREFIX)


class RoutesOnly(Api):  # type: ignore[misc]
    """flask-restx for routing alone: its own root, description and page would be routes without a policy."""

    def _register_doc(self, app_or_blueprint: flask.Flask | flask.Blueprint) -> None:
        """No root and no page."""

    def _register_specs(self, app_or_blueprint: flask.Flask | flask.Blueprint) -> None:
        """No description."""

    def _register_apidoc(self, app: flask.Flask) -> None:
        """No static files of the page."""


_api = RoutesOnly(blueprint)
for _namespace in (orders, account, market, symbols, utility):
    _api.add_namespace(_namespace)


@blueprint.record
def _never_redirect(state: BlueprintSetupState) -> None:
    """Clients do not follow redirects of a POST, so no path may be answered with one."""
    state.app.url_map.merge_slashes = False


@blueprint.before_app_request
def answer_unrouted() -> flask.Response | None:
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
