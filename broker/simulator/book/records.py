"""Rows of the exchange's file, field for column. Money is integer paise, prices are ten-thousandths of a rupee."""

from __future__ import annotations

import msgspec


class OrderRecord(msgspec.Struct, kw_only=True):
    """One row of `orders`, field for column."""

    sequence: int
    order_id: str
    exchange_order_id: str
    account: str
    tag: str | None
    tag_key: str | None
    day: int
    exchange: str
    symbol: str
    side: str
    quantity: int = 0
    price_type: str = ""
    product: str
    price: int | None = None
    trigger_price: int | None = None
    reserve_price: int = 0
    disclosed: int = 0
    status: str = ""
    filled: int = 0
    filled_value: int = 0
    reason: str = ""
    vertex: int = 0
    placed_ms: int
    updated_ms: int = 0

    @property
    def pending(self) -> int:
        """Units still to trade."""
        return self.quantity - self.filled


class TradeRecord(msgspec.Struct, kw_only=True):
    """One row of `trades`."""

    trade_id: str
    order_id: str
    account: str
    day: int
    exchange: str
    symbol: str
    side: str
    quantity: int
    price: int
    value: int
    product: str
    vertex: int
    traded_ms: int


class PositionRecord(msgspec.Struct, kw_only=True):
    """One row of `positions`.

    cost: >= 0, of the open quantity. realised: today's profit. traded: units that changed hands today.
    required: margin that the position and its resting orders hold.
    """

    account: str
    exchange: str
    symbol: str
    product: str
    quantity: int = 0
    cost: int = 0
    realised: int = 0
    traded: int = 0
    required: int = 0
    expiry_vertex: int | None = None


class HoldingRecord(msgspec.Struct, kw_only=True):
    """One row of `holdings`."""

    account: str
    exchange: str
    symbol: str
    quantity: int
    cost: int
