"""Rows of the sandbox store, field for column. Money: paise. Prices: millionths of a rupee. Times: epoch ms."""

from __future__ import annotations

import msgspec


class AccountRecord(msgspec.Struct, kw_only=True):
    """One row of `paper_accounts`."""

    account_id: int
    broker: str
    day: str
    opened_ms: int
    reset_ms: int
    reset_count: int = 0


class EntryRecord(msgspec.Struct, kw_only=True, frozen=True):
    """One row of `paper_entries`."""

    account_id: int
    at_ms: int
    kind: str
    source: str
    target: str
    paise: int
    reference: str = ""


class OrderRecord(msgspec.Struct, kw_only=True):
    """One row of `paper_orders`. filled_cost: sum of quantity x price in millionths, for the exact average."""

    sequence: int | None = None
    order_id: str
    tag: str | None
    account_id: int
    broker: str
    exchange: str
    symbol: str
    side: str
    product: str
    quantity: int
    price_type: str
    price: int | None = None
    trigger_price: int | None = None
    reserve_price: int = 0
    disclosed: int = 0
    status: str = "open"
    filled: int = 0
    filled_value: int = 0
    filled_cost: int = 0
    reason: str = ""
    origin: str = "user"
    expires_ms: int
    placed_ms: int
    updated_ms: int

    @property
    def pending(self) -> int:
        """Units still to trade."""
        return self.quantity - self.filled

    @property
    def is_working(self) -> bool:
        """Whether it may still trade."""
        return self.status in ("open", "trigger pending")


class TradeRecord(msgspec.Struct, kw_only=True):
    """One row of `paper_trades`."""

    trade_id: str
    order_id: str
    account_id: int
    exchange: str
    symbol: str
    side: str
    product: str
    quantity: int
    price: int
    value: int
    realised: int = 0
    charges: int = 0
    traded_ms: int


class PositionRecord(msgspec.Struct, kw_only=True):
    """One row of `paper_positions`. realised: since the session boundary."""

    id: int | None = None
    account_id: int
    broker: str
    exchange: str
    symbol: str
    product: str
    quantity: int = 0
    cost: int = 0
    realised: int = 0
    realised_total: int = 0
    margin: int = 0
    last_price: int | None = None
    opened_ms: int = 0
    updated_ms: int = 0


class LotRecord(msgspec.Struct, kw_only=True):
    """One row of `paper_lots`."""

    id: int | None = None
    account_id: int
    exchange: str
    symbol: str
    settles_on: str
    quantity: int
    cost: int


class HoldingRecord(msgspec.Struct, kw_only=True):
    """One row of `paper_holdings`."""

    id: int | None = None
    account_id: int
    broker: str
    exchange: str
    symbol: str
    quantity: int
    cost: int
    last_price: int | None = None
    settled_on: str


class DayRecord(msgspec.Struct, kw_only=True, frozen=True):
    """One row of `paper_days`."""

    account_id: int
    day: str
    realised: int
    charges: int
    positions_unrealised: int
    holdings_unrealised: int
    available: int
    blocked: int
    portfolio_value: int
