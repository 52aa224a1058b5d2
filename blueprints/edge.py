"""The edge of the browser API: one decorator that authenticates, limits, parses and answers.

    funds = Blueprint("funds", __name__)

    @session_route(funds, "/ui/api/funds")
    def show_funds(call: Call) -> Any:
        return call.services.books.funds(call.principal)

    @session_route(funds, "/ui/api/orders", methods=("POST",), body=OrderForm, limit="orders")
    def place(call: Call) -> Any:
        return {"orderid": ...(call.body)}

A view gets a Call and the path's arguments, and answers plain data (wrapped in the envelope), an Answer when it
sets status or extra envelope members, or a finished Response. Errors are raised, never answered.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

import flask
import flask_login
import msgspec
import pydantic
from werkzeug.exceptions import RequestEntityTooLarge

from domain.errors import InvalidInput, NotAllowed, NotAuthenticated, OpenAlgoError
from services.accounts.principal import Principal
from services.ops.audit.trail import DONE, Act
from utils import json
from utils.route_policy import declare, most_bytes

if TYPE_CHECKING:
    from services.container import AppServices

# Limits that guard against guessing count by client address, whoever is signed in.
PER_ADDRESS = ("login", "code", "reset")

# Orders have a journal and a story of their own; what the desk remembers of its looks is nobody's act.
UNAUDITED = (
    "trading", "basket", "payoff", "gtts", "exits", "ticket", "market", "action_center", "preferences", "watchlists",
    "operator_audit",
)  # fmt: skip
# Asked by every page as it opens, or by what went wrong on it.
UNAUDITED_RULES = ("/ui/api/ws-ticket", "/ui/api/errors/browser")
# These write their rows themselves, with what changed; only refusals are left to note.
SELF_AUDITED = ("operator_admin", "operator_retention", "bans")

M = TypeVar("M", bound=pydantic.BaseModel)
View = Callable[..., Any]


class Form(pydantic.BaseModel):
    """Base of request bodies and queries: unknown fields are refused, text is stripped and bounded by its field."""

    model_config = pydantic.ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


class Call(msgspec.Struct, frozen=True):
    """One request. `body` and `query` are instances of the route's models, None where it has none."""

    services: AppServices
    caller: Principal | None
    body: Any = None
    query: Any = None

    @property
    def principal(self) -> Principal:
        """The signed-in caller; only public routes may lack one."""
        if self.caller is None:
            raise session_expired()
        return self.caller


class Answer(msgspec.Struct, frozen=True):
    """Data with a status or extra members of the envelope (`mode`)."""

    data: Any
    status: int = 200
    extra: dict[str, Any] = {}


def session_expired() -> NotAuthenticated:
    """The one 401 of the browser API."""
    return NotAuthenticated("Please sign in", code="SESSION_EXPIRED")


def current_services() -> AppServices:
    """The services of the running app."""
    services: AppServices = flask.current_app.extensions["openalgo"]
    return services


def session_route(
    blueprint: flask.Blueprint,
    rule: str,
    *,
    methods: tuple[str, ...] = ("GET",),
    auth: str = "session",
    limit: str = "ui",
    body: type[pydantic.BaseModel] | None = None,
    query: type[pydantic.BaseModel] | None = None,
) -> Callable[[View], View]:
    """Register a view under `rule`.

    auth: `session` (signed in), `admin`, `public`, or `bearer_token`, which the view checks. limit: inbound limit
    class (utils.route_policy), spent per user, or per client address before sign-in. body/query: models of the JSON
    body and of the query string.
    """

    def register(view: View) -> View:
        is_audited = methods != ("GET",) and blueprint.name not in UNAUDITED and rule not in UNAUDITED_RULES
        # What anybody may call would let anybody fill the trail; the doors have narrow limits.
        is_audited = is_audited and (auth != "public" or limit in PER_ADDRESS)

        @functools.wraps(view)
        def endpoint(**path: Any) -> flask.Response:
            if limit in PER_ADDRESS:
                _spend(limit, None)
            caller = _admitted(auth, rule, path, is_audited)
            if limit not in PER_ADDRESS:
                _spend(limit, caller)
            call = Call(current_services(), caller, _parse_body(body, limit), _parse_query(query))
            with audited(call, rule, path) if is_audited else nullcontext():
                return to_response(view(call, **path))

        declare(auth=auth, limit=limit)(endpoint)
        name = f"{view.__name__}_{'_'.join(methods).lower()}"
        blueprint.add_url_rule(rule, name, endpoint, methods=list(methods))
        return view

    return register


@contextmanager
def audited(call: Call, rule: str, path: dict[str, Any]) -> Iterator[None]:
    """Note a write of the desk, done or refused, in the audit trail; never its body, which may hold secrets."""
    outcome = DONE
    try:
        yield
    except OpenAlgoError as error:
        outcome = error.code
        raise
    except Exception:
        outcome = "INTERNAL"
        raise
    finally:
        if outcome != DONE or flask.request.blueprint not in SELF_AUDITED:
            _note(call, rule, path, outcome)


def _note(call: Call, rule: str, path: dict[str, Any], outcome: str) -> None:
    """Signing in tells who it was only afterwards; whoever failed to is named by what was typed, if that is a name."""
    user = flask_login.current_user
    caller = call.caller or (user.principal if user.is_authenticated else None)
    named, address = getattr(call.body, "username", ""), getattr(call.body, "address", "")
    call.services.operator.audit.note(
        Act(
            action=f"{flask.request.method} {rule}", outcome=outcome, detail=path,
            subject=address if isinstance(address, str) else "",
            actor=caller.username if caller is not None else call.services.users.shown_name(named),
            actor_id=caller.user_id if caller is not None else None,
            address=flask.request.remote_addr or "", request_id=flask.g.get("request_id", ""),
        )
    )  # fmt: skip


def _admitted(auth: str, rule: str, path: dict[str, Any], is_audited: bool) -> Principal | None:
    """The caller; who is signed in and may not do this is noted where doing it would be."""
    try:
        return _caller(auth)
    except NotAllowed as error:
        if is_audited:
            _note(Call(current_services(), None), rule, path, error.code)
        raise


def _caller(auth: str) -> Principal | None:
    """The signed-in caller, checked against the route's demand."""
    user = flask_login.current_user
    caller: Principal | None = user.principal if user.is_authenticated else None
    if auth in ("public", "bearer_token"):
        return caller
    if caller is None:
        raise session_expired()
    if auth == "admin" and not caller.is_admin:
        raise NotAllowed("Only an administrator may do this")
    return caller


def _spend(limit: str, caller: Principal | None) -> None:
    key = f"user:{caller.user_id}" if caller else f"ip:{flask.request.remote_addr}"
    flask.current_app.extensions["openalgo_limits"].spend(limit, key)


def _parse_body(model: type[M] | None, limit: str) -> M | None:
    if model is None:
        return None
    most = most_bytes(limit, flask.current_app.config["MAX_CONTENT_LENGTH"])
    flask.request.max_content_length = most
    is_announced = (flask.request.content_length or 0) > most
    raw = b"" if is_announced else flask.request.get_data(cache=False)
    if is_announced or len(raw) > most:
        raise RequestEntityTooLarge
    try:
        fields = json.decode(raw) if raw else {}
    except ValueError:
        raise InvalidInput("The request body is not JSON") from None
    if not isinstance(fields, dict):
        raise InvalidInput("The request body must be a JSON object")
    return _validate(model, fields)


def _parse_query(model: type[M] | None) -> M | None:
    if model is None:
        return None
    return _validate(model, flask.request.args.to_dict(flat=True))


def _validate(model: type[M], fields: dict[str, Any]) -> M:
    """The model, or InvalidInput with every complaint under its field."""
    try:
        return model.model_validate(fields)
    except pydantic.ValidationError as error:
        complaints: dict[str, list[str]] = {}
        for item in error.errors(include_url=False, include_context=False, include_input=False):
            field = ".".join(str(part) for part in item["loc"]) or "body"
            complaints.setdefault(field, []).append(item["msg"].removeprefix("Value error, "))
        first = next(iter(complaints.items()))
        raise InvalidInput(f"{first[0]}: {first[1][0]}", errors=complaints) from None


def to_response(result: Any) -> flask.Response:
    """Data, Answer or Response as a response in the one envelope."""
    if isinstance(result, flask.Response):
        return result
    answer = result if isinstance(result, Answer) else Answer(result)
    return envelope({"status": "success", "data": answer.data, **answer.extra}, answer.status)


def envelope(members: dict[str, Any], status: int) -> flask.Response:
    """A JSON response that is never cached."""
    response = flask.Response(json.encode(members), status=status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
