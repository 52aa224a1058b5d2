"""Search, symbols, quotes, depth and bars of the desk."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

import flask
from pydantic import BeforeValidator, Field

from blueprints.edge import Call, Form, session_route
from domain.errors import InvalidInput, NotFound, UnknownInstrument
from domain.instruments import InstrumentKey, InstrumentType, compact_expiry
from services.market import narrowing
from services.market.narrowing import Bounds
from services.market.quotes import QuoteResult
from services.trading.router import require_account
from services.wire import market as shown
from services.wire import options as shown_options
from services.wire.fields import Day, ExchangeWord, Integer, IntervalWord, NotNegative, Symbol, clean
from services.wire.option_fields import ExpiryDate, InterestRate, StrikeCount, UnderlyingExchange

blueprint = flask.Blueprint("market", __name__)

DEFAULT_HITS = 50
KINDS = {
    **{kind.value: frozenset({kind}) for kind in InstrumentType},
    "FUT": frozenset({InstrumentType.FUT, InstrumentType.PERPFUT}),
    "OPT": frozenset({InstrumentType.CE, InstrumentType.PE}),
}


def _blank_is_none(value: Any) -> Any:
    return None if value == "" else value


class SymbolQuery(Form):
    """One instrument."""

    symbol: Symbol
    exchange: ExchangeWord

    @property
    def key(self) -> InstrumentKey:
        """(exchange, symbol)."""
        return InstrumentKey(self.exchange, self.symbol)


class SearchQuery(Form):
    """Words to look for."""

    q: Annotated[str, BeforeValidator(clean), Field(max_length=128)] = ""
    exchange: Annotated[ExchangeWord | None, BeforeValidator(_blank_is_none)] = None
    underlying: Annotated[Symbol | None, BeforeValidator(_blank_is_none)] = None
    expiry: ExpiryDate = None
    type: Annotated[
        Literal["EQ", "INDEX", "FUT", "OPT", "CE", "PE"] | None, BeforeValidator(_blank_is_none)
    ] = None
    strike_min: Annotated[NotNegative | None, BeforeValidator(_blank_is_none)] = None
    strike_max: Annotated[NotNegative | None, BeforeValidator(_blank_is_none)] = None
    limit: Annotated[Integer, Field(ge=1, le=500)] = DEFAULT_HITS

    @property
    def bounds(self) -> Bounds:
        """What every hit must be."""
        return Bounds(
            underlying=self.underlying, expiry=self.expiry, kinds=KINDS[self.type] if self.type else None,
            low=self.strike_min, high=self.strike_max,
        )  # fmt: skip


class RootQuery(Form):
    """What contracts are written on."""

    underlying: Symbol
    exchange: Annotated[ExchangeWord | None, BeforeValidator(_blank_is_none)] = None


class QuotesForm(Form):
    """Instruments to quote."""

    symbols: list[SymbolQuery] = Field(min_length=1, max_length=500)


class HistoryQuery(SymbolQuery):
    """Bars of whole days."""

    interval: IntervalWord
    start_date: Day
    end_date: Day


class UnderlyingQuery(Form):
    """What options are written on."""

    underlying: Symbol
    exchange: UnderlyingExchange


class StrikesQuery(UnderlyingQuery):
    """One expiry of it."""

    expiry: ExpiryDate = None


class ChainQuery(StrikesQuery):
    """Strikes around the money, the whole chain without a count."""

    strike_count: Annotated[StrikeCount | None, BeforeValidator(_blank_is_none)] = None
    with_greeks: bool = False
    interest_rate: InterestRate = 0.0


@session_route(blueprint, "/ui/api/search", query=SearchQuery)
def search_symbols(call: Call) -> Any:
    """Best matches first, within bounds if any are given; without words the contracts of an underlying."""
    broker = require_account(call.principal).broker
    asked: SearchQuery = call.query
    if not asked.q and asked.underlying is None:
        raise InvalidInput("q: is required", errors={"q": ["is required without an underlying"]})
    instruments = call.services.instruments
    if asked.bounds.is_open:
        rows = instruments.search(broker, asked.q, asked.exchange, asked.limit)
    else:
        search = instruments.searching(broker)
        rows = narrowing.find(search, asked.bounds, asked.q, asked.exchange, asked.limit)
    return [shown.symbol_record(row) for row in rows]


@session_route(blueprint, "/ui/api/search/expiries", query=RootQuery)
def show_expiries(call: Call) -> Any:
    """Expiries of futures and options of an underlying, ascending, as DDMMMYY; none for a name nobody trades."""
    broker = require_account(call.principal).broker
    asked: RootQuery = call.query
    search = call.services.instruments.searching(broker)
    return [compact_expiry(day) for day in narrowing.expiries(search, asked.underlying, asked.exchange)]


@session_route(blueprint, "/ui/api/symbol", query=SymbolQuery)
def show_symbol(call: Call) -> Any:
    """One record of the contract master."""
    broker = require_account(call.principal).broker
    asked: SymbolQuery = call.query
    try:
        row = call.services.instruments.resolve(broker, asked.exchange, asked.symbol)
    except UnknownInstrument:
        raise NotFound(f"Symbol {asked.symbol} not found in exchange {asked.exchange.value}") from None
    return shown.symbol_record(row)


@session_route(blueprint, "/ui/api/quotes", methods=("POST",), body=QuotesForm)
def show_quotes(call: Call) -> Any:
    """In the order asked, each with its data or its error."""
    results = call.services.quotes.quotes(call.principal, [item.key for item in call.body.symbols])
    return [_result(result) for result in results]


@session_route(blueprint, "/ui/api/depth", query=SymbolQuery)
def show_depth(call: Call) -> Any:
    """Quote and book of one instrument."""
    quotes = call.services.quotes
    depth = quotes.depth(call.principal, call.query.key)
    return shown.depth(depth.value, quotes.depth_levels(call.principal))


@session_route(blueprint, "/ui/api/history", query=HistoryQuery)
def show_history(call: Call) -> Any:
    """Ascending bars."""
    asked: HistoryQuery = call.query
    start: dt.date = asked.start_date
    bars = call.services.history.bars(call.principal, asked.key, asked.interval, start, asked.end_date)
    return [shown.bar(candle) for candle in bars.candles]


@session_route(blueprint, "/ui/api/intervals")
def show_intervals(call: Call) -> Any:
    """Bar lengths of the connected broker."""
    return shown.intervals(call.services.history.intervals(call.principal))


@session_route(blueprint, "/ui/api/options/expiries", query=UnderlyingQuery)
def show_option_expiries(call: Call) -> Any:
    """Live expiries of an underlying's options, ascending, as DDMMMYY."""
    broker = require_account(call.principal).broker
    asked: UnderlyingQuery = call.query
    found, days = call.services.option_selection.menu(broker, asked.underlying, asked.exchange)
    return {
        "underlying": found.root,
        "exchange": found.options_exchange.value,
        "expiries": [compact_expiry(day) for day in days],
    }


@session_route(blueprint, "/ui/api/options/strikes", query=StrikesQuery)
def show_option_strikes(call: Call) -> Any:
    """Listed strikes of an expiry, ascending."""
    broker = require_account(call.principal).broker
    asked: StrikesQuery = call.query
    selection = call.services.option_selection
    found = selection.underlying(broker, asked.underlying, asked.exchange)
    day = selection.expiry(broker, found, asked.expiry)
    strikes = selection.strikes(broker, found, day)
    return {"expiry": compact_expiry(day), "strikes": [float(strike) for strike in strikes]}


@session_route(blueprint, "/ui/api/options/chain", query=ChainQuery)
def show_option_chain(call: Call) -> Any:
    """The chain of an expiry with its totals; what is not known is null."""
    asked: ChainQuery = call.query
    chain = call.services.option_chains.chain(
        call.principal, asked.underlying, asked.exchange, asked.expiry, strike_count=asked.strike_count,
        with_greeks=asked.with_greeks, rate=asked.interest_rate,
    )  # fmt: skip
    return shown_options.desk_chain(chain, call.services.previous_interest.of(call.principal, chain))


def _result(result: QuoteResult) -> dict[str, Any]:
    named = {"symbol": result.key.symbol, "exchange": result.key.exchange.value}
    if result.quote is None:
        return {**named, "error": result.error}
    return {**named, "data": shown.quote(result.quote)}
