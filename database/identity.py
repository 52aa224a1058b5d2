"""Repositories of the people and the doors: users, browser sessions, login attempts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, cast

import msgspec
from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import InstrumentedAttribute

from database.models import identity as tables
from database.stores import Unit


class UserRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A user without credentials. invited_at: has chosen no password yet."""

    id: int
    username: str
    email: str
    is_admin: bool
    created_at: dt.datetime
    disabled_at: dt.datetime | None
    invited_at: dt.datetime | None


class WebSessionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One signed-in browser; `key` is the hash of its cookie."""

    id: int
    key: str
    user_id: int
    ip_address: str
    device: str
    created_at: dt.datetime
    last_seen_at: dt.datetime
    expires_at: dt.datetime


def _user(row: tables.User) -> UserRecord:
    return UserRecord(
        id=row.id, username=row.username, email=row.email, is_admin=row.is_admin, created_at=row.created_at,
        disabled_at=row.disabled_at, invited_at=row.invited_at,
    )  # fmt: skip


def deleted_rows(result: Any) -> int:
    """How many rows a DELETE or UPDATE touched."""
    return cast("CursorResult[Any]", result).rowcount


class Users:
    """People who may sign in."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def count(self) -> int:
        """Number of users."""
        return self._session.scalar(select(func.count()).select_from(tables.User)) or 0

    def add(
        self, *, username: str, email: str, password_hash: str, is_admin: bool, now: dt.datetime,
        invited: bool = False,
    ) -> UserRecord:  # fmt: skip
        """A new user. A taken name or e-mail raises the database's IntegrityError."""
        row = tables.User(
            username=username, name_key=username.casefold(), email=email.casefold(),
            password_hash=password_hash, is_admin=is_admin, created_at=now, password_changed_at=now,
            invited_at=now if invited else None,
        )  # fmt: skip
        self._session.add(row)
        self._session.flush()
        return _user(row)

    def all(self) -> list[UserRecord]:
        """Everybody, by name."""
        return [
            _user(row) for row in self._session.scalars(select(tables.User).order_by(tables.User.name_key))
        ]

    def get(self, user_id: int) -> UserRecord | None:
        """By id."""
        row = self._session.get(tables.User, user_id)
        return _user(row) if row else None

    def credentials(self, username: str) -> tuple[UserRecord, str] | None:
        """(user, password hash) of a name in any letter case."""
        row = self._session.scalar(select(tables.User).where(tables.User.name_key == username.casefold()))
        return (_user(row), row.password_hash) if row else None

    def by_email(self, email: str) -> UserRecord | None:
        """By e-mail in any letter case."""
        row = self._session.scalar(select(tables.User).where(tables.User.email == email.casefold()))
        return _user(row) if row else None

    def admins(self) -> int:
        """Number of administrators who may come in."""
        counted = tables.User.is_admin & tables.User.disabled_at.is_(None)
        return self._session.scalar(select(func.count()).where(counted)) or 0

    def set_standing(self, user_id: int, *, is_admin: bool, disabled_at: dt.datetime | None) -> None:
        """The role, and whether the user may come in."""
        values = {"is_admin": is_admin, "disabled_at": disabled_at}
        self._session.execute(update(tables.User).where(tables.User.id == user_id).values(values))
        self._session.flush()
        self._session.expire_all()

    def rename(self, user_id: int, username: str, email: str) -> None:
        """Other name and e-mail. A taken one raises the database's IntegrityError."""
        values = {"username": username, "name_key": username.casefold(), "email": email.casefold()}
        self._session.execute(update(tables.User).where(tables.User.id == user_id).values(values))
        self._session.flush()

    def set_password(self, user_id: int, password_hash: str, now: dt.datetime | None) -> None:
        """Replace the hash; `now` is None for a mere rehash of the same password."""
        values: dict[str, Any] = {"password_hash": password_hash}
        if now is not None:
            values |= {"password_changed_at": now, "invited_at": None}
        self._session.execute(update(tables.User).where(tables.User.id == user_id).values(values))


class WebSessions:
    """Browser sessions, found by the hash of their cookie."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def add(
        self, *, user_id: int, session_hash: str, ip_address: str, device: str,
        now: dt.datetime, expires_at: dt.datetime,
    ) -> int:  # fmt: skip
        """A new session; its number."""
        row = tables.WebSession(
            user_id=user_id,
            session_hash=session_hash,
            ip_address=ip_address,
            device=device[:255],
            created_at=now,
            last_seen_at=now,
            expires_at=expires_at,
        )
        self._session.add(row)
        self._session.flush()
        return row.id

    def get(self, session_id: int) -> WebSessionRecord | None:
        """By number, expired ones included."""
        row = self._session.get(tables.WebSession, session_id)
        return _web_session(row) if row else None

    def find(self, session_hash: str) -> WebSessionRecord | None:
        """By hash, expired ones included."""
        return self._one(tables.WebSession.session_hash, session_hash)

    def of_user(self, user_id: int) -> list[WebSessionRecord]:
        """All sessions of a user, newest first."""
        rows = self._session.scalars(
            select(tables.WebSession)
            .where(tables.WebSession.user_id == user_id)
            .order_by(tables.WebSession.created_at.desc())
        )
        return [_web_session(row) for row in rows]

    def last_seen(self) -> dict[int, dt.datetime]:
        """When each user who is signed in was last seen, by user."""
        newest = func.max(tables.WebSession.last_seen_at)
        query = select(tables.WebSession.user_id, newest).group_by(tables.WebSession.user_id)
        return {row.user_id: row[1] for row in self._session.execute(query)}

    def touch(self, seen: Mapping[str, dt.datetime]) -> None:
        """Note when sessions (by hash) were last seen."""
        for session_hash, instant in seen.items():
            self._session.execute(
                update(tables.WebSession)
                .where(tables.WebSession.session_hash == session_hash)
                .values(last_seen_at=instant)
            )

    def remove(self, session_hash: str) -> bool:
        """End one session; whether there was one."""
        query = delete(tables.WebSession).where(tables.WebSession.session_hash == session_hash)
        return deleted_rows(self._session.execute(query)) > 0

    def remove_by_id(self, user_id: int, session_id: int) -> str | None:
        """End one session of the user; its hash, None when there was none."""
        row = self._session.get(tables.WebSession, session_id)
        if row is None or row.user_id != user_id:
            return None
        self._session.delete(row)
        return row.session_hash

    def remove_of_user(self, user_id: int, keep_hash: str | None = None) -> list[str]:
        """End every session of a user but one; their hashes."""
        mine = (tables.WebSession.user_id == user_id) & (tables.WebSession.session_hash != (keep_hash or ""))
        keys = list(self._session.scalars(select(tables.WebSession.session_hash).where(mine)))
        self._session.execute(delete(tables.WebSession).where(mine))
        return keys

    def remove_expired(self, now: dt.datetime) -> list[tuple[int, str]]:
        """End sessions whose time has come; (user, hash) of each."""
        gone = tables.WebSession.expires_at <= now
        query = select(tables.WebSession.user_id, tables.WebSession.session_hash).where(gone)
        found = [(row.user_id, row.session_hash) for row in self._session.execute(query)]
        self._session.execute(delete(tables.WebSession).where(gone))
        return found

    def _one(self, column: InstrumentedAttribute[str], value: str) -> WebSessionRecord | None:
        row = self._session.scalar(select(tables.WebSession).where(column == value))
        return _web_session(row) if row else None


def _web_session(row: tables.WebSession) -> WebSessionRecord:
    return WebSessionRecord(
        id=row.id, key=row.session_hash, user_id=row.user_id, ip_address=row.ip_address, device=row.device,
        created_at=row.created_at, last_seen_at=row.last_seen_at, expires_at=row.expires_at,
    )  # fmt: skip


class LoginAttempts:
    """The record of who tried to come in."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def add(
        self, *, username: str, ip_address: str, device: str, status: str, login_type: str, now: dt.datetime,
        broker: str | None = None, failure_reason: str | None = None,
    ) -> None:  # fmt: skip
        """Note one attempt."""
        self._session.add(
            tables.LoginAttempt(
                username=username[:80],
                ip_address=ip_address,
                device=device[:255],
                status=status,
                login_type=login_type,
                broker=broker,
                failure_reason=failure_reason,
                created_at=now,
            )
        )
        self._session.flush()

    def came_in(self, name_key: str, ip_address: str, since: dt.datetime) -> bool:
        """Whether the name (case-folded) came in from this address since then."""
        attempt = tables.LoginAttempt
        query = select(attempt.id).where(
            func.lower(attempt.username) == name_key, attempt.ip_address == ip_address,
            attempt.status == "success", attempt.login_type == "password", attempt.created_at >= since,
        )  # fmt: skip
        return self._session.scalar(query.limit(1)) is not None

    def addresses_of(self, name_key: str) -> list[str]:
        """Every address from which the name (case-folded) came in."""
        attempt = tables.LoginAttempt
        mine = (func.lower(attempt.username) == name_key) & (attempt.status == "success")
        return list(self._session.scalars(select(attempt.ip_address).where(mine).distinct()))

    def remove_before(self, instant: dt.datetime) -> int:
        """Forget attempts older than `instant`; how many."""
        query = delete(tables.LoginAttempt).where(tables.LoginAttempt.created_at < instant)
        return deleted_rows(self._session.execute(query))
