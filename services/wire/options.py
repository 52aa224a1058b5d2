"""Option contracts, chains and Greeks in the words of the contract."""

from __future__ import annotations

from typing import Any

from services.options.selection import ChosenOption
from services.wire.numbers import price


def chosen(value: ChosenOption) -> dict[str, Any]:
    """The answer of `optionsymbol`."""
    row = value.instrument
    return {
        "symbol": row.symbol,
        "exchange": row.exchange.value,
        "lotsize": row.lot_size,
        "tick_size": float(row.tick_size),
        "freeze_qty": row.freeze_qty if row.freeze_qty is not None else 0,
        "underlying_ltp": price(value.underlying_ltp),
    }
