"""Repositories of passkeys, and of the questions that browsers were asked for one."""

from __future__ import annotations

import datetime as dt

import msgspec
from sqlalchemy import delete, select, update

from database.identity import deleted_rows
from database.models import signin as tables
from database.stores import Unit


class PasskeyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One passkey; credential id and public key in base64url. suspended_at: it counted backwards."""

    id: int
    user_id: int
    name: str
    credential_id: str
    public_key: str
    sign_count: int
    is_synced: bool
    created_at: dt.datetime
    last_used_at: dt.datetime | None
    suspended_at: dt.datetime | None


class PasskeyRows:
    """Passkeys by credential and by user."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def add(
        self, *, user_id: int, name: str, credential_id: str, public_key: str, sign_count: int, is_synced: bool,
        now: dt.datetime,
    ) -> PasskeyRecord:  # fmt: skip
        """A new one. A known credential raises the database's IntegrityError."""
        row = tables.Passkey(
            user_id=user_id, name=name, credential_id=credential_id, public_key=public_key, sign_count=sign_count,
            is_synced=is_synced, created_at=now, last_used_at=None, suspended_at=None,
        )  # fmt: skip
        self._session.add(row)
        self._session.flush()
        return _record(row)

    def find(self, credential_id: str) -> PasskeyRecord | None:
        """By credential."""
        row = self._session.scalar(
            select(tables.Passkey).where(tables.Passkey.credential_id == credential_id)
        )
        return _record(row) if row else None

    def of_user(self, user_id: int) -> list[PasskeyRecord]:
        """A user's, oldest first."""
        query = select(tables.Passkey).where(tables.Passkey.user_id == user_id).order_by(tables.Passkey.id)
        return [_record(row) for row in self._session.scalars(query)]

    def own(self, user_id: int, passkey_id: int) -> PasskeyRecord | None:
        """One of a user's."""
        return next((row for row in self.of_user(user_id) if row.id == passkey_id), None)

    def rename(self, passkey_id: int, name: str) -> None:
        """Another name."""
        self._change(passkey_id, name=name)

    def suspend(self, passkey_id: int, now: dt.datetime) -> None:
        """It opens nothing from now on."""
        self._change(passkey_id, suspended_at=now)

    def advance(self, passkey_id: int, count: int, now: dt.datetime) -> bool:
        """Move the count on; False when it does not go forward. Devices that count nothing always say 0."""
        row = tables.Passkey
        forward = row.sign_count <= 0 if count == 0 else row.sign_count < count
        query = update(row).where(row.id == passkey_id, forward).values(sign_count=count, last_used_at=now)
        return deleted_rows(self._session.execute(query)) > 0

    def remove(self, passkey_id: int) -> None:
        """Forget one."""
        self._session.execute(delete(tables.Passkey).where(tables.Passkey.id == passkey_id))

    def _change(self, passkey_id: int, **values: object) -> None:
        self._session.execute(update(tables.Passkey).where(tables.Passkey.id == passkey_id).values(**values))


class Challenges:
    """Questions on their way: one of each kind for a browser, each answered once."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def put(self, browser: str, kind: str, challenge: str, expires_at: dt.datetime) -> None:
        """Ask; an earlier question of the kind is worth nothing."""
        self._session.merge(
            tables.PasskeyChallenge(
                session_hash=browser, kind=kind, challenge=challenge, expires_at=expires_at
            )
        )
        self._session.flush()

    def take(self, browser: str, kind: str, now: dt.datetime) -> str | None:
        """The question, which is spent by this; None when there is none or its time is over."""
        row = tables.PasskeyChallenge
        mine = (row.session_hash == browser) & (row.kind == kind)
        query = delete(row).where(mine).returning(row.challenge, row.expires_at)
        found = self._session.execute(query).first()
        return found.challenge if found is not None and found.expires_at > now else None

    def remove_expired(self, now: dt.datetime) -> None:
        """Forget what nobody answered."""
        self._session.execute(
            delete(tables.PasskeyChallenge).where(tables.PasskeyChallenge.expires_at <= now)
        )


def _record(row: tables.Passkey) -> PasskeyRecord:
    return PasskeyRecord(**{name: getattr(row, name) for name in PasskeyRecord.__struct_fields__})
