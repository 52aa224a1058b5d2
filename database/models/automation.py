"""Main store: strategies that are driven by webhooks, what was delivered to them, and the orders that follow.

Times of deliveries and orders are epoch milliseconds, as in the order journal.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.base import JsonText, MainBase, UtcDateTime, foreign_key, one_of, primary_key

PLATFORMS = ("tradingview", "amibroker", "python", "metatrader", "excel", "others", "chartink")
TRADING_MODES = ("LONG", "SHORT", "BOTH")
RESULTS = ("accepted", "duplicate", "ignored", "refused")
OUTCOMES = ("accepted", "partial", "refused", "unknown", "dropped", "waiting", "nothing")
ORDER_STATES = ("queued", "sending", "ended")
LANES = ("smart", "plain")


class Strategy(MainBase):
    """One strategy. webhook_digest: keyed digest of the id in its URL; the id itself is stored nowhere.
    signing_sealed: with which its messages must be signed, null while it takes unsigned ones.

    account_id: the broker account it trades for, null for whichever is active. Times: HH:MM, IST.
    squared_off_on: the Indian date of its last square-off.
    """

    __tablename__ = "strategies"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[int] = primary_key()
    user_id: Mapped[int] = foreign_key("users.id")
    account_id: Mapped[int | None]
    name: Mapped[str] = mapped_column(String(80))
    platform: Mapped[str] = one_of("platform", PLATFORMS)
    webhook_digest: Mapped[str] = mapped_column(String(64), unique=True)
    trading_mode: Mapped[str] = one_of("trading_mode", TRADING_MODES)
    is_intraday: Mapped[bool]
    start_time: Mapped[str | None] = mapped_column(String(5))
    end_time: Mapped[str | None] = mapped_column(String(5))
    squareoff_time: Mapped[str | None] = mapped_column(String(5))
    is_active: Mapped[bool]
    squared_off_on: Mapped[str | None] = mapped_column(String(10))
    signing_sealed: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class StrategyMapping(MainBase):
    """What a strategy trades when it hears of a symbol. quantity: units."""

    __tablename__ = "strategy_symbol_mappings"
    __table_args__ = (UniqueConstraint("strategy_id", "symbol"),)

    id: Mapped[int] = primary_key()
    strategy_id: Mapped[int] = foreign_key("strategies.id")
    symbol: Mapped[str] = mapped_column(String(80))
    exchange: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[int]
    product_type: Mapped[str] = mapped_column(String(10))


class WebhookNonce(MainBase):
    """One signed message of a strategy that was taken: it is not taken again. expires_ms: epoch milliseconds."""

    __tablename__ = "webhook_nonces"

    strategy_id: Mapped[int] = mapped_column(
        ForeignKey("strategies.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_ms: Mapped[int] = mapped_column(index=True)


class WebhookDelivery(MainBase):
    """One message that reached a strategy's URL, or its square-off (payload `squareoff`).

    body: with secrets masked. digest: of its content. dedup_key: the sender's own. result: accepted (its orders were
    queued), duplicate (of duplicate_of), ignored or refused. status, answer: what the sender was told.
    outcome: what became of its orders, null while they are under way.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index(None, "strategy_id", "digest", "received_ms"),
        Index(None, "strategy_id", "dedup_key", "received_ms"),
    )

    id: Mapped[int] = primary_key()
    strategy_id: Mapped[int | None] = foreign_key("strategies.id", on_delete="SET NULL")
    user_id: Mapped[int] = foreign_key("users.id")
    strategy: Mapped[str] = mapped_column(String(80))
    received_ms: Mapped[int] = mapped_column(index=True)
    source_address: Mapped[str] = mapped_column(String(45))
    payload: Mapped[str] = mapped_column(String(20))
    body: Mapped[Any | None] = mapped_column(JsonText)
    digest: Mapped[str] = mapped_column(String(64))
    dedup_key: Mapped[str | None] = mapped_column(String(128))
    result: Mapped[str] = one_of("result", RESULTS)
    duplicate_of: Mapped[int | None]
    status: Mapped[int]
    answer: Mapped[Any] = mapped_column(JsonText)
    outcome: Mapped[str | None] = one_of("outcome", OUTCOMES)


class WebhookOrder(MainBase):
    """One order of a delivery, queued before the delivery was answered.

    command: the whole command with its kind. mode: the application's when it was accepted, the only one it is sent in.
    expires_ms: not sent later than this. attempt: part of a smart order's key. interrupted: an earlier run stopped
    while sending it. state: queued, sending (claimed), ended (see outcome). outcome: accepted, partial, refused
    (certainly not live), unknown (may be live), dropped (never sent), waiting (for approval, pending_id) or nothing
    (the position was as wanted).
    """

    __tablename__ = "webhook_orders"
    __table_args__ = (
        Index(None, "account_id", "state"),
        Index(None, "state"),
        UniqueConstraint("delivery_id", "number"),
    )

    id: Mapped[int] = primary_key()
    delivery_id: Mapped[int] = foreign_key("webhook_deliveries.id")
    strategy_id: Mapped[int] = mapped_column(index=True)
    user_id: Mapped[int]
    account_id: Mapped[int]
    broker: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    lane: Mapped[str] = one_of("lane", LANES)
    exchange: Mapped[str] = mapped_column(String(20))
    symbol: Mapped[str] = mapped_column(String(80))
    command: Mapped[Any] = mapped_column(JsonText)
    mode: Mapped[str] = one_of("mode", ("live", "analyze"))
    state: Mapped[str] = one_of("state", ORDER_STATES)
    attempt: Mapped[int]
    interrupted: Mapped[bool]
    received_ms: Mapped[int]
    retry_ms: Mapped[int]
    expires_ms: Mapped[int]
    claimed_ms: Mapped[int | None]
    ended_ms: Mapped[int | None]
    outcome: Mapped[str | None] = one_of("outcome", OUTCOMES)
    order_id: Mapped[str | None] = mapped_column(String(255))
    tag: Mapped[str | None] = mapped_column(String(20), index=True)
    pending_id: Mapped[int | None] = mapped_column(index=True)
    code: Mapped[str | None] = mapped_column(String(60))
    message: Mapped[str | None]
