"""One leg of a strategy as its profit and loss needs it."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class PayoffLeg(msgspec.Struct, frozen=True, kw_only=True):
    """strike: rupees, None for a share or a future. units: signed, with the contract's multiplier, negative when sold.

    price: rupees a unit at which it was entered. years: calendar time to its own expiry / 365, None when it has none.
    basis: what the forward of its expiry is above the underlying now, rupees. volatility: yearly ratio, None when none
    is known; only options need it.
    """

    units: int
    price: Decimal
    strike: Decimal | None = None
    is_call: bool = True
    years: float | None = None
    basis: float = 0.0
    volatility: float | None = None

    @property
    def is_option(self) -> bool:
        """Whether it has a strike."""
        return self.strike is not None

    def years_after(self, elapsed: float) -> float:
        """Years left when `elapsed` have passed; zero from expiry on and without an expiry."""
        return 0.0 if self.years is None else max(self.years - elapsed, 0.0)

    def basis_after(self, elapsed: float) -> float:
        """The basis melts to zero in a straight line, so a rise of the underlying moves every forward by as much."""
        if not self.years or self.years <= 0.0:
            return 0.0
        return self.basis * self.years_after(elapsed) / self.years


def next_expiry(legs: tuple[PayoffLeg, ...]) -> float | None:
    """Years to the first expiry of the legs, None when nothing expires."""
    return min((leg.years for leg in legs if leg.years is not None), default=None)


def is_exact_at(legs: tuple[PayoffLeg, ...], elapsed: float) -> bool:
    """Whether no option lives on then, so that profit and loss are piecewise linear in the underlying's price."""
    return all(not leg.is_option or leg.years_after(elapsed) <= 0.0 for leg in legs)
