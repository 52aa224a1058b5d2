"""Where brokers post order changes: proven by their signature, and confirmed by a read before anybody is told."""

from __future__ import annotations

import flask
from werkzeug.exceptions import RequestEntityTooLarge

from blueprints.edge import current_services, envelope
from domain.errors import OpenAlgoError
from services.wire.errors import INTERNAL, Problem, describe
from utils.logging import get_logger
from utils.route_policy import MOST_BYTES, declare

blueprint = flask.Blueprint("postbacks", __name__)

LIMIT = "webhook"
log = get_logger(__name__)


@blueprint.post("/postback/<broker>")
@declare(auth="signed_body", limit=LIMIT)
def receive(broker: str) -> flask.Response:
    """One order change; the answer never says what is known of the order."""
    request = flask.request
    try:
        flask.current_app.extensions["openalgo_limits"].spend(LIMIT, f"ip:{request.remote_addr}")
        request.max_content_length = MOST_BYTES[LIMIT]
        current_services().trading.sources.postbacks.receive(broker, request.get_data(cache=False))
        return envelope({"status": "success"}, 200)
    except RequestEntityTooLarge:
        text = f"The message is larger than {MOST_BYTES[LIMIT]} bytes"
        return _failure(Problem(status=413, members={"message": text, "code": "BODY_TOO_LARGE"}, headers={}))
    except OpenAlgoError as error:
        return _failure(describe(error))
    except Exception:
        log.exception("a postback failed")
        return _failure(INTERNAL)


def _failure(problem: Problem) -> flask.Response:
    response = envelope({"status": "error", **problem.members}, problem.status)
    for name, value in problem.headers.items():
        response.headers[name] = value
    return response
