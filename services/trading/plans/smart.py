"""The smart order: trade the difference between what is held and what is wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from database.journal import IntentRow
from domain.errors import Conflict, InvalidInput
from domain.orders import OrderRow, OrderStatus, OrderTerms, PriceType, Side
from domain.portfolio import Position
from services.trading.commands import Place, Smart
from services.trading.journal import terms_of
from services.trading.plans.closing import is_of, left_of, working_like
from services.trading.plans.settling import Books, Item
from services.trading.plans.slicing import slices

MATCHED = "Positions Already Matched. No Action needed."
NOTHING_OPEN = "No OpenPosition Found. Not placing Exit order."
ON_THE_WAY = "Orders for this position are already working. No Action needed."


def plan_smart(
    command: Smart, books: Books, *, unresolved: Iterable[IntentRow], freeze: int | None
) -> list[Place] | str:
    """Orders that bring the position to `position_size`, or the sentence that says why there is nothing to do.

    What works towards the target already, or was sent a moment ago, is not sent again: a repeat does nothing. An
    order with an unknown outcome may or may not be live, so nothing can be computed. Raises Conflict then, and where
    the books leave in doubt what is held, unless something must be closed either way: that much is closed.
    """
    if command.adds:
        return [command.place(command.side, command.quantity)]
    _require_certainty(command, unresolved)
    book, recent = books.book, books.recent
    held = sum((row.quantity for row in books.positions if is_of(command, row)), start=0)
    # MARKET orders fill: on either side they are part of the position that the target is compared with.
    moving = sum(
        side.sign * working_like(command.place(side, Decimal(0)), book, recent, _is_market) for side in Side
    )
    net, target = held + moving, int(command.position_size)
    if command.closes_only and net * command.side.sign >= 0:
        return NOTHING_OPEN
    if held == moving == target == 0:
        return [command.place(command.side, command.quantity)] if command.quantity else NOTHING_OPEN
    if net == target:
        return ON_THE_WAY if moving else MATCHED
    if books.doubtful:
        net = _surely_beyond(target, net, books.doubtful)
    side = Side.BUY if target > net else Side.SELL
    closes = net * side.sign < 0
    quantity = abs(target - net) - working_like(
        command.place(side, Decimal(0)), book, recent, lambda item: _counts(item, command, closes)
    )
    if quantity <= 0:
        return ON_THE_WAY
    reduces = moving == 0 and closes and abs(target) < abs(net) and target * net >= 0
    parts = slices(quantity, freeze) if freeze else [quantity]
    return [command.place(side, Decimal(part), reduces=reduces) for part in parts]


def _surely_beyond(target: int, net: int, doubtful: Iterable[Item]) -> int:
    """The holding nearest to the target of those that are possible, when all of them must shrink to reach it.

    net counts every doubtful order once more than the positions may; each may be in them in part or in whole.
    """
    units = Counter[Side]()
    for item in doubtful:
        units[item.side] += left_of(item)
    lowest, highest = net - units[Side.BUY], net + units[Side.SELL]
    if lowest > target >= 0:
        return lowest
    if highest < target <= 0:
        return highest
    raise Conflict(
        "An order of this position is on its way and may be in it already. Nothing was sent",
        code="POSITION_UNCERTAIN",
    )


def plan_addition(command: Smart, positions: Sequence[Position]) -> Smart:
    """The command with the position that its order makes. Raises InvalidInput for an order that closes one.

    Exits protect a position: one that only shrinks has its own, and one that turns would swap them unasked.
    """
    held = sum((row.quantity for row in positions if is_of(command, row)), start=0)
    if held * command.side.sign < 0:
        text = f"protect a position that opens or grows; this {command.side.value} closes one of {held}"
        raise InvalidInput(f"exits: {text}", errors={"exits": [text]})
    return msgspec.structs.replace(command, position_size=held + command.side.sign * command.quantity)


def _is_market(item: OrderRow | OrderTerms) -> bool:
    return item.price_type is PriceType.MARKET


def _counts(item: OrderRow | OrderTerms, command: Smart, closes: bool) -> bool:
    """Whether a working order is part of the way to the target.

    An exit must not be held back by a take-profit or stop that rests elsewhere: only repeats of the same terms count
    there. On the way into a position every order that will fill without a trigger counts.
    """
    if _is_market(item):
        return False  # already part of the position
    terms = (command.price_type, command.price, command.trigger_price)
    if (item.price_type, item.price, item.trigger_price) == terms:
        return True
    if isinstance(item, OrderRow):
        return not closes and item.status is not OrderStatus.TRIGGER_PENDING
    return not closes and not item.price_type.needs_trigger


def _require_certainty(command: Smart, unresolved: Iterable[IntentRow]) -> None:
    for intent in unresolved:
        terms = terms_of(intent)
        if (intent.exchange, intent.symbol) != (command.exchange.value, command.symbol):
            continue
        if terms is None or terms.product is command.product:
            raise Conflict(
                "An earlier order of this position has an unknown outcome; it is being reconciled. Nothing was sent",
                code="POSITION_UNCERTAIN",
            )
