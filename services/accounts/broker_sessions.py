"""Broker sessions: stored sealed, handed out one call at a time.

A broker session is one of three separate lives: signing out of the desk leaves it alone, and its end leaves the
browser signed in. It ends at the manifest's rollover, when the vendor refuses it, or by disconnecting.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from broker.core.roles import Login, Session
from database import accounts as rows
from database.accounts import AccountRecord, SessionRecord
from database.stores import Store
from domain.errors import NotFound, SessionDead, Unavailable
from services.accounts.callers import Callers
from services.accounts.crypto import SealBroken, Vault
from services.events import Events, SessionChanged
from utils import json
from utils.clock import Clock
from utils.concurrency import sleep
from utils.ttl_cache import TtlCache

CACHE_SECONDS = 1.0
CREDENTIALS = "broker credentials"
TOKENS = "broker tokens"
# Next to the tokens stands when one of them was last renewed, or is being renewed since (epoch seconds).
RENEWED, RENEWING = "~renewed", "~renewing"
# A key that is used elsewhere dies again at once; logging in against it faster would only make both sides blind.
RENEWAL_PAUSE = 30.0
RENEWAL_SECONDS = 15.0
RENEWAL_LOOK = 0.05


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """An account with the state of its session, without secrets."""

    id: int
    user_id: int
    broker: str
    label: str
    active: bool
    state: str
    since: dt.datetime | None
    expires_at: dt.datetime | None
    reason: str | None
    broker_user_id: str | None


class BrokerSessions:
    """Use cases on broker sessions."""

    def __init__(self, store: Store, vault: Vault, callers: Callers, events: Events, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._callers = callers
        self._events = events
        self._clock = clock
        self._sessions: TtlCache[int, Session] = TtlCache(1024, CACHE_SECONDS, clock, name="broker sessions")

    def session(self, account_id: int) -> Session:
        """The account's session, at most a second old. Raises SessionDead."""
        session = self._sessions.get_or_load(account_id, lambda: self._load(account_id))
        if session.expires_at is not None and session.expires_at <= self._clock.now():
            self.mark_expired(account_id, "The broker session reached its end", issued_at=session.issued_at)
            raise SessionDead("The broker session has expired, log in again")
        return session

    def state(self, account_id: int) -> str:
        """none, valid, expired or revoked."""
        with self._store.reading() as unit:
            record = rows.BrokerSessions(unit).get(account_id)
        return self._state(record)

    def keep(self, session: Session) -> None:
        """Store the outcome of a login. Without an active account this one becomes active."""
        account = self._get(session.account_id)
        record = SessionRecord(
            account_id=session.account_id, state="valid", broker_user_id=session.broker_user_id,
            tokens_sealed=self._vault.seal(TOKENS, json.encode_text(dict(session.tokens))),
            issued_at=session.issued_at, expires_at=session.expires_at,
        )  # fmt: skip
        now = self._clock.now()
        with self._store.unit() as unit:
            rows.BrokerSessions(unit).save(record, now)
            accounts = rows.Accounts(unit)
            if accounts.active_of(account.user_id) is None:
                accounts.activate(account.user_id, account.id, now)
        self._changed(account, "valid", "")

    def renew(self, session: Session, login: Login) -> Session:
        """See broker.core.roles.Renew. The right to log in is claimed in the store, so it holds over all processes."""
        deadline = self._clock.monotonic() + RENEWAL_SECONDS
        while self._clock.monotonic() < deadline:
            current, marks, sealed = self._stored(session.account_id)
            now = self._clock.now().timestamp()
            if now - float(marks.get(RENEWING, 0)) < RENEWAL_SECONDS:
                sleep(RENEWAL_LOOK)
                continue
            if (current.issued_at, current.tokens) != (session.issued_at, session.tokens):
                self._sessions.forget(session.account_id)
                return current
            if now - float(marks.get(RENEWED, 0)) < RENEWAL_PAUSE:
                raise Unavailable(
                    "A token was renewed and died again: its key is used elsewhere", code="KEY_USED_ELSEWHERE"
                )
            if self._swap(current, sealed, {**marks, RENEWING: str(now)}):
                return self._renewed(current, login)
        raise Unavailable("A token of the broker session is being renewed", code="TOKEN_RENEWING")

    def _renewed(self, session: Session, login: Login) -> Session:
        """Log in under the claim; it is given back whatever happens."""
        tokens, marks = session.tokens, {}
        try:
            tokens = {**tokens, **login(session)}
            marks = {RENEWED: str(self._clock.now().timestamp())}
        finally:
            current, _, sealed = self._stored(session.account_id)
            renewed = msgspec.structs.replace(session, tokens=tokens)
            is_kept = current.issued_at == session.issued_at and self._swap(renewed, sealed, marks)
        if not is_kept:  # the operator logged in meanwhile, which is the newer login
            return self._stored(session.account_id)[0]
        self._changed(self._get(session.account_id), "valid", "")
        return renewed

    def _swap(self, session: Session, sealed: str, marks: dict[str, str]) -> bool:
        """Store tokens and marks unless the stored ones are no longer `sealed`."""
        text = json.encode_text({**session.tokens, **marks})
        with self._store.unit() as unit:
            return rows.BrokerSessions(unit).swap(session.account_id, sealed, self._vault.seal(TOKENS, text))

    def mark_expired(self, account_id: int, reason: str, *, issued_at: dt.datetime | None = None) -> None:
        """The vendor refused the session, or its time is up. Does nothing to a session that is not valid.

        With `issued_at` of the refused session a newer login stays untouched.
        """
        self.end(account_id, "expired", reason, issued_at=issued_at)

    def end(self, account_id: int, state: str, reason: str, *, issued_at: dt.datetime | None = None) -> bool:
        """Move a valid session to `expired` or `revoked`, drop its tokens and tell everyone; whether it was valid."""
        with self._store.unit() as unit:
            account = rows.Accounts(unit).get(account_id)
            ended = rows.BrokerSessions(unit).end(account_id, state, reason, self._clock.now(), issued_at)
        self._sessions.forget(account_id)
        if ended and account is not None:
            self._changed(account, state, reason)
        return ended

    def forget(self, account_id: int) -> None:
        """The session changed in another process."""
        self._sessions.forget(account_id)

    def forget_user(self, user_id: int) -> None:
        """The user's accounts changed in another process."""
        self._callers.forget(user_id)

    def sweep(self) -> None:
        """Housekeeping, about once a minute: end sessions whose time is up, so that nobody has to ask first."""
        with self._store.reading() as unit:
            due = rows.BrokerSessions(unit).due(self._clock.now())
        for account_id in due:
            self.mark_expired(account_id, "The broker session reached its end")

    def broker_of(self, account_id: int) -> str | None:
        """The broker of an account, None when it no longer exists."""
        with self._store.reading() as unit:
            account = rows.Accounts(unit).get(account_id)
        return account.broker if account else None

    def credentials(self, account: AccountRecord) -> dict[str, str]:
        """What the operator stored, in clear. Raises SessionDead when our own secrets no longer open it."""
        return self._opened(CREDENTIALS, account.credentials_sealed)

    def _get(self, account_id: int) -> AccountRecord:
        with self._store.reading() as unit:
            account = rows.Accounts(unit).get(account_id)
        if account is None:
            raise NotFound("There is no such account", code="UNKNOWN_ACCOUNT")
        return account

    def _load(self, account_id: int) -> Session:
        return self._stored(account_id)[0]

    def _stored(self, account_id: int) -> tuple[Session, dict[str, str], str]:
        """The session as stored, the marks next to its tokens, and tokens and marks sealed. Raises SessionDead."""
        with self._store.reading() as unit:
            account = rows.Accounts(unit).get(account_id)
            record = rows.BrokerSessions(unit).get(account_id)
        if account is None or record.state == "none":
            raise SessionDead("The account is not connected to its broker", code="NO_BROKER_SESSION")
        if record.state != "valid" or record.tokens_sealed is None or record.issued_at is None:
            raise SessionDead(f"The broker session is {record.state}, log in again")
        fields = self._opened(TOKENS, record.tokens_sealed)
        marks = {name: fields.pop(name) for name in (RENEWED, RENEWING) if name in fields}
        session = Session(
            account_id=account_id, broker=account.broker, broker_user_id=record.broker_user_id or "",
            credentials=self.credentials(account), tokens=fields,
            issued_at=record.issued_at, expires_at=record.expires_at,
        )  # fmt: skip
        return session, marks, record.tokens_sealed

    def _opened(self, purpose: str, sealed: str) -> dict[str, str]:
        try:
            fields: dict[str, str] = json.decode(self._vault.open(purpose, sealed))
        except SealBroken:
            raise SessionDead(
                "The stored broker secrets cannot be read with this installation's keys; enter them again",
                code="SECRETS_UNREADABLE",
            ) from None
        return fields

    def _state(self, record: SessionRecord) -> str:
        over = record.expires_at is not None and record.expires_at <= self._clock.now()
        return "expired" if record.state == "valid" and over else record.state

    def _view(self, account: AccountRecord, session: SessionRecord) -> AccountView:
        return AccountView(
            id=account.id, user_id=account.user_id, broker=account.broker, label=account.label,
            active=account.active, state=self._state(session), since=session.changed_at,
            expires_at=session.expires_at if session.state == "valid" else None,
            reason=session.reason or None, broker_user_id=session.broker_user_id,
        )  # fmt: skip

    def _changed(self, account: AccountRecord, state: str, reason: str) -> None:
        self._sessions.forget(account.id)
        self._callers.forget(account.user_id)
        self._events.publish(SessionChanged(account_id=account.id, state=state, reason=reason))
