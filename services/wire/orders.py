"""Orders, trades and books in the words of the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domain.feed import OrderMessage
from domain.orders import OrderRow, OrderStatus, PriceType, Side, TradeRow
from services.trading.commands import Accepted, Queued
from services.wire.numbers import amount, price
from utils.clock import ist_text


def pending_quantity(row: OrderRow) -> int:
    """Units that may still trade."""
    if row.pending_quantity is not None:
        return row.pending_quantity
    return 0 if row.status.is_terminal else row.quantity - (row.filled_quantity or 0)


def order(row: OrderRow, strategy: str) -> dict[str, Any]:
    """One order of the order book. A MARKET order shows price 0."""
    return {
        "orderid": row.order_id,
        "symbol": row.symbol,
        "exchange": row.exchange.value,
        "action": row.side.value,
        "quantity": row.quantity,
        "price": 0.0 if row.price_type is PriceType.MARKET else price(row.price),
        "trigger_price": price(row.trigger_price),
        "pricetype": row.price_type.value,
        "product": str(row.product),
        "order_status": row.status.value,
        "average_price": price(row.average_price),
        "filled_quantity": row.filled_quantity or 0,
        "pending_quantity": pending_quantity(row),
        "rejection_reason": row.rejection_reason,
        "strategy": strategy,
        "timestamp": ist_text(row.placed_at or row.updated_at),
    }


def order_status(row: OrderRow, strategy: str) -> dict[str, Any]:
    """The `orderstatus` answer: one order, with the older name of its price type beside the current one."""
    shown = order(row, strategy)
    return {**shown, "price_type": shown["pricetype"]}


def statistics(rows: Sequence[OrderRow]) -> dict[str, int]:
    """Counts by side and status, as the order book shows them."""

    def count(status: OrderStatus) -> int:
        return sum(row.status is status for row in rows)

    return {
        "total_buy_orders": sum(row.side is Side.BUY for row in rows),
        "total_sell_orders": sum(row.side is Side.SELL for row in rows),
        "total_completed_orders": count(OrderStatus.COMPLETE),
        "total_open_orders": count(OrderStatus.OPEN),
        "total_rejected_orders": count(OrderStatus.REJECTED),
        "total_cancelled_orders": count(OrderStatus.CANCELLED),
        "total_trigger_pending_orders": count(OrderStatus.TRIGGER_PENDING),
    }


def order_book(
    rows: Sequence[OrderRow], strategies: Mapping[str, str], asked: Mapping[str, str]
) -> dict[str, Any]:
    """The `orderbook` answer. `asked_pricetype` stands only where a limit was sent in place of what was asked."""

    def shown(row: OrderRow) -> dict[str, Any]:
        found = order(row, strategies.get(row.order_id, ""))
        return found | {"asked_pricetype": asked[row.order_id]} if row.order_id in asked else found

    return {
        "orders": [shown(row) for row in rows],
        "statistics": statistics(rows),
    }


def trade(row: TradeRow, strategy: str) -> dict[str, Any]:
    """One fill of the trade book."""
    return {
        "orderid": row.order_id,
        "tradeid": row.trade_id,
        "symbol": row.symbol,
        "exchange": row.exchange.value,
        "action": row.side.value,
        "quantity": row.quantity,
        "average_price": price(row.price),
        "price": price(row.price),
        "trade_value": amount(row.value),
        "product": str(row.product),
        "strategy": strategy,
        "timestamp": ist_text(row.traded_at),
    }


def written(done: Accepted | Queued, message: str = "") -> dict[str, Any]:
    """The answer of a single write: the order's id, or its number in the approval queue and no order id."""
    if isinstance(done, Queued):
        return {
            "message": "Order queued for approval in Action Center",
            "pending_order_id": done.pending_id,
            "pending_id": done.pending_id,
        }
    return {"orderid": done.order_id, "message": message} if message else {"orderid": done.order_id}


def order_message(
    row: OrderRow, username: str, mode: str, broker: str, strategy: str, at_ms: int,
    *, account_id: int, prev_seq: int,
) -> OrderMessage:  # fmt: skip
    """One change as WebSocket and Socket.IO clients see it."""
    return OrderMessage(
        user_id=username,
        mode=mode,
        broker=broker,
        orderid=row.order_id,
        symbol=row.symbol,
        exchange=row.exchange.value,
        action=row.side.value,
        quantity=row.quantity,
        price=0.0 if row.price_type is PriceType.MARKET else price(row.price),
        trigger_price=price(row.trigger_price),
        pricetype=row.price_type.value,
        product=str(row.product),
        order_status=row.status.value,
        filled_quantity=row.filled_quantity or 0,
        pending_quantity=pending_quantity(row),
        average_price=price(row.average_price),
        rejection_reason=row.rejection_reason,
        strategy=strategy,
        timestamp=at_ms,
        account_id=account_id,
        prev_seq=prev_seq,
    )
