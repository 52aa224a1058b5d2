"""How queued orders of deliveries end, written beside what that makes of their delivery."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from database.automation.deliveries import Deliveries, OrderRow, QueuedOrders
from database.stores import Unit
from services.approvals import endings
from services.trading.commands import PlanOutcome, Queued

# Of a delivery none of whose orders was accepted, the first of these is shown.
_NOTHING_TRADED = ("waiting", "refused", "dropped", "nothing")


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """One order's end; see database.models.automation.WebhookOrder for the words. outcome None: it waits on."""

    outcome: str | None
    order_id: str | None = None
    tag: str | None = None
    pending_id: int | None = None
    code: str | None = None
    message: str | None = None


def of_answer(answer: Any) -> Ended:
    """Of what the router answered."""
    if isinstance(answer, Queued):
        text = "Waits for approval in the action centre"
        return Ended(outcome="waiting", pending_id=answer.pending_id, message=text)
    if isinstance(answer, PlanOutcome) and not answer.legs:
        return Ended(outcome="nothing", message=answer.message or None)
    return of_ending(endings.ending_of(answer))


def of_ending(found: endings.Ending) -> Ended:
    """In the words of this room."""
    return Ended(
        outcome=found.outcome, order_id=found.broker_order_id, tag=found.tag, code=found.code,
        message=found.message,
    )  # fmt: skip


def write(unit: Unit, row: OrderRow, from_state: str, ended: Ended, now_ms: int) -> bool:
    """End a row that is in `from_state`, and sum up its delivery; whether it was in that state."""
    values = {name: getattr(ended, name) for name in ended.__struct_fields__}
    rows = QueuedOrders(unit)
    if not rows.move(row.id, from_state, **values, state="ended", ended_ms=now_ms):
        return False
    Deliveries(unit).set_outcome(row.delivery_id, summary(rows.of_delivery(row.delivery_id)))
    return True


def summary(rows: Iterable[OrderRow]) -> str | None:
    """What became of a delivery; None while any of its orders is under way."""
    found = {row.outcome for row in rows}
    if None in found or not found:
        return None
    if "unknown" in found:
        return "unknown"
    if found & {"accepted", "partial"}:
        return "accepted" if found <= {"accepted", "nothing"} else "partial"
    return next(word for word in _NOTHING_TRADED if word in found)
