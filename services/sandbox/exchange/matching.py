"""What an order trades with the book a symbol shows now."""

from __future__ import annotations

from database.sandbox.records import OrderRecord
from domain.instruments import Instrument
from domain.matching import BookLevel, match
from domain.money import from_micros, to_micros
from domain.orders import Side
from services.sandbox import rules
from services.sandbox.exchange.ladder import Levels
from services.sandbox.exchange.prices import SymbolMarket
from services.sandbox.options import PaperOptions

Fills = list[tuple[int, int]]


def fills_of(
    order: OrderRecord, instrument: Instrument, market: SymbolMarket, options: PaperOptions, *, rested: bool
) -> Fills:
    """(quantity, price in millionths) in the order they happen; what is taken is gone from the book.

    rested: the order waited in the book under its limit, so whoever comes to it trades at that limit. A MARKET order
    larger than the shown book fills its rest worse than the last level, or waits: the user's choice.
    """
    side = Side(order.side)
    levels = market.levels.against(side)
    limit = None if order.price is None else from_micros(order.price)
    result = match(side, order.pending, limit, [BookLevel(from_micros(p), q) for p, q in levels])
    fills: Fills = []
    for fill in result.fills:
        price = to_micros(fill.price)
        _take(market.levels, side, price, fill.quantity)
        fills.append((fill.quantity, order.price if rested and order.price is not None else price))
    if result.rest and limit is None and levels and options.market_remainder == "slip":
        fills.append((result.rest, rules.beyond(instrument, side, levels[-1][0], options, market)))
    return _joined(fills)


def _take(levels: Levels, side: Side, price: int, quantity: int) -> None:
    for level in levels.against(side):
        if level[0] == price:
            level[1] -= quantity
            return


def _joined(fills: Fills) -> Fills:
    """Neighbouring fills at one price are one trade."""
    joined: Fills = []
    for quantity, price in fills:
        if joined and joined[-1][1] == price:
            joined[-1] = (joined[-1][0] + quantity, price)
        else:
            joined.append((quantity, price))
    return joined
