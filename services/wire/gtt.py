"""GTTs in the words of the contract."""

from __future__ import annotations

from typing import Any

from domain.gtt import TriggerType
from domain.triggers.held import HeldGtt
from services.wire.numbers import price
from utils.clock import from_epoch, ist_text


def gtt(row: HeldGtt) -> dict[str, Any]:
    """One GTT of the book; the stop comes first. We hold it ourselves and block no margin for it."""
    terms = row.terms
    return {
        "trigger_id": row.trigger_id,
        "trigger_type": "single" if terms.trigger_type is TriggerType.SINGLE else "two-leg",
        "status": row.state.value,
        "symbol": terms.symbol,
        "exchange": terms.exchange.value,
        "trigger_prices": [price(leg.trigger_price) for leg in terms.legs],
        "last_price": price(row.last_price),
        "legs": [
            {
                "action": terms.side.value,
                "quantity": terms.quantity,
                "price": price(leg.price),
                "pricetype": terms.price_type.value,
                "product": terms.product.value,
            }
            for leg in terms.legs
        ],
        "strategy": row.strategy,
        "created_at": ist_text(from_epoch(row.created_ms / 1000)),
        "updated_at": ist_text(from_epoch(row.updated_ms / 1000)),
        "expires_at": ist_text(from_epoch(row.expires_ms / 1000)),
        "margin_blocked": 0.0,
        "held_by": "gateway",
        "triggered_order_id": row.order_id,
        "reason": row.reason,
    }
