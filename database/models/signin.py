"""Main store: the second step of a sign-in, doors that are locked, resets on their way, and the record of all of it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from database.base import MainBase, foreign_key, one_of, primary_key

DOORS = ("password", "code", "address")
MAIL_SECURITY = ("starttls", "tls", "none")


class SecondFactor(MainBase):
    """The authenticator of a user. It counts from `confirmed_at` on; `last_step` is the last time step taken."""

    __tablename__ = "second_factors"

    user_id: Mapped[int] = foreign_key("users.id", primary_key=True, index=False)
    secret_sealed: Mapped[str]
    confirmed_at: Mapped[dt.datetime | None]
    last_step: Mapped[int]
    created_at: Mapped[dt.datetime]


class RecoveryCode(MainBase):
    """One way in without the authenticator, for one use. Only its keyed digest is kept."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = primary_key()
    user_id: Mapped[int] = foreign_key("users.id")
    code_digest: Mapped[str] = mapped_column(String(64), unique=True)
    used_at: Mapped[dt.datetime | None]


class PendingSignIn(MainBase):
    """A browser whose password was right and that owes a code; found by the hash of its cookie."""

    __tablename__ = "pending_sign_ins"

    session_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = foreign_key("users.id")
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)


class SignInLock(MainBase):
    """Wrong tries at one door: a name's password, a user's code, or whatever comes from one address."""

    __tablename__ = "sign_in_locks"

    door: Mapped[str] = one_of("door", DOORS, primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    failed_at: Mapped[dt.datetime] = mapped_column(index=True)
    locked_until: Mapped[dt.datetime | None]


class PasswordReset(MainBase):
    """A link that was mailed, or printed by the operator; only the digest of its token is kept."""

    __tablename__ = "password_resets"

    id: Mapped[int] = primary_key()
    user_id: Mapped[int] = foreign_key("users.id")
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)


class Passkey(MainBase):
    """A WebAuthn credential of a user, in base64url. suspended_at: it counted backwards, as a copy would."""

    __tablename__ = "passkeys"

    id: Mapped[int] = primary_key()
    user_id: Mapped[int] = foreign_key("users.id")
    name: Mapped[str] = mapped_column(String(40))
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[str]
    sign_count: Mapped[int]
    is_synced: Mapped[bool]
    created_at: Mapped[dt.datetime]
    last_used_at: Mapped[dt.datetime | None]
    suspended_at: Mapped[dt.datetime | None]


class PasskeyChallenge(MainBase):
    """What a browser was asked, once: found by the hash of its cookie."""

    __tablename__ = "passkey_challenges"

    session_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = one_of("kind", ("register", "sign_in"), primary_key=True)
    challenge: Mapped[str] = mapped_column(String(128))
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)


class SecurityEvent(MainBase):
    """Something that happened to the credentials of a user."""

    __tablename__ = "security_events"
    __table_args__ = (Index(None, "user_id", "created_at"),)

    id: Mapped[int] = primary_key()
    user_id: Mapped[int] = foreign_key("users.id", index=False)
    kind: Mapped[str] = mapped_column(String(40))
    ip_address: Mapped[str] = mapped_column(String(45))
    device: Mapped[str] = mapped_column(String(255))
    detail: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[dt.datetime] = mapped_column(index=True)


class MailSettings(MainBase):
    """The mail server of the installation: at most one row."""

    __tablename__ = "mail_settings"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    server: Mapped[str] = mapped_column(String(255))
    port: Mapped[int]
    security: Mapped[str] = one_of("security", MAIL_SECURITY)
    username: Mapped[str | None] = mapped_column(String(255))
    password_sealed: Mapped[str | None]
    sender: Mapped[str] = mapped_column(String(255))
    helo: Mapped[str | None] = mapped_column(String(255))
    updated_at: Mapped[dt.datetime]
