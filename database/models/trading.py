"""Main store: the order journal. Times are epoch milliseconds, because the hot path writes rows without an ORM."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.base import MainBase, one_of, primary_key

INTENT_STATES = ("pending", "acked", "refused", "unknown", "absent")
INTENT_OPERATIONS = ("place", "modify", "cancel", "gtt_place", "gtt_modify", "gtt_cancel")
PROTECTED_STATES = ("open", "filled", "gave_up", "released", "ended")


class OrderIntent(MainBase):
    """One write to a broker, on disk before the wire.

    tag: our correlation mark in the broker's book. order_id: the target of a modify or cancel, the result of a place.
    state: pending (sent or about to be), acked, refused (certainly not live), unknown (may be live),
    absent (evidence says it never took effect). terms: JSON of domain.orders.OrderTerms, null for a cancel.
    The operations gtt_* are about a GTT at the broker: order_id is its trigger id, terms is domain.gtt.GttTerms.
    """

    __tablename__ = "order_intents"
    __table_args__ = (
        Index(None, "account_id", "order_id"),
        Index(None, "account_id", "created_ms"),
        Index(None, "state", "account_id"),
    )

    id: Mapped[int] = primary_key()
    tag: Mapped[str] = mapped_column(String(20), unique=True)
    user_id: Mapped[int]
    account_id: Mapped[int]
    broker: Mapped[str] = mapped_column(String(40))
    mode: Mapped[str] = one_of("mode", ("live", "analyze"))
    operation: Mapped[str] = one_of("operation", INTENT_OPERATIONS)
    state: Mapped[str] = one_of("state", INTENT_STATES)
    order_id: Mapped[str | None] = mapped_column(String(80))
    symbol: Mapped[str] = mapped_column(String(80))
    exchange: Mapped[str] = mapped_column(String(20))
    terms: Mapped[str | None]
    strategy: Mapped[str] = mapped_column(String(255))
    source: Mapped[str] = mapped_column(String(10))
    code: Mapped[str | None] = mapped_column(String(60))
    message: Mapped[str | None]
    created_ms: Mapped[int]
    decided_ms: Mapped[int | None]


class IdempotencyKey(MainBase):
    """A caller's key and what became of it: the intent it made, or the finished answer of a plan."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("user_id", "mode", "key"),)

    id: Mapped[int] = primary_key()
    user_id: Mapped[int]
    mode: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(64))
    fingerprint: Mapped[str] = mapped_column(String(64))
    tag: Mapped[str | None] = mapped_column(String(20))
    answer: Mapped[str | None]
    created_ms: Mapped[int] = mapped_column(index=True)


class KillSwitch(MainBase):
    """Entries are refused while a row is engaged. scope: see services.trading.risk.scopes."""

    __tablename__ = "kill_switches"

    scope: Mapped[str] = mapped_column(String(300), primary_key=True)
    engaged: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(255))
    changed_ms: Mapped[int]


class ProtectedOrder(MainBase):
    """An order that left as a limit instead of what was asked, or that is re-priced once it rests.

    tag: of the intent that began it, written in the same transaction. asked: JSON of domain.orders.OrderTerms.
    ladder: JSON of broker.core.manifest.Ladder. urgent: it closes a position. began_ms: when the ladder began, null
    while a stop waits for its trigger. state: open, filled, gave_up (deadline passed), released (its owner took over)
    or ended (it cannot fill any more).
    """

    __tablename__ = "protected_orders"
    __table_args__ = (Index(None, "state"), Index(None, "created_ms"))

    id: Mapped[int] = primary_key()
    tag: Mapped[str] = mapped_column(String(20), unique=True)
    asked: Mapped[str]
    ladder: Mapped[str]
    urgent: Mapped[bool]
    created_ms: Mapped[int]
    began_ms: Mapped[int | None]
    state: Mapped[str] = one_of("state", PROTECTED_STATES)
    ended_ms: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(500))


class OrderStream(MainBase):
    """Exactly one row. reserved: no order update that any run told its users bears a higher number."""

    __tablename__ = "order_stream"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    reserved: Mapped[int]
