"""What an order book proves about writes whose outcome is unknown. Pure: intents and a snapshot in, findings out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec

from database.journal import IntentRow
from domain.orders import OrderRow, OrderStatus, OrderTerms
from services.trading.journal import terms_of
from utils.clock import epoch_ms

SHORTEST_TAG = 8
BEFORE_MS = 5_000
AFTER_MS = 120_000


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The proven end of one intent: `acked` with its order id, or `absent`."""

    tag: str
    state: str
    order_id: str | None = None
    message: str | None = None


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """An intent reported absent, and orders that look like it and may be somebody else's."""

    tag: str
    order_ids: tuple[str, ...]


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """What a later book says of intents that were reported absent."""

    findings: list[Finding]
    doubts: list[Doubt]


def matches_tag(row: OrderRow, tag: str) -> bool:
    """Whether a row carries our tag; vendors may cut it short."""
    return row.tag is not None and tag.startswith(row.tag) and len(row.tag) >= SHORTEST_TAG


def tags_of(row: OrderRow, intents: Iterable[IntentRow]) -> list[str]:
    """Tags of the intents that a row proves to be at the broker."""
    word = row.tag
    if word is None or len(word) < SHORTEST_TAG:
        return []
    return [item.tag for item in intents if item.tag.startswith(word)]


def examine(
    intents: Sequence[IntentRow], book: Sequence[OrderRow], *, settled: Collection[str], has_tags: bool,
    claimed: Collection[str], day_ms: int = 0, in_flight: Sequence[IntentRow] = (),
) -> list[Finding]:  # fmt: skip
    """Findings for every intent that the snapshot decides; the others stay open.

    settled: tags that were sent so long before the complete snapshot was asked for that it must show them; of the
    others its silence proves nothing. claimed: order ids known to belong to other intents. day_ms: when the book's day
    began; what was sent before is missing from it in any case. in_flight: other intents of the account that are on
    their way now; a row may be theirs.
    """
    changes = [item for item in intents if item.operation != "place"]
    findings = [_of_change(item, book, item.tag in settled, day_ms) for item in changes]
    placed = [item for item in intents if item.operation == "place"]
    tagged = {item.tag: row for item in placed for row in book if matches_tag(row, item.tag)}
    findings += [Finding(tag=tag, state="acked", order_id=row.order_id) for tag, row in tagged.items()]
    missing = [item for item in placed if item.tag not in tagged]
    if not has_tags:
        taken = set(claimed) | {row.order_id for row in tagged.values()}
        free = [row for row in book if row.order_id not in taken]
        by_print = _by_fingerprint(missing, free, {terms_of(item) for item in in_flight})
        findings += by_print.findings
        missing = by_print.absent
    findings += [
        Finding(tag=item.tag, state="absent", message="Not in the broker's complete order book")
        for item in missing
        if item.tag in settled and item.created_ms >= day_ms
    ]
    return [item for item in findings if item is not None]


def _of_change(intent: IntentRow, book: Sequence[OrderRow], is_settled: bool, day_ms: int) -> Finding | None:
    """A cancel or modify shows in its own order, at once or after settling."""
    row = next((item for item in book if item.order_id == intent.order_id), None)
    settled = is_settled and (row is not None or intent.created_ms >= day_ms)
    if row is not None and _took_effect(intent, row):
        return Finding(tag=intent.tag, state="acked", order_id=intent.order_id)
    if (row is not None and row.status.is_terminal) or settled:
        return Finding(tag=intent.tag, state="absent", message="The order does not show the change")
    return None


def _took_effect(intent: IntentRow, row: OrderRow) -> bool:
    if intent.operation == "cancel":
        return row.status is OrderStatus.CANCELLED
    terms = terms_of(intent)
    return terms is not None and _same_terms(terms, row)


class _ByFingerprint(msgspec.Struct, kw_only=True):
    findings: list[Finding]
    absent: list[IntentRow]


def _by_fingerprint(
    intents: Sequence[IntentRow], rows: Sequence[OrderRow], moving: Collection[OrderTerms | None]
) -> _ByFingerprint:
    """Match by content where the broker keeps no tag.

    Only an unambiguous set decides: exactly as many rows as equal intents. With more rows than intents somebody
    traded the same thing by hand, and with an equal order on its way (`moving`) a row may be that one's: nothing is
    proven either way. Nor is an absence beside an equal row of another time, which our clock may tell wrong.
    """
    result = _ByFingerprint(findings=[], absent=[])
    groups: dict[OrderTerms, list[IntentRow]] = {}
    for intent in intents:
        terms = terms_of(intent)
        if terms is not None:
            groups.setdefault(terms, []).append(intent)
    for terms, equal in groups.items():
        same = [row for row in rows if _same_order(terms, row)]
        near = [row for row in same if _near_in_time(equal, row)]
        if near and terms in moving:
            continue
        if len(near) == len(equal):
            pairs = zip(equal, near, strict=True)
            result.findings += [
                Finding(tag=item.tag, state="acked", order_id=row.order_id) for item, row in pairs
            ]
        elif not same:
            result.absent += equal
    return result


def examine_late(
    absent: Sequence[IntentRow], book: Sequence[OrderRow], *, claimed: Collection[str],
    moving: Collection[IntentRow],
) -> Late:  # fmt: skip
    """Orders that show up after an intent was reported absent, where the broker keeps no tag.

    An order is taken for the intent's only when the broker says that it was placed before the report, as many orders
    as intents are equal, and no other equal order is open or on its way (`moving`). After the report the caller may
    have placed the same by hand: then nothing is claimed, and somebody must look.
    """
    late = Late(findings=[], doubts=[])
    others = {terms_of(item) for item in moving}
    groups: dict[OrderTerms, list[IntentRow]] = {}
    for item in absent:
        terms = terms_of(item)
        if terms is not None:
            groups.setdefault(terms, []).append(item)
    for terms, equal in groups.items():
        rows = [
            row
            for row in book
            if row.order_id not in claimed and _same_order(terms, row) and _near_in_time(equal, row)
        ]
        sure = [row for row in rows if all(_placed_before_report(item, row) for item in equal)]
        if len(rows) == len(sure) == len(equal) and terms not in others:
            pairs = zip(equal, rows, strict=True)
            late.findings.extend(
                Finding(tag=item.tag, state="acked", order_id=row.order_id) for item, row in pairs
            )
        elif rows:
            ids = tuple(sorted(row.order_id for row in rows))
            late.doubts.extend(Doubt(tag=item.tag, order_ids=ids) for item in equal)
    return late


def looks_like(intent: IntentRow, row: OrderRow) -> bool:
    """Whether a row could be the order that an intent asked for."""
    terms = terms_of(intent)
    return terms is not None and _same_order(terms, row) and _near_in_time([intent], row)


def _placed_before_report(intent: IntentRow, row: OrderRow) -> bool:
    if row.placed_at is None or intent.decided_ms is None:
        return False
    return intent.created_ms - BEFORE_MS <= epoch_ms(row.placed_at) <= intent.decided_ms


def _same_terms(terms: OrderTerms, row: OrderRow) -> bool:
    return (
        terms.quantity == row.quantity
        and terms.price_type is row.price_type
        and (terms.price is None or terms.price == row.price)
        and (terms.trigger_price is None or terms.trigger_price == row.trigger_price)
    )


def _same_order(terms: OrderTerms, row: OrderRow) -> bool:
    named = (terms.symbol, terms.exchange, terms.side, terms.product) == (
        row.symbol, row.exchange, row.side, row.product,
    )  # fmt: skip
    return named and _same_terms(terms, row)


def _near_in_time(intents: Sequence[IntentRow], row: OrderRow) -> bool:
    """Placed around the time we sent it; a row without a time is taken as near."""
    if row.placed_at is None:
        return True
    placed = epoch_ms(row.placed_at)
    return any(item.created_ms - BEFORE_MS <= placed <= item.created_ms + AFTER_MS for item in intents)
