"""Field types of request bodies: numbers that may come as text, words in any letter case, clean text."""

from __future__ import annotations

import datetime as dt
import unicodedata
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, TypeVar

import pydantic
from pydantic import BeforeValidator, ConfigDict, Field

from domain.instruments import Exchange
from domain.market import Interval
from domain.money import TooManyDigits, to_decimal
from domain.orders import PriceType, Product, Side

LARGEST = Decimal(10) ** 15
MOST_PLACES = 10
LONGEST_NUMBER = 40
_FORBIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Sent by old clients with every order; they never had an effect.
LEGACY_FIELDS = ("target", "stoploss", "trailing_sl")
E = TypeVar("E", bound=StrEnum)


class Body(pydantic.BaseModel):
    """Base of all bodies. Read routes ignore unknown fields; `OrderBody` refuses them."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    tolerates_legacy: ClassVar[bool] = False
    takes_key: ClassVar[bool] = False  # whether a repeat may be marked by the Idempotency-Key header
    # What a call changes: orders or positions, whether money is real, or nothing.
    effect: ClassVar[Literal["none", "orders", "mode"]] = "none"


class OrderBody(Body):
    """Base of order routes: unknown fields are refused, but for three names that old clients send."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    tolerates_legacy: ClassVar[bool] = True
    takes_key: ClassVar[bool] = True
    effect = "orders"


def clean(value: Any) -> Any:
    """Text without blanks at its ends; control characters are refused."""
    if not isinstance(value, str):
        raise ValueError("must be text")
    text = value.strip()
    if not text.isprintable() and any(unicodedata.category(sign) in _FORBIDDEN for sign in text):
        raise ValueError("must not contain control characters")
    return text


def decimal_of(value: Any) -> Decimal:
    """An exact number from a JSON number or numeric text."""
    if isinstance(value, str):
        value = value.strip()
    if isinstance(value, bool) or not isinstance(value, int | float | str) or value == "":
        raise ValueError("must be a number")
    if len(str(value)) > LONGEST_NUMBER:
        raise ValueError("has too many digits")
    if isinstance(value, str) and ("_" in value or not value.isascii()):
        raise ValueError("must be a number")
    try:
        number = to_decimal(value)
    except TooManyDigits as error:
        text = "is too large" if error.is_large else f"has more than {MOST_PLACES} decimal places"
        raise ValueError(text) from None
    except ValueError:
        raise ValueError("must be a number") from None
    if (number and number.adjusted() > 15) or abs(number) > LARGEST:
        raise ValueError("is too large")
    exponent = number.as_tuple().exponent
    if number and isinstance(exponent, int) and exponent < -MOST_PLACES:
        raise ValueError(f"has more than {MOST_PLACES} decimal places")
    return number or Decimal(0)


def _integer(value: Any) -> int:
    """A whole number; 10, "10" and 10.0 are the same."""
    number = decimal_of(value)
    if number != number.to_integral_value():
        raise ValueError("must be a whole number")
    return int(number)


def _identifier(value: Any) -> Any:
    """An id; JSON integers are taken as their digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return clean(value)


def _word(kind: type[E]) -> BeforeValidator:
    names = ", ".join(member.value for member in kind)

    def check(value: Any) -> E:
        text = clean(value).upper()
        for member in kind:
            if member.value.upper() == text:
                return member
        raise ValueError(f"must be one of {names}")

    return BeforeValidator(check)


def _interval(value: Any) -> Interval:
    """Letter case counts here: 1m are minutes, M is a month."""
    text = clean(value)
    try:
        return Interval(text)
    except ValueError:
        names = ", ".join(item.value for item in Interval)
        raise ValueError(f"must be one of {names}") from None


def _day(value: Any) -> dt.date:
    text = clean(value)
    try:
        if len(text) != 10:
            raise ValueError
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a date YYYY-MM-DD") from None


def _upper(value: Any) -> Any:
    return clean(value).upper()


Text = Annotated[str, BeforeValidator(clean)]
Strategy = Annotated[str, BeforeValidator(clean), Field(min_length=1, max_length=255, examples=["orb-15"])]
OptionalStrategy = Annotated[str, BeforeValidator(clean), Field(max_length=255)]
Symbol = Annotated[str, BeforeValidator(_upper), Field(min_length=1, max_length=80, examples=["TATAPOWER"])]
OrderId = Annotated[str, BeforeValidator(_identifier), Field(min_length=1, max_length=80)]
ClientOrderId = Annotated[str, BeforeValidator(_identifier), Field(max_length=64)] | None
Number = Annotated[Decimal, BeforeValidator(decimal_of)]
NotNegative = Annotated[Decimal, BeforeValidator(decimal_of), Field(ge=0)]
Positive = Annotated[Decimal, BeforeValidator(decimal_of), Field(gt=0)]
Integer = Annotated[int, BeforeValidator(_integer)]
Count = Annotated[int, BeforeValidator(_integer), Field(ge=0, le=1_000_000_000)]
ExchangeWord = Annotated[Exchange, _word(Exchange)]
SideWord = Annotated[Side, _word(Side)]
ProductWord = Annotated[Product, _word(Product)]
PriceTypeWord = Annotated[PriceType, _word(PriceType)]
IntervalWord = Annotated[Interval, BeforeValidator(_interval)]
Day = Annotated[dt.date, BeforeValidator(_day)]

_TEXTS = {
    "missing": "is required",
    "extra_forbidden": "unknown field",
    "greater_than": "must be a positive number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} items",
    "too_long": "must have at most {max_length} items",
    "list_type": "must be a list",
    "model_type": "must be an object",
    "dict_type": "must be an object",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
}


def complaints(error: pydantic.ValidationError) -> dict[str, list[str]]:
    """field -> sentences of every complaint; nested fields are written with dots."""
    found: dict[str, list[str]] = {}
    for item in error.errors(include_url=False, include_input=False):
        field = ".".join(str(part) for part in item["loc"]) or "body"
        template = _TEXTS.get(item["type"])
        text = (
            template.format(**item.get("ctx", {})) if template else item["msg"].removeprefix("Value error, ")
        )
        found.setdefault(_printable(field), []).append(text)
    return found


def _printable(field: str) -> str:
    """Names of unknown fields come from outside."""
    return "".join(sign if sign.isprintable() else "?" for sign in field)[:80]
