"""The Authenticator role as a table: a form of ours, or the vendor's own page, from which the browser brings a code."""

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

Fields = Mapping[str, str]


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """What a vendor answers to a login. ends: when the tokens die, None for the manifest's roll-over."""

    user: str
    tokens: Fields
    ends: dt.datetime | None = None


class LoginPage(msgspec.Struct, frozen=True, kw_only=True):
    """The vendor's page, on the host `host`.

    query: from credentials, the address to come back to, and the state. code: the callback's field with the code.
    confirmed: a callback field with the value that tells success; a callback without it counts as success.
    """

    query: Callable[[Fields, str, str], Fields]
    code: str
    path: str = ""
    confirmed: tuple[str, str] = ("", "")
    host: str = "login"


class LoginCalls(msgspec.Struct, frozen=True, kw_only=True):
    """One vendor's login. page: None for one with the fields of the manifest's form.

    form: what the login call is given, from credentials and the answers (of the form, or the callback's fields), which
    are kept nowhere. check, logout: their subject is the session. owner: whose login alone is accepted, by credentials.
    user: the field of `form` with the user's id where the vendor's answer does not tell it.
    """

    login: Endpoint[Granted]
    check: Endpoint[Any]
    logout: Endpoint[Any]
    form: Callable[[Fields, Fields], Fields] = lambda credentials, answers: {**credentials, **answers}
    page: LoginPage | None = None
    owner: Callable[[Fields], str] | None = None
    user: str = ""


class TableLogin:
    """An Authenticator of LoginCalls. checks: the engine of the check where it is another one."""

    def __init__(
        self, context: PluginContext, rest: Rest, calls: LoginCalls, checks: Rest | None = None
    ) -> None:
        self._context, self._rest, self._calls, self._checks = context, rest, calls, checks or rest

    def begin(self, credentials: Fields, redirect_url: str, state: str) -> LoginStep:
        page = self._calls.page
        if page is None:
            return LoginStep(kind="form")
        query = urlencode(page.query(credentials, redirect_url, state), quote_via=quote)
        url = f"{self._context.hosts[page.host]}{page.path}?{query}"
        return LoginStep(kind="redirect", redirect_url=url)

    def complete(self, account_id: int, credentials: Fields, answers: Fields) -> Session:
        calls, name = self._calls, self._context.manifest.name
        if (page := calls.page) is not None:
            word, good = page.confirmed
            if not answers.get(page.code) or answers.get(word, good) != good:
                raise Refused(f"{name} did not confirm the login", vendor_code=answers.get(word))
        form = calls.form(credentials, answers)
        granted = self._rest.call(None, calls.login, form, account_id=account_id)
        user = form[calls.user] if calls.user else granted.user
        if calls.owner is not None and user.casefold() != calls.owner(credentials).casefold():
            raise Refused("The login is of another user than the API key names")
        session = until_rollover(self._context, account_id, user, credentials, granted.tokens)
        return session if granted.ends is None else msgspec.structs.replace(session, expires_at=granted.ends)

    def check(self, session: Session) -> None:
        self._checks.call(session, self._calls.check, session)

    def logout(self, session: Session) -> None:
        self._rest.call(session, self._calls.logout, session)
