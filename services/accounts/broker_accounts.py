"""Broker accounts: what a user owns at brokers, with credentials sealed, one of them active."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.exc import IntegrityError

from database import accounts as rows
from database.accounts import AccountRecord
from database.stores import Store
from domain.errors import Conflict, InvalidInput, NotFound
from services.accounts.broker_sessions import CREDENTIALS, AccountView, BrokerSessions
from services.accounts.callers import Callers
from services.accounts.crypto import Vault
from services.accounts.forms import check_form
from services.brokers import BrokerHost
from services.events import AccountRemoved, ActiveAccountChanged, Events
from utils import json
from utils.clock import Clock

LONGEST_LABEL = 80
MOST_ACCOUNTS = 50

DefaultCredentials = Callable[[str], Mapping[str, str]]


class BrokerAccounts(BrokerSessions):
    """Use cases on accounts and, inherited, on their sessions. `defaults`: credentials that the settings hold."""

    def __init__(
        self, store: Store, vault: Vault, brokers: BrokerHost, callers: Callers, events: Events, clock: Clock,
        defaults: DefaultCredentials = lambda _broker: {},
    ) -> None:  # fmt: skip
        super().__init__(store, vault, callers, events, clock)
        self._brokers = brokers
        self._defaults = defaults

    def list(self, user_id: int) -> list[AccountView]:
        """The user's accounts, oldest first."""
        with self._store.reading() as unit:
            sessions = rows.BrokerSessions(unit)
            found = [(row, sessions.get(row.id)) for row in rows.Accounts(unit).of_user(user_id)]
        return [self._view(account, session) for account, session in found]

    def known(self) -> set[int]:
        """Ids of the accounts of all users."""
        with self._store.reading() as unit:
            return {row.id for row in rows.Accounts(unit).all()}

    def of_broker(self, broker: str | None) -> Sequence[AccountView]:
        """Accounts of a broker (None: of any) over all users: those with a usable session first, latest login first."""
        with self._store.reading() as unit:
            sessions = rows.BrokerSessions(unit)
            found = [
                (row, sessions.get(row.id))
                for row in rows.Accounts(unit).all()
                if broker in (None, row.broker)
            ]
        views = [self._view(account, session) for account, session in found]
        oldest = dt.datetime.min.replace(tzinfo=dt.UTC)
        views.sort(key=lambda view: view.since or oldest, reverse=True)
        return sorted(views, key=lambda view: view.state != "valid")

    def view(self, user_id: int, account_id: int) -> AccountView:
        """One account of the user. Raises NotFound for others' accounts too."""
        account = self.own(user_id, account_id)
        with self._store.reading() as unit:
            return self._view(account, rows.BrokerSessions(unit).get(account_id))

    def find(self, account_id: int) -> AccountView:
        """One account, whoever owns it. Raises NotFound."""
        account = self._get(account_id)
        with self._store.reading() as unit:
            return self._view(account, rows.BrokerSessions(unit).get(account_id))

    def active(self, user_id: int) -> AccountView | None:
        """The account that the user's desk and API key stand for."""
        return next((view for view in self.list(user_id) if view.active), None)

    def create(self, user_id: int, broker: str, label: str, credentials: Mapping[str, str]) -> AccountView:
        """A new account; the user's first one becomes active. Raises NotFound, InvalidInput, Conflict."""
        manifest = self._brokers.manifest(broker)
        known = {name: text for name, text in self._defaults(broker).items() if text}
        asked = manifest.auth.credentials.get("properties", {})
        given = {name: text for name, text in credentials.items() if text.strip()}
        clean = check_form(
            manifest.auth.credentials, {**{name: known[name] for name in asked if name in known}, **given}
        )
        sealed = self._vault.seal(CREDENTIALS, json.encode_text(clean))
        label = _label(label)
        try:
            with self._store.unit() as unit:
                accounts = rows.Accounts(unit)
                existing = accounts.of_user(user_id)
                if len(existing) >= MOST_ACCOUNTS:
                    raise Conflict(f"A user has at most {MOST_ACCOUNTS} accounts")
                account = accounts.add(
                    user_id=user_id, broker=broker, label=label, credentials_sealed=sealed,
                    active=not any(row.active for row in existing), now=self._clock.now(),
                )  # fmt: skip
        except IntegrityError:
            raise Conflict("You have an account with this label already", code="LABEL_TAKEN") from None
        self._callers.forget(user_id)
        return self.view(user_id, account.id)

    def update(
        self, user_id: int, account_id: int, label: str | None, credentials: Mapping[str, str] | None
    ) -> AccountView:
        """Rename, or replace the credentials; fields left blank keep what is stored. New credentials end the session.

        Raises NotFound, InvalidInput, Conflict.
        """
        account = self.own(user_id, account_id)
        values: dict[str, str] = {}
        if label is not None:
            values["label"] = _label(label)
        if credentials is not None:
            schema = self._brokers.manifest(account.broker).auth.credentials
            given = {name: text for name, text in credentials.items() if text.strip()}
            clean = check_form(schema, {**self.credentials(account), **given})
            values["credentials_sealed"] = self._vault.seal(CREDENTIALS, json.encode_text(clean))
        try:
            with self._store.unit() as unit:
                rows.Accounts(unit).change(account_id, self._clock.now(), **values)
        except IntegrityError:
            raise Conflict("You have an account with this label already", code="LABEL_TAKEN") from None
        if credentials is not None:
            self.end(account_id, "revoked", "The credentials were changed")
        self._callers.forget(user_id)
        return self.view(user_id, account_id)

    def delete(self, user_id: int, account_id: int) -> None:
        """Remove an account with its session; what it left open ends (ops.account_closure). Raises NotFound."""
        account = self.own(user_id, account_id)
        self.end(account_id, "revoked", "The account was removed")
        with self._store.unit() as unit:
            rows.Accounts(unit).remove(account_id)
        self._callers.forget(user_id)
        self._events.publish(
            AccountRemoved(user_id=user_id, account_id=account_id, broker=account.broker, label=account.label)
        )
        self._events.publish(ActiveAccountChanged(user_id=user_id))

    def activate(self, user_id: int, account_id: int) -> AccountView:
        """Let the user's desk and API key stand for this account. Raises NotFound."""
        self.own(user_id, account_id)
        with self._store.unit() as unit:
            unit.exclusive(f"accounts of {user_id}")
            rows.Accounts(unit).activate(user_id, account_id, self._clock.now())
        self._callers.forget(user_id)
        self._events.publish(ActiveAccountChanged(user_id=user_id))
        return self.view(user_id, account_id)

    def own(self, user_id: int, account_id: int) -> AccountRecord:
        """The stored account if it is the user's. Raises NotFound."""
        account = self._get(account_id)
        if account.user_id != user_id:
            raise NotFound("There is no such account", code="UNKNOWN_ACCOUNT")
        return account


def _label(text: str) -> str:
    label = text.strip()
    if not 0 < len(label) <= LONGEST_LABEL or any(ord(sign) < 32 for sign in label):
        raise InvalidInput(
            f"The label must have 1 to {LONGEST_LABEL} printable characters", errors={"label": ["length"]}
        )
    return label
