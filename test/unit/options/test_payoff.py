"""Payoffs of strategies: worked by hand, and against an implementation that shares nothing with ours."""

from __future__ import annotations

import itertools
import math
import random
from decimal import Decimal
from fractions import Fraction
from statistics import NormalDist

import pytest

from domain.payoff.expiry import ExpiryPayoff, Extreme
from domain.payoff.legs import PayoffLeg, is_exact_at, next_expiry
from domain.payoff.scenario import (
    Scenario,
    drawn_prices,
    peak,
    probability_of_profit,
    profit,
    roots,
    worth,
)

WEEK = 7 / 365


def option(kind: str, strike: str, units: int, price: str, **market: float) -> PayoffLeg:
    return PayoffLeg(
        units=units,
        price=Decimal(price),
        strike=Decimal(strike),
        is_call=kind == "call",
        years=market.get("years", WEEK),
        basis=market.get("basis", 0.0),
        volatility=market.get("volatility"),
    )


def share(units: int, price: str) -> PayoffLeg:
    return PayoffLeg(units=units, price=Decimal(price))


CONDOR = (
    option("put", "23500", 75, "20.10"),
    option("put", "23800", -75, "62.40"),
    option("call", "24200", -75, "71.25"),
    option("call", "24500", 75, "18.35"),
)


def test_an_iron_condor_keeps_its_credit_between_the_strikes_it_sold() -> None:
    payoff = ExpiryPayoff(CONDOR)
    credit = (Decimal("62.40") + Decimal("71.25") - Decimal("20.10") - Decimal("18.35")) * 75
    assert payoff.at(Decimal(24000)) == credit == Decimal("7140.00")
    assert payoff.best() == Extreme(credit, Decimal(23800))
    assert payoff.worst() == Extreme(credit - 300 * 75, Decimal(0))
    assert payoff.breakevens == (Decimal("23704.8"), Decimal("24295.2"))


def test_a_bought_straddle_loses_what_it_cost_at_most_and_wins_without_a_bound() -> None:
    payoff = ExpiryPayoff([option("call", "24000", 75, "150"), option("put", "24000", 75, "140.5")])
    assert payoff.worst() == Extreme(Decimal("-21787.5"), Decimal(24000))
    assert payoff.best().is_unlimited
    assert payoff.breakevens == (Decimal("23709.5"), Decimal("24290.5"))


def test_a_written_call_loses_without_a_bound_and_a_written_put_down_to_a_price_of_zero() -> None:
    assert ExpiryPayoff([option("call", "100", -1, "4")]).worst().is_unlimited
    put = ExpiryPayoff([option("put", "100", -1, "4")])
    assert (put.worst(), put.breakevens) == (Extreme(Decimal(-96), Decimal(0)), (Decimal(96),))


def test_a_covered_call_is_a_written_put() -> None:
    payoff = ExpiryPayoff([share(500, "1482.4"), option("call", "1500", -500, "32.6")])
    assert payoff.best() == Extreme(Decimal("25100.0"), Decimal(1500))
    assert payoff.worst().amount == -(Decimal("1482.4") - Decimal("32.6")) * 500
    assert payoff.breakevens == (Decimal("1449.8"),)


def test_a_future_of_a_later_month_moves_with_the_underlying_and_keeps_the_basis_it_has_left() -> None:
    later = PayoffLeg(units=75, price=Decimal(24100), years=2 * WEEK, basis=100.0)
    payoff = ExpiryPayoff([later, option("call", "24200", -75, "80")], elapsed=WEEK)
    assert payoff.at(Decimal(24000)) == (24000 + 50 - 24100) * 75 + 80 * 75
    assert not payoff.best().is_unlimited and payoff.best().at == Decimal(24200)


@pytest.mark.parametrize(
    ("legs", "turns"),
    [
        ([option("call", "100", 1, "0")], (Decimal(100),)),  # nothing below, profit above
        ([option("call", "100", 1, "0"), option("call", "110", -1, "0")], (Decimal(100),)),
        # A butterfly that costs nothing touches zero at its wings.
        (
            [option("call", "100", 1, "5"), option("call", "105", -2, "5"), option("call", "110", 1, "5")],
            (Decimal(100), Decimal(110)),
        ),
        ([option("put", "90", 1, "0"), option("call", "110", 1, "0")], (Decimal(90), Decimal(110))),
        ([option("call", "100", 1, "3"), option("call", "100", -1, "2")], ()),  # loses everywhere
        ([option("call", "100", -1, "0"), option("put", "100", -1, "0")], ()),  # touches nothing from below
    ],
)  # fmt: skip
def test_a_breakeven_is_where_profit_loss_and_nothing_meet(legs, turns) -> None:
    assert ExpiryPayoff(legs).breakevens == turns


def slow_profit(legs: list[PayoffLeg], price: Fraction) -> Fraction:
    """Payoff by the text of the contract, in fractions."""
    total = Fraction(0)
    for leg in legs:
        strike = Fraction(leg.strike) if leg.strike is not None else None
        if strike is None:
            value = price
        elif leg.is_call:
            value = price - strike if price > strike else Fraction(0)
        else:
            value = strike - price if price < strike else Fraction(0)
        total += leg.units * (value - Fraction(leg.price))
    return total


def test_random_strategies_agree_with_exact_fractions_everywhere() -> None:
    draw = random.Random(20261130)
    for _ in range(40):
        legs = [
            option(
                draw.choice(("call", "put")), str(draw.randrange(90, 111)), draw.choice((-2, -1, 1, 2)) * 25,
                f"{draw.randrange(0, 2000) / 100:.2f}",
            )
            for _ in range(draw.randrange(1, 6))
        ] + ([share(draw.choice((-50, 50)), "100.5")] if draw.random() < 0.3 else [])  # fmt: skip
        payoff = ExpiryPayoff(legs)
        grid = [Fraction(price) for price in range(220)]
        values = [slow_profit(legs, price) for price in grid]
        best, worst = payoff.best(), payoff.worst()
        if not best.is_unlimited:
            assert Fraction(best.amount) == max(values)
        else:
            assert slow_profit(legs, Fraction(10**9)) > 10**6
        if not worst.is_unlimited:
            assert Fraction(worst.amount) == min(values)
        else:
            assert slow_profit(legs, Fraction(10**9)) < -(10**6)
        for turn in payoff.breakevens:
            assert abs(slow_profit(legs, Fraction(turn))) < Fraction(1, 10**12)
        crossings = [
            low for low, high in itertools.pairwise(range(len(grid))) if values[low] * values[high] < 0
        ]
        for at in crossings:
            assert any(grid[at] < turn < grid[at + 1] for turn in map(Fraction, payoff.breakevens))


def textbook(forward: float, strike: float, sigma: float, years: float, call: bool) -> float:
    """Black-76 with a rate of zero, from the standard library's normal distribution."""
    normal, deviation = NormalDist(), sigma * math.sqrt(years)
    d1 = math.log(forward / strike) / deviation + deviation / 2
    d2 = d1 - deviation
    if call:
        return forward * normal.cdf(d1) - strike * normal.cdf(d2)
    return strike * normal.cdf(-d2) - forward * normal.cdf(-d1)


@pytest.mark.parametrize("kind", ["call", "put"])
@pytest.mark.parametrize("underlying", [23000.0, 24000.0, 25250.0])
def test_before_expiry_an_option_is_worth_black_76_on_the_forward_of_its_own_expiry(kind, underlying) -> None:
    leg = option(kind, "24000", 75, "100", years=30 / 365, basis=90.0, volatility=0.15)
    scenario = Scenario(elapsed=10 / 365, volatility_factor=1.2)
    expected = textbook(underlying + 60.0, 24000.0, 0.18, 20 / 365, kind == "call")
    assert worth(leg, underlying, scenario) == pytest.approx(expected, rel=1e-9)
    assert profit([leg], underlying, scenario) == pytest.approx(75 * (expected - 100), rel=1e-9)


def test_the_sheets_test_vector_comes_out_through_a_strategy() -> None:
    leg = option("call", "24000", 1, "0", volatility=0.15)
    assert worth(leg, 24000.0, Scenario()) == pytest.approx(198.88743465, rel=1e-9)


def test_at_its_expiry_an_option_is_its_intrinsic_value_whatever_the_volatility() -> None:
    leg = option("put", "24000", 1, "0", volatility=None)
    assert worth(leg, 23950.0, Scenario(elapsed=WEEK)) == 50.0
    with pytest.raises(ValueError, match="volatility"):
        worth(leg, 23950.0, Scenario())


def test_legs_of_two_expiries_are_valued_when_the_first_ends() -> None:
    near = option("call", "24000", -75, "200", years=WEEK, volatility=0.15)
    far = option("call", "24000", 75, "420", years=5 * WEEK, volatility=0.15)
    legs = (near, far)
    assert next_expiry(legs) == WEEK and not is_exact_at(legs, WEEK) and is_exact_at(legs, 5 * WEEK)
    end = Scenario(elapsed=WEEK)

    def curve(price: float) -> float:
        return profit(legs, price, end)

    prices = drawn_prices(24000.0, 0.15 * math.sqrt(WEEK), [24000.0], [])
    best = peak(curve, prices)
    assert best.at is not None and abs(float(best.at) - 24000) < 1
    assert float(best.amount) == pytest.approx(
        75 * (textbook(24000.0, 24000.0, 0.15, 4 * WEEK, True) - 420 + 200), abs=0.02
    )
    lower, upper = roots(curve, prices)
    assert curve(lower) == pytest.approx(0.0, abs=1e-6) and curve(upper) == pytest.approx(0.0, abs=1e-6)
    assert lower < 24000 < upper


def test_drawn_prices_hold_every_strike_and_reach_two_deviations() -> None:
    prices = drawn_prices(24000.0, 0.08, [19000.0, 24000.0], [24295.2, 90000.0])
    assert prices == sorted(prices) and {19000.0, 24000.0, 24295.2} <= set(prices)
    assert prices[0] < 19000.0 and prices[-1] > 24000.0 * math.exp(0.16)
    assert max(prices) < 90000.0  # too far to be worth drawing


def test_the_chance_of_profit_is_the_mass_between_the_breakevens() -> None:
    payoff = ExpiryPayoff(CONDOR)
    forward, deviation = 24010.0, 0.018

    def curve(price: float) -> float:
        return float(payoff.at(Decimal(repr(price))))

    chance = probability_of_profit(curve, [float(turn) for turn in payoff.breakevens], forward, deviation)
    draws = NormalDist(-(deviation**2) / 2, deviation)
    expected = draws.cdf(math.log(24295.2 / forward)) - draws.cdf(math.log(23704.8 / forward))
    assert chance == pytest.approx(expected, rel=1e-12)
    assert probability_of_profit(lambda _price: 1.0, [], forward, deviation) == 1.0
    assert probability_of_profit(curve, [], forward, 0.0) is None
