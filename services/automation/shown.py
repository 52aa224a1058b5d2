"""Strategies, mappings and deliveries in the words of the desk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from database.automation.deliveries import DeliveryRow, OrderRow
from database.automation.strategies import MappingRecord, StrategyRecord
from utils.clock import from_epoch, ist_text

_ORDER = (
    "exchange", "symbol", "lane", "mode", "state", "outcome", "order_id", "pending_id", "tag", "code", "message",
)  # fmt: skip
_COMMAND = ("side", "quantity", "position_size", "product")


def strategy(row: StrategyRecord, mapping_count: int) -> dict[str, Any]:
    """One strategy; its webhook id is shown nowhere but in the answers that make one."""
    return {
        "id": row.id, "name": row.name, "platform": row.platform, "account_id": row.account_id,
        "trading_mode": row.trading_mode, "is_intraday": row.is_intraday, "start_time": row.start_time,
        "end_time": row.end_time, "squareoff_time": row.squareoff_time, "is_active": row.is_active,
        "mapping_count": mapping_count, "created_at": ist_text(row.created_at),
        "is_signed": row.signing_sealed is not None, "updated_at": ist_text(row.updated_at),
    }  # fmt: skip


def mappings(rows: Iterable[MappingRecord]) -> list[dict[str, Any]]:
    """What a strategy trades."""
    return [
        {
            "id": row.id, "symbol": row.symbol, "exchange": row.exchange.value, "quantity": row.quantity,
            "product_type": row.product_type.value,
        }
        for row in rows
    ]  # fmt: skip


def delivery(row: DeliveryRow, orders: Iterable[OrderRow]) -> dict[str, Any]:
    """One delivery with what became of its orders. Times are IST; a body shows no secrets."""
    return {
        "id": row.id, "received_at": ist_text(from_epoch(row.received_ms / 1000)), "received_ms": row.received_ms,
        "source_address": row.source_address, "payload": row.payload, "body": row.body, "result": row.result,
        "duplicate_of": row.duplicate_of, "alert_id": row.dedup_key, "http_status": row.status,
        "message": row.answer.get("message", ""), "outcome": row.outcome, "orders": [_order(item) for item in orders],
    }  # fmt: skip


def _order(row: OrderRow) -> dict[str, Any]:
    fields: dict[str, Any] = row.command.get("fields", {})
    return {
        **{name: getattr(row, name) for name in _ORDER},
        **{name: fields.get(name) for name in _COMMAND},
    }
