"""One order against the market as it is, inside a unit of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from database.sandbox.records import OrderRecord
from domain.matching import is_triggered
from domain.money import from_micros
from domain.orders import Side
from services.sandbox.clearing import Clearing
from services.sandbox.exchange.matching import fills_of
from services.sandbox.exchange.prices import Markets, SymbolMarket
from services.sandbox.options import PaperOptions
from services.sandbox.order_ids import trade_id
from services.sandbox.sessions import Sessions
from utils.clock import Clock
from utils.ids import IdSource


class Matcher:
    """Triggers, matches and books; the caller holds the lock and the unit."""

    def __init__(
        self,
        markets: Markets,
        sessions: Sessions,
        options: Callable[[], PaperOptions],
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._markets = markets
        self._sessions = sessions
        self._options = options
        self._clock = clock
        self._ids = ids

    def is_open(self, market: SymbolMarket) -> bool:
        """Whether the symbol trades now."""
        exchange, now = market.instrument.exchange, self._clock.now()
        return not self._options().market_hours or self._sessions.is_open(market.broker, exchange, now)

    def trade(self, clearing: Clearing, order: OrderRecord, market: SymbolMarket, *, rested: bool) -> bool:
        """Trigger and match an order with the book as it is; whether it changed."""
        instrument, changed = market.instrument, False
        position = clearing.position_of(order)
        if order.status == "trigger pending" and _triggers(order, market):
            order.status, changed = "open", True
        if order.status == "open" and self._markets.is_warm(market) and self.is_open(market):
            for quantity, price in fills_of(order, instrument, market, clearing.options, rested=rested):
                fill = trade_id(self._ids, clearing.now)
                clearing.book(order, position, instrument, quantity, price, fill)
                changed = True
            if order.pending == 0:
                order.status = "complete"
        if changed:
            order.updated_ms = clearing.at_ms
            clearing.orders.save(order)
        clearing.refresh_margin(position, instrument)
        return changed


def _triggers(order: OrderRecord, market: SymbolMarket) -> bool:
    if market.last is None or order.trigger_price is None:
        return False
    return is_triggered(Side(order.side), from_micros(order.trigger_price), from_micros(market.last))


@contextmanager
def undoing(market: SymbolMarket) -> Iterator[None]:
    """What a failed transaction took from the book is put back."""
    bids, asks = ([[*row] for row in rows] for rows in (market.levels.bids, market.levels.asks))
    try:
        yield
    except BaseException:
        market.levels.bids, market.levels.asks = bids, asks
        raise
