"""Profit and loss: of paper positions, and of the day. Rupees; what has no price is left out and counted."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from domain.portfolio import Position, profit_of, unrealised
from services.portfolio.attribution import Place, Row
from services.portfolio.day_curve import Point
from services.portfolio.day_profit import DayCurve, Today
from services.wire.numbers import amount, maybe_amount


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


def profit_today(page: Today) -> dict[str, Any]:
    """By symbol and by strategy; `strategy` null are orders that were placed elsewhere."""
    return {
        "day": page.day.isoformat(),
        "symbols": [
            {**_place(row.place), "quantity": row.quantity, "carried": row.carried, **_row(row)}
            for row in page.symbols
        ],
        "strategies": [{"strategy": row.strategy, **_row(row)} for row in page.strategies],
        "unattributed_trades": page.unattributed,
    }


def profit_curve(found: DayCurve) -> dict[str, Any]:
    """Points as [epoch seconds, rupees], ascending."""
    reached = found.extremes
    return {
        "day": found.day.isoformat(),
        "interval": found.interval.value if found.interval else None,
        "points": [[point.at, amount(point.profit)] for point in found.points],
        "highest": _point(reached.highest) if reached else None,
        "lowest": _point(reached.lowest) if reached else None,
        "drawdown": None if reached is None else {
            "amount": amount(reached.drawdown), "from": _point(reached.drawdown_from),
            "to": _point(reached.drawdown_to),
        },
        "left_out": [{**_place(item.place), "why": item.why} for item in found.left_out],
    }  # fmt: skip


def _place(place: Place) -> dict[str, str]:
    exchange, symbol, product = place
    return {"exchange": exchange.value, "symbol": symbol, "product": product}


def _row(row: Row) -> dict[str, Any]:
    return {
        "trades": row.trades,
        "turnover": amount(row.turnover),
        "realized": maybe_amount(row.realised),
        "unrealized": maybe_amount(row.unrealised),
        "total": maybe_amount(row.total),
        "charges": maybe_amount(row.charges),
        "unpriced": row.unpriced,
    }


def _point(point: Point) -> dict[str, Any]:
    return {"at": point.at, "amount": amount(point.profit)}
