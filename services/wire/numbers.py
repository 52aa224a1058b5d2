"""Number formats of the contract: prices as JSON numbers, amounts of funds as text with two decimals."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from domain.money import ZERO, round_money

_FOUR = Decimal("0.0001")


def price(value: Decimal | float | None) -> float:
    """A price with at most four decimals; 0 where the order or quote has none (contract, standard fields)."""
    if value is None:
        return 0.0
    if isinstance(value, float):
        return round(value, 4)
    return float(value.quantize(_FOUR, rounding=ROUND_HALF_UP))


def maybe_price(value: Decimal | float | None) -> float | None:
    """The same, but a missing number stays missing."""
    return None if value is None else price(value)


def amount(value: Decimal | None) -> float:
    """Rupees to the paisa as a JSON number, 0 where the broker tells nothing."""
    return float(round_money(value)) if value is not None else 0.0


def maybe_amount(value: Decimal | None) -> float | None:
    """The same, but a missing number stays missing."""
    return None if value is None else amount(value)


def funds_text(value: Decimal | None) -> str:
    """Rupees as text with two decimals."""
    return f"{round_money(value if value is not None else ZERO):.2f}"
