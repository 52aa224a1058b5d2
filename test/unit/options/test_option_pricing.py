"""Black-76 over arrays against textbook vectors, 40-digit arithmetic and the scalar formulas."""

from __future__ import annotations

import math
import random
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import black76
from services.options.pricing import NoVolatility, greeks, implied_volatility, normal_cdf, price

ROOT_TWO_PI = Decimal("2.506628274631000502415765284811045253006986740609938316629923576")
# flag, F, K, days, rate, volatility, price, delta, gamma, theta, vega, rho
VECTORS = [
    (True, 24000, 24000, 7, 0, .15, 198.88743465, .50414349, .00080017, -14.20573450, 13.25868553, -.03814280),
    (False, 24000, 24000, 7, 0, .15, 198.88743465, -.49585651, .00080017, -14.20573450, 13.25868553, -.03814280),
    (True, 24000, 25000, 30, .065, .18, 153.50448525, .22087687, .00023907, -6.08450459, 20.37280335, -.12616807),
    (False, 24000, 22000, 30, .065, .22, 55.26568260, -.07868731, .00009686, -3.68935691, 10.08872386, -.04542385),
    (True, 83.5, 84.25, 20, 0, .05, .12567610, .22418137, .30624676, -.00731243, .05849942, -.00006886),
]  # fmt: skip


def exact(forward, strike, volatility, years, rate, is_call):
    """(price, delta, gamma, vega, theta, rho) in 40 digits: the series of the normal integral, no double anywhere."""
    f, k, sigma, t, r = map(Decimal, (forward, strike, volatility, years, rate))
    root = t.sqrt()
    d1 = (f / k).ln() / (sigma * root) + sigma * root / 2
    d2 = d1 - sigma * root
    sign = 1 if is_call else -1
    discount = (-r * t).exp()
    density = discount * phi(d1)
    value = discount * sign * (f * cdf(sign * d1) - k * cdf(sign * d2))
    vega = f * density * root
    theta = -vega * sigma / (2 * t) + r * value
    delta, gamma = sign * discount * cdf(sign * d1), density / (f * sigma * root)
    return value, delta, gamma, vega / 100, theta / 365, -t * value / 100


def phi(z: Decimal) -> Decimal:
    return (-z * z / 2).exp() / ROOT_TWO_PI


def cdf(z: Decimal) -> Decimal:
    term = total = z
    odd = 3
    while abs(term) > Decimal("1e-40"):
        term = term * z * z / odd
        total += term
        odd += 2
    return Decimal("0.5") + phi(z) * total


@pytest.fixture(scope="module")
def quotes():
    """10,000 seeded quotes: columns of inputs, rows of exact answers."""
    draw = random.Random(76)
    rows = []
    while len(rows) < 10_000:
        forward, volatility = draw.uniform(20, 60_000), draw.uniform(0.03, 1.5)
        years = draw.choice((draw.uniform(1e-4, 0.02), draw.uniform(0.02, 2.0)))
        strike = forward * math.exp(draw.gauss(0, 1.5) * volatility * math.sqrt(years))
        rows.append((forward, strike, volatility, years, draw.choice((0.0, 0.065, 0.1)), draw.random() < 0.5))
    with localcontext() as context:
        context.prec = 45
        answers = [exact(*row) for row in rows]
    return [np.array(column) for column in zip(*rows, strict=True)], np.array(answers, dtype=np.float64)


@pytest.mark.parametrize("vector", VECTORS)
def test_the_published_vectors(vector) -> None:
    is_call, forward, strike, days, rate, volatility, *expected = vector
    asked = forward, strike, volatility, days / 365, rate, is_call
    found = greeks(*asked)
    shown = [price(*asked), found.delta, found.gamma, found.theta, found.vega, found.rho]
    assert [float(each) for each in shown] == pytest.approx(expected, abs=5.1e-9)


def test_prices_and_greeks_of_ten_thousand_quotes_are_exact_to_a_millionth(quotes) -> None:
    columns, answers = quotes
    found = [price(*columns), *greeks(*columns)]
    for ours, exactly in zip(found, answers.T, strict=True):
        np.testing.assert_allclose(ours, exactly, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(np.array(found[:2]), answers[:, :2].T, rtol=1e-10)


def test_volatilities_of_ten_thousand_quotes_come_back_to_eight_digits(quotes) -> None:
    (forward, strike, volatility, years, rate, is_call), answers = quotes
    value, vega = answers[:, 0], answers[:, 3] * 100
    found = implied_volatility(value, forward, strike, years, rate, is_call, least_time_value=0.0)
    # What a double can tell: half a unit in the last place of the price, through vega.
    told = value * 2.0**-52 / (vega * volatility) < 1e-10
    assert told.sum() > 9_800 and not found.reason[told].any()
    np.testing.assert_allclose(found.volatility[told], volatility[told], rtol=1e-8)
    solved = found.reason == NoVolatility.NONE
    again = price(forward, strike, np.where(solved, found.volatility, volatility), years, rate, is_call)
    np.testing.assert_allclose(again[solved], value[solved], rtol=1e-10)


@given(
    st.floats(1e-3, 1e6), st.floats(-1, 1), st.floats(1e-4, 5), st.floats(0, 0.3), st.booleans(), st.floats(0, 1.2)
)  # fmt: skip
@settings(deadline=None)
def test_every_price_has_a_volatility_or_a_reason(forward, log_strike, years, rate, is_call, share) -> None:
    strike = forward * math.exp(log_strike)
    value = share * (forward if is_call else strike)
    found = implied_volatility(value, forward, strike, years, rate, is_call, least_time_value=0.0)
    if found.reason == NoVolatility.NONE:
        volatility = float(found.volatility)
        assert black76.MIN_VOLATILITY <= volatility <= black76.MAX_VOLATILITY
        again = black76.price(forward, strike, volatility, years, rate, call=is_call)
        assert again == pytest.approx(value, rel=1e-9, abs=1e-9 * forward)
    else:
        assert math.isnan(float(found.volatility))


@given(st.floats(-8, 8))
def test_the_array_formulas_are_those_of_the_scalar_module(z) -> None:
    assert float(normal_cdf(np.array([z]))[0]) == black76.normal_cdf(z)
    asked = 24_000.0, 24_000.0 * math.exp(z / 50), 0.2, 0.1, 0.065
    ours, theirs = greeks(*asked, True), black76.greeks(*asked, call=True)
    for name in ("delta", "gamma", "vega", "theta", "rho"):
        assert float(getattr(ours, name)) == pytest.approx(getattr(theirs, name), rel=1e-12)


@pytest.mark.parametrize(
    ("value", "forward", "years", "is_call", "reason"),
    [
        (None, 100, 0.1, True, NoVolatility.NO_PRICE),
        (0.0, 100, 0.1, True, NoVolatility.NO_PRICE),
        (-1.0, 100, 0.1, True, NoVolatility.NO_PRICE),
        (5.0, None, 0.1, True, NoVolatility.NO_FORWARD),
        (5.0, 0.0, 0.1, True, NoVolatility.NO_FORWARD),
        (5.0, 100, 0.0, True, NoVolatility.EXPIRED),
        (5.0, 100, -0.1, False, NoVolatility.EXPIRED),
        (19.0, 120, 0.1, True, NoVolatility.BELOW_INTRINSIC),
        (20.0, 120, 0.1, True, NoVolatility.NO_TIME_VALUE),
        (20.009, 120, 0.1, True, NoVolatility.NO_TIME_VALUE),
        (20.011, 120, 0.1, True, NoVolatility.NONE),
        (100.0, 100, 0.1, True, NoVolatility.ABOVE_BOUND),
        (100.0, 90, 0.1, False, NoVolatility.ABOVE_BOUND),
        (99.99, 100, 0.1, True, NoVolatility.ABOVE_BOUND),
        (0.05, 60, 0.05, True, NoVolatility.NONE),
    ],
)
def test_deep_itm_without_time_value_and_other_prices_without_volatility_say_why(
    value, forward, years, is_call, reason
) -> None:
    """P16, catalogue 26: never a zero by accident."""
    nan = float("nan")
    found = implied_volatility(
        [nan if value is None else value], nan if forward is None else forward, 100, years, 0.0, is_call
    )
    assert NoVolatility(found.reason[0]) is reason
    assert math.isnan(found.volatility[0]) == (reason is not NoVolatility.NONE)


def test_one_bad_quote_leaves_the_others_alone() -> None:
    nan = float("nan")
    found = implied_volatility(
        [nan, 2500.0, 0.0, 120.0], 26_500, [26_500, 24_000, 26_000, 26_600], 0.05, 0.0, True
    )
    assert [int(each) for each in found.reason] == [
        NoVolatility.NO_PRICE, NoVolatility.NO_TIME_VALUE, NoVolatility.NO_PRICE, NoVolatility.NONE,
    ]  # fmt: skip
