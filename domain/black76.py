"""Black-76: European options on a forward. Pure floats; years are calendar time / 365, volatility a yearly ratio."""

from __future__ import annotations

import math

import msgspec

_ROOT_HALF = math.sqrt(0.5)
_ROOT_TWO_PI = math.sqrt(2.0 * math.pi)
MIN_VOLATILITY = 1e-4
MAX_VOLATILITY = 10.0


class Greeks(msgspec.Struct, frozen=True):
    """Per unit: delta and gamma against the forward, vega per point of volatility (0.01), theta per calendar day,
    rho per percent of rate."""

    delta: float
    gamma: float
    vega: float
    theta: float
    rho: float


def normal_cdf(x: float) -> float:
    """Standard normal distribution function, full double precision in both tails."""
    return 0.5 * math.erfc(-x * _ROOT_HALF)


def normal_pdf(x: float) -> float:
    """Standard normal density."""
    return math.exp(-0.5 * x * x) / _ROOT_TWO_PI


def price(
    forward: float, strike: float, volatility: float, years: float, rate: float, *, call: bool
) -> float:
    """Present value. At or past expiry (years <= 0), or without volatility, the discounted intrinsic value."""
    _check(forward, strike)
    discount = math.exp(-rate * max(years, 0.0))
    deviation = volatility * math.sqrt(years) if years > 0.0 else 0.0
    if deviation <= 0.0:
        return discount * max(forward - strike if call else strike - forward, 0.0)
    d1 = math.log(forward / strike) / deviation + 0.5 * deviation
    d2 = d1 - deviation
    if call:
        return discount * (forward * normal_cdf(d1) - strike * normal_cdf(d2))
    return discount * (strike * normal_cdf(-d2) - forward * normal_cdf(-d1))


def greeks(
    forward: float, strike: float, volatility: float, years: float, rate: float, *, call: bool
) -> Greeks:
    """Sensitivities. At expiry delta is the payoff's slope and the others are zero."""
    _check(forward, strike)
    if years <= 0.0 or volatility <= 0.0:
        in_the_money = forward > strike if call else forward < strike
        return Greeks((1.0 if call else -1.0) if in_the_money else 0.0, 0.0, 0.0, 0.0, 0.0)
    root = math.sqrt(years)
    deviation = volatility * root
    d1 = math.log(forward / strike) / deviation + 0.5 * deviation
    discount = math.exp(-rate * years)
    density = normal_pdf(d1)
    value = price(forward, strike, volatility, years, rate, call=call)
    decay = -discount * forward * density * volatility / (2.0 * root) + rate * value
    return Greeks(
        delta=discount * (normal_cdf(d1) if call else -normal_cdf(-d1)),
        gamma=discount * density / (forward * deviation),
        vega=discount * forward * density * root / 100.0,
        theta=decay / 365.0,
        rho=-years * value / 100.0,
    )


def implied_volatility(
    value: float, forward: float, strike: float, years: float, rate: float, *, call: bool
) -> float | None:
    """The volatility whose price is `value`, to 1e-10; None when no volatility in [0.01 %, 1000 %] gives it.

    Newton steps kept inside a shrinking bracket, so it always ends.
    """
    if years <= 0.0 or value <= 0.0:
        return None
    low, high = MIN_VOLATILITY, MAX_VOLATILITY
    if not (
        price(forward, strike, low, years, rate, call=call)
        <= value
        <= price(forward, strike, high, years, rate, call=call)
    ):
        return None
    guess = min(max(math.sqrt(2.0 * abs(math.log(forward / strike)) / years), 0.1), 2.0)
    for _ in range(100):
        miss = price(forward, strike, guess, years, rate, call=call) - value
        if miss > 0.0:
            high = guess
        else:
            low = guess
        slope = greeks(forward, strike, guess, years, rate, call=call).vega * 100.0
        step = guess - miss / slope if slope > 1e-12 else low
        following = step if low < step < high else 0.5 * (low + high)
        if abs(following - guess) < 1e-10:
            return following
        guess = following
    return guess


def _check(forward: float, strike: float) -> None:
    if not (forward > 0.0 and strike > 0.0):
        raise ValueError(f"forward and strike must be positive: {forward}, {strike}")
