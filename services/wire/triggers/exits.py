"""Exits of positions in the words of the contract."""

from __future__ import annotations

from typing import Any

from domain.triggers.exits import ExitLeg, ExitTerms, Firing, Level, PositionExit
from services.triggers.exits.desk import ShownExit
from services.wire.numbers import maybe_price, price
from utils.clock import from_epoch, ist_text


def position_exit(held: PositionExit) -> dict[str, Any]:
    """One set: where its triggers lie now, what was asked, and what became of it. The gateway holds it itself."""
    levels = held.levels()
    return {
        "exit_id": held.exit_id,
        "status": held.state.value,
        "symbol": held.symbol,
        "exchange": held.exchange.value,
        "product": held.product.value,
        "position": "long" if held.direction > 0 else "short",
        "quantity": held.quantity,
        "average_price": maybe_price(held.base),
        "stoploss": maybe_price(levels.get(ExitLeg.STOPLOSS)),
        "target": maybe_price(levels.get(ExitLeg.TARGET)),
        "trailing_stop": maybe_price(levels.get(ExitLeg.TRAILING_STOP)),
        "best_price": maybe_price(held.mark),
        "exits": asked(held.terms),
        "strategy": held.strategy,
        "mode": held.mode,
        "held_by": "gateway",
        **_fired(held.firing),
        "reason": held.reason,
        "created_at": _text(held.created_ms),
        "updated_at": _text(held.updated_ms),
    }


def shown_exit(row: ShownExit) -> dict[str, Any]:
    """One set of the list; last_price: the last that counted, with its time, null when none came since the start."""
    return {
        **position_exit(row.held),
        "last_price": maybe_price(row.last_price),
        "last_price_at": _text(row.last_price_ms) if row.last_price_ms is not None else None,
    }


def asked(terms: ExitTerms) -> dict[str, Any]:
    """What was asked, in the shape of the request."""
    trail = terms.trailing_stop
    found = {
        "stoploss": _level(terms.stoploss),
        "target": _level(terms.target),
        "trailing_stop": {**_level(trail.distance), **({"step": price(trail.step)} if trail.step else {})}
        if trail
        else {},
    }
    shown: dict[str, Any] = {name: level for name, level in found.items() if level}
    return shown | ({"quantity": terms.quantity} if terms.quantity is not None else {})


def _fired(firing: Firing | None) -> dict[str, Any]:
    if firing is None:
        return {
            "triggered_leg": None, "trigger_price": None, "price_seen": None, "triggered_at": None, "orderids": [],
        }  # fmt: skip
    return {
        "triggered_leg": firing.leg.value, "trigger_price": price(firing.trigger), "price_seen": price(firing.price),
        "triggered_at": _text(firing.claimed_ms), "orderids": list(firing.order_ids),
    }  # fmt: skip


def _level(level: Level | None) -> dict[str, Any]:
    return {level.measure.value: price(level.value)} if level is not None else {}


def _text(at_ms: int) -> str:
    return ist_text(from_epoch(at_ms / 1000))
