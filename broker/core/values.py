"""Pieces every vendor's data needs on its last step to common values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from broker.core.roles import Alarm, InstrumentLookup
from broker.core.tables import Row, log_alarm, text
from domain.errors import Refused
from domain.instruments import Instrument
from domain.market import Candle, Depth, DepthLevel, Interval, Quote
from domain.orders import OrderTerms
from utils.clock import UTC, ist


def require_prices(terms: OrderTerms) -> None:
    """The last look before the wire: no limit order without a price and no stop without a trigger. Raises Refused."""
    if terms.price_type.needs_price and not terms.price:
        raise Refused(f"A {terms.price_type.value} order needs a price")
    if terms.price_type.needs_trigger and not terms.trigger_price:
        raise Refused(f"A {terms.price_type.value} order needs a trigger price")


def pnl_percent(average: Decimal | None, last: Decimal | None) -> Decimal | None:
    """Profit in percent of cost, two decimals; None for what cost nothing or has no price."""
    if not average or last is None:
        return None
    return round((last - average) / average * 100, 2)


def book(quote: Quote, bids: Sequence[DepthLevel], asks: Sequence[DepthLevel]) -> Depth:
    """A quote with its levels, without the empty ones; the best of each side also shows in the quote."""
    bids = tuple(level for level in bids if level.quantity > 0)
    asks = tuple(level for level in asks if level.quantity > 0)
    best: dict[str, Any] = {}
    if bids:
        best.update(bid=bids[0].price, bid_qty=bids[0].quantity)
    if asks:
        best.update(ask=asks[0].price, ask_qty=asks[0].quantity)
    return Depth(quote=msgspec.structs.replace(quote, **best), bids=bids, asks=asks)


def bar_start(instant: dt.datetime, interval: Interval) -> int:
    """The epoch seconds a bar carries: its true start, or 00:00 UTC of the Indian trade date for days and longer."""
    if interval.seconds is not None:
        return int(instant.timestamp())
    return int(dt.datetime.combine(ist(instant).date(), dt.time(), UTC).timestamp())


def bars(
    found: Iterable[tuple[dt.datetime, Sequence[Any]]],
    interval: Interval,
    start: dt.datetime,
    end: dt.datetime,
) -> list[Candle]:
    """(start, [open, high, low, close, volume, oi?]) rows as candles within [start, end], ascending, unique."""
    candles = {
        bar_start(at, interval): Candle(bar_start(at, interval), *row)
        for at, row in found
        if start <= at <= end
    }
    return [candles[at] for at in sorted(candles)]


class Naming:
    """Gives vendor rows their common symbol and turns vendor quantities into units.

    exchange, symbol: the row's fields with the vendor's exchange and trading symbol. quantities: fields counted in the
    vendor's unit. step: units per vendor unit of a contract.
    """

    def __init__(
        self,
        instruments: InstrumentLookup,
        alarm: Alarm | None,
        *,
        exchange: str,
        symbol: str,
        quantities: tuple[str, ...] = (),
        step: Callable[[Instrument], int] = lambda _instrument: 1,
    ) -> None:
        self._instruments = instruments
        self._exchange = text(exchange)
        self._symbol = text(symbol)
        self._table = symbol
        self._quantities = quantities
        self._step = step
        self.alarm = alarm or log_alarm

    def all(self, data: object) -> object:
        """`one` for each row of a list; anything else is left for the shape to refuse."""
        return [self.one(row) for row in data] if isinstance(data, list) else data

    def one(self, row: object) -> object:
        """The row with `common_symbol`, `common_step` and `common_multiplier`.

        A contract the master does not know keeps the vendor's word and rings the alarm: a snapshot never loses a row.
        """
        if not isinstance(row, dict):
            return row
        exchange, word = self._exchange(row), self._symbol(row)
        found = self._instruments.by_broker_symbol(exchange, word)
        if found is None:
            self.alarm(self._table, f"{exchange}:{word} is not in the contract master")
            return {**row, "common_symbol": word, "common_step": 1, "common_multiplier": 1}
        step = self._step(found)
        units = self._units(row, step) if step > 1 else {}
        names = {"common_symbol": found.symbol, "common_step": step, "common_multiplier": found.multiplier}
        return {**row, **units, **names}

    def _units(self, row: Row, step: int) -> dict[str, int]:
        return {name: row[name] * step for name in self._quantities if isinstance(row.get(name), int)}
