"""How two facts about one order become one. Pure.

The merge is monotone: fills never shrink, a finished order does not come back to life, older facts do not overwrite
newer ones, and whatever the order in which facts of one history arrive, and however often, the end is the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from domain.orders import OrderRow, OrderStatus
from services.wire.orders import pending_quantity

_VISIBLE = (
    "status", "filled_quantity", "pending_quantity", "average_price", "quantity", "price", "trigger_price",
    "price_type", "rejection_reason",
)  # fmt: skip
_TERMS = ("quantity", "price", "trigger_price", "price_type")


def merge(known: OrderRow | None, new: OrderRow) -> OrderRow | None:
    """The better knowledge of one order, or None when `new` adds nothing."""
    if known is None:
        return new
    if known == new:
        return None
    had, has = known.filled_quantity or 0, new.filled_quantity
    if has is not None and has < had:
        return None
    progressed = has is not None and has > had
    if not progressed and (_is_older(known, new) or _steps_back(known, new)):
        merged = _completed(known, new)
    else:
        merged = _replaced(known, new, progressed)
    return merged if _differs(known, merged, _VISIBLE) else None


def shows(before: OrderRow, after: OrderRow) -> bool:
    """Whether a client sees the difference: to them nothing known of its fills is nothing filled."""
    return _differs(_shown(before), _shown(after), _VISIBLE)


def _shown(row: OrderRow) -> OrderRow:
    return msgspec.structs.replace(
        row, filled_quantity=row.filled_quantity or 0, pending_quantity=pending_quantity(row)
    )


def _replaced(known: OrderRow, new: OrderRow, progressed: bool) -> OrderRow:
    """The newer row, with what it leaves out; an average of fewer units is not the average of more."""
    kept: tuple[str, ...] = ("filled_quantity", "placed_at", "updated_at", "tag")
    if not progressed:
        kept += ("average_price", "pending_quantity")
    facts = {name: getattr(known, name) for name in kept if getattr(new, name) is None}
    if new.status is OrderStatus.UNKNOWN or (known.status.is_terminal and not new.status.is_terminal):
        facts["status"] = known.status
    if not new.rejection_reason and known.rejection_reason:
        facts["rejection_reason"] = known.rejection_reason
    return msgspec.structs.replace(new, **facts) if facts else new


def _completed(known: OrderRow, old: OrderRow) -> OrderRow:
    """The newer row, with what only the older one tells: facts that do not change with the state."""
    facts: dict[str, Any] = {}
    if known.average_price is None and old.average_price is not None:
        facts["average_price"] = old.average_price  # of as many units, else it would not be here
    if known.status is OrderStatus.UNKNOWN:
        facts["status"] = old.status
    if not known.rejection_reason and old.rejection_reason:
        facts["rejection_reason"] = old.rejection_reason
    return msgspec.structs.replace(known, **facts) if facts else known


def _is_older(known: OrderRow, new: OrderRow) -> bool:
    return known.updated_at is not None and new.updated_at is not None and new.updated_at < known.updated_at


def _steps_back(known: OrderRow, new: OrderRow) -> bool:
    """A status that cannot follow: out of a final state, or back to waiting for the trigger without new terms."""
    if known.status.is_terminal:
        return True
    back = known.status is OrderStatus.OPEN and new.status is OrderStatus.TRIGGER_PENDING
    return back and not _differs(known, new, _TERMS)


def _differs(known: OrderRow, new: OrderRow, fields: Iterable[str]) -> bool:
    return any(getattr(known, name) != getattr(new, name) for name in fields)
