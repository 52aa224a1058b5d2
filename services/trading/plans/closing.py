"""Cancel-all and close: pure plans over the books."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

import msgspec

from database.journal import IntentRow
from domain.orders import OrderRow, OrderTerms, PriceType, Product, Side
from domain.portfolio import Position
from services.trading.commands import CancelAll, Close, Place, Smart
from services.trading.journal import terms_of
from services.trading.reconciliation.evidence import matches_tag

# The position has exits at work; this call sends none.
ALREADY_CLOSING = "ALREADY_CLOSING"


def plan_cancel_all(command: CancelAll, book: Sequence[OrderRow]) -> list[OrderRow]:
    """Every order of the book that is not finished, trigger-pending ones included, narrowed as the command says."""
    return [
        row
        for row in book
        if not row.status.is_terminal
        and command.symbol in (None, row.symbol)
        and command.exchange in (None, row.exchange)
        and (command.order_ids is None or row.order_id in command.order_ids)
    ]


class Exit(msgspec.Struct, frozen=True, kw_only=True):
    """One leg of a close: the order to send, or why none may be sent."""

    position: Position
    order: Place | None
    code: str | None = None
    message: str = ""


def plan_close(
    command: Close,
    positions: Sequence[Position],
    book: Sequence[OrderRow],
    unresolved: Iterable[IntentRow],
    freeze_of: Callable[[Position], int | None],
    recent: Iterable[IntentRow] = (),
) -> list[Exit]:
    """Opposite MARKET orders for every open position, cut to the freeze quantity.

    Exits already working are not sent twice, and where an earlier exit has an unknown outcome none is sent: both
    would turn the position around instead of closing it. recent: intents of the last seconds, read before the book;
    what the book does not show yet counts as working.
    """
    on_the_way = not_yet_shown(recent, book)
    uncertain = {_direction(row) for row in unresolved if row.operation == "place"}
    exits: list[Exit] = []
    for position in positions:
        if position.quantity == 0 or not _wanted(command, position):
            continue
        side = Side.SELL if position.quantity > 0 else Side.BUY
        if not isinstance(position.product, Product):
            text = f"Product {position.product} is the broker's own; close it at the broker"
            exits.append(Exit(position=position, order=None, code="UNKNOWN_PRODUCT", message=text))
        elif (position.exchange.value, position.symbol, position.product.value, side.value) in uncertain:
            text = "An earlier exit of this position has an unknown outcome; it is being reconciled"
            exits.append(Exit(position=position, order=None, code="OUTCOME_UNKNOWN", message=text))
        else:
            working = _working(position, side, book) + sum(
                terms.quantity
                for terms in on_the_way
                if terms.price_type is PriceType.MARKET and is_of(terms, position) and terms.side is side
            )
            exits += _exits(command, position, position.product, side, working, freeze_of(position))
    return exits


def concerns(command: Close, item: OrderRow | OrderTerms) -> bool:
    """Whether an order trades what the command closes."""
    return isinstance(item.product, Product) and _wanted(command, item)


def _wanted(command: Close, position: Position | OrderRow | OrderTerms) -> bool:
    return (
        command.symbol in (None, position.symbol)
        and command.exchange in (None, position.exchange)
        and command.product in (None, position.product)
        and (command.only is None or (position.exchange, position.symbol, position.product) in command.only)
    )


def not_yet_shown(recent: Iterable[IntentRow], book: Sequence[OrderRow]) -> list[OrderTerms]:
    """Terms of orders that were sent or accepted a moment ago and that the book does not show."""
    shown = {row.order_id for row in book}
    tags = [row for row in book if row.tag is not None]
    return [
        terms
        for intent in recent
        if intent.operation == "place"
        and intent.state in ("pending", "acked")
        and intent.order_id not in shown
        and not any(matches_tag(row, intent.tag) for row in tags)
        and (terms := terms_of(intent)) is not None
    ]


def working_like(
    command: Place, book: Sequence[OrderRow], recent: Iterable[IntentRow],
    counts: Callable[[OrderRow | OrderTerms], bool] | None = None,
) -> int:  # fmt: skip
    """Units of the command's instrument, product and side that work already or were sent a moment ago.

    counts: which of them to take, all when None.
    """
    wanted = (command.exchange, command.symbol, command.product, command.side)
    items: list[OrderRow | OrderTerms] = [row for row in book if not row.status.is_terminal]
    items += not_yet_shown(recent, book)
    return sum(
        left_of(item)
        for item in items
        if (item.exchange, item.symbol, item.product, item.side) == wanted
        and (counts is None or counts(item))
    )


def left_of(item: OrderRow | OrderTerms) -> int:
    """Units of an order that may still fill."""
    if isinstance(item, OrderTerms) or item.pending_quantity is None:
        return item.quantity
    return item.pending_quantity


def is_of(terms: OrderTerms | Place | Smart, position: Position | OrderRow | OrderTerms) -> bool:
    """Whether an order trades what the position holds, or the other order trades."""
    return (terms.exchange, terms.symbol, terms.product) == (
        position.exchange, position.symbol, position.product,
    )  # fmt: skip


def _direction(row: IntentRow) -> tuple[str, str, str, str]:
    terms = terms_of(row)
    if terms is None:
        return (row.exchange, row.symbol, "", "")
    return (row.exchange, row.symbol, terms.product.value, terms.side.value)


def _working(position: Position, side: Side, book: Sequence[OrderRow]) -> int:
    """Units of MARKET orders that are already closing this position."""
    total = 0
    for row in book:
        same = (row.symbol, row.exchange, row.product) == (
            position.symbol,
            position.exchange,
            position.product,
        )
        if same and row.side is side and row.price_type is PriceType.MARKET and not row.status.is_terminal:
            total += left_of(row)
    return total


def _exits(
    command: Close, position: Position, product: Product, side: Side, working: int, freeze: int | None
) -> list[Exit]:
    left = abs(position.quantity) - working
    if left <= 0:
        text = "Exit orders for the whole position are already working"
        return [Exit(position=position, order=None, code=ALREADY_CLOSING, message=text)]
    exits = []
    while left > 0:
        size = min(left, freeze) if freeze else left
        order = Place(
            strategy=command.strategy, symbol=position.symbol, exchange=position.exchange, side=side,
            quantity=Decimal(size), price_type=PriceType.MARKET, product=product, reduces=True,
        )  # fmt: skip
        exits.append(Exit(position=position, order=order))
        left -= size
    return exits
