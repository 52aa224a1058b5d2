"""Main store: who may come in, and their broker accounts. Secrets are digests, hashes or sealed text."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from database.base import JsonText, MainBase, foreign_key, one_of, primary_key

KEY_SCOPES = ("trade", "paper", "read", "data")
SESSION_STATES = ("none", "valid", "expired", "revoked")


class User(MainBase):
    """A person who signs in to the desk. `name_key` is the case-folded username.

    disabled_at: shut out since. invited_at: made by an administrator, and has chosen no password yet.
    """

    __tablename__ = "users"

    id: Mapped[int] = primary_key()
    username: Mapped[str] = mapped_column(String(80))
    name_key: Mapped[str] = mapped_column(String(80), unique=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    is_admin: Mapped[bool]
    created_at: Mapped[dt.datetime]
    password_changed_at: Mapped[dt.datetime]
    disabled_at: Mapped[dt.datetime | None]
    invited_at: Mapped[dt.datetime | None]


class WebSession(MainBase):
    """One signed-in browser. Only the hash of its cookie is kept."""

    __tablename__ = "web_sessions"

    id: Mapped[int] = primary_key()
    user_id: Mapped[int] = foreign_key("users.id")
    session_hash: Mapped[str] = mapped_column(String(64), unique=True)
    ip_address: Mapped[str] = mapped_column(String(45))
    device: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[dt.datetime]
    last_seen_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)


class ApiKey(MainBase):
    """One API key: digest for look-up, Argon2 hash as evidence, for the first key a sealed copy for its owner.

    scope: what it opens (services.accounts.keys.access). addresses: networks it may come from, none for all.
    previous_digest: the key that it replaced opens until `previous_until`, too.
    """

    __tablename__ = "api_keys"
    # Limits, GTTs and waiting approvals name keys by number: a revoked one's must never stand for another.
    __table_args__ = (UniqueConstraint("user_id", "name"), {"sqlite_autoincrement": True})

    id: Mapped[int] = primary_key()
    user_id: Mapped[int] = foreign_key("users.id", index=False)
    name: Mapped[str] = mapped_column(String(40))
    key_digest: Mapped[str] = mapped_column(String(64), unique=True)
    key_hash: Mapped[str] = mapped_column(String(255))
    key_sealed: Mapped[str | None]
    masked: Mapped[str] = mapped_column(String(20))
    order_mode: Mapped[str] = one_of("order_mode", ("auto", "semi_auto"))
    created_at: Mapped[dt.datetime]
    last_used_at: Mapped[dt.datetime | None]
    scope: Mapped[str] = one_of("scope", KEY_SCOPES)
    addresses: Mapped[Any] = mapped_column(JsonText)
    expires_at: Mapped[dt.datetime | None]
    previous_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    previous_until: Mapped[dt.datetime | None]


class LoginAttempt(MainBase):
    """One try to come in, good or bad."""

    __tablename__ = "login_attempts"
    __table_args__ = (Index(None, "username", "created_at"),)

    id: Mapped[int] = primary_key()
    username: Mapped[str] = mapped_column(String(80))
    ip_address: Mapped[str] = mapped_column(String(45))
    device: Mapped[str] = mapped_column(String(255))
    status: Mapped[str] = one_of("status", ("success", "failed", "resumed"))
    login_type: Mapped[str] = one_of("login_type", ("password", "oauth", "form", "instant", "resume"))
    broker: Mapped[str | None] = mapped_column(String(40))
    failure_reason: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[dt.datetime] = mapped_column(index=True)


class BrokerAccount(MainBase):
    """An account at a broker. At most one account of a user is active."""

    __tablename__ = "broker_accounts"
    __table_args__ = (
        UniqueConstraint("user_id", "label"),
        Index(
            "uq_broker_accounts_one_active", "user_id", unique=True,
            sqlite_where=text("active"), postgresql_where=text("active"),
        ),
        # Journal, books and triggers name accounts by number: a removed one's must never stand for another.
        {"sqlite_autoincrement": True},
    )  # fmt: skip

    id: Mapped[int] = primary_key()
    user_id: Mapped[int] = foreign_key("users.id", index=False)
    broker: Mapped[str] = mapped_column(String(40), index=True)
    label: Mapped[str] = mapped_column(String(80))
    credentials_sealed: Mapped[str]
    active: Mapped[bool]
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]


class BrokerSession(MainBase):
    """The broker login of one account; its tokens are sealed and gone once it is no longer valid."""

    __tablename__ = "broker_sessions"

    account_id: Mapped[int] = foreign_key("broker_accounts.id", primary_key=True, index=False)
    state: Mapped[str] = one_of("state", SESSION_STATES)
    broker_user_id: Mapped[str | None] = mapped_column(String(120))
    tokens_sealed: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(String(255))
    issued_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    changed_at: Mapped[dt.datetime]


class PendingLogin(MainBase):
    """A redirect login on its way: the hashed `state`, bound to the browser session that started it."""

    __tablename__ = "pending_logins"

    id: Mapped[int] = primary_key()
    account_id: Mapped[int] = foreign_key("broker_accounts.id")
    broker: Mapped[str] = mapped_column(String(40))
    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    session_hash: Mapped[str] = mapped_column(String(64), index=True)
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
