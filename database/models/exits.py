"""Main store: exits attached to positions. Times are epoch milliseconds, prices rupees."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from database.base import MainBase, exact, one_of, primary_key

EXIT_STATES = ("waiting", "active", "firing", "exiting", "triggered", "cancelled", "ended", "disabled")
OPEN = text("state IN ('waiting', 'active', 'firing', 'exiting')")


class PositionExit(MainBase):
    """One set of exits (domain.triggers.exits.PositionExit). terms, entry_ids, firing: JSON.

    A position has at most one open set.
    """

    __tablename__ = "position_exits"
    __table_args__ = (
        Index(None, "account_id", "mode", "state"),
        Index(None, "state"),
        Index(
            "uq_position_exits_open", "account_id", "mode", "exchange", "symbol", "product",
            unique=True, sqlite_where=OPEN, postgresql_where=OPEN,
        ),
    )  # fmt: skip

    id: Mapped[int] = primary_key()
    exit_id: Mapped[str] = mapped_column(String(30), unique=True)
    user_id: Mapped[int]
    account_id: Mapped[int]
    broker: Mapped[str] = mapped_column(String(40))
    mode: Mapped[str] = one_of("mode", ("live", "analyze"))
    strategy: Mapped[str] = mapped_column(String(255))
    symbol: Mapped[str] = mapped_column(String(80))
    exchange: Mapped[str] = mapped_column(String(20))
    product: Mapped[str] = mapped_column(String(10))
    direction: Mapped[int]
    tick_size: Mapped[Decimal] = exact(6)
    terms: Mapped[str]
    state: Mapped[str] = one_of("state", EXIT_STATES)
    created_ms: Mapped[int]
    updated_ms: Mapped[int]
    quantity: Mapped[int]
    base: Mapped[Decimal | None] = exact(6)
    mark: Mapped[Decimal | None] = exact(6)
    trail: Mapped[Decimal | None] = exact(6)
    expiry: Mapped[dt.date | None]
    entry_ids: Mapped[str]
    firing: Mapped[str | None]
    reason: Mapped[str] = mapped_column(String(500))
