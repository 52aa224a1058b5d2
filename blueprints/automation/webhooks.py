"""The URLs of strategies: a secret path, a JSON body whatever its content type, and no session.

Errors carry their text as `error`, which senders read, and as `message`, like everything else here; their code again as
`result`, the word that senders of the newer actions look for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import flask
from werkzeug.exceptions import RequestEntityTooLarge

from blueprints.edge import current_services, envelope
from domain.errors import NotAuthenticated, NotFound, OpenAlgoError
from services.automation.records import Message
from services.automation.signatures import HEADER
from services.wire.errors import INTERNAL, Problem, describe
from utils.logging import get_logger
from utils.route_policy import MOST_BYTES, declare

if TYPE_CHECKING:
    from services.container import AppServices

blueprint = flask.Blueprint("webhooks", __name__)

LIMIT = "webhook"
KEY_HEADERS = ("X-Idempotency-Key", "Idempotency-Key")
log = get_logger(__name__)


def webhook_route(rule: str) -> Callable[[Callable[..., Any]], Callable[..., flask.Response]]:
    """Register a view under a secret path; whatever happens, the answer is an envelope."""

    def register(view: Callable[..., Any]) -> Callable[..., flask.Response]:
        @declare(auth="secret_path", limit=LIMIT)
        def endpoint(webhook_id: str) -> flask.Response:
            try:
                return envelope(view(current_services(), webhook_id), 200)
            except RequestEntityTooLarge:
                members = {
                    "message": f"The message is larger than {MOST_BYTES[LIMIT]} bytes",
                    "code": "BODY_TOO_LARGE",
                }
                return _failure(Problem(status=413, members=members, headers={}))
            except OpenAlgoError as error:
                return _failure(describe(error))
            except Exception:
                log.exception("a webhook call failed")
                return _failure(INTERNAL)

        blueprint.add_url_rule(rule, view.__name__, endpoint, methods=["POST"])
        return endpoint

    return register


@webhook_route("/strategy/webhook/<webhook_id>")
def strategy_webhook(services: AppServices, webhook_id: str) -> dict[str, Any]:
    """Alerts of charting services, programs and spreadsheets."""
    return _receive(services, webhook_id)


@webhook_route("/chartink/webhook/<webhook_id>")
def chartink_webhook(services: AppServices, webhook_id: str) -> dict[str, Any]:
    """Alerts of the scanner; either URL takes either payload."""
    return _receive(services, webhook_id)


def _receive(services: AppServices, webhook_id: str) -> dict[str, Any]:
    """Unknown ids and wrong signatures spend the limit of their address; right senders keep theirs."""
    request = flask.request
    limits = flask.current_app.extensions["openalgo_limits"]
    try:
        strategy = services.automation.strategies.by_webhook(webhook_id)
    except NotFound:
        limits.spend(LIMIT, f"ip:{request.remote_addr}")
        raise
    request.max_content_length = MOST_BYTES[LIMIT]
    raw, signatures = request.get_data(cache=False), services.automation.signatures
    try:
        signed = signatures.check(strategy, raw, request.headers.get(HEADER))
    except NotAuthenticated:
        services.bans.wrong_key(request.remote_addr or "", f"signature of strategy {strategy.id}")
        limits.spend(LIMIT, f"ip:{request.remote_addr}")
        raise
    limits.spend(LIMIT, f"strategy:{strategy.id}")
    signatures.use_up(strategy, signed)
    key = next((text for name in KEY_HEADERS if (text := request.headers.get(name))), None)
    message = Message(raw=raw, key=key, address=request.remote_addr or "")
    return services.automation.inbox.receive(strategy, message)


def _failure(problem: Problem) -> flask.Response:
    result = f"rejected_{problem.members['code'].lower()}"
    members = {"status": "error", "error": problem.members["message"], "result": result, **problem.members}
    response = envelope(members, problem.status)
    for name, value in problem.headers.items():
        response.headers[name] = value
    return response
