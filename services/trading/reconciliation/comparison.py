"""What each kind of difference looks like, and what explains it. Pure: facts in, rows of the drift report out."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from database.journal import IntentRow
from domain.orders import OrderRow
from services.trading.journal import UNDECIDED, terms_of
from services.trading.reconciliation.drift import LAG_MS, UNEXPLAINED, Drift, Facts, Kind
from services.trading.reconciliation.evidence import looks_like, matches_tag
from services.trading.reconciliation.examination import LAPSED
from services.trading.reconciliation.position_drift import position_drifts
from services.trading.updates.known import Known
from services.trading.updates.merge import merge
from utils.clock import epoch_ms, from_epoch, ist

Said = dict[str, Any]
_TAG_LENGTH = 18
_TAG_HEAD = "OA"


def compare(facts: Facts) -> list[Drift]:
    """Every difference, orders before positions."""
    ours = our_orders(facts)
    found = [*_unknown(facts), *_late(facts), *_missing(facts)]
    for row in facts.book:
        known = facts.known.get(row.order_id)
        if row.order_id not in ours:
            found.append(_elsewhere(facts, row))
        if known is not None:
            found += _states(facts, known, row)
        found += _deals(facts, known, row)
    return [*found, *position_drifts(facts, ours)]


def our_orders(facts: Facts) -> set[str]:
    """Ids of the book's orders that we placed."""
    placed = [item for item in facts.intents if item.operation == "place"]
    ids = {item.order_id for item in placed if item.order_id is not None}
    return {
        row.order_id
        for row in facts.book
        if row.order_id in ids
        or row.order_id in facts.strategies
        or any(matches_tag(row, item.tag) for item in placed)
    }


def _clock(at_ms: int | None) -> str:
    return f"{ist(from_epoch(at_ms / 1000)):%H:%M:%S}" if at_ms is not None else "the start"


def _of_intent(intent: IntentRow) -> Said:
    terms = terms_of(intent)
    said: Said = {
        "operation": intent.operation, "state": intent.state, "sent_at": _clock(intent.created_ms),
    }  # fmt: skip
    if terms is not None:
        said |= {"action": terms.side.value, "quantity": terms.quantity}
    return said


def _of_row(row: OrderRow) -> Said:
    return {
        "status": row.status.value, "action": row.side.value, "quantity": row.quantity,
        "filled_quantity": row.filled_quantity,
    }  # fmt: skip


def _drift(kind: Kind, row: OrderRow, broker: Said | None, we: Said | None, why: str) -> Drift:
    """A difference about one order of the book. Without a reason it is unexplained."""
    return Drift(
        kind=kind, exchange=row.exchange.value, symbol=row.symbol, product=str(row.product), order_id=row.order_id,
        tag=row.tag, broker_says=broker, we_say=we, explained_by=why or UNEXPLAINED, is_explained=bool(why),
    )  # fmt: skip


def _unknown(facts: Facts) -> Iterator[Drift]:
    """Writes nobody knows the outcome of; what is being sent at this moment has one soon."""
    for item in facts.intents:
        if item.state not in UNDECIDED:
            continue
        if item.state == "pending" and item.created_ms > facts.read_ms - LAG_MS:
            continue
        lapsed = item.code == LAPSED
        why = (
            f"{UNEXPLAINED}: no book of its day showed it; check the broker's statement"
            if lapsed
            else f"unresolved intent {item.tag}, sent at {_clock(item.created_ms)}; it is looked for"
        )
        yield Drift(
            kind=Kind.UNKNOWN, exchange=item.exchange, symbol=item.symbol, order_id=item.order_id, tag=item.tag,
            broker_says=None, we_say=_of_intent(item), explained_by=why, is_explained=not lapsed,
        )  # fmt: skip


def _late(facts: Facts) -> Iterator[Drift]:
    """Reports of absence that were wrong, or may have been."""
    rows = {row.order_id: row for row in facts.book}
    for item, doubt in facts.doubts:
        why = f"{UNEXPLAINED}: {', '.join(doubt.order_ids)} may be intent {item.tag}, reported absent"
        yield Drift(
            kind=Kind.LATE, exchange=item.exchange, symbol=item.symbol, order_id=doubt.order_ids[0], tag=item.tag,
            broker_says={"orders": list(doubt.order_ids)}, we_say=_of_intent(item), explained_by=why,
            is_explained=False,
        )  # fmt: skip
    for item in facts.intents:
        order_id = facts.corrected.get(item.tag)
        if order_id is None:
            continue
        row = rows.get(order_id)
        yield Drift(
            kind=Kind.LATE, exchange=item.exchange, symbol=item.symbol, order_id=order_id, tag=item.tag,
            broker_says=_of_row(row) if row else None, we_say=_of_intent(item),
            explained_by=f"intent {item.tag} was reported absent, then found as order {order_id}",
        )  # fmt: skip


def _missing(facts: Facts) -> Iterator[Drift]:
    """Orders that we say exist and that the complete book does not show."""
    shown = {row.order_id for row in facts.book}
    told: set[str] = set()
    for item in facts.intents:
        if item.operation != "place" or item.state != "acked" or item.order_id is None:
            continue
        if item.order_id in shown or item.created_ms < facts.day_ms:
            continue
        told.add(item.order_id)
        said_ms = item.decided_ms or item.created_ms
        why = f"accepted at {_clock(said_ms)}, the book may lag" if said_ms > facts.read_ms - LAG_MS else ""
        yield Drift(
            kind=Kind.MISSING, exchange=item.exchange, symbol=item.symbol, order_id=item.order_id, tag=item.tag,
            broker_says=None, we_say=_of_intent(item), explained_by=why or UNEXPLAINED, is_explained=bool(why),
        )  # fmt: skip
    today = ist(from_epoch(facts.day_ms / 1000)).date()
    for order_id, known in facts.known.items():
        if order_id in shown or order_id in told or known.day != today:
            continue
        fresh = known.heard_ms > facts.read_ms - LAG_MS
        why = f"{known.source} told of it at {_clock(known.heard_ms)}, the book may lag" if fresh else ""
        yield _drift(Kind.MISSING, known.row, None, _of_row(known.row), why)


def _elsewhere(facts: Facts, row: OrderRow) -> Drift:
    """An order of the book that we did not place."""
    why = "placed outside OpenAlgo: vendor terminal, another application, or a GTT at the broker"
    like = [
        item.tag
        for item in facts.intents
        if item.operation == "place" and item.state in UNDECIDED and looks_like(item, row)
    ]
    if row.tag is not None and row.tag.startswith(_TAG_HEAD) and len(row.tag) == _TAG_LENGTH:
        why = ""  # only we make such tags, and the journal knows nothing of this one
    elif like:
        why = f"may be the unresolved intent {', '.join(like)}"
    return _drift(Kind.ELSEWHERE, row, _of_row(row), None, why)


def _states(facts: Facts, known: Known, row: OrderRow) -> Iterator[Drift]:
    """Status and fills of an order that both know."""
    had, has = known.row.filled_quantity or 0, row.filled_quantity
    is_status, is_fill = known.row.status is not row.status, has is not None and has != had
    if not (is_status or is_fill):
        return
    merged = merge(known.row, row) or known.row
    why = ""
    if merged.status is row.status and (has is None or merged.filled_quantity == has):
        why = f"book not read since {_clock(facts.read_before_ms)}; this read brought us up to date"
    elif known.heard_ms >= facts.read_ms - LAG_MS or _is_newer(known.row, row):
        why = f"{known.source} told us at {_clock(known.heard_ms)}; the broker's book lags behind it"
    broker, we = (
        _of_row(row),
        {**_of_row(known.row), "source": known.source, "heard_at": _clock(known.heard_ms)},
    )
    if is_status:
        yield _drift(Kind.BEHIND, row, broker, we, why)
    if is_fill:
        yield _drift(Kind.FILLS, row, broker, we, why)


def _is_newer(known: OrderRow, row: OrderRow) -> bool:
    return known.updated_at is not None and row.updated_at is not None and known.updated_at > row.updated_at


def _deals(facts: Facts, known: Known | None, row: OrderRow) -> Iterator[Drift]:
    """The order book against the trade book, and averages that nobody tells."""
    filled = row.filled_quantity or 0
    deals = [item for item in facts.trades or () if item.order_id == row.order_id]
    traded = sum(item.quantity for item in deals)
    if facts.trades is not None and traded != filled:
        at_ms = epoch_ms(row.updated_at) if row.updated_at is not None else 0
        why = f"traded at {_clock(at_ms)}, the trade book may lag" if at_ms > facts.read_ms - LAG_MS else ""
        broker: Said = {"filled_quantity": filled, "trade_book_quantity": traded}
        we: Said | None = {"filled_quantity": known.row.filled_quantity} if known is not None else None
        yield _drift(Kind.FILLS, row, broker, we, why)
    if filled and row.average_price is None:
        broker, we, why = {"filled_quantity": filled, "average_price": None}, None, ""
        if deals and traded == filled:
            paid = sum((item.price * item.quantity for item in deals), Decimal(0))
            we, why = {"average_price": paid / filled}, "the trade book tells it"
        elif known is not None and known.row.average_price and known.row.filled_quantity == filled:
            we = {"average_price": known.row.average_price}
            why = f"{known.source} told it at {_clock(known.heard_ms)}"
        yield _drift(Kind.AVERAGE, row, broker, we, why)
