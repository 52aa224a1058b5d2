"""Main store: contract masters by generation, quantity freezes and the operator's calendar days.

A generation is one load of one broker. Rows carry its number, so a new load never touches what is being served;
which generation is current stands in `contract_status`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.base import JsonText, MainBase, one_of, primary_key

CONTRACT_STATES = ("pending", "downloading", "success", "error")


class ContractRow(MainBase):
    """One instrument of one generation. Numbers that are decimals are kept as their shortest text."""

    __tablename__ = "contracts"
    __table_args__ = (
        Index(None, "generation", "symbol", "exchange"),
        Index(None, "generation", "token"),
        Index(None, "generation", "broker_symbol"),
    )

    id: Mapped[int] = primary_key()
    generation: Mapped[int] = mapped_column(Integer)
    exchange: Mapped[str] = mapped_column(String(20))
    symbol: Mapped[str] = mapped_column(String(80))
    broker_exchange: Mapped[str] = mapped_column(String(20))
    broker_symbol: Mapped[str] = mapped_column(String(120))
    token: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(200))
    instrument_type: Mapped[str] = mapped_column(String(10))
    lot_size: Mapped[int]
    tick_size: Mapped[str] = mapped_column(String(24))
    expiry: Mapped[str | None] = mapped_column(String(10))
    strike: Mapped[str | None] = mapped_column(String(24))
    freeze_qty: Mapped[int | None]
    multiplier: Mapped[int] = mapped_column(Integer)


class ContractGeneration(MainBase):
    """One load. `complete` turns true in the transaction that makes it current; an incomplete one is debris."""

    __tablename__ = "contract_generations"

    id: Mapped[int] = primary_key()
    broker: Mapped[str] = mapped_column(String(40), index=True)
    complete: Mapped[bool]
    total: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[dt.datetime]


class ContractStatus(MainBase):
    """What the last load of a broker came to. Counts and times are those of the generation served."""

    __tablename__ = "contract_status"

    broker: Mapped[str] = mapped_column(String(40), primary_key=True)
    status: Mapped[str] = one_of("status", CONTRACT_STATES)
    message: Mapped[str] = mapped_column(String(1000))
    updated_at: Mapped[dt.datetime]
    heartbeat_at: Mapped[dt.datetime | None]
    generation: Mapped[int | None] = mapped_column(Integer)
    previous_generation: Mapped[int | None] = mapped_column(Integer)
    total: Mapped[int] = mapped_column(Integer)
    counts: Mapped[Any] = mapped_column(JsonText)
    downloaded_at: Mapped[dt.datetime | None]
    duration_ms: Mapped[int | None] = mapped_column(Integer)
    sha256: Mapped[str | None] = mapped_column(String(64))
    warnings: Mapped[Any] = mapped_column(JsonText)


class QuantityFreeze(MainBase):
    """Largest quantity of one order for an underlying, units."""

    __tablename__ = "quantity_freeze"
    __table_args__ = (
        UniqueConstraint("exchange", "symbol"),
        CheckConstraint("freeze_qty >= 1", name="positive"),
    )

    id: Mapped[int] = primary_key()
    exchange: Mapped[str] = mapped_column(String(20))
    symbol: Mapped[str] = mapped_column(String(80))
    freeze_qty: Mapped[int]


class CalendarDay(MainBase):
    """A day the operator added or corrected; it wins over the shipped calendar.

    sessions: {exchange: [[kind, start minute or null, end minute or null], ...]}, empty list for closed.
    """

    __tablename__ = "calendar_days"

    date: Mapped[str] = mapped_column(String(10), primary_key=True)
    description: Mapped[str] = mapped_column(String(150))
    type: Mapped[str] = one_of("type", ("TRADING_HOLIDAY", "SETTLEMENT_HOLIDAY", "SPECIAL_SESSION"))
    settles: Mapped[bool]
    sessions: Mapped[Any] = mapped_column(JsonText)
    created_at: Mapped[dt.datetime]


class MarketTiming(MainBase):
    """Regular hours of a session group from a date on, as the operator set them; they win over the shipped ones.

    windows: [[kind, start minute, end minute or rule], ...] as in CalendarDay.
    """

    __tablename__ = "market_timings"

    session_group: Mapped[str] = mapped_column(String(40), primary_key=True)
    since: Mapped[str] = mapped_column(String(10), primary_key=True)
    windows: Mapped[Any] = mapped_column(JsonText)
    created_at: Mapped[dt.datetime]
