"""The payoff of a strategy: curves, breakevens, extremes, chances and Greeks of one reading of its market."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from domain.black76 import Greeks, greeks
from domain.payoff.expiry import ExpiryPayoff, Extreme
from domain.payoff.legs import PayoffLeg, is_exact_at
from domain.payoff.scenario import (
    LEAST_PRICE,
    Curve,
    Scenario,
    drawn_prices,
    peak,
    probability_of_profit,
    profit,
    roots,
)
from services.options.expiry import YEAR_SECONDS
from services.options.leg_market import MarketLeg, Strategy

NO_VOLATILITY = "no volatility is known for"
DAYS = YEAR_SECONDS / 86_400


class Terminal(msgspec.Struct, frozen=True, kw_only=True):
    """At the first expiry. is_exact: no option lives on, so everything is piecewise linear.

    Otherwise turns and extremes are those within the prices drawn, and only the sign of the legs' sum tells what has
    no bound.
    """

    is_exact: bool
    best: Extreme
    worst: Extreme
    breakevens: tuple[float, ...]
    probability: float | None


class Payoff(msgspec.Struct, frozen=True, kw_only=True):
    """prices: of the underlying, ascending; expiry, target: rupees at them, None with a `gap` that says why.

    days: how far the target is from now, at most the first expiry. greeks: of each leg, a unit; net: of all, in rupees.
    credit: what the options bring in at entry, negative for what they cost.
    """

    strategy: Strategy
    days: float
    prices: tuple[float, ...]
    expiry: tuple[float, ...] | None
    target: tuple[float, ...] | None
    terminal: Terminal | None
    greeks: tuple[Greeks | None, ...]
    net: Greeks | None
    credit: Decimal
    gap: str = ""


def payoff(strategy: Strategy, *, days: float, volatility_shift: float) -> Payoff:
    """days: calendar days from now, cut at the first expiry. volatility_shift: percent of each volatility."""
    legs = tuple(leg.payoff for leg in strategy.legs)
    near = strategy.near_years
    elapsed = days / DAYS if near is None else min(days / DAYS, max(near, 0.0))
    scenario = Scenario(elapsed, 1.0 + volatility_shift / 100)
    last = Scenario(near or 0.0)
    exact = ExpiryPayoff(legs, last.elapsed) if is_exact_at(legs, last.elapsed) else None
    deviation = _deviation(strategy)
    strikes = [float(leg.strike) for leg in legs if leg.strike is not None]
    turns = [float(each) for each in exact.breakevens] if exact else []
    prices = drawn_prices(strategy.spot, deviation, strikes, turns)
    at_end = _blind(strategy.legs, last)
    now = _blind(strategy.legs, scenario)
    terminal = None if at_end else _terminal(strategy, legs, exact, last, prices, deviation)
    each = tuple(_greeks(leg, strategy.spot) for leg in legs)
    return Payoff(
        strategy=strategy, days=elapsed * DAYS, prices=tuple(prices), terminal=terminal, greeks=each,
        expiry=None if at_end else _drawn(legs, prices, last), target=None if now else _drawn(legs, prices, scenario),
        net=_net(legs, each), credit=_credit(legs), gap=now or at_end,
    )  # fmt: skip


def _terminal(
    strategy: Strategy, legs: tuple[PayoffLeg, ...], exact: ExpiryPayoff | None, last: Scenario,
    prices: Sequence[float], deviation: float | None,
) -> Terminal:  # fmt: skip
    curve = _curve(legs, last)
    if exact is not None:
        turns = tuple(float(each) for each in exact.breakevens)
        best, worst = exact.best(), exact.worst()
    else:
        turns = tuple(roots(curve, prices))
        best, worst = _within(legs, curve, prices)
    forward = strategy.near_forward or strategy.spot
    chance = probability_of_profit(curve, turns, forward, deviation) if deviation else None
    return Terminal(is_exact=exact is not None, best=best, worst=worst, breakevens=turns, probability=chance)


def _within(legs: Sequence[PayoffLeg], curve: Curve, prices: Sequence[float]) -> tuple[Extreme, Extreme]:
    """Extremes where options live on: no bound where calls and linear legs do not cancel out far above."""
    tail = sum(leg.units for leg in legs if not leg.is_option or leg.is_call)
    best, lowest = peak(curve, prices), peak(lambda each: -curve(each), prices)
    worst = Extreme(None if lowest.amount is None else -lowest.amount, lowest.at)
    none = Extreme(None, None)
    return none if tail > 0 else best, none if tail < 0 else worst


def _curve(legs: Sequence[PayoffLeg], scenario: Scenario) -> Curve:
    return lambda underlying: profit(legs, underlying, scenario)


def _drawn(legs: Sequence[PayoffLeg], prices: Sequence[float], scenario: Scenario) -> tuple[float, ...]:
    curve = _curve(legs, scenario)
    return tuple(round(curve(each), 2) for each in prices)


def _blind(legs: Sequence[MarketLeg], scenario: Scenario) -> str:
    """Why a curve cannot be drawn, blank when it can."""
    names = [
        leg.instrument.symbol for leg in legs
        if leg.payoff.is_option and leg.payoff.years_after(scenario.elapsed) > 0.0 and leg.payoff.volatility is None
    ]  # fmt: skip
    return f"{NO_VOLATILITY} {', '.join(names)}" if names else ""


def _deviation(strategy: Strategy) -> float | None:
    if strategy.near_volatility is None or not strategy.near_years or strategy.near_years <= 0.0:
        return None
    return strategy.near_volatility * math.sqrt(strategy.near_years)


def _greeks(leg: PayoffLeg, spot: float) -> Greeks | None:
    """Of one unit now. A share or a future moves with the underlying and nothing else."""
    if leg.strike is None:
        return Greeks(1.0, 0.0, 0.0, 0.0, 0.0)
    if leg.volatility is None or leg.years is None:
        return None
    forward = max(spot + leg.basis, LEAST_PRICE)
    return greeks(forward, float(leg.strike), leg.volatility, leg.years, 0.0, call=leg.is_call)


def _net(legs: Sequence[PayoffLeg], each: Sequence[Greeks | None]) -> Greeks | None:
    known = [found for found in each if found is not None]
    if len(known) < len(legs):
        return None
    sums = (
        sum(leg.units * getattr(found, name) for leg, found in zip(legs, known, strict=True))
        for name in Greeks.__struct_fields__
    )
    return Greeks(*sums)


def _credit(legs: Sequence[PayoffLeg]) -> Decimal:
    return -sum((leg.units * leg.price for leg in legs if leg.is_option), Decimal(0))
