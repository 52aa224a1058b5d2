"""Market data routes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import flask
from flask_restx import Namespace, Resource

from domain.errors import InvalidInput
from domain.instruments import Exchange, InstrumentKey
from domain.market import Interval
from restx_api.edge import Call, Reply, endpoint
from restx_api.schemas.market import EmptyBody, HistoryBody, MultiQuotesBody, SymbolBody, TickerQuery
from services.accounts.keys.access import Need
from services.market.quotes import QuoteResult
from services.wire import market as shown
from utils.clock import from_epoch, ist

market = Namespace("market_data", path="/")

LONG_DAYS = 3652
SHORT_DAYS = 30


@market.route("/quotes", "/quotes/")
class Quotes(Resource):
    """One quote."""

    @endpoint(
        SymbolBody, needs=Need.DATA, tag="data", summary="Quote of one symbol", headers=shown.AGE_HEADERS
    )
    def post(self, call: Call) -> Reply:
        """From the live cache while it is young, else from the broker; headers say which, and how old."""
        seen = call.services.quotes.seen(call.principal, call.body.instrument_key)
        return Reply(
            {"data": shown.quote(seen.value)}, headers=shown.age_headers([seen.age_seconds], seen.source)
        )


@market.route("/multiquotes", "/multiquotes/")
class MultiQuotes(Resource):
    """Many quotes."""

    @endpoint(
        MultiQuotesBody,
        needs=Need.DATA,
        tag="data",
        summary="Quotes of up to 500 symbols",
        headers=shown.AGE_HEADERS,
    )
    def post(self, call: Call) -> Reply:
        """In the order asked, each with its data or its error."""
        keys = [item.instrument_key for item in call.body.symbols]
        results = call.services.quotes.quotes(call.principal, keys)
        if all(result.quote is None and result.unknown for result in results):
            wrong = [{"symbol": key.symbol, "exchange": key.exchange.value} for key in keys]
            raise InvalidSymbols(wrong)
        found = [result for result in results if result.quote is not None]
        headers = shown.age_headers(
            [result.age_seconds for result in found], *{result.source for result in found}
        )
        return Reply({"results": [_result(result) for result in results]}, headers=headers)


class InvalidSymbols(InvalidInput):
    """No symbol of the request exists."""

    code = "UNKNOWN_SYMBOL"

    def __init__(self, symbols: list[dict[str, str]]) -> None:
        super().__init__("None of the symbols exists", errors={"symbols": ["unknown"]})
        self.details = {"invalid_symbols": symbols}


def _result(result: QuoteResult) -> dict[str, Any]:
    named = {"symbol": result.key.symbol, "exchange": result.key.exchange.value}
    if result.quote is None:
        return {**named, "error": result.error}
    return {**named, "data": shown.quote(result.quote)}


@market.route("/depth", "/depth/")
class Depth(Resource):
    """One book."""

    @endpoint(
        SymbolBody,
        needs=Need.DATA,
        tag="data",
        summary="Market depth of one symbol",
        headers=shown.AGE_HEADERS,
    )
    def post(self, call: Call) -> Reply:
        """At least five levels a side."""
        quotes = call.services.quotes
        seen = quotes.depth(call.principal, call.body.instrument_key)
        return Reply(
            {"data": shown.depth(seen.value, quotes.depth_levels(call.principal))},
            headers=shown.age_headers([seen.age_seconds], seen.source),
        )


@market.route("/history", "/history/")
class History(Resource):
    """Bars."""

    @endpoint(HistoryBody, needs=Need.DATA, tag="data", summary="Historical bars", headers=shown.BAR_HEADERS)
    def post(self, call: Call) -> Reply:
        """Ascending, unique."""
        asked = call.body
        bars = call.services.history.bars(
            call.principal,
            asked.instrument_key,
            asked.interval,
            asked.start_date,
            asked.end_date,
            asked.source,
        )
        return Reply(
            {"data": [shown.bar(candle) for candle in bars.candles]}, headers=shown.bar_headers(bars)
        )


@market.route("/intervals", "/intervals/")
class Intervals(Resource):
    """Bar lengths."""

    @endpoint(EmptyBody, needs=Need.DATA, tag="data", summary="Bar lengths that the connected broker serves")
    def post(self, call: Call) -> Reply:
        """All six groups are always there."""
        return Reply({"data": shown.intervals(call.services.history.intervals(call.principal))})


@market.route("/ticker/<path:name>", "/ticker/<path:name>/")
class Ticker(Resource):
    """Bars by path."""

    @endpoint(
        TickerQuery, needs=Need.DATA, tag="data", in_query=True, summary="Bars of EXCHANGE:SYMBOL as JSON or text",
        headers=shown.BAR_HEADERS,
    )  # fmt: skip
    def get(self, call: Call, name: str) -> Reply | flask.Response:
        """JSON rows, or one bar per line."""
        asked = call.body
        key = _ticker_key(name)
        start, end = _range(asked)
        bars = call.services.history.bars(call.principal, key, asked.interval, start, end)
        candles = bars.candles[::-1] if asked.sort == "desc" else bars.candles
        headers = shown.bar_headers(bars)
        if asked.format == "json":
            return Reply({"data": [shown.bar(candle) for candle in candles]}, headers=headers)
        name = key.exchange.value, key.symbol
        text = "".join(f"{shown.ticker_line(*name, candle, asked.interval)}\n" for candle in candles)
        return flask.Response(text, content_type="text/plain; charset=utf-8", headers=headers)


def _ticker_key(name: str) -> InstrumentKey:
    exchange, colon, symbol = name.strip("/").partition(":")
    if not colon or not symbol:
        raise InvalidInput(
            "The path must name EXCHANGE:SYMBOL", errors={"symbol": ["must read EXCHANGE:SYMBOL"]}
        )
    try:
        return InstrumentKey(Exchange(exchange.strip().upper()), symbol.strip().upper())
    except ValueError:
        raise InvalidInput(f"Unknown exchange {exchange}", errors={"exchange": ["unknown"]}) from None


def _range(asked: TickerQuery) -> tuple[dt.date, dt.date]:
    """Both days, clamped to ten years of long bars or thirty days of intraday bars."""
    start, end = _moment("from", asked.first), _moment("to", asked.last)
    if start > end:
        raise InvalidInput("from must not be after to", errors={"from": ["must not be after to"]})
    days = LONG_DAYS if asked.interval in (Interval.D, Interval.W, Interval.M) else SHORT_DAYS
    return max(start, end - dt.timedelta(days=days)), end


def _moment(field: str, text: str) -> dt.date:
    try:
        if text.isascii() and text.isdigit() and len(text) >= 9:
            seconds = int(text) / 1000 if len(text) >= 12 else int(text)
            return ist(from_epoch(seconds)).date()
        if len(text) != 10:
            raise ValueError
        return dt.date.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        raise InvalidInput(
            f"{field}: must be YYYY-MM-DD or an epoch time",
            errors={field: ["must be YYYY-MM-DD or an epoch time"]},
        ) from None
