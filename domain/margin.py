"""Margin of a position together with its resting orders. Pure; money is integer paise.

Resting exits are netted against the position before anything is asked for, so that two exits of one position are
exits only as far as the position reaches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple


class Pending(NamedTuple):
    """What a resting order would still trade: units at a price, in the caller's integer unit of price."""

    quantity: int
    price: int


def opening_part(reducible: int, orders: Iterable[Pending]) -> list[Pending]:
    """What opens once `reducible` units have been closed; the cheapest orders are taken to close first."""
    opening: list[Pending] = []
    for order in sorted(orders, key=lambda order: order.price):
        closing = min(reducible, order.quantity)
        reducible -= closing
        if order.quantity > closing:
            opening.append(Pending(order.quantity - closing, order.price))
    return opening


def leveraged(value: int, leverage: Decimal) -> int:
    """The margin of a value, rounded up to the paisa."""
    return int((Decimal(value) / leverage).to_integral_value(rounding=ROUND_CEILING))


class Exposure(NamedTuple):
    """A position: signed units, and what the open quantity cost or brought in (>= 0, paise)."""

    quantity: int
    cost: int


def two_sided_margin(
    held: Exposure, bought: int, sold: int, *, long_leverage: Decimal, short_leverage: Decimal
) -> int:
    """The larger of what the long and the short side would need; bought, sold: value of the orders that open."""
    long_side = leveraged(bought + (held.cost if held.quantity > 0 else 0), long_leverage)
    short_side = leveraged(sold + (held.cost if held.quantity < 0 else 0), short_leverage)
    return max(long_side, short_side)


def opening_orders(
    quantity: int, buys: Sequence[Pending], sells: Sequence[Pending]
) -> tuple[list[Pending], list[Pending]]:
    """The parts of resting buys and sells that open something, given the signed position."""
    return opening_part(max(-quantity, 0), buys), opening_part(max(quantity, 0), sells)


class OptionLeg(NamedTuple):
    """An option held (units > 0) or written: units with the contract's multiplier, strike in millionths of a rupee.

    paid: paise that the leg cost; negative for what it brought in.
    """

    is_call: bool
    strike: int
    units: int
    paid: int


def largest_loss(legs: Sequence[OptionLeg]) -> int | None:
    """Paise that legs of one underlying and expiry can lose at most together at expiry; None without a bound.

    The loss is piecewise linear in the underlying's price, so it is largest at zero, at a strike, or never.
    """
    if sum(leg.units for leg in legs if leg.is_call) < 0:
        return None

    def worth(price: int) -> int:
        micros = sum(
            max(0, price - leg.strike if leg.is_call else leg.strike - price) * leg.units for leg in legs
        )
        return micros // 10_000

    prices = (0, *(leg.strike for leg in legs))
    return max(0, sum(leg.paid for leg in legs) - min(worth(price) for price in prices))
