"""The broker's books held against what we say: every difference with what explains it. Pure.

Explanations name their evidence; a difference without one is `unexplained`, and somebody must look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from database.journal import IntentRow
from domain.orders import OrderRow, TradeRow
from domain.portfolio import Position
from services.trading.reconciliation.evidence import Doubt
from services.trading.updates.known import Known

UNEXPLAINED = "unexplained"
# How long a broker's books may take to show what the broker has said elsewhere.
LAG_MS = 10_000

Place = tuple[str, str, str]
"""(exchange, symbol, product)"""


class Kind(StrEnum):
    """What differs."""

    ELSEWHERE = "order-from-elsewhere"
    MISSING = "missing-at-broker"
    BEHIND = "status-behind"
    FILLS = "fill-quantity-differs"
    AVERAGE = "average-price-missing"
    POSITION = "position-differs"
    UNKNOWN = "unknown-outcome"
    LATE = "late-correction"


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """One difference. broker_says, we_say: plain facts by name, None where that side knows nothing of it."""

    kind: Kind
    exchange: str
    symbol: str
    broker_says: dict[str, Any] | None
    we_say: dict[str, Any] | None
    explained_by: str
    is_explained: bool = True
    product: str | None = None
    order_id: str | None = None
    tag: str | None = None

    @property
    def name(self) -> tuple[str, ...]:
        """The same for the same difference in two reports."""
        return (
            self.kind,
            self.exchange,
            self.symbol,
            self.product or "",
            self.order_id or "",
            self.tag or "",
        )


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides of one account at one time. Times in epoch milliseconds.

    known: what we said of each order before `book` was asked for at `read_ms`; read_before_ms: the read before it.
    intents: today's, and open ones, as they are after the book was read. trades, positions: None when not readable.
    carried: signed units held before today's orders, by place. corrected: tag -> order id of intents that were
    reported absent today and found later. ours: order ids of our own orders beside those of `intents`.
    """

    book: Sequence[OrderRow]
    trades: Sequence[TradeRow] | None
    positions: Sequence[Position] | None
    known: Mapping[str, Known]
    intents: Sequence[IntentRow]
    strategies: Mapping[str, str]
    carried: Mapping[Place, int]
    doubts: Sequence[tuple[IntentRow, Doubt]]
    corrected: Mapping[str, str]
    read_ms: int
    read_before_ms: int | None
    day_ms: int


def signed(row: OrderRow) -> int:
    """Units that an order has moved the position by."""
    return row.side.sign * (row.filled_quantity or 0)


def place_of(row: OrderRow | Position) -> Place:
    """Which position a row belongs to."""
    return (row.exchange.value, row.symbol, str(row.product))


def moved(book: Sequence[OrderRow]) -> dict[Place, int]:
    """Units by position that the orders of a book have moved."""
    found: dict[Place, int] = {}
    for row in book:
        if row.filled_quantity:
            found[place_of(row)] = found.get(place_of(row), 0) + signed(row)
    return found
