"""Positions as the broker nets them against the fills that we know of. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from domain.portfolio import Position
from services.trading.reconciliation.drift import (
    UNEXPLAINED,
    Drift,
    Facts,
    Kind,
    Place,
    moved,
    place_of,
    signed,
)


def position_drifts(facts: Facts, ours: Collection[str]) -> Iterator[Drift]:
    """Every position whose quantity is not the sum of our own fills, and averages that the broker leaves out."""
    if facts.positions is None:
        return
    held = {place_of(row): row for row in facts.positions}
    traded = moved(facts.book)
    for place in sorted({*held, *traded}):
        position = held.get(place)
        quantity = position.quantity if position is not None else 0
        yield from _quantity(facts, ours, place, quantity)
        if position is not None and quantity and position.average_price is None:
            yield _average(position, place in traded)


def _quantity(facts: Facts, ours: Collection[str], place: Place, quantity: int) -> Iterator[Drift]:
    rows = [row for row in facts.book if place_of(row) == place]
    by_strategy: dict[str, int] = {}
    behind = 0
    for row in (item for item in rows if item.order_id in ours):
        known = facts.known.get(row.order_id)
        units = signed(known.row) if known is not None else 0
        behind += signed(row) - units
        if units:
            strategy = facts.strategies.get(row.order_id, "")
            by_strategy[strategy] = by_strategy.get(strategy, 0) + units
    said = sum(by_strategy.values())
    if said == quantity:
        return
    elsewhere = [row for row in rows if row.order_id not in ours and row.filled_quantity]
    carried = facts.carried.get(place, 0)
    reasons = [f"order {row.order_id} from elsewhere ({signed(row):+d})" for row in elsewhere]
    if behind:
        reasons.append(f"fills that we had not heard of before this read ({behind:+d})")
    if carried:
        reasons.append(f"held before today's orders ({carried:+d})")
    rest = quantity - said - behind - carried - sum(map(signed, elsewhere))
    if rest:
        reasons.append(f"{UNEXPLAINED} ({rest:+d})")
    exchange, symbol, product = place
    yield Drift(
        kind=Kind.POSITION, exchange=exchange, symbol=symbol, product=product, broker_says={"quantity": quantity},
        we_say={"quantity": said, "by_strategy": by_strategy}, explained_by="; ".join(reasons), is_explained=not rest,
    )  # fmt: skip


def _average(position: Position, is_traded: bool) -> Drift:
    why = "" if is_traded else "the broker leaves out the average of a position of an earlier day"
    return Drift(
        kind=Kind.AVERAGE, exchange=position.exchange.value, symbol=position.symbol, product=str(position.product),
        broker_says={"quantity": position.quantity, "average_price": None}, we_say=None,
        explained_by=why or UNEXPLAINED, is_explained=bool(why),
    )  # fmt: skip
