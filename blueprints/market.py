"""Search, symbols, quotes, depth and bars of the desk."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import flask
from pydantic import BeforeValidator, Field

from blueprints.edge import Call, Form, session_route
from domain.errors import NotFound, UnknownInstrument
from domain.instruments import InstrumentKey
from services.market.quotes import QuoteResult
from services.trading.router import require_account
from services.wire import market as shown
from services.wire.fields import Day, ExchangeWord, Integer, IntervalWord, Symbol, clean

blueprint = flask.Blueprint("market", __name__)

DEFAULT_HITS = 50


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

    q: Annotated[str, BeforeValidator(clean), Field(min_length=1, max_length=128)]
    exchange: Annotated[ExchangeWord | None, BeforeValidator(_blank_is_none)] = None
    limit: Annotated[Integer, Field(ge=1, le=500)] = DEFAULT_HITS


class QuotesForm(Form):
    """Instruments to quote."""

    symbols: list[SymbolQuery] = Field(min_length=1, max_length=500)


class HistoryQuery(SymbolQuery):
    """Bars of whole days."""

    interval: IntervalWord
    start_date: Day
    end_date: Day


@session_route(blueprint, "/ui/api/search", query=SearchQuery)
def search_symbols(call: Call) -> Any:
    """Best matches first."""
    broker = require_account(call.principal).broker
    asked: SearchQuery = call.query
    rows = call.services.instruments.search(broker, asked.q, asked.exchange, asked.limit)
    return [shown.symbol_record(row) for row in rows]


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
    return shown.depth(depth, quotes.depth_levels(call.principal))


@session_route(blueprint, "/ui/api/history", query=HistoryQuery)
def show_history(call: Call) -> Any:
    """Ascending bars."""
    asked: HistoryQuery = call.query
    start: dt.date = asked.start_date
    bars = call.services.history.bars(call.principal, asked.key, asked.interval, start, asked.end_date)
    return [shown.bar(candle) for candle in bars]


@session_route(blueprint, "/ui/api/intervals")
def show_intervals(call: Call) -> Any:
    """Bar lengths of the connected broker."""
    return shown.intervals(call.services.history.intervals(call.principal))


def _result(result: QuoteResult) -> dict[str, Any]:
    named = {"symbol": result.key.symbol, "exchange": result.key.exchange.value}
    if result.quote is None:
        return {**named, "error": result.error}
    return {**named, "data": shown.quote(result.quote)}
