"""Bodies of the options routes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from restx_api.schemas.market import SymbolBody, SymbolItem, derivatives_only
from services.wire.fields import Body, ExchangeWord, Integer, OptionalStrategy, Symbol, clean
from services.wire.option_fields import (
    ExpiryDate,
    InterestRate,
    OffsetWord,
    OptionTypeWord,
    StrikeCount,
    UnderlyingExchange,
    float_of,
)  # fmt: skip


def _time_of_day(value: Any) -> dt.time | None:
    text = clean(value)
    if not text:
        return None
    try:
        if len(text) != 5 or text[2] != ":" or not text.isascii():
            raise ValueError
        return dt.time.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a time HH:MM") from None


def _blank_is_none(value: Any) -> Any:
    return clean(value).upper() or None


OptionalSymbol = Annotated[Annotated[str, Field(max_length=80)] | None, BeforeValidator(_blank_is_none)]
TimeOfDay = Annotated[
    dt.time | None, BeforeValidator(_time_of_day, json_schema_input_type=str), Field(examples=["15:30"])
]
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
    strategy: OptionalStrategy = ""


class OptionChainBody(UnderlyingBody):
    """POST optionchain. strike_count: strikes on either side of the money; the whole chain without it."""

    strike_count: StrikeCount | None = None
    with_greeks: bool = False
    interest_rate: InterestRate = 0.0


class SyntheticFutureBody(UnderlyingBody):
    """POST syntheticfuture."""


class OptionItem(SymbolItem):
    """One option of a list. The underlying is found by itself; naming one overrules what would be taken."""

    exchange: Annotated[ExchangeWord, AfterValidator(derivatives_only)]
    underlying_symbol: OptionalSymbol = None
    underlying_exchange: ExchangeWord | None = None


class OptionGreeksBody(SymbolBody):
    """POST optiongreeks. interest_rate: percent a year. forward_price: 0 is the same as none."""

    exchange: Annotated[ExchangeWord, AfterValidator(derivatives_only)]
    interest_rate: InterestRate = 0.0
    forward_price: Annotated[float, BeforeValidator(float_of), Field(ge=0)] | None = None
    underlying_symbol: OptionalSymbol = None
    underlying_exchange: ExchangeWord | None = None
    expiry_time: TimeOfDay = None


class MultiOptionGreeksBody(Body):
    """POST multioptiongreeks."""

    symbols: list[OptionItem] = Field(min_length=1, max_length=50)
    interest_rate: InterestRate = 0.0
    expiry_time: TimeOfDay = None
