"""What a broker's GTT book proves about writes whose outcome is unknown. Pure.

Brokers' GTTs carry no tag of ours, so a new one is recognised by its terms and the time it was set up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from domain.gtt import GttLeg, GttLegRow, GttRow, GttStatus, GttTerms
from services.trading.commands import Operation
from services.trading.journal import IntentRow, gtt_terms_of
from services.trading.reconciliation.evidence import AFTER_MS, BEFORE_MS, Finding
from utils.clock import epoch_ms

WITHDRAWN = frozenset({GttStatus.CANCELLED, GttStatus.DELETED})
ENDED = frozenset({GttStatus.TRIGGERED, GttStatus.EXPIRED, GttStatus.REJECTED, GttStatus.DISABLED})


def examine(
    intents: Sequence[IntentRow], book: Sequence[GttRow], *, settled: Collection[str],
    claimed: Collection[str], in_flight: Iterable[IntentRow] = (),
) -> list[Finding]:  # fmt: skip
    """Findings for every intent that the snapshot decides; the others stay open.

    settled: tags that were sent so long before the whole book was asked for that it must show them. claimed: trigger
    ids of other intents. in_flight: intents on their way now, a row may be theirs.
    """
    found = [
        _of_change(item, book, settled) for item in intents if item.operation != Operation.GTT_PLACE.value
    ]
    placed = [item for item in intents if item.operation == Operation.GTT_PLACE.value]
    free = [row for row in book if row.trigger_id not in claimed]
    moving = {gtt_terms_of(item) for item in in_flight}
    groups: dict[GttTerms, list[IntentRow]] = {}
    for item in placed:
        terms = gtt_terms_of(item)
        if terms is not None:
            groups.setdefault(terms, []).append(item)
    for terms, equal in groups.items():
        found += _of_equal(terms, equal, free, settled, is_moving=terms in moving)
    return [item for item in found if item is not None]


def is_same(terms: GttTerms, row: GttRow) -> bool:
    """Whether a row of the book says what the terms say. A MARKET leg may stand there as a protected limit."""
    named = (terms.symbol, terms.exchange, terms.trigger_type) == (row.symbol, row.exchange, row.trigger_type)
    triggers = tuple(leg.trigger_price for leg in terms.legs)
    return (
        named
        and triggers == row.trigger_prices
        and all(_same_leg(terms, leg, shown) for leg, shown in zip(terms.legs, row.legs, strict=True))
    )


def _same_leg(terms: GttTerms, leg: GttLeg, row: GttLegRow) -> bool:
    return (
        (terms.side, terms.quantity, terms.product.value) == (row.side, row.quantity, str(row.product))
        and (leg.price is None or leg.price == row.price)
    )  # fmt: skip


def _of_equal(
    terms: GttTerms,
    equal: list[IntentRow],
    free: Sequence[GttRow],
    settled: Collection[str],
    *,
    is_moving: bool,
) -> list[Finding]:
    """Only an unambiguous set decides: exactly as many rows as equal intents, or none at all after settling."""
    near = [row for row in free if is_same(terms, row) and _near_in_time(equal, row)]
    if near and is_moving:
        return []
    if len(near) == len(equal):
        pairs = zip(equal, near, strict=True)
        return [Finding(tag=item.tag, state="acked", order_id=row.trigger_id) for item, row in pairs]
    if near:
        return []
    return [_absent(item) for item in equal if item.tag in settled]


def _of_change(intent: IntentRow, book: Sequence[GttRow], settled: Collection[str]) -> Finding | None:
    """A change shows in its own GTT; a withdrawn one is gone from the book, or says so."""
    row = next((item for item in book if item.trigger_id == intent.order_id), None)
    if _took_effect(intent, row):
        return Finding(tag=intent.tag, state="acked", order_id=intent.order_id)
    ended = row is not None and row.status in ENDED
    return _absent(intent) if ended or intent.tag in settled else None


def _took_effect(intent: IntentRow, row: GttRow | None) -> bool:
    if intent.operation == Operation.GTT_CANCEL.value:
        return row is None or row.status in WITHDRAWN
    terms = gtt_terms_of(intent)
    return row is not None and terms is not None and is_same(terms, row)


def _absent(intent: IntentRow) -> Finding:
    return Finding(tag=intent.tag, state="absent", message="The broker's GTT book does not show it")


def _near_in_time(intents: Sequence[IntentRow], row: GttRow) -> bool:
    """Set up around the time we sent it; a row without a time is taken as near."""
    if row.created_at is None:
        return True
    created = epoch_ms(row.created_at)
    return any(item.created_ms - BEFORE_MS <= created <= item.created_ms + AFTER_MS for item in intents)
