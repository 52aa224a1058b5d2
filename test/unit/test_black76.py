"""Black-76 against published identities and by its own inverse."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.black76 import greeks, implied_volatility, normal_cdf, price

forwards = st.floats(50, 50_000)
moneyness = st.floats(0.7, 1.4)
volatilities = st.floats(0.03, 1.5)
terms = st.floats(1 / 365, 2)
rates = st.floats(0, 0.12)


def test_a_textbook_value() -> None:
    # Hull, Options, Futures, and Other Derivatives, futures option example: F 20, K 20, 4 months, 25 %, 9 %.
    assert price(20, 20, 0.25, 4 / 12, 0.09, call=False) == pytest.approx(1.12, abs=0.005)


@given(forwards, moneyness, volatilities, terms, rates)
def test_parity_and_bounds(forward: float, ratio: float, vol: float, years: float, rate: float) -> None:
    strike = forward * ratio
    call, put = (price(forward, strike, vol, years, rate, call=side) for side in (True, False))
    discount = math.exp(-rate * years)

    assert call - put == pytest.approx(discount * (forward - strike), abs=1e-8 * forward)
    assert max(0.0, discount * (forward - strike)) - 1e-9 * forward <= call <= discount * forward
    assert max(0.0, discount * (strike - forward)) - 1e-9 * forward <= put <= discount * strike


@given(forwards, moneyness, volatilities, terms, rates, st.booleans())
def test_implied_volatility_gives_the_volatility_back(
    forward: float, ratio: float, vol: float, years: float, rate: float, call: bool
) -> None:
    strike = forward * ratio
    value = price(forward, strike, vol, years, rate, call=call)
    assume(greeks(forward, strike, vol, years, rate, call=call).vega > forward * 1e-6)

    found = implied_volatility(value, forward, strike, years, rate, call=call)

    assert found is not None and found == pytest.approx(vol, rel=1e-5)


@given(forwards, moneyness, volatilities, terms, rates, st.booleans())
def test_greeks_are_the_slopes_of_the_price(
    forward: float, ratio: float, vol: float, years: float, rate: float, call: bool
) -> None:
    strike, found = forward * ratio, greeks(forward, forward * ratio, vol, years, rate, call=call)
    bump = forward * 1e-5  # close to expiry the slope changes within less than a ten-thousandth

    def at(f: float = forward, v: float = vol, t: float = years, r: float = rate) -> float:
        return price(f, strike, v, t, r, call=call)

    assert found.delta == pytest.approx((at(f=forward + bump) - at(f=forward - bump)) / (2 * bump), abs=1e-4)
    assert found.vega == pytest.approx(
        (at(v=vol + 1e-5) - at(v=vol - 1e-5)) / 2e-5 / 100, rel=1e-3, abs=1e-6 * forward
    )
    step = years * 1e-4
    slope = (at(t=years - step) - at(t=years + step)) / (2 * step) / 365
    assert found.theta == pytest.approx(slope, rel=1e-3, abs=1e-6 * forward)
    assert found.rho == pytest.approx(
        (at(r=rate + 1e-6) - at(r=rate - 1e-6)) / 2e-6 / 100, rel=1e-3, abs=1e-6 * forward
    )


def test_expiry_leaves_the_intrinsic_value() -> None:
    assert price(110, 100, 0.2, 0, 0.05, call=True) == 10
    assert price(110, 100, 0.2, -1, 0.05, call=False) == 0
    assert greeks(110, 100, 0.2, 0, 0.05, call=True).delta == 1
    assert greeks(110, 100, 0.2, 0, 0.05, call=False).delta == 0


@pytest.mark.parametrize("value", [0.0, -1.0, 9.99, 200.0])
def test_impossible_prices_have_no_implied_volatility(value: float) -> None:
    assert implied_volatility(value, 110, 100, 0.5, 0.0, call=True) is None


def test_expired_options_have_no_implied_volatility() -> None:
    assert implied_volatility(5, 100, 100, 0, 0, call=True) is None


def test_prices_below_zero_are_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        price(0, 100, 0.2, 1, 0, call=True)


def test_the_distribution_function_keeps_precision_in_the_tail() -> None:
    assert normal_cdf(-10) == pytest.approx(7.619853024160527e-24, rel=1e-12)
    assert normal_cdf(0) == 0.5
