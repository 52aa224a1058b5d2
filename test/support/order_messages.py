"""Changes of an order as they travel on the bus."""

from __future__ import annotations

from typing import Any

from domain.feed import OrderMessage, pack

_MESSAGE: dict[str, Any] = {
    "user_id": "user1", "mode": "live", "broker": "vendor", "orderid": "A", "symbol": "ALPHA", "exchange": "NSE",
    "action": "BUY", "quantity": 1, "price": 1.0, "trigger_price": 0.0, "pricetype": "LIMIT", "product": "MIS",
    "order_status": "open", "filled_quantity": 0, "pending_quantity": 1, "average_price": 0.0, "rejection_reason": "",
    "strategy": "", "timestamp": 1, "account_id": 7, "prev_seq": 0,
}  # fmt: skip


def order_message(**changes: Any) -> OrderMessage:
    """An open limit order of one ALPHA, but for the changes."""
    return OrderMessage(**{**_MESSAGE, **changes})


def order_frame(seq: int, **changes: Any) -> bytes:
    """The same as a numbered frame of the bus, whose predecessor has the number before."""
    return pack(seq, order_message(prev_seq=seq - 1, **changes))
