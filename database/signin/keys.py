"""Repository of API keys. Of a key are kept: keyed digest, Argon2 hash, and a sealed copy where it is shown again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import delete, func, or_, select, update

from database.identity import deleted_rows
from database.models.identity import ApiKey
from database.stores import Unit


class ApiKeyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One API key. `sealed` is the encrypted copy, None where it is shown once only; `hash` its Argon2 hash.

    previous_digest, previous_until: the key that this one replaced, and until when that still opens.
    """

    id: int
    user_id: int
    name: str
    digest: str
    masked: str
    order_mode: str
    hash: str
    sealed: str | None
    scope: str
    addresses: tuple[str, ...]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    last_used_at: dt.datetime | None
    previous_digest: str | None
    previous_until: dt.datetime | None


class KeySecret(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of a fresh key's text."""

    digest: str
    hash: str
    sealed: str | None
    masked: str


class ApiKeys:
    """API keys, found by digest."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def add(self, user_id: int, name: str, secret: KeySecret, now: dt.datetime, **terms: Any) -> ApiKeyRecord:
        """A new key. A taken name raises the database's IntegrityError."""
        values: dict[str, Any] = {"order_mode": "auto", "scope": "trade", "addresses": [], **terms}
        row = ApiKey(
            user_id=user_id, name=name, created_at=now, last_used_at=None, **_columns(secret), **values
        )
        self._session.add(row)
        self._session.flush()
        return _record(row)

    def replace(
        self, key_id: int, secret: KeySecret, now: dt.datetime, previous_until: dt.datetime | None
    ) -> None:
        """Another text under the same key; the one so far opens until `previous_until`, None: no longer."""
        row = self._session.get_one(ApiKey, key_id)
        row.previous_digest = row.key_digest if previous_until is not None else None
        row.previous_until = previous_until
        for name, value in _columns(secret).items():
            setattr(row, name, value)
        row.created_at, row.last_used_at = now, None
        self._session.flush()

    def change(self, key_id: int, values: Mapping[str, Any]) -> None:
        """Other terms. A taken name raises the database's IntegrityError."""
        self._session.execute(update(ApiKey).where(ApiKey.id == key_id).values(**values))
        self._session.flush()

    def remove(self, key_id: int) -> bool:
        """Revoke; whether there was one."""
        return deleted_rows(self._session.execute(delete(ApiKey).where(ApiKey.id == key_id))) > 0

    def by_digest(self, digest: str) -> ApiKeyRecord | None:
        """The key with this digest, or that replaced the one with it."""
        wanted = or_(ApiKey.key_digest == digest, ApiKey.previous_digest == digest)
        row = self._session.scalar(select(ApiKey).where(wanted))
        return _record(row) if row else None

    def get(self, key_id: int) -> ApiKeyRecord | None:
        """By number."""
        row = self._session.get(ApiKey, key_id)
        return _record(row) if row else None

    def of_user(self, user_id: int, name: str) -> ApiKeyRecord | None:
        """The user's key of this name."""
        row = self._session.scalar(select(ApiKey).where(ApiKey.user_id == user_id, ApiKey.name == name))
        return _record(row) if row else None

    def list(self, user_id: int) -> list[ApiKeyRecord]:
        """A user's keys, oldest first."""
        query = select(ApiKey).where(ApiKey.user_id == user_id).order_by(ApiKey.id)
        return [_record(row) for row in self._session.scalars(query)]

    def count(self, user_id: int) -> int:
        """How many keys a user has."""
        query = select(func.count()).select_from(ApiKey).where(ApiKey.user_id == user_id)
        return self._session.scalar(query) or 0

    def touch(self, used: Mapping[int, dt.datetime]) -> None:
        """Note when keys were last used."""
        for key_id, instant in used.items():
            self._session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=instant))


def _columns(secret: KeySecret) -> dict[str, Any]:
    return {
        "key_digest": secret.digest, "key_hash": secret.hash, "key_sealed": secret.sealed,
        "masked": secret.masked,
    }  # fmt: skip


def _record(row: ApiKey) -> ApiKeyRecord:
    return ApiKeyRecord(
        id=row.id, user_id=row.user_id, name=row.name, digest=row.key_digest, masked=row.masked,
        order_mode=row.order_mode, hash=row.key_hash, sealed=row.key_sealed, scope=row.scope,
        addresses=tuple(row.addresses), created_at=row.created_at, expires_at=row.expires_at,
        last_used_at=row.last_used_at, previous_digest=row.previous_digest, previous_until=row.previous_until,
    )  # fmt: skip
