"""Bodies of the market data, symbol and utility routes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StrictBool, model_validator

from domain.instruments import Exchange, InstrumentKey
from domain.market import Interval
from services.wire.fields import Body, Day, ExchangeWord, Integer, IntervalWord, Symbol, Text, clean

FUTURES_AND_OPTIONS = (
    Exchange.NFO, Exchange.BFO, Exchange.MCX, Exchange.CDS, Exchange.NCO, Exchange.BCD, Exchange.NCDEX, Exchange.CRYPTO,
)  # fmt: skip
FIRST_YEAR, LAST_YEAR = 2020, 2050


def _lower(value: Any) -> Any:
    return clean(value).lower()


def derivatives_only(value: Exchange) -> Exchange:
    """A check of fields that name a derivatives exchange."""
    if value not in FUTURES_AND_OPTIONS:
        names = ", ".join(item.value for item in FUTURES_AND_OPTIONS)
        raise ValueError(f"must be one of {names}")
    return value


class EmptyBody(Body):
    """A request that carries nothing but its key."""


class ChartBody(Body):
    """Any names, each with any JSON value; null stands for not given."""

    model_config = ConfigDict(extra="allow", frozen=True)

    @property
    def preferences(self) -> dict[str, Any]:
        """Name -> value."""
        return dict(self.model_extra or {})


class ToggleBody(Body):
    """The paper switch: true is paper trading."""

    effect = "mode"
    mode: StrictBool


class SymbolBody(Body):
    """One instrument."""

    symbol: Symbol
    exchange: ExchangeWord

    @property
    def instrument_key(self) -> InstrumentKey:
        """(exchange, symbol)."""
        return InstrumentKey(self.exchange, self.symbol)


class SymbolItem(SymbolBody):
    """One instrument of a list."""

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, value: Any) -> Any:
        return (
            {name: item for name, item in value.items() if item is not None}
            if isinstance(value, dict)
            else value
        )


class MultiQuotesBody(Body):
    """POST multiquotes."""

    symbols: list[SymbolItem] = Field(min_length=1, max_length=500)


class HistoryBody(SymbolBody):
    """POST history. Both days are included."""

    interval: IntervalWord
    start_date: Day
    end_date: Day
    source: Annotated[Literal["api", "db"], BeforeValidator(_lower)] = "api"


class TickerQuery(Body):
    """GET ticker. `from` and `to`: YYYY-MM-DD, or epoch seconds or milliseconds."""

    interval: IntervalWord = Interval.D
    first: Text = Field(alias="from", min_length=1, max_length=20)
    last: Text = Field(alias="to", min_length=1, max_length=20)
    adjusted: bool = True
    sort: Annotated[Literal["asc", "desc"], BeforeValidator(_lower)] = "asc"
    format: Annotated[Literal["json", "txt"], BeforeValidator(_lower)] = "json"


class SearchBody(Body):
    """POST search."""

    query: Annotated[str, BeforeValidator(clean), Field(min_length=1, max_length=128)]
    exchange: ExchangeWord | None = None

    @model_validator(mode="before")
    @classmethod
    def _blank_is_all(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("exchange") == "":
            return {name: item for name, item in value.items() if name != "exchange"}
        return value


class ExpiryBody(Body):
    """POST expiry."""

    symbol: Symbol
    exchange: Annotated[ExchangeWord, AfterValidator(derivatives_only)]
    instrumenttype: Annotated[Literal["futures", "options"], BeforeValidator(_lower)]


class InstrumentsQuery(Body):
    """GET instruments. Without an exchange everything is answered."""

    exchange: ExchangeWord | None = None
    format: Annotated[Literal["json", "csv"], BeforeValidator(_lower)] = "json"

    @model_validator(mode="before")
    @classmethod
    def _blank_is_all(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("exchange") == "":
            return {name: item for name, item in value.items() if name != "exchange"}
        return value


class HolidaysBody(Body):
    """POST market/holidays."""

    year: Annotated[Integer, Field(ge=FIRST_YEAR, le=LAST_YEAR)] | None = None


def _calendar_day(value: Any) -> dt.date:
    text = clean(value)
    try:
        if len(text) != 10:
            raise ValueError
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError("Invalid date format. Use YYYY-MM-DD") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"must lie between {FIRST_YEAR} and {LAST_YEAR}")
    return day


class TimingsBody(Body):
    """POST market/timings."""

    date: Annotated[dt.date, BeforeValidator(_calendar_day)]
