"""How the execution of a command that waited on disk ended: of an answer, an error, or the journal's word. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from domain.errors import NotSent, OpenAlgoError, OutcomeUnknown, SessionDead, Throttled, Unavailable
from services.trading.journal import IntentRow
from services.trading.writes import TRANSIENT_CODES, is_passing

# Certainly not live, and another try may succeed: the order waits on.
RETURNS = (NotSent, Throttled, SessionDead, Unavailable)
RETURN_CODES = TRANSIENT_CODES | {"RECONCILING", "JOURNAL_UNAVAILABLE", "BUSY"}


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How an execution ended. outcome None: certainly not live, the order waits on."""

    outcome: str | None
    broker_order_id: str | None = None
    broker_status: str | None = None
    code: str | None = None
    message: str | None = None
    tag: str | None = None


def ending_of(result: Any) -> Ending:
    """Of what the router answered: one accepted order, or the legs of a plan."""
    legs = getattr(result, "legs", None)
    if legs is None:
        return Ending(
            outcome="accepted", broker_order_id=result.order_id, broker_status="open", tag=result.tag or None
        )
    ids = [leg.order_id for leg in legs if leg.order_id]
    failed = [leg for leg in legs if leg.code is not None]
    unknown = any(leg.code == OutcomeUnknown.code for leg in failed)
    outcome = "unknown" if unknown else "accepted" if not failed else "partial" if ids else "refused"
    shown = {"accepted": "open", "partial": "partial", "refused": "rejected"}.get(outcome)
    text = "; ".join(f"{leg.symbol}: {leg.message}" for leg in failed)[:1000] or None
    return Ending(
        outcome=outcome, broker_order_id=_joined(ids), broker_status=shown, message=text,
        code=failed[0].code if failed else None,
    )  # fmt: skip


def _joined(ids: list[str], most: int = 255) -> str | None:
    """Ids with commas, cut at whole ids."""
    text = ",".join(ids)
    while len(text) > most:
        text = text.rsplit(",", 1)[0] if "," in text else text[:most]
    return text or None


def refusal(error: OpenAlgoError) -> Ending:
    """Of what the router raised: certainly not live, for good or for now."""
    if is_passing(error) or isinstance(error, RETURNS) or error.code in RETURN_CODES:
        return Ending(outcome=None, code=error.code, message=error.message)
    return Ending(outcome="refused", broker_status="rejected", code=error.code, message=error.message)


def of_intent(intent: IntentRow) -> Ending:
    """Of the journal's word about an order."""
    if intent.state == "acked":
        return Ending(
            outcome="accepted", broker_order_id=intent.order_id, broker_status="open", tag=intent.tag
        )
    if intent.state in ("pending", "unknown"):
        text = "The broker's answer is missing: the order may be live and is being looked for"
        return Ending(
            outcome="unknown", code=OutcomeUnknown.code, message=intent.message or text, tag=intent.tag
        )
    text = intent.message or "The order never reached the broker"
    if intent.state == "refused" and intent.code in TRANSIENT_CODES:
        return Ending(outcome=None, code=intent.code, message=text, tag=intent.tag)
    return Ending(
        outcome="refused",
        broker_status="rejected",
        code=intent.code or "ABSENT",
        message=text,
        tag=intent.tag,
    )
