"""The edge of every REST route: size, JSON, schema, key, limit, handler, envelope; in this order.

    @orders.route("/placeorder", "/placeorder/")
    class PlaceOrder(Resource):
        @endpoint(PlaceOrderBody, needs=Need.TRADE, limit="order", tag="orders", paper=True, summary="A new order")
        def post(self, call: Call) -> Reply: ...

A handler gets a Call and answers a Reply (or a finished Response); errors are raised, never answered.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import flask
import msgspec
import pydantic
from werkzeug.exceptions import RequestEntityTooLarge

from domain.errors import InvalidInput, NotAllowed, NotAuthenticated, OpenAlgoError
from services.accounts.keys.access import Need
from services.accounts.keys.guesses import guess_of
from services.accounts.principal import Principal
from services.container import AppServices
from services.events import ApiCalled
from services.trading import broker_time
from services.trading.timeline import trace
from services.trading.timeline.stages import stages
from services.wire.errors import INTERNAL, Problem, describe
from services.wire.fields import LEGACY_FIELDS, Body, complaints
from utils import json, request_ids
from utils.clock import epoch_ms
from utils.logging import get_logger
from utils.route_policy import declare, most_bytes

KEY_FIELD = "apikey"
LONGEST_KEY = 256
REQUIRED = "is required"
WRONG_KEY = "Invalid openalgo apikey"
META = "__endpoint__"
TEXT = "text/plain; charset=utf-8"
log = get_logger(__name__)


class Call(msgspec.Struct, frozen=True):
    """One authenticated request. `body` is the route's parsed model."""

    services: AppServices
    principal: Principal
    body: Any


class Reply(msgspec.Struct, frozen=True):
    """Members of a success envelope. `mode` is what the use case ran in; only `analyze` is shown."""

    members: dict[str, Any]
    mode: str | None = None
    headers: dict[str, str] = {}


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What a route declares; the edge obeys it and the API description is drawn from it.

    needs: what the key must open.
    headers: those that a success may carry, with what they say. without_key: the message when no key was given, where
    clients know one.
    """

    schema: type[Body]
    needs: Need
    limit: str
    tag: str
    summary: str
    paper: bool
    in_query: bool
    headers: Mapping[str, str]
    without_key: str | None


class TooLarge(InvalidInput):
    """The body is larger than MAX_REQUEST_BYTES."""

    code = "BODY_TOO_LARGE"


def endpoint(
    schema: type[Body],
    *,
    needs: Need,
    tag: str,
    summary: str,
    limit: str = "api",
    paper: bool = False,
    in_query: bool = False,
    headers: Mapping[str, str] = {},
    without_key: str | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., flask.Response]]:
    """Declare a handler method. paper: answers carry the mode. in_query: fields come from the query string."""
    meta = Endpoint(
        schema=schema,
        needs=needs,
        limit=limit,
        tag=tag,
        summary=summary,
        paper=paper,
        in_query=in_query,
        headers=headers,
        without_key=without_key,
    )

    def wrap(handler: Callable[..., Any]) -> Callable[..., flask.Response]:
        @functools.wraps(handler)
        def view(resource: Any, **path: Any) -> flask.Response:
            return _serve(meta, lambda call: handler(resource, call, **path))

        setattr(view, META, meta)
        declare(auth="api_key", limit=limit, needs=needs.value)(view)
        return view

    return wrap


def _serve(meta: Endpoint, handler: Callable[[Call], Any]) -> flask.Response:
    """Run one request through the edge. Whatever happens, the answer is an envelope."""
    services: AppServices = flask.current_app.extensions["openalgo"]
    begun = services.clock.monotonic()
    broker_time.start()
    trace.arrive(services.clock, begun)
    fields: dict[str, Any] = {}
    principal: Principal | None = None
    try:
        fields = _read(meta, most_bytes(meta.limit, services.settings.max_request_bytes))
        trace.note("read")
        key, body = _parse(meta, fields)
        principal = _authenticate(services, key, meta)
        services.limits.spend_of_key(meta.limit, principal.key_id, flask.request.remote_addr or "")
        result = handler(Call(services, principal, body))
        response = result if isinstance(result, flask.Response) else _success(result)
    except OpenAlgoError as error:
        response = failure(_problem(error), _shown_mode(meta, services))
        if flask.request.args.get("format") == "txt" and meta.in_query:
            response = flask.Response(f"{error.message}\n", response.status_code, content_type=TEXT)
    except Exception:
        log.exception("a REST call failed", path=flask.request.path)
        response = failure(INTERNAL, _shown_mode(meta, services))
    if principal is not None:
        try:
            _report(meta, services, principal, fields, response, begun)
        except Exception:  # the answer is decided: an order that was accepted must not end as an error
            log.exception("a REST call could not be reported", path=flask.request.path)
    trace.leave()
    return response


def _read(meta: Endpoint, limit: int) -> dict[str, Any]:
    """The request's fields before any check of their meaning."""
    request = flask.request
    if meta.in_query:
        return request.args.to_dict(flat=True)
    if (request.content_length or 0) > limit:
        raise TooLarge(f"The request body is larger than {limit} bytes")
    request.max_content_length = limit
    try:
        raw = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise TooLarge(f"The request body is larger than {limit} bytes") from None
    try:
        fields = json.decode(raw)
    except ValueError:
        raise InvalidInput("Invalid JSON body", code="INVALID_JSON") from None
    if not isinstance(fields, dict):
        raise InvalidInput("Invalid JSON body: an object is expected", code="INVALID_JSON")
    return fields


def _parse(meta: Endpoint, fields: dict[str, Any]) -> tuple[str, Body]:
    """The key and the typed body. Raises InvalidInput with every complaint at once."""
    given = {name: value for name, value in fields.items() if value is not None and name != KEY_FIELD}
    if meta.schema.tolerates_legacy:
        for name in LEGACY_FIELDS:
            given.pop(name, None)
    if meta.schema.takes_key:
        header = flask.request.environ.get("HTTP_IDEMPOTENCY_KEY")
        if header and "client_order_id" not in given and "idempotency_key" not in given:
            given["client_order_id"] = header
    errors: dict[str, list[str]] = {}
    key = _key(fields.get(KEY_FIELD), errors)
    try:
        body = meta.schema.model_validate(given)
    except pydantic.ValidationError as error:
        errors |= complaints(error)
    if errors:
        field, texts = next(iter(errors.items()))
        known = meta.without_key if errors.get(KEY_FIELD) == [REQUIRED] else None
        raise InvalidInput(known or f"{field}: {texts[0]}", errors=errors)
    return key, body


def _key(in_body: Any, errors: dict[str, list[str]]) -> str:
    """The first key that is not empty: body, header, query."""
    if in_body is not None and not isinstance(in_body, str):
        errors[KEY_FIELD] = ["must be text"]
        return ""
    request = flask.request
    key = in_body or request.headers.get("X-API-KEY") or request.args.get(KEY_FIELD) or ""
    if not key:
        errors[KEY_FIELD] = [REQUIRED]
    elif len(key) > LONGEST_KEY:
        errors[KEY_FIELD] = [f"must have at most {LONGEST_KEY} characters"]
    return key


def _authenticate(services: AppServices, key: str, meta: Endpoint) -> Principal:
    """Refused keys are counted by address, so that guessing has a limit and right keys behind it keep theirs."""
    address = flask.request.remote_addr or ""
    try:
        return services.api_keys.admit(key, meta.needs, address)
    except NotAuthenticated as error:
        guess = guess_of(key, error, services.vault)
        if guess is not None:
            services.bans.wrong_key(address, guess)
        services.limits.spend(meta.limit, f"ip:{address}")
        raise NotAuthenticated(WRONG_KEY) from None
    except NotAllowed:
        services.limits.spend(meta.limit, f"ip:{address}")
        raise


def _problem(error: OpenAlgoError) -> Problem:
    """REST differs from the browser API in two answers: a wrong key is 403, and so is a key without a broker."""
    problem = describe(error)
    if isinstance(error, TooLarge):
        return Problem(status=413, members=problem.members, headers=problem.headers)
    if isinstance(error, NotAuthenticated):
        return Problem(status=403, members={**problem.members, "message": WRONG_KEY}, headers={})
    if error.code == "NO_BROKER_SESSION":
        return Problem(
            status=403, members={**problem.members, "message": WRONG_KEY, "detail": error.message}, headers={}
        )
    return problem


def _shown_mode(meta: Endpoint, services: AppServices) -> str | None:
    if not meta.paper:
        return None
    try:
        return services.trading.modes.app_mode().value
    except OpenAlgoError:
        return None


def _success(reply: Reply) -> flask.Response:
    members = {"status": "success", **reply.members}
    if reply.mode is not None and reply.mode != "live":
        members["mode"] = reply.mode
    return flask.Response(
        json.encode(members), status=200, content_type="application/json", headers=reply.headers
    )


def failure(problem: Problem, mode: str | None = None) -> flask.Response:
    """An error envelope."""
    members = {"status": "error", **problem.members}
    if mode == "analyze":
        members["mode"] = mode
    return flask.Response(
        json.encode(members), status=problem.status, content_type="application/json", headers=problem.headers
    )


def _report(
    meta: Endpoint, services: AppServices, principal: Principal, fields: dict[str, Any],
    response: flask.Response, begun: float,
) -> None:  # fmt: skip
    """Tell the API log and the latency store, after the answer is decided."""
    if meta.tag != "orders" or not services.events.has_listeners(ApiCalled):
        return
    fields.pop(KEY_FIELD, None)
    ended = services.clock.monotonic()
    services.events.publish(
        ApiCalled(
            endpoint=flask.request.path.rstrip("/").rsplit("/", 1)[-1], user_id=principal.user_id,
            account_id=principal.account_id, broker=principal.broker,
            mode=_shown_mode(meta, services), status=response.status_code, request=fields,
            response=b"" if response.is_streamed else response.get_data(),
            elapsed_ms=(ended - begun) * 1000, broker_ms=broker_time.taken(),
            at_ms=epoch_ms(services.clock.now()), stages=stages(trace.current(), ended),
            request_id=trace.request_id() or request_ids.current(),
        )
    )  # fmt: skip
