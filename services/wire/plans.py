"""Outcomes of cancel-all and close calls in the words of the contract."""

from __future__ import annotations

from typing import Any

from services.trading.commands import Leg, PlanOutcome


def cancelled(outcome: PlanOutcome) -> dict[str, Any]:
    """The `cancelallorder` answer."""
    done = [leg.order_id for leg in outcome.legs if leg.succeeded]
    failed = [
        {"orderid": leg.order_id, "message": leg.message, "code": leg.code}
        for leg in outcome.legs
        if not leg.succeeded
    ]
    text = f"Canceled {len(done)} orders. Failed to cancel {len(failed)} orders."
    return {
        "canceled_orders": done,
        "failed_cancellations": failed,
        "message": text if outcome.legs else "No open orders to cancel",
    }


def closed(outcome: PlanOutcome) -> dict[str, Any]:
    """The `closeposition` answer. Exits are accepted, not executed; each order says so for itself."""
    done = sum(leg.succeeded for leg in outcome.legs)
    failed = len(outcome.legs) - done
    if not outcome.legs:
        text = "No open positions to close"
    elif failed:
        text = f"Closed {done} positions. Failed to close {failed} positions."
    else:
        text = "All Open Positions Squared Off"
    return {
        "message": text,
        "closed_positions": done,
        "failed_closures": failed,
        "results": [exit_result(leg) for leg in outcome.legs],
    }


def exit_result(leg: Leg) -> dict[str, Any]:
    """One exit order."""
    named = {
        "symbol": leg.symbol,
        "exchange": leg.exchange,
        "product": leg.product,
        "quantity": leg.quantity,
    }
    if leg.succeeded:
        return {**named, "status": "success", "orderid": leg.order_id}
    return {**named, "status": "error", "message": leg.message, "code": leg.code}
