"""Profit and loss of paper positions, by symbol and in total. Rupees; what has no price is left out and counted."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from domain.portfolio import Position, profit_of, unrealised
from services.wire.numbers import maybe_amount


def parts(row: Position) -> dict[str, float | None]:
    """What a paper position shows beyond the standard fields; None is not known.

    pnlpercent: of the open cost, 0 when closed.
    """
    open_profit = unrealised(row)
    return {
        "pnlpercent": _percent(row, open_profit),
        "unrealized_pnl": maybe_amount(open_profit),
        "today_realized_pnl": maybe_amount(row.realized_pnl),
        "total_pnl_today": maybe_amount(row.pnl),
    }


def _percent(row: Position, open_profit: Decimal | None) -> float | None:
    if row.quantity == 0:
        return 0.0
    if open_profit is None or not row.average_price:
        return None
    cost = row.average_price * abs(row.quantity) * row.multiplier
    return round(float(open_profit / cost * 100), 2)


def symbol(row: Position) -> dict[str, Any]:
    """One row of `pnl/symbols`."""
    shown = parts(row)
    del shown["pnlpercent"]
    return {
        "symbol": row.symbol, "exchange": row.exchange.value, "product": str(row.product),
        "quantity": row.quantity, "pnl": shown["total_pnl_today"], **shown,
    }  # fmt: skip


def totals(rows: Sequence[Position]) -> dict[str, Any]:
    """The four sums of the position book; `unpriced` counts positions whose last price is not known."""
    sums = profit_of(rows)
    total = maybe_amount(sums.unrealised + sums.realised)
    return {
        "total_pnl": total,
        "total_unrealized_pnl": maybe_amount(sums.unrealised),
        "total_today_realized_pnl": maybe_amount(sums.realised),
        "total_pnl_today": total,
        "unpriced": sums.unpriced,
    }
