"""What must hold before exits are taken. Pure; every complaint is told under the field it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from domain.errors import InvalidInput
from domain.money import MAX_AMOUNT, ZERO, is_tick_multiple, plain
from domain.triggers.exits import ExitLeg, ExitTerms, Level, Measure, PositionExit

MOST_PERCENT = Decimal(1000)


def check_terms(terms: ExitTerms, *, direction: int, tick: Decimal, lot: int) -> None:
    """Raise InvalidInput for terms that no price can make right. tick: rupees; lot: units."""
    errors: dict[str, list[str]] = {}
    for leg, level in _given(terms):
        complaint = _of_level(leg, level, direction, tick)
        if complaint is not None:
            errors[f"exits.{leg.value}"] = [complaint]
    if not any(True for _ in _given(terms)):
        errors["exits"] = ["needs at least one of stoploss, target, trailing_stop"]
    trail = terms.trailing_stop
    if trail is not None and trail.step is not None and not _is_price(trail.step, tick):
        errors["exits.trailing_stop"] = [f"step: must be a multiple of the tick size {plain(tick)}"]
    if terms.quantity is not None and (terms.quantity <= 0 or terms.quantity % lot):
        errors["exits.quantity"] = [f"must be a positive multiple of the lot size {lot}"]
    _refuse(errors, "EXIT_TERMS")


def check_levels(held: PositionExit, price: Decimal) -> None:
    """Raise InvalidInput for a level that `price` has reached already, or that lies at or below zero.

    Nobody knows what was meant by a stop that is reached when it is placed.
    """
    errors = {}
    for leg, level in held.levels().items():
        if level <= ZERO:
            errors[f"exits.{leg.value}"] = [f"would lie at {plain(level)}"]
        elif leg.is_reached(held.direction, level, price):
            above = (leg is ExitLeg.TARGET) == (held.direction > 0)
            word = "above" if above else "below"
            errors[f"exits.{leg.value}"] = [f"{plain(level)} must lie {word} the price {plain(price)}"]
    _refuse(errors, "TRIGGER_REACHED")


def _given(terms: ExitTerms) -> Iterator[tuple[ExitLeg, Level]]:
    if terms.stoploss is not None:
        yield ExitLeg.STOPLOSS, terms.stoploss
    if terms.trailing_stop is not None:
        yield ExitLeg.TRAILING_STOP, terms.trailing_stop.distance
    if terms.target is not None:
        yield ExitLeg.TARGET, terms.target


def _of_level(leg: ExitLeg, level: Level, direction: int, tick: Decimal) -> str | None:
    if not level.value.is_finite() or not ZERO < level.value <= MAX_AMOUNT:
        return "must be greater than 0 and not too large"
    if level.measure is Measure.PRICE:
        if leg is ExitLeg.TRAILING_STOP:
            return "takes points or percent, not a price"
        if not is_tick_multiple(level.value, tick):
            return f"price: must be a multiple of the tick size {plain(tick)}"
    elif level.measure is Measure.POINTS:
        if level.value < tick:
            return f"points: must be at least one tick ({plain(tick)})"
    else:
        falls = (leg is ExitLeg.TARGET) == (direction < 0)
        most = Decimal(100) if falls else MOST_PERCENT
        if level.value >= most:
            return f"percent: must be below {plain(most)}"
    return None


def _is_price(value: Decimal, tick: Decimal) -> bool:
    return value.is_finite() and ZERO < value <= MAX_AMOUNT and is_tick_multiple(value, tick)


def _refuse(errors: dict[str, list[str]], code: str) -> None:
    if errors:
        field, texts = next(iter(errors.items()))
        raise InvalidInput(f"{field}: {texts[0]}", errors=errors, code=code)
