"""The matching engine: what an order trades now, and what resting orders have traded since they were last looked at."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator

import msgspec

from broker.simulator.book.database import Database
from broker.simulator.book.orders import Orders
from broker.simulator.book.records import OrderRecord, TradeRecord
from broker.simulator.clearing import Clearing, order_end, order_prefix
from broker.simulator.evaluation import BOOK_LEVELS, acting_vertices, could_act, opposite_levels
from broker.simulator.prices.quotes import Prices, vertex_day, vertex_ms
from broker.simulator.rules import from_pips, to_pips, value_paise
from broker.simulator.specs import Contract
from domain.matching import is_marketable, match
from domain.orders import OrderStatus, Side

FIRST_TRADE = 50_000_000
Attempt = tuple[int, int, OrderRecord, Contract]


class Engine:
    """Matches orders against the price path. `on_change` is told about changed orders once they are on disk."""

    def __init__(
        self, database: Database, orders: Orders, clearing: Clearing, prices: Prices,
        on_change: Callable[[OrderRecord, Contract], None],
    ) -> None:  # fmt: skip
        self._database = database
        self._orders = orders
        self._clearing = clearing
        self._prices = prices
        self._on_change = on_change
        self._seen: dict[int, int] = {}
        self._advanced = -1

    def forget(self, order: OrderRecord) -> None:
        """Look at an order again from its own vertex on: its terms have changed."""
        self._seen.pop(order.sequence, None)

    def match(self, order: OrderRecord, contract: Contract, vertex: int) -> bool:
        """Trade what the book of a vertex gives; whether the order changed. Inside a transaction."""
        position = self._clearing.position_of(order, contract)
        triggered = order.status == OrderStatus.TRIGGER_PENDING
        last = self._prices.last(contract, vertex)
        if triggered and not could_act(order, contract, last, last):
            self._clearing.refresh_margin(position, contract)
            return False
        order.status = OrderStatus.OPEN.value
        side = Side(order.side)
        consumed = self._orders.consumed(order.exchange, order.symbol, order.side, vertex)
        book = self._prices.book(contract, vertex, BOOK_LEVELS)
        limit = from_pips(order.price) if order.price is not None else None
        result = match(side, order.pending, limit, opposite_levels(book, contract, side, consumed))
        at_ms = max(vertex_ms(vertex), order.updated_ms)
        for fill in result.fills:
            trade = self._trade(order, contract, fill.quantity, to_pips(fill.price), vertex, at_ms)
            self._clearing.book_trade(trade, position, contract)
            order.filled += fill.quantity
            order.filled_value += trade.value
        if result.rest == 0:
            order.status = OrderStatus.COMPLETE.value
        changed = triggered or bool(result.fills)
        if changed:
            order.vertex, order.updated_ms = vertex, at_ms
            self._orders.save(order)
        self._clearing.refresh_margin(position, contract)
        return changed

    def _trade(
        self, order: OrderRecord, contract: Contract, quantity: int, pips: int, vertex: int, at_ms: int
    ) -> TradeRecord:
        day = vertex_day(vertex)
        number = FIRST_TRADE + self._orders.next_number("trade", day)
        return TradeRecord(
            trade_id=f"{order_prefix(day)}{number:08d}",
            order_id=order.order_id,
            account=order.account,
            day=day,
            exchange=order.exchange,
            symbol=order.symbol,
            side=order.side,
            quantity=quantity,
            price=pips,
            value=value_paise(contract, quantity, pips),
            product=order.product,
            vertex=vertex,
            traded_ms=at_ms,
        )

    def advance(self, vertex: int) -> None:
        """Bring resting orders, expired positions and trading days up to `vertex`. Outside any transaction.

        A vertex is worked through once: what is placed or changed during it has been matched with it already.
        """
        if vertex == self._advanced:
            return
        working = self._orders.working()
        if working:
            self._evaluate(working, vertex)
        if self._clearing.is_behind(vertex):
            with self._database.writing():
                self._clearing.settle_expired(vertex)
                self._clearing.roll_all(vertex_day(vertex))
        self._advanced = vertex

    def _evaluate(self, working: list[OrderRecord], now: int) -> None:
        """Try resting orders, oldest instant first and then oldest order, up to `now` or their end."""
        contracts = {row.sequence: self._clearing.contract(row.exchange, row.symbol) for row in working}
        streams = [self._attempts(order, contracts[order.sequence], now) for order in working]
        for vertex, _, order, contract in heapq.merge(*streams, key=_moment):
            self._attempt(order, contract, vertex)
        for order in working:
            contract = contracts[order.sequence]
            if OrderStatus(order.status).is_working and order_end(order, contract)[0] < now:
                self._expire(order, contract)
        self._seen = {row.sequence: now for row in working if OrderStatus(row.status).is_working}

    def _attempts(self, order: OrderRecord, contract: Contract, now: int) -> Iterator[Attempt]:
        first = max(order.vertex, self._seen.get(order.sequence, 0)) + 1
        last = min(now, order_end(order, contract)[0])
        for vertex in acting_vertices(self._prices, contract, order, first, last):
            yield vertex, order.sequence, order, contract

    def _attempt(self, order: OrderRecord, contract: Contract, vertex: int) -> None:
        """Match one resting order at one vertex, in a transaction only when the book has something for it."""
        if order.status == OrderStatus.OPEN and order.price is not None:
            side = Side(order.side)
            best = opposite_levels(self._prices.book(contract, vertex, 1), contract, side, {})
            if not best or not is_marketable(side, from_pips(order.price), best[0].price):
                return
        with self._database.writing():
            fresh = self._orders.find(order.account, order.order_id)
            assert fresh is not None
            current = OrderStatus(fresh.status).is_working and fresh.vertex < vertex
            changed = self.match(fresh, contract, vertex) if current else False
        _copy(fresh, order)
        if changed:
            self._on_change(order, contract)

    def _expire(self, order: OrderRecord, contract: Contract) -> None:
        end, reason = order_end(order, contract)
        with self._database.writing():
            fresh = self._orders.find(order.account, order.order_id)
            assert fresh is not None
            working = OrderStatus(fresh.status).is_working
            if working:
                self._clearing.end_order(fresh, contract, reason, vertex_ms(end + 1))
        _copy(fresh, order)
        if working:
            self._on_change(order, contract)


def _moment(attempt: Attempt) -> tuple[int, int]:
    return attempt[0], attempt[1]


def _copy(source: OrderRecord, target: OrderRecord) -> None:
    """Overwrite a record that others hold with what the file says now."""
    for name, value in zip(OrderRecord.__struct_fields__, msgspec.structs.astuple(source), strict=True):
        setattr(target, name, value)
