"""Payoffs in the words of the desk."""

from __future__ import annotations

from typing import Any

from domain.black76 import Greeks
from domain.payoff.expiry import Extreme
from services.options.leg_market import MarketLeg
from services.options.payoff import Payoff, Terminal
from services.wire.numbers import amount, maybe_amount, maybe_price, price

PLACES = {"delta": 4, "gamma": 6, "vega": 4, "theta": 4}


def payoff(found: Payoff) -> dict[str, Any]:
    """One payoff; a curve that cannot be drawn is null and `gap` says why."""
    strategy = found.strategy
    return {
        "underlying": strategy.reference.symbol,
        "exchange": strategy.reference.exchange.value,
        "spot": price(strategy.spot),
        "forward": maybe_price(strategy.near_forward),
        "atm_volatility": _percent(strategy.near_volatility),
        "days_left": None if strategy.near_years is None else round(max(strategy.near_years, 0.0) * 365, 4),
        "days": round(found.days, 4),
        "credit": amount(found.credit),
        "legs": [_leg(leg, each) for leg, each in zip(strategy.legs, found.greeks, strict=True)],
        "net": _greeks(found.net, 2),
        "terminal": _terminal(found.terminal),
        "prices": [round(each, 2) for each in found.prices],
        "expiry": found.expiry,
        "target": found.target,
        "gap": found.gap,
    }


def _terminal(found: Terminal | None) -> dict[str, Any] | None:
    if found is None:
        return None
    chance = found.probability
    return {
        "is_exact": found.is_exact,
        "max_profit": _extreme(found.best),
        "max_loss": _extreme(found.worst),
        "breakevens": [round(each, 2) for each in found.breakevens],
        "probability": None if chance is None else round(chance, 4),
    }


def _extreme(found: Extreme) -> dict[str, Any]:
    return {
        "amount": maybe_amount(found.amount),
        "at": maybe_price(found.at),
        "is_unlimited": found.is_unlimited,
    }


def _leg(leg: MarketLeg, found: Greeks | None) -> dict[str, Any]:
    return {
        "symbol": leg.instrument.symbol,
        "exchange": leg.instrument.exchange.value,
        "price": price(leg.entry),
        "price_source": leg.source,
        "volatility": _percent(leg.payoff.volatility),
        "volatility_source": leg.volatility_source,
        "reason": leg.valued.reason if leg.valued is not None else "",
        "greeks": _greeks(found),
    }


def _greeks(found: Greeks | None, places: int | None = None) -> dict[str, float] | None:
    if found is None:
        return None
    return {name: round(getattr(found, name), places or digits) for name, digits in PLACES.items()}


def _percent(volatility: float | None) -> float | None:
    return None if volatility is None else round(volatility * 100, 2)
