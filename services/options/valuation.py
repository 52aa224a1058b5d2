"""Volatility and Greeks of quoted options, many at once. Importing this module loads numpy."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from domain.options import Premium
from services.options.pricing import LEAST_TIME_VALUE, NoVolatility, greeks, implied_volatility

REASONS = {
    NoVolatility.NO_PRICE: "the option has no price",
    NoVolatility.NO_FORWARD: "the underlying has no price",
    NoVolatility.EXPIRED: "the option has expired",
    NoVolatility.BELOW_INTRINSIC: "the price is below the intrinsic value",
    NoVolatility.NO_TIME_VALUE: "the price holds no time value",
    NoVolatility.ABOVE_BOUND: "no volatility up to 1000 % gives so high a price",
}
WORTHLESS_TIME = (NoVolatility.BELOW_INTRINSIC, NoVolatility.NO_TIME_VALUE)


class Leg(msgspec.Struct, frozen=True, gc=False):
    """One option to value. strike, forward, tick: rupees. years, rate: yearly; rate as a ratio."""

    strike: float
    is_call: bool
    premium: Premium
    forward: float | None
    years: float
    rate: float
    tick: float = LEAST_TIME_VALUE


class Valued(msgspec.Struct, frozen=True, gc=False):
    """volatility: yearly ratio, None with a `reason`. Greeks as in domain.black76, None when nothing can be said.

    Without time value the option is its payoff: delta is its slope, the other Greeks are zero. is_theoretical: so.
    """

    volatility: float | None
    delta: float | None
    gamma: float | None
    vega: float | None
    theta: float | None
    rho: float | None
    reason: str = ""
    is_theoretical: bool = False


def value(legs: Sequence[Leg]) -> list[Valued]:
    """Value every leg, in order."""
    if not legs:
        return []
    nan = float("nan")
    prices = np.array([nan if leg.premium.price is None else leg.premium.price for leg in legs])
    forward = np.array([nan if leg.forward is None else leg.forward for leg in legs])
    strike = np.array([leg.strike for leg in legs])
    years = np.array([leg.years for leg in legs])
    rate = np.array([leg.rate for leg in legs])
    is_call = np.array([leg.is_call for leg in legs])
    # Where prices move in smaller steps than a paisa, so does time value (currency options).
    least = np.minimum(LEAST_TIME_VALUE, np.array([leg.tick for leg in legs]))
    found = implied_volatility(prices, forward, strike, years, rate, is_call, least)
    with np.errstate(invalid="ignore", divide="ignore"):
        sensitivities = greeks(forward, strike, found.volatility, years, rate, is_call)
    columns = (found.volatility, *sensitivities)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [
        _failed(leg, NoVolatility(reason)) if reason else
        Valued(volatility, delta, gamma, vega, theta, rho)
        for leg, reason, (volatility, delta, gamma, vega, theta, rho) in zip(
            legs, found.reason.tolist(), rows, strict=True
        )
    ]  # fmt: skip


def _failed(leg: Leg, reason: NoVolatility) -> Valued:
    if reason not in WORTHLESS_TIME or leg.forward is None:
        return Valued(None, None, None, None, None, None, REASONS[reason])
    in_the_money = leg.forward > leg.strike if leg.is_call else leg.forward < leg.strike
    slope = (1.0 if leg.is_call else -1.0) if in_the_money else 0.0
    return Valued(None, slope, 0.0, 0.0, 0.0, 0.0, REASONS[reason], is_theoretical=True)
