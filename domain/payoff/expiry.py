"""Profit and loss where every option is worth its intrinsic value: piecewise linear, so everything is exact.

option     units * (max(S - K, 0) - price), or max(K - S, 0) for a put
linear     units * (S + basis left - price)
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from domain.money import ZERO
from domain.payoff.legs import PayoffLeg


class Extreme(msgspec.Struct, frozen=True):
    """The largest profit or loss. amount: rupees, None when it has no bound. at: where it is reached first."""

    amount: Decimal | None
    at: Decimal | None

    @property
    def is_unlimited(self) -> bool:
        """Whether it grows with the underlying's price."""
        return self.amount is None


class ExpiryPayoff:
    """Profit and loss after `elapsed` years, when none of the legs is an option that lives on.

    breakevens: prices at which it turns between loss, zero and profit, ascending.
    """

    def __init__(self, legs: Sequence[PayoffLeg], elapsed: float = 0.0) -> None:
        self._legs = tuple(legs)
        self._bases = tuple(Decimal(str(round(leg.basis_after(elapsed), 8))) for leg in legs)
        knots = sorted({ZERO, *(leg.strike for leg in legs if leg.strike is not None)})
        self._knots = [(price, self.at(price)) for price in knots]
        # Above the last strike puts are worth nothing and everything else moves with the underlying.
        self._tail = sum(leg.units for leg in legs if not leg.is_option or leg.is_call)
        self.breakevens = tuple(self._turns())

    def at(self, price: Decimal) -> Decimal:
        """Rupees at one price of the underlying."""
        return sum(
            (
                leg.units * (_worth(leg, price, basis) - leg.price)
                for leg, basis in zip(self._legs, self._bases, strict=True)
            ),
            ZERO,
        )

    def best(self) -> Extreme:
        """The largest profit; negative when every price loses."""
        if self._tail > 0:
            return Extreme(None, None)
        at, amount = max(self._knots, key=lambda knot: (knot[1], -knot[0]))
        return Extreme(amount, at)

    def worst(self) -> Extreme:
        """The largest loss, as a negative profit; positive when no price loses."""
        if self._tail < 0:
            return Extreme(None, None)
        at, amount = min(self._knots, key=lambda knot: (knot[1], knot[0]))
        return Extreme(amount, at)

    def _turns(self) -> list[Decimal]:
        """Roots within pieces and beyond the last strike, and knots of zero whose two sides differ in sign."""
        found: list[Decimal] = []
        last = len(self._knots) - 1
        for place, (price, profit) in enumerate(self._knots):
            following = self._knots[place + 1][1] if place < last else None
            after = _sign(following) if following is not None else _sign(Decimal(self._tail))
            if profit == ZERO:
                if place and _sign(self._knots[place - 1][1]) != after:
                    found.append(price)
            elif following is None:
                if _sign(profit) * after < 0:
                    found.append(price - profit / self._tail)
            elif _sign(profit) * after < 0:
                found.append(price + (self._knots[place + 1][0] - price) * profit / (profit - following))
        return found


def _worth(leg: PayoffLeg, price: Decimal, basis: Decimal) -> Decimal:
    if leg.strike is None:
        return price + basis
    return max(price - leg.strike if leg.is_call else leg.strike - price, ZERO)


def _sign(value: Decimal) -> int:
    return (value > ZERO) - (value < ZERO)
