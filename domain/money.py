"""Money and prices. Ledgers hold integer paise, orders and averages hold Decimal rupees."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

ZERO = Decimal(0)
PAISA = Decimal("0.01")
MICROS = 1_000_000
MAX_AMOUNT = Decimal(10) ** 12
MOST_DIGITS = 64
"""On either side of the point: whole or written out, 1e999999999 would fill the memory or never end."""


class TooManyDigits(ValueError):
    """A number that reaches too far to either side of the point. is_large: to the left."""

    def __init__(self, *, is_large: bool) -> None:
        super().__init__("a number of too many digits")
        self.is_large = is_large


def to_decimal(value: int | float | str | Decimal) -> Decimal:
    """Exact decimal of a finite number; floats go through their shortest text, so 391.4 stays 391.4.

    Raises ValueError for NaN, infinities, booleans, text that is no number, and one of more than MOST_DIGITS digits.
    """
    if isinstance(value, bool):
        raise ValueError(f"not a number: {value!r}")
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"not a number: {value!r}") from None
    if not number.is_finite():
        raise ValueError(f"not a finite number: {value!r}")
    if abs(number.adjusted()) > MOST_DIGITS:
        raise TooManyDigits(is_large=number.adjusted() > 0)
    return number


def to_paise(amount: Decimal) -> int:
    """Rupees to integer paise, half a paisa rounds away from zero."""
    return int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def from_paise(paise: int) -> Decimal:
    """Integer paise to rupees with two decimals."""
    return Decimal(paise) / 100


def to_micros(price: Decimal) -> int:
    """A price as integer millionths of a rupee; finer ticks than that do not exist. Raises ValueError."""
    micros = price * MICROS
    if micros != micros.to_integral_value():
        raise ValueError(f"{price} is finer than a millionth of a rupee")
    return int(micros)


def from_micros(micros: int) -> Decimal:
    """Millionths of a rupee to rupees."""
    return Decimal(micros) / MICROS


def traded_paise(quantity: int, micros: int, multiplier: int = 1) -> int:
    """Money of a trade: units x price x multiplier, rounded half up to the paisa."""
    return (quantity * micros * multiplier + MICROS // 200) // (MICROS // 100)


def round_money(amount: Decimal) -> Decimal:
    """Rupees rounded to the paisa."""
    return amount.quantize(PAISA, rounding=ROUND_HALF_UP)


def is_tick_multiple(price: Decimal, tick_size: Decimal) -> bool:
    """Whether `price` lies on the tick grid that starts at zero."""
    return price % tick_size == 0


def plain(number: Decimal) -> str:
    """Shortest plain decimal text: 24000, 292.5; never an exponent or trailing zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
