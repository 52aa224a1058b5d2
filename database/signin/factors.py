"""Repositories of the second step: authenticators, recovery codes, and browsers that owe a code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, func, select, update

from database.identity import deleted_rows
from database.models import signin as tables
from database.stores import Unit


class FactorRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticator; it counts once `confirmed_at` is set. `last_step`: the last time step that was taken."""

    user_id: int
    secret_sealed: str
    confirmed_at: dt.datetime | None
    last_step: int
    created_at: dt.datetime


class PendingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A browser whose password was right."""

    user_id: int
    expires_at: dt.datetime


class SecondFactors:
    """Authenticators, one for each user."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def get(self, user_id: int) -> FactorRecord | None:
        """The user's authenticator, confirmed or not."""
        row = self._session.get(tables.SecondFactor, user_id)
        return _factor(row) if row else None

    def all(self) -> list[FactorRecord]:
        """Every authenticator (for re-encryption)."""
        return [_factor(row) for row in self._session.scalars(select(tables.SecondFactor))]

    def put(self, user_id: int, secret_sealed: str, now: dt.datetime) -> None:
        """A new authenticator that waits to be confirmed, in place of one that never was."""
        self._session.merge(
            tables.SecondFactor(
                user_id=user_id, secret_sealed=secret_sealed, confirmed_at=None, last_step=0, created_at=now
            )
        )
        self._session.flush()

    def confirm(self, user_id: int, now: dt.datetime) -> None:
        """From now on it counts."""
        self._change(user_id, confirmed_at=now)

    def take_step(self, user_id: int, step: int) -> bool:
        """Spend a time step; False when it, or a later one, was spent before."""
        query = (
            update(tables.SecondFactor)
            .where(tables.SecondFactor.user_id == user_id, tables.SecondFactor.last_step < step)
            .values(last_step=step)
        )
        return deleted_rows(self._session.execute(query)) > 0

    def remove(self, user_id: int) -> bool:
        """Forget authenticator and recovery codes; whether there was one that counted."""
        counted = tables.SecondFactor.confirmed_at.is_not(None)
        mine = tables.SecondFactor.user_id == user_id
        had = self._session.scalar(select(func.count()).where(mine, counted)) or 0
        self._session.execute(delete(tables.SecondFactor).where(mine))
        self._session.execute(delete(tables.RecoveryCode).where(tables.RecoveryCode.user_id == user_id))
        self._session.execute(delete(tables.PendingSignIn).where(tables.PendingSignIn.user_id == user_id))
        return had > 0

    def _change(self, user_id: int, **values: object) -> None:
        query = update(tables.SecondFactor).where(tables.SecondFactor.user_id == user_id).values(values)
        self._session.execute(query)


class RecoveryCodes:
    """The sheet of recovery codes of each user."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def replace(self, user_id: int, digests: Sequence[str]) -> None:
        """A new sheet; the one before is worth nothing."""
        self._session.execute(delete(tables.RecoveryCode).where(tables.RecoveryCode.user_id == user_id))
        self._session.add_all(tables.RecoveryCode(user_id=user_id, code_digest=digest) for digest in digests)
        self._session.flush()

    def spend(self, user_id: int, digest: str, now: dt.datetime) -> bool:
        """Use a code up; False when there is no such unused one."""
        code = tables.RecoveryCode
        query = (
            update(code)
            .where(code.user_id == user_id, code.code_digest == digest, code.used_at.is_(None))
            .values(used_at=now)
        )
        return deleted_rows(self._session.execute(query)) > 0

    def left(self, user_id: int) -> int:
        """How many are unused."""
        code = tables.RecoveryCode
        query = select(func.count()).where(code.user_id == user_id, code.used_at.is_(None))
        return self._session.scalar(query) or 0


class PendingSignIns:
    """Browsers that owe a code."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def put(self, session_hash: str, user_id: int, now: dt.datetime, expires_at: dt.datetime) -> None:
        """This browser's password was right."""
        self._session.merge(
            tables.PendingSignIn(
                session_hash=session_hash, user_id=user_id, created_at=now, expires_at=expires_at
            )
        )
        self._session.flush()

    def get(self, session_hash: str) -> PendingRecord | None:
        """By the hash of the browser's cookie, expired ones included."""
        row = self._session.get(tables.PendingSignIn, session_hash)
        return PendingRecord(user_id=row.user_id, expires_at=row.expires_at) if row else None

    def remove(self, session_hash: str) -> None:
        """The browser came in, or gave up."""
        self._session.execute(
            delete(tables.PendingSignIn).where(tables.PendingSignIn.session_hash == session_hash)
        )

    def remove_of_user(self, user_id: int) -> None:
        """Whoever was on the way in with this user's old password has to begin again."""
        self._session.execute(delete(tables.PendingSignIn).where(tables.PendingSignIn.user_id == user_id))

    def remove_expired(self, now: dt.datetime) -> None:
        """Forget those who never came back."""
        self._session.execute(delete(tables.PendingSignIn).where(tables.PendingSignIn.expires_at <= now))


def _factor(row: tables.SecondFactor) -> FactorRecord:
    return FactorRecord(
        user_id=row.user_id, secret_sealed=row.secret_sealed, confirmed_at=row.confirmed_at,
        last_step=row.last_step, created_at=row.created_at,
    )  # fmt: skip
