"""What a strategy holds of its legs, as its own orders tell, and what the newer words make of that. Pure.

An order counts from the moment it is queued, or an exit that follows its entry at once would find nothing to close.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from database.automation.deliveries import OrderRow
from database.automation.strategies import MappingRecord
from domain.orders import Side
from services.approvals import stored
from services.automation.instructions.words import Word
from services.automation.signals import closing, entering
from services.trading.commands import Place, Smart

# An order that was accepted is filled by then, or never: markets close positions that nobody told us of.
SETTLED_MS = 60_000
HELD = {Side.BUY: "already_long", Side.SELL: "already_short"}
NOTHING_HELD = "no_matching_position"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """side: of the position a strategy took last, None for none. since_ms: that order's end, None while queued."""

    side: Side | None = None
    since_ms: int | None = None


def standing(rows: Iterable[OrderRow]) -> Standing:
    """From a strategy's orders of one instrument, newest first. What certainly did not trade does not count."""
    for row in rows:
        if row.outcome in ("refused", "dropped"):
            continue
        try:
            side = _side_after(stored.decode(row.command))
        except stored.UnreadableCommand:
            continue
        return Standing(side=side, since_ms=row.ended_ms)
    return Standing()


def _side_after(command: Place | Smart) -> Side | None:
    if isinstance(command, Place):
        return command.side
    if command.position_size == 0:
        return None
    return Side.BUY if command.position_size > 0 else Side.SELL


def is_doubtful(held: Standing, word: Word, now_ms: int) -> bool:
    """Whether the account's own position should be looked at before the word does nothing."""
    if word.enters:
        return (
            held.side is word.direction and held.since_ms is not None and now_ms - held.since_ms >= SETTLED_MS
        )
    return held.side is not word.direction


def note_of(held: Standing, word: Word, position: int | None) -> str | None:
    """Why there is nothing to do, None when there is. position: units in the account, None when not looked at.

    An entry needs a reason to be repeated, an exit one to be left out: without knowledge the former does nothing,
    and the latter goes its way, on which it finds out.
    """
    sign = word.direction.sign
    if word.enters:
        closed_elsewhere = position is not None and position * sign <= 0
        return HELD[word.direction] if held.side is word.direction and not closed_elsewhere else None
    gone = position is not None and position * sign <= 0
    return NOTHING_HELD if held.side is not word.direction and gone else None


def orders_of(held: Standing, word: Word, mapping: MappingRecord, strategy: str) -> list[Place | Smart]:
    """The orders of a word: an exit closes what it names and nothing else, an entry the opposite position first."""
    if not word.enters:
        return [closing(mapping, strategy, word.side, only=True)]
    entry = entering(mapping, strategy, word.side, Decimal(mapping.quantity))
    if held.side is word.direction.opposite:
        return [closing(mapping, strategy, word.side, only=True), entry]
    return [entry]
