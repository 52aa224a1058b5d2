"""What quotes add to a vendor's own answers: prices of positions and holdings, and the bar of the day under way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from msgspec.structs import replace

from broker.core.roles import InstrumentLookup, MarketData, Portfolio, Session
from broker.core.stream import batches
from broker.core.values import bar_start, pnl_percent
from domain.errors import OpenAlgoError
from domain.instruments import InstrumentKey
from domain.market import Candle, Interval, Quote
from domain.portfolio import Funds, Holding, Position
from utils.clock import from_epoch
from utils.logging import get_logger

R = TypeVar("R", Position, Holding)
log = get_logger(__name__)


class PricedPortfolio:
    """A Portfolio over another whose open rows get last price and profit; without a quote they stay as the vendor says.

    batch: instruments of one quotes call.
    """

    def __init__(self, books: Portfolio, market: MarketData, known: InstrumentLookup, batch: int) -> None:
        self._books, self._market, self._instruments, self._batch = books, market, known, batch

    def positions(self, session: Session) -> list[Position]:
        return self._priced(session, self._books.positions(session), priced_position)

    def holdings(self, session: Session) -> list[Holding]:
        return self._priced(session, self._books.holdings(session), priced_holding)

    def funds(self, session: Session) -> Funds:
        return self._books.funds(session)

    def _priced(self, session: Session, rows: list[R], change: Callable[[R, Decimal], R]) -> list[R]:
        keys = {InstrumentKey(row.exchange, row.symbol) for row in rows if row.quantity}
        found = [item for key in sorted(keys) if (item := self._instruments.by_key(key)) is not None]
        prices: dict[InstrumentKey, Decimal] = {}
        try:
            for batch in batches(found, self._batch):
                quotes = self._market.quotes(session, batch)
                prices.update((key, Decimal(str(quote.ltp))) for key, quote in quotes.items())
        except OpenAlgoError as error:  # a book without prices is worth more than none
            log.warning("Rows of a book stay without prices", broker=session.broker, reason=error.message)
        return [change(row, last) if (last := _of(prices, row)) is not None else row for row in rows]


def _of(prices: dict[InstrumentKey, Decimal], row: Position | Holding) -> Decimal | None:
    return prices.get(InstrumentKey(row.exchange, row.symbol)) if row.quantity else None


def priced_position(row: Position, last: Decimal) -> Position:
    """Profit is what was realised and what closing now would realise; the vendor's where one of them is not known."""
    if row.average_price is None or row.realized_pnl is None:
        return replace(row, ltp=last)
    closing = (last - row.average_price) * row.quantity * row.multiplier
    return replace(row, ltp=last, pnl=row.realized_pnl + closing)


def priced_holding(row: Holding, last: Decimal) -> Holding:
    """Without a cost there is a price and no profit."""
    profit = None if row.average_price is None else (last - row.average_price) * row.quantity
    return replace(row, ltp=last, pnl=profit, pnl_percent=pnl_percent(row.average_price, last))


def with_today(
    found: list[Candle], end: dt.datetime, now: dt.datetime, ask: Callable[[], Quote | None]
) -> list[Candle]:
    """Daily bars of a vendor who adds a day's bar after the day: until then the quote tells it.

    Only for a day that the span reaches, and only from a quote that says it was traded on that day.
    """
    today = bar_start(now, Interval.D)
    if bar_start(end, Interval.D) < today or (found and found[-1].timestamp >= today):
        return found
    quote = ask()
    if quote is None or not (quote.last_trade_at_ms and quote.open and quote.high and quote.low):
        return found
    if bar_start(from_epoch(quote.last_trade_at_ms / 1000), Interval.D) != today:
        return found
    return [
        *found,
        Candle(today, quote.open, quote.high, quote.low, quote.ltp, quote.volume or 0, quote.oi or 0),
    ]
