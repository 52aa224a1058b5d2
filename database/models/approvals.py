"""Main store: orders that wait for approval. Times are epoch milliseconds, as in the order journal."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.base import JsonText, MainBase, foreign_key, one_of, primary_key

PENDING_STATES = ("pending", "executing", "approved", "rejected", "expired")
OUTCOMES = ("accepted", "partial", "refused", "unknown")


class PendingOrder(MainBase):
    """One queued call.

    command: the whole command with its kind. prices: last prices by EXCHANGE:SYMBOL that the decision is held against,
    taken at priced_ms. state: pending, executing (claimed by one approver), approved (executed, see outcome), rejected,
    expired. deleted_ms: taken off the list by its owner, and kept, for a repeat under the caller's key must find it.
    outcome: accepted, partial (some orders of it), refused (certainly not live) or unknown (may be live).
    """

    __tablename__ = "pending_orders"
    __table_args__ = (
        Index(None, "user_id", "state"),
        Index(None, "state", "expires_ms"),
        UniqueConstraint("user_id", "client_order_id"),
    )

    id: Mapped[int] = primary_key()
    user_id: Mapped[int] = foreign_key("users.id")
    account_id: Mapped[int]
    broker: Mapped[str] = mapped_column(String(40))
    key_id: Mapped[int | None]
    api_type: Mapped[str] = mapped_column(String(50))
    command: Mapped[Any] = mapped_column(JsonText)
    client_order_id: Mapped[str | None] = mapped_column(String(64))
    fingerprint: Mapped[str] = mapped_column(String(64))
    request_id: Mapped[str] = mapped_column(String(40))
    prices: Mapped[Any] = mapped_column(JsonText)
    state: Mapped[str] = one_of("state", PENDING_STATES)
    created_ms: Mapped[int] = mapped_column(index=True)
    priced_ms: Mapped[int]
    expires_ms: Mapped[int]
    confirm_reason: Mapped[str | None]
    decided_ms: Mapped[int | None]
    decided_by: Mapped[str | None] = mapped_column(String(80))
    reason: Mapped[str | None] = mapped_column(String(500))
    outcome: Mapped[str | None] = one_of("outcome", OUTCOMES)
    code: Mapped[str | None] = mapped_column(String(60))
    message: Mapped[str | None]
    tag: Mapped[str | None] = mapped_column(String(20), index=True)
    broker_order_id: Mapped[str | None] = mapped_column(String(255))
    broker_status: Mapped[str | None] = mapped_column(String(20))
    deleted_ms: Mapped[int | None]
