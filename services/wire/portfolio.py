"""Positions, holdings, funds and margin in the words of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from domain.money import ZERO
from domain.portfolio import Funds, Holding, MarginEstimate, Position
from services.wire.numbers import amount, funds_text, maybe_amount, maybe_price, price


def position(row: Position) -> dict[str, Any]:
    """One row of the position book; standard fields print 0 for what the broker does not tell."""
    return {
        "symbol": row.symbol,
        "exchange": row.exchange.value,
        "product": str(row.product),
        "quantity": row.quantity,
        "average_price": price(row.average_price),
        "ltp": price(row.ltp),
        "pnl": amount(row.pnl),
        "realized_pnl": maybe_amount(row.realized_pnl),
        "multiplier": row.multiplier,
    }


def desk_position(row: Position) -> dict[str, Any]:
    """The same for our own screens, where a missing number stays missing."""
    return {
        **position(row),
        "average_price": maybe_price(row.average_price),
        "ltp": maybe_price(row.ltp),
        "pnl": maybe_amount(row.pnl),
    }


def _value(quantity: int, at: Decimal | None) -> Decimal | None:
    return None if at is None else at * quantity


def holding(row: Holding) -> dict[str, Any]:
    """One row of the holdings."""
    return {
        "symbol": row.symbol,
        "exchange": row.exchange.value,
        "product": str(row.product),
        "quantity": row.quantity,
        "average_price": price(row.average_price),
        "ltp": price(row.ltp),
        "pnl": amount(row.pnl),
        "pnlpercent": amount(row.pnl_percent),
        "current_value": maybe_amount(_value(row.quantity, row.ltp)),
    }


def holdings(rows: Sequence[Holding]) -> dict[str, Any]:
    """Rows and totals. A row without price or cost is left out of the total it cannot join."""
    value = sum((_value(row.quantity, row.ltp) or ZERO for row in rows), ZERO)
    invested = sum((_value(row.quantity, row.average_price) or ZERO for row in rows), ZERO)
    profit = sum((row.pnl or ZERO for row in rows), ZERO)
    return {
        "holdings": [holding(row) for row in rows],
        "statistics": {
            "totalholdingvalue": amount(value),
            "totalinvvalue": amount(invested),
            "totalprofitandloss": amount(profit),
            "totalpnlpercentage": amount(profit / invested * 100) if invested else 0.0,
        },
    }


def desk_holdings(rows: Sequence[Holding]) -> dict[str, Any]:
    """The same for our own screens: a missing number stays missing, and so does a total that it belongs to."""
    shown = [
        {
            **holding(row),
            "average_price": maybe_price(row.average_price),
            "ltp": maybe_price(row.ltp),
            "pnl": maybe_amount(row.pnl),
            "pnlpercent": maybe_amount(row.pnl_percent),
        }
        for row in rows
    ]
    totals: dict[str, Any] = holdings(rows)["statistics"]
    needs = {
        "totalholdingvalue": ("ltp",),
        "totalinvvalue": ("average_price",),
        "totalprofitandloss": ("pnl",),
        "totalpnlpercentage": ("pnl", "average_price"),
    }
    for name, fields in needs.items():
        if any(row[field] is None for row in shown for field in fields):
            totals[name] = None
    return {"holdings": shown, "statistics": totals}


def funds(row: Funds) -> dict[str, str]:
    """Account money, text with two decimals."""
    return {
        "availablecash": funds_text(row.available_cash),
        "collateral": funds_text(row.collateral),
        "m2mrealized": funds_text(row.m2m_realized),
        "m2munrealized": funds_text(row.m2m_unrealized),
        "utiliseddebits": funds_text(row.utilised),
    }


def desk_funds(row: Funds) -> dict[str, Any]:
    """The same for our own screens: what is not known is missing, and so is a sum that lacks a position's price."""
    shown: dict[str, Any] = dict(funds(row))
    if row.m2m_realized is None:
        shown["m2mrealized"] = None
    if row.m2m_unrealized is None or row.unpriced:
        shown["m2munrealized"] = None
    return {**shown, "unpriced": row.unpriced or 0}


def margin(row: MarginEstimate) -> dict[str, float]:
    """Always three numbers and the benefit; a broker that gives no split shows 0 there."""
    return {
        "total_margin_required": amount(row.total),
        "span_margin": amount(row.span),
        "exposure_margin": amount(row.exposure),
        "margin_benefit": amount(row.benefit),
    }
