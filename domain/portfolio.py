"""Portfolio values as a broker reports them. Amounts are Decimal rupees; None means the vendor does not tell."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from domain.instruments import Exchange
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
    """Account money, rupees."""

    available_cash: Decimal
    collateral: Decimal
    m2m_realized: Decimal | None
    m2m_unrealized: Decimal | None
    utilised: Decimal


class MarginEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """Margin for a set of legs, rupees. None where the vendor gives no split."""

    total: Decimal
    span: Decimal | None = None
    exposure: Decimal | None = None
    benefit: Decimal | None = None
