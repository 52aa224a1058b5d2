"""Logins on the vendor's own page: the browser comes back from there with a code, which is traded for tokens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from broker.core.endpoint import Endpoint
from broker.core.rest import Rest, until_rollover
from broker.core.roles import LoginStep, PluginContext, Session
from domain.errors import Refused


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """What a vendor answers to a code. ends: when the tokens die, None for the manifest's roll-over."""

    user: str
    tokens: Mapping[str, str]
    ends: dt.datetime | None = None


class LoginPage(msgspec.Struct, frozen=True, kw_only=True):
    """One vendor's login as a table.

    path, query: of its page on the host `login`, from credentials, the address to come back to, and the state.
    code: the callback's field with the code. confirmed: a callback field with the value that tells success; a callback
    without it counts as success. form: what the login call is given, from credentials and the callback's fields.
    """

    path: str
    query: Callable[[Mapping[str, str], str, str], Mapping[str, str]]
    code: str
    confirmed: tuple[str, str]
    form: Callable[[Mapping[str, str], Mapping[str, str]], Mapping[str, str]]
    login: Endpoint[Granted]
    check: Endpoint[Any]
    logout: Endpoint[Any]
    host: str = "login"


class RedirectLogin:
    """An Authenticator of one LoginPage."""

    def __init__(self, context: PluginContext, rest: Rest, page: LoginPage) -> None:
        self._context = context
        self._rest = rest
        self._page = page

    def begin(self, credentials: Mapping[str, str], redirect_url: str, state: str) -> LoginStep:
        """See Authenticator."""
        query = urlencode(self._page.query(credentials, redirect_url, state), quote_via=quote)
        url = f"{self._context.hosts[self._page.host]}{self._page.path}?{query}"
        return LoginStep(kind="redirect", redirect_url=url)

    def complete(
        self, account_id: int, credentials: Mapping[str, str], answers: Mapping[str, str]
    ) -> Session:
        """See Authenticator."""
        page = self._page
        name, good = page.confirmed
        if not answers.get(page.code) or answers.get(name, good) != good:
            raise Refused(
                f"{self._context.manifest.name} did not confirm the login", vendor_code=answers.get(name)
            )
        granted = self._rest.call(None, page.login, page.form(credentials, answers), account_id=account_id)
        session = until_rollover(self._context, account_id, granted.user, credentials, granted.tokens)
        return session if granted.ends is None else msgspec.structs.replace(session, expires_at=granted.ends)

    def check(self, session: Session) -> None:
        """See Authenticator."""
        self._rest.call(session, self._page.check)

    def logout(self, session: Session) -> None:
        """See Authenticator."""
        self._rest.call(session, self._page.logout, {**session.credentials, **session.tokens})
