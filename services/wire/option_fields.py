"""Field types that the REST and the browser routes of options share."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from domain.errors import InvalidInput
from domain.instruments import Exchange, InstrumentType, parse_expiry
from domain.options import OPTIONS_EXCHANGE, Offset, parse_offset
from services.wire.fields import ExchangeWord, Integer, clean, decimal_of


def _has_options(value: Exchange) -> Exchange:
    if value not in OPTIONS_EXCHANGE:
        names = ", ".join(item.value for item in OPTIONS_EXCHANGE)
        raise ValueError(f"must be one of {names}")
    return value


def _expiry_date(value: Any) -> dt.date | None:
    text = clean(value)
    if not text:
        return None
    try:
        return parse_expiry(text)
    except ValueError:
        raise ValueError("must be a date DDMMMYY") from None


def _offset(value: Any) -> Offset:
    try:
        return parse_offset(clean(value))
    except InvalidInput as error:
        raise ValueError(error.errors["offset"][0]) from None


def _option_type(value: Any) -> InstrumentType:
    text = clean(value).upper()
    if text not in ("CE", "PE"):
        raise ValueError("must be one of CE, PE")
    return InstrumentType(text)


def float_of(value: Any) -> float:
    """A float from a JSON number or numeric text, checked as decimals are."""
    return float(decimal_of(value))


UnderlyingExchange = Annotated[ExchangeWord, AfterValidator(_has_options)]
ExpiryDate = Annotated[
    dt.date | None, BeforeValidator(_expiry_date, json_schema_input_type=str), Field(examples=["29DEC26"])
]
InterestRate = Annotated[float, BeforeValidator(float_of), Field(ge=0, le=100)]
StrikeCount = Annotated[Integer, Field(ge=1, le=100)]
OffsetWord = Annotated[
    Offset, PlainValidator(_offset, json_schema_input_type=str), Field(examples=["ATM", "ITM3", "OTM5"])
]
OptionTypeWord = Annotated[InstrumentType, BeforeValidator(_option_type)]
