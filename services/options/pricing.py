"""Black-76 over arrays: Greeks and implied volatility of a whole chain at once.

The formulas are those of `domain.black76`, whose units are kept: years are calendar time / 365, rates and volatilities
yearly ratios, theta per calendar day, vega and rho per percentage point. numpy is loaded by importing this module.

The solver works on the out-of-the-money option of the same strike in normalised form (x = -|ln(F/K)|, price over
discounted sqrt(F*K), s = volatility * sqrt(years)), where the price has one inflection, at s = sqrt(2|x|). Steps of
Halley's kind run on 1/sqrt(-ln price) below it, which is nearly a straight line, and on the price itself above it. They
stay inside a shrinking bracket and halve it when a step leaves it, so the search always ends.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from domain.black76 import MAX_VOLATILITY, MIN_VOLATILITY

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
MOST_ROUNDS = 100
PRECISION = 1e-10
LEAST_TIME_VALUE = 0.01
_ROOT_HALF = math.sqrt(0.5)
_PER_ROOT_TWO_PI = 1.0 / math.sqrt(2.0 * math.pi)


class NoVolatility(IntEnum):
    """Why a price has no implied volatility. NONE: it has one."""

    NONE = 0
    NO_PRICE = 1
    NO_FORWARD = 2
    EXPIRED = 3
    BELOW_INTRINSIC = 4
    NO_TIME_VALUE = 5
    ABOVE_BOUND = 6


class Sensitivities(NamedTuple):
    """Greeks of every contract, in the units of `domain.black76.Greeks`."""

    delta: Floats
    gamma: Floats
    vega: Floats
    theta: Floats
    rho: Floats


class ImpliedVolatilities(NamedTuple):
    """volatility: yearly ratio, NaN where `reason` (a NoVolatility) is not NONE."""

    volatility: Floats
    reason: NDArray[np.int8]


def normal_cdf(x: Floats) -> Floats:
    """Standard normal distribution function; the C library's erfc, so both tails keep full precision."""
    flat = (x * -_ROOT_HALF).ravel()
    return 0.5 * np.fromiter(map(math.erfc, flat.tolist()), np.float64, flat.size).reshape(x.shape)


def price(
    forward: ArrayLike, strike: ArrayLike, volatility: ArrayLike, years: ArrayLike, rate: ArrayLike,
    is_call: ArrayLike,
) -> Floats:  # fmt: skip
    """Present values. Every forward, strike, volatility and time must be positive."""
    f, k, sigma, t, r, call = _arrays(forward, strike, volatility, years, rate, is_call)
    return _terms(f, k, sigma, t, r, call).value


def greeks(
    forward: ArrayLike, strike: ArrayLike, volatility: ArrayLike, years: ArrayLike, rate: ArrayLike,
    is_call: ArrayLike,
) -> Sensitivities:  # fmt: skip
    """Sensitivities; NaN where the volatility is NaN. Forwards, strikes and times must be positive."""
    f, k, sigma, t, r, call = _arrays(forward, strike, volatility, years, rate, is_call)
    terms = _terms(f, k, sigma, t, r, call)
    root = np.sqrt(t)
    density = terms.discount * _PER_ROOT_TWO_PI * np.exp(-0.5 * terms.d1 * terms.d1)
    vega = f * density * root
    return Sensitivities(
        delta=terms.sign * terms.discount * terms.cdf1,
        gamma=density / (f * sigma * root),
        vega=vega * 0.01,
        theta=(r * terms.value - vega * sigma / (2.0 * t)) / 365.0,
        rho=-t * terms.value * 0.01,
    )


class _Terms(NamedTuple):
    """sign: 1 for calls, -1 for puts. cdf1: normal_cdf(sign * d1)."""

    sign: Floats
    discount: Floats
    d1: Floats
    cdf1: Floats
    value: Floats


def _terms(f: Floats, k: Floats, sigma: Floats, t: Floats, r: Floats, call: Flags) -> _Terms:
    deviation = sigma * np.sqrt(t)
    d1 = np.log(f / k) / deviation + 0.5 * deviation
    sign = np.where(call, 1.0, -1.0)
    discount = np.exp(-r * t)
    cdf1, cdf2 = normal_cdf(np.stack((sign * d1, sign * (d1 - deviation))))
    return _Terms(sign, discount, d1, cdf1, discount * sign * (f * cdf1 - k * cdf2))


def implied_volatility(
    value: ArrayLike, forward: ArrayLike, strike: ArrayLike, years: ArrayLike, rate: ArrayLike,
    is_call: ArrayLike, least_time_value: ArrayLike = LEAST_TIME_VALUE,
) -> ImpliedVolatilities:  # fmt: skip
    """The volatility behind each price, or why there is none. NaN stands for a missing price or forward.

    least_time_value: rupees of (undiscounted) time value below which an in-the-money price tells no volatility.
    """
    v, f, k, t, r, call = (
        np.asarray(each) for each in np.broadcast_arrays(
            *(np.asarray(each, np.float64) for each in (value, forward, strike, years, rate)),
            np.asarray(is_call, np.bool_),
        )
    )  # fmt: skip
    reason = np.zeros(v.shape, np.int8)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore", under="ignore"):
        growth = np.exp(r * np.maximum(t, 0.0))
        inner = np.maximum(np.where(call, f - k, k - f), 0.0)
        outer = v * growth - inner
        # Of a rounding error inside an in-the-money price nothing can be told.
        tiny = (inner > 0.0) & (outer < np.maximum(least_time_value, 1e-12 * k)) | (outer <= 0.0)
        for flaw, where in (
            (NoVolatility.ABOVE_BOUND, v * growth >= np.where(call, f, k)),
            (NoVolatility.NO_TIME_VALUE, tiny),
            (NoVolatility.BELOW_INTRINSIC, outer < -np.maximum(least_time_value, 1e-12 * k)),
            (NoVolatility.EXPIRED, ~(t > 0.0)),
            (NoVolatility.NO_FORWARD, ~((f > 0.0) & (k > 0.0))),
            (NoVolatility.NO_PRICE, ~(v > 0.0)),
        ):
            reason[where] = flaw
        volatility = np.full(v.shape, np.nan)
        good = reason == NoVolatility.NONE
        if good.any():
            root, scale = np.sqrt(t[good]), np.sqrt(f[good] * k[good])
            solved = _total_deviation(-np.abs(np.log(f[good] / k[good])), outer[good] / scale)
            volatility[good] = solved / root
        reason[volatility > MAX_VOLATILITY] = NoVolatility.ABOVE_BOUND
        reason[volatility < MIN_VOLATILITY] = NoVolatility.NO_TIME_VALUE
        volatility[reason != NoVolatility.NONE] = np.nan
    return ImpliedVolatilities(volatility, reason)


def _total_deviation(x: Floats, target: Floats) -> Floats:
    """s with normalised price `target`; 0 < target < exp(x/2), x <= 0."""
    middle = np.sqrt(-2.0 * x)
    at_middle, slope = _normalised(x, np.maximum(middle, 1e-300))
    at_middle = np.where(middle > 0.0, at_middle, 0.0)
    below = target < at_middle
    low, high = np.where(below, 0.0, middle), np.where(below, middle, _ceiling(x, target))
    gap = -2.0 * np.sinh(0.5 * x)
    root = (target + 0.5 * gap) ** 2 - gap * gap / np.pi
    near_money = (target + 0.5 * gap + np.sqrt(root)) / (2.0 * _PER_ROOT_TWO_PI * np.cosh(0.5 * x))
    near = (root > 0.0) & (near_money < middle)
    straight = middle * np.sqrt(np.log(at_middle) / np.log(target))
    below_start = np.where(near, near_money, straight)
    s = np.where(below, below_start, np.minimum(middle + (target - at_middle) / slope, high))
    result = s.copy()
    rest = np.arange(x.size)
    for _ in range(MOST_ROUNDS):
        value, slope = _normalised(x, s)
        miss = value - target
        high, low = np.where(miss > 0.0, s, high), np.where(miss > 0.0, low, s)
        step = s - _step(x, s, value, slope, miss, target, below)
        following = np.where((step > low) & (step < high), step, 0.5 * (low + high))
        # Judged before the bracket: a last step of rounding size may leave it.
        done = np.abs(step - s) <= PRECISION * s
        following = np.where(done, step, following)
        result[rest] = following
        if done.all():
            break
        keep = ~done
        rest, x, target, below = rest[keep], x[keep], target[keep], below[keep]
        low, high, s = low[keep], high[keep], following[keep]
    return result


def _step(
    x: Floats, s: Floats, value: Floats, slope: Floats, miss: Floats, target: Floats, below: Flags
) -> Floats:
    """How far s is too large: Halley on 1/sqrt(-ln price) below the inflection, on the price above it."""
    bend = x * x / (s * s * s) - 0.25 * s
    depth = -np.log(value)
    growth = slope / value
    straight = 2.0 * depth / growth * (1.0 - np.sqrt(depth / -np.log(target)))
    newton = np.where(below, straight, miss / slope)
    bend = bend + np.where(below, growth * (1.5 / depth - 1.0), 0.0)
    return newton / np.maximum(1.0 - 0.5 * newton * bend, 0.1)


def _ceiling(x: Floats, target: Floats) -> Floats:
    """An s whose normalised price is above the target: doubled until it is."""
    high = np.maximum(2.0 * np.sqrt(-2.0 * x), 1.0)
    for _ in range(8):
        short = _normalised(x, high)[0] <= target
        if not short.any():
            break
        high = np.where(short, 2.0 * high, high)
    return high


def _normalised(x: Floats, s: Floats) -> tuple[Floats, Floats]:
    """Normalised price of the out-of-the-money option and its slope in s."""
    middle = x / s
    upper = middle + 0.5 * s
    first, second = normal_cdf(np.stack((upper, middle - 0.5 * s)))
    half = np.exp(0.5 * x)
    return half * first - second / half, half * _PER_ROOT_TWO_PI * np.exp(-0.5 * upper * upper)


def _arrays(*values: Any) -> tuple[Any, ...]:
    return np.broadcast_arrays(*(np.asarray(each) for each in values))
