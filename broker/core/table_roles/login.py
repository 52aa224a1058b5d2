"""The Authenticator role as a table, for vendors who are logged in with the fields of a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from broker.core.endpoint import Endpoint
from broker.core.rest import Rest, until_rollover
from broker.core.roles import LoginStep, PluginContext, Session


class FormLogin:
    """An Authenticator of three endpoints.

    login: its subject is a mapping of the credentials and of the form's answers, which are kept nowhere; its value is
    the vendor's user id and the tokens. check, logout: their subject is the session.
    """

    def __init__(
        self, context: PluginContext, rest: Rest, *, login: Endpoint[tuple[str, Mapping[str, str]]],
        check: Endpoint[Any], logout: Endpoint[Any],
    ) -> None:  # fmt: skip
        self._context, self._rest = context, rest
        self._login, self._check, self._logout = login, check, logout

    def begin(self, credentials: Mapping[str, str], redirect_url: str, state: str) -> LoginStep:
        """The form of the manifest."""
        return LoginStep(kind="form")

    def complete(
        self, account_id: int, credentials: Mapping[str, str], answers: Mapping[str, str]
    ) -> Session:
        """See Authenticator."""
        user, tokens = self._rest.call(None, self._login, {**credentials, **answers}, account_id=account_id)
        return until_rollover(self._context, account_id, user, credentials, tokens)

    def check(self, session: Session) -> None:
        """See Authenticator."""
        self._rest.call(session, self._check, session)

    def logout(self, session: Session) -> None:
        """See Authenticator."""
        self._rest.call(session, self._logout, session)
