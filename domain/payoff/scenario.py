"""Profit and loss before expiry: every living option by Black-76 on the forward of its own expiry, rate zero.

    forward    S + basis * years left / years from now; the basis is what the market says today
    option     units * (Black-76(forward, K, volatility * factor, years left) - price); intrinsic on S once it expires
    linear     units * (S + basis left - price)

At today's price, with no time passed and a factor of one, each leg is worth what the market says: that is how its
volatility was found.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from domain.black76 import normal_cdf, price
from domain.payoff.expiry import Extreme
from domain.payoff.legs import PayoffLeg

SAMPLES = 240
BISECTIONS = 64
GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
LEAST_PRICE = 0.01
# Prices further away are told, not drawn.
FURTHEST = 3.0
Curve = Callable[[float], float]


class Scenario(msgspec.Struct, frozen=True):
    """elapsed: years from now. volatility_factor: what every volatility is multiplied by."""

    elapsed: float = 0.0
    volatility_factor: float = 1.0


def profit(legs: Sequence[PayoffLeg], underlying: float, scenario: Scenario) -> float:
    """Rupees. Raises ValueError for a living option without a volatility."""
    return sum(leg.units * (worth(leg, underlying, scenario) - float(leg.price)) for leg in legs)


def worth(leg: PayoffLeg, underlying: float, scenario: Scenario) -> float:
    """Rupees a unit."""
    forward = underlying + leg.basis_after(scenario.elapsed)
    if leg.strike is None:
        return forward
    strike, left = float(leg.strike), leg.years_after(scenario.elapsed)
    if left <= 0.0:
        return max(underlying - strike if leg.is_call else strike - underlying, 0.0)
    if leg.volatility is None:
        raise ValueError("an option that lives on needs a volatility")
    sigma = leg.volatility * scenario.volatility_factor
    return price(max(forward, LEAST_PRICE), strike, sigma, left, 0.0, call=leg.is_call)


def roots(curve: Curve, prices: Sequence[float]) -> list[float]:
    """Where the curve changes its sign between neighbouring prices, by bisection."""
    values = [curve(each) for each in prices]
    turning = zip(itertools.pairwise(prices), itertools.pairwise(values), strict=True)
    return [
        _root(curve, low, high, first > 0.0)
        for (low, high), (first, second) in turning
        if (first > 0.0) != (second > 0.0)
    ]


def _root(curve: Curve, low: float, high: float, falls: bool) -> float:
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if (curve(middle) > 0.0) == falls else (low, middle)
    return 0.5 * (low + high)


def peak(curve: Curve, prices: Sequence[float]) -> Extreme:
    """The largest value on the drawn prices, refined by golden section around the best of them."""
    place = max(range(len(prices)), key=lambda each: curve(prices[each]))
    low, high = prices[max(place - 1, 0)], prices[min(place + 1, len(prices) - 1)]
    for _ in range(BISECTIONS):
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        if curve(left) < curve(right):
            low = left
        else:
            high = right
    best = max((prices[place], 0.5 * (low + high)), key=curve)
    return Extreme(Decimal(str(round(curve(best), 2))), Decimal(str(round(best, 4))))


def drawn_prices(
    underlying: float, deviation: float | None, strikes: Sequence[float], turns: Sequence[float]
) -> list[float]:
    """Ascending prices worth drawing: 240 even ones, 240 more where it happens, every strike, every turn.

    From the lowest to the highest of 10 % around the underlying, two deviations, the strikes and the turns; it happens
    within the last three. deviation: volatility times the root of the years, None when unknown.
    """
    near = [each for each in (*strikes, *turns) if 0.0 < each <= FURTHEST * underlying]
    wide = 2.0 * min(deviation or 0.0, 0.5)
    inner = [underlying * math.exp(-wide), underlying * math.exp(wide), *near]
    outer = [0.9 * underlying, 1.1 * underlying, *inner]
    return sorted({*_even(inner), *_even(outer), *near})


def _even(ends: Sequence[float]) -> list[float]:
    low, high = min(ends), max(ends)
    margin = 0.02 * (high - low)
    low, high = max(low - margin, LEAST_PRICE), high + margin
    return [low + (high - low) / (SAMPLES - 1) * number for number in range(SAMPLES)]


def probability_of_profit(
    curve: Curve, turns: Sequence[float], forward: float, deviation: float
) -> float | None:
    """Share of outcomes that end above zero, 0 to 1; None without a deviation.

    The underlying is lognormal around the forward: ln(S/F) is normal with mean -d²/2 and deviation d. The curve keeps
    its sign between neighbouring turns, so one look into each stretch tells which stretches count.
    """
    if not deviation > 0.0 or not forward > 0.0:
        return None
    edges = sorted(turn for turn in turns if turn > 0.0)
    shares = [normal_cdf(math.log(edge / forward) / deviation + 0.5 * deviation) for edge in edges]
    bounds = [0.0, *shares, 1.0]
    inside = [0.0, *edges, 2.0 * max([forward, *edges])]
    looks = [0.5 * (low + high) for low, high in itertools.pairwise(inside)]
    return sum(bounds[place + 1] - bounds[place] for place, look in enumerate(looks) if curve(look) > 0.0)
