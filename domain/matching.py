"""Matching an order against a book. Pure: what rests and what has been consumed already is the caller's knowledge.

An order takes the other side's levels from the best on, never beyond its limit and never at a price that the book
does not show. What the book cannot fill rests.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from domain.orders import PriceType, Side


class BookLevel(msgspec.Struct, frozen=True):
    """Quantity on offer at a price; units, rupees."""

    price: Decimal
    quantity: int


class Fill(msgspec.Struct, frozen=True):
    """A part of an order that traded; units, rupees."""

    price: Decimal
    quantity: int


class Match(msgspec.Struct, frozen=True):
    """Fills in the order they happened, and the quantity that rests."""

    fills: tuple[Fill, ...]
    rest: int


def match(side: Side, quantity: int, limit: Decimal | None, levels: Sequence[BookLevel]) -> Match:
    """Take `quantity` from `levels` (the opposite side, best first). `limit` None is a market order.

    Levels without quantity are passed over. Raises ValueError for a quantity below one or levels out of order.
    """
    if quantity < 1:
        raise ValueError(f"nothing to match: quantity {quantity}")
    fills: list[Fill] = []
    rest = quantity
    before: Decimal | None = None
    for level in levels:
        if before is not None and (level.price - before) * side.sign < 0:
            raise ValueError("book levels are not best first")
        before = level.price
        if rest == 0 or (limit is not None and not is_marketable(side, limit, level.price)):
            break
        taken = min(rest, level.quantity)
        if taken > 0:
            fills.append(Fill(level.price, taken))
            rest -= taken
    return Match(tuple(fills), rest)


def is_marketable(side: Side, limit: Decimal, opposite: Decimal) -> bool:
    """Whether a limit order trades against a price of the other side."""
    return limit >= opposite if side is Side.BUY else limit <= opposite


def is_triggered(side: Side, trigger: Decimal, last: Decimal) -> bool:
    """Whether the last traded price sets a stop order off: a buy from below, a sale from above."""
    return last >= trigger if side is Side.BUY else last <= trigger


def is_stop_consistent(side: Side, trigger: Decimal, limit: Decimal) -> bool:
    """Whether a stop-limit order can trade once triggered: buy trigger <= limit, sell trigger >= limit."""
    return trigger <= limit if side is Side.BUY else trigger >= limit


def working_limit(price_type: PriceType, price: Decimal | None) -> Decimal | None:
    """The limit under which an active (triggered) order matches; None for MARKET and SL-M.

    Raises ValueError when the price type needs a price and has none.
    """
    if not price_type.needs_price:
        return None
    if price is None:
        raise ValueError(f"{price_type.value} without a price")
    return price


def subtract_consumed(levels: Iterable[BookLevel], consumed: dict[Decimal, int]) -> list[BookLevel]:
    """The book after quantities already taken at each price; never below zero."""
    return [BookLevel(level.price, max(0, level.quantity - consumed.get(level.price, 0))) for level in levels]


def average_price(fills: Sequence[Fill]) -> Decimal | None:
    """Quantity-weighted price, None without fills."""
    quantity = sum(fill.quantity for fill in fills)
    if quantity == 0:
        return None
    return sum((fill.price * fill.quantity for fill in fills), Decimal(0)) / quantity
