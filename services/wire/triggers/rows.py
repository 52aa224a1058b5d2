"""GTTs in the words of the contract."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from domain.gtt import GttRow, GttStatus, TriggerType
from domain.money import ZERO
from domain.triggers.held import HeldGtt, HeldState
from services.trading.commands import GttAccepted, Queued
from services.triggers.gtt import GttBook
from services.wire.numbers import amount, price
from services.wire.orders import written
from utils.clock import from_epoch, ist_text

TYPE_WORDS = {TriggerType.SINGLE: "single", TriggerType.OCO: "two-leg"}
OPEN_STATES = (HeldState.ACTIVE, HeldState.FIRING)
# An unknown word of the broker may still be a GTT that fires.
OPEN_STATUSES = (GttStatus.ACTIVE, GttStatus.UNKNOWN)


def taken(done: GttAccepted | Queued) -> dict[str, Any]:
    """The answer of a write: id and holder, or the number in the approval queue and no id."""
    if isinstance(done, Queued):
        return written(done)
    return {"trigger_id": done.trigger_id, "held_by": done.held_by}


def book(found: GttBook, *, history: bool) -> list[dict[str, Any]]:
    """The `gttorderbook` answer: open ones first, with `history` the finished ones behind them."""
    waiting = [held(row, found.blocked) for row in found.held if row.state in OPEN_STATES]
    finished = [held(row, found.blocked) for row in found.held if row.state not in OPEN_STATES]
    for row in found.native:
        shown = native(row, found.strategies.get(row.trigger_id, ""))
        (waiting if row.status in OPEN_STATUSES else finished).append(shown)
    return waiting + finished if history else waiting


def held(row: HeldGtt, blocked: Mapping[str, Decimal]) -> dict[str, Any]:
    """One that we hold ourselves; the stop comes first. blocked: trigger id -> rupees."""
    terms = row.terms
    return {
        "trigger_id": row.trigger_id,
        "trigger_type": TYPE_WORDS[terms.trigger_type],
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
        "margin_blocked": amount(blocked.get(row.trigger_id, ZERO)),
        "held_by": "gateway",
        "triggered_order_id": row.order_id,
        "reason": row.reason,
    }


def native(row: GttRow, strategy: str) -> dict[str, Any]:
    """One that the broker holds, in the same words; times that it does not tell are null."""
    return {
        "trigger_id": row.trigger_id,
        "trigger_type": TYPE_WORDS[row.trigger_type],
        "status": row.status.value,
        "symbol": row.symbol,
        "exchange": row.exchange.value,
        "trigger_prices": [price(trigger) for trigger in row.trigger_prices],
        "last_price": price(row.last_price),
        "legs": [
            {
                "action": leg.side.value,
                "quantity": leg.quantity,
                "price": price(leg.price),
                "pricetype": leg.price_type.value,
                "product": str(leg.product),
            }
            for leg in row.legs
        ],
        "strategy": strategy,
        "created_at": _time(row.created_at),
        "updated_at": _time(row.updated_at),
        "expires_at": _time(row.expires_at),
        "margin_blocked": 0.0,
        "held_by": "broker",
        "triggered_order_id": next((leg.order_id for leg in row.legs if leg.order_id), None),
        "reason": next((leg.rejection_reason for leg in row.legs if leg.rejection_reason), ""),
    }


def _time(instant: dt.datetime | None) -> str | None:
    return ist_text(instant) if instant is not None else None
