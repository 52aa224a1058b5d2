"""Puts the namespaces under /api/v1 and answers what no route answers."""

from __future__ import annotations

import flask
from flask.sansio.blueprints import BlueprintSetupState
from flask_restx import Api
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from domain.errors import Throttled
from restx_api.account import account
from restx_api.edge import failure
from restx_api.exits import position_exits
from restx_api.gtt import gtt
from restx_api.market import market
from restx_api.options import options
from restx_api.orders import orders
from restx_api.plans import plan_orders
from restx_api.swagger import describe_api
from restx_api.symbols import symbols
from restx_api.utility import utility
from services.container import AppServices
from services.wire.errors import Problem, describe
from utils import json
from utils.route_policy import declare

PREFIX = "/api/v1"
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
CATCH_ALL = "api_v1.answer_unrouted"

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
for _namespace in (orders, plan_orders, gtt, position_exits, account, market, symbols, options, utility):
    _api.add_namespace(_namespace)


@blueprint.record
def _never_redirect(state: BlueprintSetupState) -> None:
    """Clients do not follow redirects of a POST, so no path may be answered with one."""
    state.app.url_map.merge_slashes = False


@blueprint.get("/swagger.json")
@declare(auth="public", limit="api")
def show_description() -> flask.Response:
    """The API description; it holds nothing that the source does not tell."""
    services: AppServices = flask.current_app.extensions["openalgo"]
    try:
        services.limits.spend("api", f"ip:{flask.request.remote_addr}")
    except Throttled as error:
        return failure(describe(error))
    return flask.Response(json.encode(describe_api(flask.current_app)), content_type="application/json")


@blueprint.route("/<path:_rest>", methods=METHODS)
@declare(auth="public", limit="api")
def answer_unrouted(_rest: str) -> flask.Response:
    """404 and 405 of the API as envelopes; without this the desk's own catch-all would take the path."""
    allowed = _allowed_methods()
    if not allowed:
        return failure(_not_found())
    if flask.request.method == "OPTIONS":
        return flask.Response(status=200, headers={"Allow": ", ".join(allowed)})
    members = {"message": "Method not allowed", "code": "METHOD_NOT_ALLOWED"}
    return failure(Problem(status=405, members=members, headers={"Allow": ", ".join(allowed)}))


@blueprint.before_app_request
def answer_unmatched() -> flask.Response | None:
    """Paths and methods that not even the catch-all takes."""
    path = flask.request.path
    fault = flask.request.routing_exception
    if fault is None or not (path == PREFIX or path.startswith(PREFIX + "/")):
        return None
    if isinstance(fault, MethodNotAllowed) and (allowed := _allowed_methods()):
        members = {"message": "Method not allowed", "code": "METHOD_NOT_ALLOWED"}
        return failure(Problem(status=405, members=members, headers={"Allow": ", ".join(allowed)}))
    return failure(_not_found())


def _allowed_methods() -> list[str]:
    """Methods under which a route of ours takes this path."""
    adapter = flask.current_app.create_url_adapter(flask.request)
    found = []
    for method in METHODS if adapter else ():
        try:
            rule, _ = adapter.match(method=method, return_rule=True)  # type: ignore[union-attr]
        except HTTPException:
            continue
        if rule.rule.startswith(PREFIX) and rule.endpoint != CATCH_ALL:
            found.append(method)
    return found


def _not_found() -> Problem:
    members = {"message": "Not found", "code": "NOT_FOUND", "path": flask.request.path}
    return Problem(status=404, members=members, headers={})
