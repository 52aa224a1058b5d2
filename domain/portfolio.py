"""Portfolio values as a broker reports them. Amounts are Decimal rupees; None means the vendor does not tell."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from domain.instruments import Exchange
from domain.money import ZERO
from domain.orders import Product


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Net position of the day. quantity is signed units; pnl is realised plus unrealised, rupees."""

    symbol: str
    exchange: Exchange
    product: str
    quantity: int
    average_price: Decimal | None
    ltp: Decimal | None = None
    pnl: Decimal | None = None
    realized_pnl: Decimal | None = None
    multiplier: int = 1


class Profit(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over positions, rupees. unrealised is of those with a last price; `unpriced` counts the others."""

    realised: Decimal
    unrealised: Decimal
    unpriced: int


def unrealised(row: Position) -> Decimal | None:
    """What closing now would realise; None without a last price."""
    return None if row.pnl is None or row.realized_pnl is None else row.pnl - row.realized_pnl


def profit_of(rows: Sequence[Position]) -> Profit:
    """The one way to add up positions: a missing price is no zero, it is left out and counted."""
    found = [unrealised(row) for row in rows]
    return Profit(
        realised=sum((row.realized_pnl or ZERO for row in rows), ZERO),
        unrealised=sum((profit for profit in found if profit is not None), ZERO),
        unpriced=found.count(None),
    )


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """Settled (and T+1) shares. pnl rupees, pnl_percent percent of cost."""

    symbol: str
    exchange: Exchange
    quantity: int
    average_price: Decimal | None
    ltp: Decimal | None = None
    pnl: Decimal | None = None
    pnl_percent: Decimal | None = None
    product: str = Product.CNC


class Funds(msgspec.Struct, frozen=True, kw_only=True):
    """Account money, rupees.

    unpriced: open positions without a last price, which m2m_unrealized leaves out; None where the vendor sums.
    """

    available_cash: Decimal
    collateral: Decimal
    m2m_realized: Decimal | None
    m2m_unrealized: Decimal | None
    utilised: Decimal
    unpriced: int | None = None


class MarginEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """Margin for a set of legs, rupees. None where the vendor gives no split."""

    total: Decimal
    span: Decimal | None = None
    exposure: Decimal | None = None
    benefit: Decimal | None = None
