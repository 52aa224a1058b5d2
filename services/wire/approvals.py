"""Waiting orders in the words of the action centre."""

from __future__ import annotations

from typing import Any

from database.approvals import PendingFigures, PendingRow
from utils.clock import from_epoch, ist_text

_WORDS = {
    "symbol": "symbol", "exchange": "exchange", "action": "side", "quantity": "quantity", "price": "price",
    "trigger_price": "trigger_price", "price_type": "price_type", "product_type": "product",
    "underlying": "underlying", "position_size": "position_size", "orderid": "order_id",
}  # fmt: skip


def pending_order(row: PendingRow) -> dict[str, Any]:
    """One row. Numbers are exact text; what the kind of order does not have is null."""
    raw: dict[str, Any] = row.command.get("fields", {})
    fields = raw | _trigger_fields(raw.get("terms"))
    legs = next((fields[name] for name in ("orders", "legs") if isinstance(fields.get(name), list)), None)
    approved = row.state in ("executing", "approved")
    decided = ist_text(from_epoch(row.decided_ms / 1000)) if row.decided_ms is not None else None
    return {
        "id": row.id, "user_id": row.user_id, "account_id": row.account_id, "broker": row.broker,
        "api_type": row.api_type, "status": row.state, "strategy": fields.get("strategy", ""),
        **{name: fields.get(source) for name, source in _WORDS.items()}, "legs": legs,
        "created_at_ist": ist_text(from_epoch(row.created_ms / 1000)), "created_ms": row.created_ms,
        "expires_at_ist": ist_text(from_epoch(row.expires_ms / 1000)), "expires_ms": row.expires_ms,
        "approved_at_ist": decided if approved else None, "approved_by": row.decided_by if approved else None,
        "rejected_at_ist": decided if row.state == "rejected" else None,
        "rejected_by": row.decided_by if row.state == "rejected" else None,
        "rejected_reason": row.reason, "needs_confirmation": row.confirm_reason is not None,
        "confirm_reason": row.confirm_reason, "prices": row.prices, "outcome": row.outcome, "code": row.code,
        "message": row.message, "tag": row.tag, "broker_order_id": row.broker_order_id,
        "broker_status": row.broker_status, "request_id": row.request_id, "raw_order_data": raw,
    }  # fmt: skip


def _trigger_fields(terms: Any) -> dict[str, Any]:
    """What a waiting GTT would order, and when, in the words of an order: the stop comes first."""
    if not isinstance(terms, dict):
        return {}
    legs = [terms[name] for name in ("stop", "target") if terms.get(name)]
    first = legs[0] if len(legs) == 1 else {}
    return terms | {"trigger_price": first.get("trigger_price"), "price": first.get("price"), "legs": legs}


def counts(found: dict[str, int]) -> dict[str, int]:
    """Rows by status; `pending` is the badge."""
    names = ("pending", "executing", "approved", "rejected", "expired")
    return {**{name: found.get(name, 0) for name in names}, "total": sum(found.values())}


def statistics(found: dict[str, int], figures: PendingFigures, now_ms: int) -> dict[str, float]:
    """Counts by status and outcome, and waiting times in seconds; what has no value is left out."""
    shown: dict[str, float] = dict(counts(found))
    shown |= {
        f"outcome_{name}": figures.outcomes.get(name, 0)
        for name in ("accepted", "partial", "refused", "unknown")
    }
    if figures.waited_ms is not None:
        shown["average_wait_seconds"] = round(figures.waited_ms / 1000, 1)
    if figures.oldest_ms is not None:
        shown["oldest_wait_seconds"] = round((now_ms - figures.oldest_ms) / 1000, 1)
    return shown
