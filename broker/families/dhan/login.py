"""Dhan's consent login, and its pasted tokens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from broker.core import tables as t
from broker.core.endpoint import Endpoint, keyed, write
from broker.core.rest import Rest, until_rollover
from broker.core.roles import LoginStep, PluginContext, Session
from broker.families.dhan.roles import PROFILE
from domain.errors import Refused
from utils.clock import IST

LIFE, APP = dt.timedelta(hours=24), keyed("app_id", "app_secret")


def _auth(name: str, call: str, answer: Any, asked: str) -> Endpoint[Any]:
    """A call of the login service, signed with the application's own secrets."""
    endpoint = write(name, call, answer, "other", keyed(asked), body="query", signed=False, headers=APP)
    return msgspec.structs.replace(endpoint, host="auth")


def _granted(data: Any) -> tuple[str, str, dt.datetime]:
    """Client id, token and end; the time is Indian and may say so."""
    ends = dt.datetime.fromisoformat(t.text("expiryTime")(data))
    client, token = t.identity("dhanClientId")(data), t.text("accessToken")(data)
    return client, token, ends if ends.tzinfo else ends.replace(tzinfo=IST)


CONSENT = _auth("consent", "POST /app/generate-consent", t.text("consentAppId"), "client_id")
CONSUME = _auth("login", "GET /app/consumeApp-consent", _granted, "tokenId")
CONFIRM = write("login", "GET /profile", t.identity("dhanClientId"), "other", (), body="query")


class Login:
    """Consent in the browser, or a token pasted from Dhan's own pages; either lives for a day."""

    def __init__(self, context: PluginContext, rest: Rest) -> None:
        self._context = context
        self._rest = rest

    def begin(self, credentials: Mapping[str, str], redirect_url: str, state: str) -> LoginStep:
        """The consent page; Dhan keeps the redirect URL itself and hands no state back."""
        if credentials.get("access_token"):
            return LoginStep(kind="instant")
        consent = self._rest.call(None, CONSENT, _application(credentials))
        page = f"{self._context.hosts['auth']}/login/consentApp-login?consentAppId={quote(consent, safe='')}"
        return LoginStep(kind="redirect", redirect_url=page)

    def complete(
        self, account_id: int, credentials: Mapping[str, str], answers: Mapping[str, str]
    ) -> Session:
        """Trade the callback's token id for an access token, or prove a pasted one."""
        application = _application(credentials)
        client, pasted = application["client_id"], answers.get("access_token")
        if pasted:
            session = until_rollover(self._context, account_id, client, credentials, {"access_token": pasted})
            ends = session.issued_at + LIFE
            owner = self._rest.call(session, CONFIRM)
        elif answers.get("tokenId"):
            asked = {**application, "tokenId": answers["tokenId"]}
            owner, token, ends = self._rest.call(None, CONSUME, asked, account_id=account_id)
            session = until_rollover(self._context, account_id, owner, credentials, {"access_token": token})
        else:
            raise Refused("Dhan did not confirm the login")
        if owner != client:
            raise Refused("The token belongs to another Dhan client than the API key")
        return msgspec.structs.replace(session, expires_at=ends)

    def check(self, session: Session) -> None:
        self._rest.call(session, PROFILE)

    def logout(self, session: Session) -> None:
        """Dhan ends no token before its time."""


def _application(credentials: Mapping[str, str]) -> dict[str, str]:
    client, _, key = credentials["api_key"].partition(":::")
    if not client or not key:
        raise Refused("Dhan's API key has the form client_id:::api_key")
    return {"client_id": client, "app_id": key, "app_secret": credentials["api_secret"]}
