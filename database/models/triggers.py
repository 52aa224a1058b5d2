"""Main store: GTTs that the gateway holds itself. Times are epoch milliseconds."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from database.base import MainBase, exact, one_of, primary_key

HELD_STATES = ("active", "firing", "triggered", "cancelled", "expired", "rejected", "disabled")


class HeldGtt(MainBase):
    """One GTT. terms: JSON of domain.gtt.GttTerms. leg: the one that was claimed (domain.triggers.held.Leg).

    key_id: the API key that set its terms, whose limits bind its order; None for the desk.
    """

    __tablename__ = "held_gtts"
    __table_args__ = (Index(None, "account_id", "mode", "state"), Index(None, "state"))

    id: Mapped[int] = primary_key()
    trigger_id: Mapped[str] = mapped_column(String(30), unique=True)
    user_id: Mapped[int]
    account_id: Mapped[int]
    broker: Mapped[str] = mapped_column(String(40))
    mode: Mapped[str] = one_of("mode", ("live", "analyze"))
    strategy: Mapped[str] = mapped_column(String(255))
    terms: Mapped[str]
    state: Mapped[str] = one_of("state", HELD_STATES)
    last_price: Mapped[Decimal] = exact(6)
    created_ms: Mapped[int]
    updated_ms: Mapped[int]
    expires_ms: Mapped[int]
    leg: Mapped[str | None] = mapped_column(String(10))
    claimed_ms: Mapped[int | None]
    order_id: Mapped[str | None] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(500))
    key_id: Mapped[int | None]
