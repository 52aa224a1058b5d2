"""When does a resting order act? The price path is walked from where it was last looked at.

Whole minutes are skipped by their extremes; inside a minute that could matter, each half second is tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from broker.simulator.book.records import OrderRecord
from broker.simulator.prices.depth import Book
from broker.simulator.prices.path import DAY_VERTICES, STEPS
from broker.simulator.prices.quotes import Prices
from broker.simulator.rules import from_pips, tick_pips
from broker.simulator.specs import Contract
from domain.matching import BookLevel, is_triggered
from domain.orders import OrderStatus, PriceType, Side

BOOK_LEVELS = 20


def could_act(order: OrderRecord, contract: Contract, low: int, high: int) -> bool:
    """Whether last prices within [low, high] (ticks) may trigger or fill the order."""
    buy = order.side == Side.BUY
    if order.status == OrderStatus.TRIGGER_PENDING:
        assert order.trigger_price is not None
        trigger, edge = from_pips(order.trigger_price), high if buy else low
        return is_triggered(Side(order.side), trigger, from_pips(tick_pips(contract.tick, edge)))
    if not PriceType(order.price_type).needs_price:
        return True
    assert order.price is not None
    nearest = tick_pips(contract.tick, low if buy else high)
    return order.price >= nearest if buy else order.price <= nearest


def acting_vertices(
    prices: Prices, contract: Contract, order: OrderRecord, first: int, last: int
) -> Iterator[int]:
    """Vertices of first..last at which the order may act, ascending. Reads the order anew after each."""
    vertex = first
    while vertex <= last:
        day, within = divmod(vertex, DAY_VERTICES)
        minute, step = divmod(within, STEPS)
        stop = min(last, vertex - step + STEPS - 1)
        if stop - vertex > 4 and not could_act(order, contract, *prices.minute_range(contract, day, minute)):
            vertex = stop + 1
            continue
        if stop == vertex:
            values = [prices.last(contract, vertex)]
        else:
            values = prices.minute_values(contract, day, minute)[step : step + stop - vertex + 1]
        for value in values:
            if could_act(order, contract, value, value):
                yield vertex
                if not OrderStatus(order.status).is_working:
                    return
            vertex += 1


def opposite_levels(book: Book, contract: Contract, side: Side, consumed: dict[int, int]) -> list[BookLevel]:
    """The side of the book that an order trades against, less what has been taken from it already."""
    levels = book.asks if side is Side.BUY else book.bids
    rows = []
    for level in levels:
        pips = tick_pips(contract.tick, level.ticks)
        rows.append(BookLevel(from_pips(pips), max(0, level.quantity - consumed.get(pips, 0))))
    return rows


def reserve_price(
    prices: Prices, contract: Contract, side: Side, quantity: int, vertex: int, limit: Decimal | None
) -> Decimal:
    """The price at which an order's money is set aside: its limit, or what the book asks for the whole quantity."""
    if limit is not None:
        return limit
    levels = opposite_levels(prices.book(contract, vertex, BOOK_LEVELS), contract, side, {})
    price = from_pips(tick_pips(contract.tick, prices.last(contract, vertex)))
    for level in levels:
        price = level.price
        quantity -= level.quantity
        if quantity <= 0:
            break
    return price
