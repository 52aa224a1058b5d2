"""How a Noren server is spoken to: `jData=` bodies of texts, one envelope, error texts, and logins in the browser."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from broker.core import endpoint as e
from broker.core import tables as t
from broker.core.roles import Session
from broker.core.table_roles.login import Granted, LoginCalls, LoginPage
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
    headers = e.session_headers(fixed, {"Authorization": "Bearer {access_token}"} if in_header else {})

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


def login(way: LoginWay) -> LoginCalls:
    """A redirect login. The operator's API key is `userid:::client_id`; the token lasts a trading day.

    Neither the callback's address nor a state can be given: they are registered or unknown.
    """
    user, token = t.identity(way.user), t.text(way.token)
    call = e.write(
        "login", way.call, lambda data: Granted(user=user(data), tokens={"access_token": token(data)}), "other",
        e.keyed(*way.fields), body=way.body, signed=False, host=way.host)  # fmt: skip
    return LoginCalls(
        login=call, check=LIMITS, logout=LOGOUT, form=_form, owner=lambda credentials: _parts(credentials)[0],
        page=LoginPage(code="code", query=lambda credentials, _address, _state: {way.page: _parts(credentials)[1]}),
    )  # fmt: skip


def _form(credentials: Mapping[str, str], answers: Mapping[str, str]) -> dict[str, str]:
    (own, key), code = _parts(credentials), answers["code"]
    proof = hashlib.sha256(f"{key}{credentials['api_secret']}{code}".encode()).hexdigest()
    theirs = {"uid": own, "code": code, "checksum": proof}
    return {**theirs, "api_key": key, "request_code": code, "api_secret": proof}


def _parts(credentials: Mapping[str, str]) -> tuple[str, str]:
    user, found, key = credentials["api_key"].partition(":::")
    if not (user and found and key):
        raise Refused("The API key must be the user id and the application's key, joined by ':::'")
    return user, key
