"""How a Noren server is spoken to: `jData=` bodies of texts, one envelope, error texts, and logins in the browser."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import msgspec

from broker.core import endpoint as e
from broker.core import tables as t
from broker.core.rest import Rest, until_rollover
from broker.core.roles import LoginStep, PluginContext, Session
from domain.errors import BadVendorData, OutcomeUnknown, Refused, SessionDead, Throttled
from domain.money import plain
from utils import json

# How calls are signed: whether the token is in a header, and whether in the body.
SIGNED = {"bearer": (True, False), "key": (False, True), "both": (True, True)}
ERRORS = (
    e.ErrorRule(error=Throttled, contains=("exceeds limit",)),
    e.ErrorRule(error=SessionDead, contains=("session expired", "invalid session key")),
    e.ErrorRule(error=SessionDead, statuses=(401,)),
    # The front end gave up waiting for the order system, which may have gone on.
    e.ErrorRule(error=OutcomeUnknown, contains=("timeout",)),
    e.ErrorRule(error=Refused, statuses=(200,)),
)
_OWN = (e.field("uid", "broker_user_id"), e.field("actid", "broker_user_id"))
LIMITS: e.Endpoint[dict[str, Any]] = e.ask("funds", "POST /Limits", t.an_object, "other", (), "vendor")
_SOURCE = (e.always("ordersource", "API"),)
LOGOUT = e.write("logout", "POST /Logout", t.an_object, "other", _SOURCE, body="vendor")


def unwrap(answer: Any) -> Any | e.VendorError:
    """Lists come bare, objects with a flag, and "nothing found" as a failure of its own text."""
    is_object = isinstance(answer, dict)
    if isinstance(answer, list) or (is_object and answer.get("stat") == "Ok"):
        return answer
    if not is_object or answer.get("stat") != "Not_Ok":
        raise BadVendorData("the answer is neither a list nor Noren's envelope")
    told = str(answer.get("emsg") or "no reason given").strip()
    is_nothing = told.casefold().startswith(("no data", 'error occurred : 5 "no data"'))
    return [] if is_nothing else e.VendorError(told.partition(":")[0].strip(), told)


def dialect(manner: str) -> e.Dialect:
    """The dialect of calls signed in one of the manners of SIGNED. Raises KeyError for another."""
    in_header, in_body = SIGNED[manner]
    fixed = {"Content-Type": "application/x-www-form-urlencoded" if in_body else "text/plain"}

    def headers(session: Session | None) -> Mapping[str, str]:
        token = session.tokens["access_token"] if session is not None and in_header else None
        return fixed if token is None else {**fixed, "Authorization": f"Bearer {token}"}

    def pack(values: Mapping[str, Any], session: Session | None) -> bytes:
        # The server cuts the body at `&` before it reads the JSON, so none may stand inside.
        data = json.encode_text(_texts(values)).replace("&", "\\u0026")
        key = f"&jKey={session.tokens['access_token']}" if session is not None and in_body else ""
        return f"jData={data}{key}".encode()

    return e.Dialect(headers=headers, unwrap=unwrap, errors=ERRORS, own=_OWN, pack=pack)


def _texts(value: Any) -> Any:
    """Noren knows no JSON numbers."""
    if isinstance(value, dict):
        return {name: _texts(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_texts(item) for item in value]
    return plain(value) if isinstance(value, Decimal) else str(value)


class LoginWay(msgspec.Struct, frozen=True, kw_only=True):
    """page: the login page's field for the key. call to fields: what trades the code. user, token: its answer's."""

    page: str = "client_id"
    call: str = "POST /GenAcsTok"
    body: e.Body = "vendor"
    host: str = "rest"
    fields: tuple[str, ...] = ("code", "checksum", "uid")
    user: str = "USERID"
    token: str = "access_token"  # noqa: S105 - the name of a field


OAUTH = LoginWay()


class Login:
    """Redirect login. The operator's API key is `userid:::client_id`; the token lasts a trading day."""

    def __init__(self, context: PluginContext, rest: Rest, way: LoginWay) -> None:
        self._context, self._rest, self._page = context, rest, way.page
        user, token = t.identity(way.user), t.text(way.token)
        read, fields = lambda data: (user(data), token(data)), e.keyed(*way.fields)
        exchange = e.write("login", way.call, read, "other", fields, body=way.body, signed=False)
        self._exchange = msgspec.structs.replace(exchange, host=way.host)

    def begin(self, credentials: Mapping[str, str], redirect_url: str, state: str) -> LoginStep:
        """The login page. Neither the callback's address nor a state can be given: they are registered or unknown."""
        _, key = _parts(credentials)
        query = urlencode({self._page: key})
        return LoginStep(kind="redirect", redirect_url=f"{self._context.hosts['login']}?{query}")

    def complete(
        self, account_id: int, credentials: Mapping[str, str], answers: Mapping[str, str]
    ) -> Session:
        """Trade the callback's code for a token; a login of somebody else is refused."""
        own, key = _parts(credentials)
        code, secret = answers.get("code", ""), credentials["api_secret"]
        if not code:
            raise Refused(f"{self._context.manifest.name} did not confirm the login")
        proof = hashlib.sha256(f"{key}{secret}{code}".encode()).hexdigest()
        theirs = {"uid": own, "code": code, "checksum": proof}
        subject = {**theirs, "api_key": key, "request_code": code, "api_secret": proof}
        user, token = self._rest.call(None, self._exchange, subject, account_id=account_id)
        if user.casefold() != own.casefold():
            raise Refused("The login is of another user than the API key names")
        return until_rollover(self._context, account_id, user, credentials, {"access_token": token})

    def check(self, session: Session) -> None:
        self._rest.call(session, LIMITS)

    def logout(self, session: Session) -> None:
        self._rest.call(session, LOGOUT)


def _parts(credentials: Mapping[str, str]) -> tuple[str, str]:
    user, found, key = credentials["api_key"].partition(":::")
    if not (user and found and key):
        raise Refused("The API key must be the user id and the application's key, joined by ':::'")
    return user, key
