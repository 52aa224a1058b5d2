"""Repositories beside the factors: locks, reset links, the security record, the mail server."""

from __future__ import annotations

import datetime as dt

import msgspec
from sqlalchemy import delete, select

from database.identity import deleted_rows
from database.models import signin as tables
from database.stores import Unit


class LockRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Wrong tries in a row at one door."""

    failures: int
    failed_at: dt.datetime
    locked_until: dt.datetime | None


class SignInLocks:
    """Wrong tries, by door and subject."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def get(self, door: str, subject: str) -> LockRecord | None:
        """What went wrong at this door."""
        row = self._session.get(tables.SignInLock, (door, subject))
        if row is None:
            return None
        return LockRecord(failures=row.failures, failed_at=row.failed_at, locked_until=row.locked_until)

    def put(self, door: str, subject: str, lock: LockRecord) -> None:
        """Note the state of a door."""
        self._session.merge(
            tables.SignInLock(
                door=door, subject=subject, failures=lock.failures, failed_at=lock.failed_at,
                locked_until=lock.locked_until,
            )
        )  # fmt: skip
        self._session.flush()

    def remove(self, door: str, subject: str) -> bool:
        """Open a door; whether it remembered anything."""
        lock = tables.SignInLock
        query = delete(lock).where(lock.door == door, lock.subject == subject)
        return deleted_rows(self._session.execute(query)) > 0

    def remove_of(self, door: str) -> bool:
        """Open every door of a kind; whether one remembered anything."""
        query = delete(tables.SignInLock).where(tables.SignInLock.door == door)
        return deleted_rows(self._session.execute(query)) > 0

    def remove_before(self, instant: dt.datetime) -> None:
        """Forget doors at which nothing went wrong since."""
        self._session.execute(delete(tables.SignInLock).where(tables.SignInLock.failed_at < instant))


class PasswordResets:
    """Reset links that are on their way."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def replace(self, user_id: int, token_digest: str, now: dt.datetime, expires_at: dt.datetime) -> None:
        """A new link; earlier ones of the user are worth nothing."""
        self.remove_of_user(user_id)
        self._session.add(
            tables.PasswordReset(
                user_id=user_id, token_digest=token_digest, created_at=now, expires_at=expires_at
            )
        )
        self._session.flush()

    def newest(self, user_id: int) -> dt.datetime | None:
        """When the user's last link was made."""
        reset = tables.PasswordReset
        query = select(reset.created_at).where(reset.user_id == user_id).order_by(reset.created_at.desc())
        return self._session.scalar(query.limit(1))

    def user_of(self, token_digest: str, now: dt.datetime) -> int | None:
        """Whose link this is, None when there is no such live one."""
        reset = tables.PasswordReset
        query = select(reset.user_id).where(reset.token_digest == token_digest, reset.expires_at > now)
        return self._session.scalar(query)

    def spend(self, token_digest: str, now: dt.datetime) -> bool:
        """Use a link up; False when somebody else was faster or it has expired."""
        reset = tables.PasswordReset
        query = delete(reset).where(reset.token_digest == token_digest, reset.expires_at > now)
        return deleted_rows(self._session.execute(query)) > 0

    def remove_of_user(self, user_id: int) -> None:
        """Every link of the user."""
        self._session.execute(delete(tables.PasswordReset).where(tables.PasswordReset.user_id == user_id))

    def remove_expired(self, now: dt.datetime) -> None:
        """Forget links whose time is over."""
        self._session.execute(delete(tables.PasswordReset).where(tables.PasswordReset.expires_at <= now))


class EventRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the security record."""

    kind: str
    ip_address: str
    device: str
    detail: str | None
    created_at: dt.datetime


class SecurityEvents:
    """What happened to the credentials of each user."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def add(
        self, user_id: int, kind: str, *, ip_address: str, device: str, now: dt.datetime,
        detail: str | None = None,
    ) -> None:  # fmt: skip
        """Note one event."""
        self._session.add(
            tables.SecurityEvent(
                user_id=user_id, kind=kind, ip_address=ip_address[:45], device=device[:255], created_at=now,
                detail=detail[:255] if detail else None,
            )
        )  # fmt: skip
        self._session.flush()

    def of_user(self, user_id: int, limit: int) -> list[EventRecord]:
        """The latest events of a user, newest first."""
        event = tables.SecurityEvent
        query = (
            select(event)
            .where(event.user_id == user_id)
            .order_by(event.created_at.desc(), event.id.desc())
            .limit(limit)
        )
        return [
            EventRecord(
                kind=row.kind, ip_address=row.ip_address, device=row.device, detail=row.detail,
                created_at=row.created_at,
            )
            for row in self._session.scalars(query)
        ]  # fmt: skip

    def remove_before(self, instant: dt.datetime) -> None:
        """Forget older events."""
        self._session.execute(delete(tables.SecurityEvent).where(tables.SecurityEvent.created_at < instant))


class MailRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The mail server as it is kept; `password_sealed` is encrypted."""

    server: str
    port: int
    security: str
    username: str | None
    password_sealed: str | None
    sender: str
    helo: str | None


class MailServer:
    """The installation's mail server."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def get(self) -> MailRecord | None:
        """The server, None before one was set."""
        row = self._session.get(tables.MailSettings, 1)
        if row is None:
            return None
        return MailRecord(
            server=row.server, port=row.port, security=row.security, username=row.username,
            password_sealed=row.password_sealed, sender=row.sender, helo=row.helo,
        )  # fmt: skip

    def put(self, record: MailRecord, now: dt.datetime) -> None:
        """Set the server."""
        values = msgspec.structs.asdict(record)
        self._session.merge(tables.MailSettings(id=1, updated_at=now, **values))
        self._session.flush()

    def remove(self) -> None:
        """Send no mail any more."""
        self._session.execute(delete(tables.MailSettings))
