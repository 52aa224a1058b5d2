"""Sandbox store: paper trading. Money: integer paise. Prices: millionths of a rupee. Times: epoch milliseconds."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.base import SandboxBase, one_of, primary_key

LEDGER_ACCOUNTS = ("capital", "cash", "blocked", "holdings", "realised", "charges")
STATUSES = ("open", "trigger pending", "complete", "cancelled", "rejected")


class PaperAccount(SandboxBase):
    """One paper account: the shadow of a broker account. day: the trading day its figures of today belong to."""

    __tablename__ = "paper_accounts"

    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    broker: Mapped[str] = mapped_column(String(40))
    day: Mapped[str] = mapped_column(String(10))
    opened_ms: Mapped[int]
    reset_ms: Mapped[int]
    reset_count: Mapped[int]


class PaperEntry(SandboxBase):
    """One movement of money: `paise` leave `source` and arrive at `target`. Rows are never changed."""

    __tablename__ = "paper_entries"
    __table_args__ = (
        Index(None, "account_id", "at_ms"),
        CheckConstraint("paise > 0", name="positive"),
        CheckConstraint("source <> target", name="moves"),
    )

    id: Mapped[int] = primary_key()
    account_id: Mapped[int]
    at_ms: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = one_of("source", LEDGER_ACCOUNTS)
    target: Mapped[str] = one_of("target", LEDGER_ACCOUNTS)
    paise: Mapped[int]
    reference: Mapped[str] = mapped_column(String(80))


class PaperBalance(SandboxBase):
    """What the entries of one ledger account add up to."""

    __tablename__ = "paper_balances"

    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    paise: Mapped[int]


class PaperOrder(SandboxBase):
    """One order. `tag` is the journal's mark: a repeat under the same tag cannot become a second order."""

    __tablename__ = "paper_orders"
    __table_args__ = (
        Index(None, "account_id", "placed_ms"),
        Index(None, "account_id", "exchange", "symbol", "product", "status"),
        Index(None, "status"),
        CheckConstraint("quantity > 0 AND filled BETWEEN 0 AND quantity", name="filled"),
    )

    sequence: Mapped[int] = primary_key()
    order_id: Mapped[str] = mapped_column(String(40), unique=True)
    tag: Mapped[str | None] = mapped_column(String(20), unique=True)
    account_id: Mapped[int]
    broker: Mapped[str] = mapped_column(String(40))
    exchange: Mapped[str] = mapped_column(String(20))
    symbol: Mapped[str] = mapped_column(String(80))
    side: Mapped[str] = one_of("side", ("BUY", "SELL"))
    product: Mapped[str] = one_of("product", ("CNC", "NRML", "MIS"))
    quantity: Mapped[int]
    price_type: Mapped[str] = one_of("price_type", ("MARKET", "LIMIT", "SL", "SL-M"))
    price: Mapped[int | None]
    trigger_price: Mapped[int | None]
    reserve_price: Mapped[int]
    disclosed: Mapped[int]
    status: Mapped[str] = one_of("status", STATUSES)
    filled: Mapped[int]
    filled_value: Mapped[int]
    filled_cost: Mapped[int]
    reason: Mapped[str] = mapped_column(String(255))
    origin: Mapped[str] = mapped_column(String(20))
    expires_ms: Mapped[int]
    placed_ms: Mapped[int]
    updated_ms: Mapped[int]


class PaperTrade(SandboxBase):
    """One fill. realised, charges: paise."""

    __tablename__ = "paper_trades"
    __table_args__ = (Index(None, "account_id", "traded_ms"), Index(None, "order_id"))

    id: Mapped[int] = primary_key()
    trade_id: Mapped[str] = mapped_column(String(40), unique=True)
    order_id: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[int]
    exchange: Mapped[str] = mapped_column(String(20))
    symbol: Mapped[str] = mapped_column(String(80))
    side: Mapped[str] = one_of("side", ("BUY", "SELL"))
    product: Mapped[str] = one_of("product", ("CNC", "NRML", "MIS"))
    quantity: Mapped[int]
    price: Mapped[int]
    value: Mapped[int]
    realised: Mapped[int]
    charges: Mapped[int]
    traded_ms: Mapped[int]


class PaperPosition(SandboxBase):
    """Net position with the margin that it and its resting orders hold. cost >= 0, of the open quantity."""

    __tablename__ = "paper_positions"
    __table_args__ = (
        UniqueConstraint("account_id", "exchange", "symbol", "product"),
        CheckConstraint("cost >= 0 AND margin >= 0", name="amounts"),
    )

    id: Mapped[int] = primary_key()
    account_id: Mapped[int]
    broker: Mapped[str] = mapped_column(String(40))
    exchange: Mapped[str] = mapped_column(String(20))
    symbol: Mapped[str] = mapped_column(String(80))
    product: Mapped[str] = one_of("product", ("CNC", "NRML", "MIS"))
    quantity: Mapped[int]
    cost: Mapped[int]
    realised: Mapped[int]
    realised_total: Mapped[int]
    margin: Mapped[int]
    last_price: Mapped[int | None]
    opened_ms: Mapped[int]
    updated_ms: Mapped[int]


class PaperLot(SandboxBase):
    """Delivery shares bought and not settled yet, by settlement date."""

    __tablename__ = "paper_lots"
    __table_args__ = (
        UniqueConstraint("account_id", "exchange", "symbol", "settles_on"),
        CheckConstraint("quantity > 0 AND cost >= 0", name="amounts"),
    )

    id: Mapped[int] = primary_key()
    account_id: Mapped[int]
    exchange: Mapped[str] = mapped_column(String(20))
    symbol: Mapped[str] = mapped_column(String(80))
    settles_on: Mapped[str] = mapped_column(String(10))
    quantity: Mapped[int]
    cost: Mapped[int]


class PaperHolding(SandboxBase):
    """Settled delivery shares at cost."""

    __tablename__ = "paper_holdings"
    __table_args__ = (
        UniqueConstraint("account_id", "exchange", "symbol"),
        CheckConstraint("quantity > 0 AND cost >= 0", name="amounts"),
    )

    id: Mapped[int] = primary_key()
    account_id: Mapped[int]
    broker: Mapped[str] = mapped_column(String(40))
    exchange: Mapped[str] = mapped_column(String(20))
    symbol: Mapped[str] = mapped_column(String(80))
    quantity: Mapped[int]
    cost: Mapped[int]
    last_price: Mapped[int | None]
    settled_on: Mapped[str] = mapped_column(String(10))


class PaperDay(SandboxBase):
    """Figures of one account at the end of one trading day, paise."""

    __tablename__ = "paper_days"
    __table_args__ = (UniqueConstraint("account_id", "day"),)

    id: Mapped[int] = primary_key()
    account_id: Mapped[int]
    day: Mapped[str] = mapped_column(String(10))
    realised: Mapped[int]
    charges: Mapped[int]
    positions_unrealised: Mapped[int]
    holdings_unrealised: Mapped[int]
    available: Mapped[int]
    blocked: Mapped[int]
    portfolio_value: Mapped[int]


class PaperInstrument(SandboxBase):
    """What an instrument was when it was traded: contracts leave the master before they are settled."""

    __tablename__ = "paper_instruments"

    broker: Mapped[str] = mapped_column(String(40), primary_key=True)
    exchange: Mapped[str] = mapped_column(String(20), primary_key=True)
    symbol: Mapped[str] = mapped_column(String(80), primary_key=True)
    facts: Mapped[str]


class PaperSetting(SandboxBase):
    """One setting of paper trading that differs from its default, as JSON."""

    __tablename__ = "paper_settings"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str]
    updated_ms: Mapped[int]


class PaperGttHold(SandboxBase):
    """Money that a waiting GTT holds back until its order is sent, or it ends otherwise."""

    __tablename__ = "paper_gtt_holds"

    trigger_id: Mapped[str] = mapped_column(String(30), primary_key=True)
    account_id: Mapped[int] = mapped_column(index=True)
    paise: Mapped[int]
    at_ms: Mapped[int]
