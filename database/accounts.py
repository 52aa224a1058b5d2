"""Repositories of broker accounts, their sessions and redirect logins on their way."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, delete, select, update

from database.identity import deleted_rows
from database.models import identity as tables
from database.stores import Store, Unit


class AccountRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A broker account; `credentials_sealed` is encrypted."""

    id: int
    user_id: int
    broker: str
    label: str
    active: bool
    credentials_sealed: str
    created_at: dt.datetime


class SessionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A broker login; `tokens_sealed` is encrypted and None unless the state is `valid`."""

    account_id: int
    state: str
    broker_user_id: str | None = None
    tokens_sealed: str | None = None
    reason: str | None = None
    issued_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None
    changed_at: dt.datetime | None = None


class PendingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A redirect login that has not come back."""

    account_id: int
    broker: str
    state_hash: str
    session_hash: str


# Both are read before almost every call to a broker: as columns, which costs half of what objects do.
_ACCOUNT_OF = select(tables.BrokerAccount.__table__).where(tables.BrokerAccount.id == bindparam("key"))
_SESSION_OF = select(tables.BrokerSession.__table__).where(
    tables.BrokerSession.account_id == bindparam("key")
)


class Accounts:
    """Broker accounts."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def of_user(self, user_id: int) -> list[AccountRecord]:
        """Oldest first."""
        query = select(tables.BrokerAccount).where(tables.BrokerAccount.user_id == user_id)
        return [_account(row) for row in self._session.scalars(query.order_by(tables.BrokerAccount.id))]

    def all(self) -> list[AccountRecord]:
        """Every account of every user."""
        query = select(tables.BrokerAccount).order_by(tables.BrokerAccount.id)
        return [_account(row) for row in self._session.scalars(query)]

    def get(self, account_id: int) -> AccountRecord | None:
        """By id."""
        row = self._session.execute(_ACCOUNT_OF, {"key": account_id}).first()
        return _account(row) if row else None

    def active_of(self, user_id: int) -> AccountRecord | None:
        """The account that the user's API key and desk stand for."""
        row = self._session.scalar(
            select(tables.BrokerAccount).where(
                tables.BrokerAccount.user_id == user_id, tables.BrokerAccount.active
            )
        )
        return _account(row) if row else None

    def add(
        self,
        *,
        user_id: int,
        broker: str,
        label: str,
        credentials_sealed: str,
        active: bool,
        now: dt.datetime,
    ) -> AccountRecord:
        """A new account without a session."""
        row = tables.BrokerAccount(
            user_id=user_id, broker=broker, label=label, credentials_sealed=credentials_sealed,
            active=active, created_at=now, updated_at=now,
        )  # fmt: skip
        self._session.add(row)
        self._session.flush()
        self._session.add(tables.BrokerSession(account_id=row.id, state="none", changed_at=now))
        self._session.flush()
        return _account(row)

    def change(self, account_id: int, now: dt.datetime, **values: Any) -> None:
        """Set columns of an account."""
        self._session.execute(
            update(tables.BrokerAccount)
            .where(tables.BrokerAccount.id == account_id)
            .values(updated_at=now, **values)
        )

    def activate(self, user_id: int, account_id: int, now: dt.datetime) -> None:
        """Make one account of the user the active one."""
        self._session.execute(
            update(tables.BrokerAccount)
            .where(tables.BrokerAccount.user_id == user_id, tables.BrokerAccount.active)
            .values(active=False)
        )
        self.change(account_id, now, active=True)

    def remove(self, account_id: int) -> None:
        """Delete an account with its session."""
        query = delete(tables.BrokerAccount).where(tables.BrokerAccount.id == account_id)
        self._session.execute(query)


def logged_in(store: Store) -> list[int]:
    """Accounts with a valid broker session. Asked for several times a second, so outside any unit."""
    return [row[0] for row in store.fetch("SELECT account_id FROM broker_sessions WHERE state='valid'")]


class BrokerSessions:
    """Broker logins."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def get(self, account_id: int) -> SessionRecord:
        """The account's session; state `none` when there never was one."""
        row = self._session.execute(_SESSION_OF, {"key": account_id}).first()
        return _session(row) if row else SessionRecord(account_id=account_id, state="none")

    def save(self, record: SessionRecord, now: dt.datetime) -> None:
        """Replace the account's session."""
        row = self._session.get(tables.BrokerSession, record.account_id)
        if row is None:
            row = tables.BrokerSession(account_id=record.account_id)
            self._session.add(row)
        row.state, row.reason, row.changed_at = record.state, record.reason, now
        row.broker_user_id, row.tokens_sealed = record.broker_user_id, record.tokens_sealed
        row.issued_at, row.expires_at = record.issued_at, record.expires_at
        self._session.flush()

    def end(
        self, account_id: int, state: str, reason: str, now: dt.datetime, issued_at: dt.datetime | None = None
    ) -> bool:
        """Move a valid session (of that issue) to `expired` or `revoked` and drop its tokens; whether it was."""
        query = (
            update(tables.BrokerSession)
            .where(tables.BrokerSession.account_id == account_id, tables.BrokerSession.state == "valid")
            .values(state=state, reason=reason[:255], tokens_sealed=None, changed_at=now)
        )
        if issued_at is not None:
            query = query.where(tables.BrokerSession.issued_at == issued_at)
        return deleted_rows(self._session.execute(query)) > 0

    def swap(self, account_id: int, old_sealed: str, new_sealed: str) -> bool:
        """Replace the tokens of a valid session unless somebody else did since they were read; whether it was done."""
        query = (
            update(tables.BrokerSession)
            .where(
                tables.BrokerSession.account_id == account_id, tables.BrokerSession.state == "valid",
                tables.BrokerSession.tokens_sealed == old_sealed,
            )
            .values(tokens_sealed=new_sealed)
        )  # fmt: skip
        return deleted_rows(self._session.execute(query)) > 0

    def due(self, now: dt.datetime) -> list[int]:
        """Accounts whose valid session is past its end."""
        query = select(tables.BrokerSession.account_id).where(
            tables.BrokerSession.state == "valid", tables.BrokerSession.expires_at <= now
        )
        return list(self._session.scalars(query))

    def valid(self) -> list[SessionRecord]:
        """Every valid session."""
        query = select(tables.BrokerSession).where(tables.BrokerSession.state == "valid")
        return [_session(row) for row in self._session.scalars(query)]


class PendingLogins:
    """Redirect logins on their way; each can be taken once."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def add(self, record: PendingRecord, now: dt.datetime, expires_at: dt.datetime) -> None:
        """Start one; an earlier one of the same browser and broker is forgotten, as are expired ones."""
        pending = tables.PendingLogin
        self._session.execute(
            delete(pending).where(
                (pending.expires_at <= now)
                | ((pending.session_hash == record.session_hash) & (pending.broker == record.broker))
            )
        )
        self._session.add(
            pending(
                account_id=record.account_id,
                broker=record.broker,
                state_hash=record.state_hash,
                session_hash=record.session_hash,
                created_at=now,
                expires_at=expires_at,
            )
        )
        self._session.flush()

    def take(self, session_hash: str, broker: str, now: dt.datetime) -> PendingRecord | None:
        """Remove and answer the login that this browser started with this broker, None when there is none."""
        pending = tables.PendingLogin
        row = self._session.scalar(
            select(pending).where(pending.session_hash == session_hash, pending.broker == broker)
        )
        if row is None:
            return None
        self._session.delete(row)
        self._session.flush()
        if row.expires_at <= now:
            return None
        return PendingRecord(
            account_id=row.account_id, broker=row.broker, state_hash=row.state_hash,
            session_hash=row.session_hash,
        )  # fmt: skip


def _account(row: tables.BrokerAccount | Row[Any]) -> AccountRecord:
    return AccountRecord(
        id=row.id, user_id=row.user_id, broker=row.broker, label=row.label, active=row.active,
        credentials_sealed=row.credentials_sealed, created_at=row.created_at,
    )  # fmt: skip


def _session(row: tables.BrokerSession | Row[Any]) -> SessionRecord:
    return SessionRecord(
        account_id=row.account_id, state=row.state, broker_user_id=row.broker_user_id,
        tokens_sealed=row.tokens_sealed, reason=row.reason, issued_at=row.issued_at,
        expires_at=row.expires_at, changed_at=row.changed_at,
    )  # fmt: skip
