"""Bodies of the options routes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from domain.errors import InvalidInput
from domain.instruments import Exchange, InstrumentType, parse_expiry
from domain.options import OPTIONS_EXCHANGE, Offset, parse_offset
from services.wire.fields import Body, ExchangeWord, Integer, Symbol, Text, clean


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


UnderlyingExchange = Annotated[ExchangeWord, AfterValidator(_has_options)]
ExpiryDate = Annotated[
    dt.date | None, BeforeValidator(_expiry_date, json_schema_input_type=str), Field(examples=["29DEC26"])
]
OffsetWord = Annotated[
    Offset, PlainValidator(_offset, json_schema_input_type=str), Field(examples=["ATM", "ITM3", "OTM5"])
]
OptionTypeWord = Annotated[InstrumentType, BeforeValidator(_option_type)]
StrikeInterval = Annotated[Integer, Field(ge=1, le=1_000_000)]


class UnderlyingBody(Body):
    """An underlying: a root, or a dated future whose expiry counts when none is given."""

    underlying: Symbol
    exchange: UnderlyingExchange
    expiry_date: ExpiryDate = None


class OptionSymbolBody(UnderlyingBody):
    """POST optionsymbol."""

    offset: OffsetWord
    option_type: OptionTypeWord
    strike_int: StrikeInterval | None = None
    strategy: Text = ""
