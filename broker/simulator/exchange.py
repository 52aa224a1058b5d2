"""The simulated exchange: takes orders of several accounts, matches them against the price path, keeps the books.

Tags are idempotency keys here: placing again with a tag of the same account answers the first order's id and does
nothing else (`unique_tags=False` switches that off, for a twin of a vendor whose tags may repeat).
A resting order trades at what the book shows when its price is reached, so it never does better than the book nor
worse than its limit; the quantity a book level has given away at an instant is not given twice.
Everything an answer tells is on disk before it is told. Several processes may use one file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

from broker.simulator.book import views
from broker.simulator.book.accounts import Accounts
from broker.simulator.book.database import Database
from broker.simulator.book.orders import Orders
from broker.simulator.book.records import OrderRecord
from broker.simulator.book.reports import Reports
from broker.simulator.clearing import Clearing
from broker.simulator.engine import Engine
from broker.simulator.intake import Intake
from broker.simulator.prices.candles import Candles
from broker.simulator.prices.quotes import Prices, vertex_day, vertex_of
from broker.simulator.specs import Contract
from broker.simulator.universe import Universe
from broker.simulator.updates import Announcer, Listener
from broker.simulator.watch import Watch
from domain.errors import Refused
from domain.market import Candle, Depth, Interval, Quote
from domain.orders import OrderRow, OrderStatus, OrderTerms, TradeRow
from domain.portfolio import Funds, Holding, MarginEstimate, Position
from utils.clock import Clock, epoch_ms, ist
from utils.concurrency import RLock
from utils.ids import IdSource


class SimulatedExchange:
    """One exchange over one file. Accounts come into being, with one crore rupees, when they first trade.

    evaluate_seconds: rhythm of the thread that runs while orders rest; None for no thread (reads still evaluate).
    """

    def __init__(
        self, universe: Universe, prices: Prices, clock: Clock, ids: IdSource, path: Path,
        *, unique_tags: bool = True, evaluate_seconds: float | None = 0.5,
    ) -> None:  # fmt: skip
        self.universe = universe
        self.prices = prices
        self._clock = clock
        self._database = Database(path)
        self._orders = Orders(self._database)
        accounts = Accounts(self._database)
        self._clearing = Clearing(self._orders, accounts, universe, prices)
        self._reports = Reports(accounts, self._clearing, prices)
        self._engine = Engine(self._database, self._orders, self._clearing, prices, self._announce)
        self._intake = Intake(universe, prices, self._orders, self._clearing, ids, unique_tags)
        self._announcer = Announcer()
        self._candles = Candles(prices)
        self._lock = RLock()
        self._watch = Watch(self.advance, self._orders.any_working, evaluate_seconds)
        self._watch.wake()

    def place(self, account: str, terms: OrderTerms, tag: str | None = None) -> str:
        """Accept an order and match what can be matched now; answers its id. Raises Refused."""
        with self._lock:
            now = self._clock.now()
            vertex = vertex_of(now)
            first = self._intake.known(account, tag)
            if first is not None:
                return first.order_id
            contract = self._intake.admit(terms, now)
            self._engine.advance(vertex)
            with self._database.writing():
                first = self._intake.known(account, tag)
                if first is not None:
                    return first.order_id
                order = self._intake.accept(account, terms, tag, contract, now)
                self._engine.match(order, contract, vertex)
            self._announce(order, contract)
        self._announcer.deliver()
        self._watch.wake()
        return order.order_id

    def modify(self, account: str, order_id: str, terms: OrderTerms) -> str:
        """New terms for a working order (quantity is the new total); answers its id. Raises Refused."""
        with self._lock:
            now = self._clock.now()
            vertex = vertex_of(now)
            self._engine.advance(vertex)
            with self._database.writing():
                order = self._working(account, order_id)
                contract = self._intake.amend(order, terms, now)
                self._engine.match(order, contract, vertex)
            self._engine.forget(order)
            self._announce(order, contract)
        self._announcer.deliver()
        return order_id

    def cancel(self, account: str, order_id: str) -> str:
        """Withdraw a working order; answers its id. Raises Refused."""
        with self._lock:
            now = self._clock.now()
            self._engine.advance(vertex_of(now))
            with self._database.writing():
                order = self._working(account, order_id)
                contract = self._clearing.contract(order.exchange, order.symbol)
                self._clearing.end_order(order, contract, "", epoch_ms(now))
            self._announce(order, contract)
        self._announcer.deliver()
        return order_id

    def _working(self, account: str, order_id: str) -> OrderRecord:
        order = self._orders.find(account, order_id)
        if order is None:
            raise Refused(f"Order {order_id} not found", code="ORDER_NOT_FOUND")
        if not OrderStatus(order.status).is_working:
            raise Refused(f"Order {order_id} is {order.status}", code="ORDER_NOT_WORKING")
        return order

    def advance(self) -> None:
        """Bring every resting order and every account up to the present; reads do it by themselves."""
        self._current()

    def _current(self) -> int:
        with self._lock:
            vertex = vertex_of(self._clock.now())
            self._engine.advance(vertex)
        self._announcer.deliver()
        return vertex

    def orders(self, account: str) -> list[OrderRow]:
        """Orders of the day, oldest first."""
        day = vertex_day(self._current())
        return [self._row(order) for order in self._orders.of_day(account, day)]

    def trades(self, account: str) -> list[TradeRow]:
        """Fills of the day, oldest first."""
        day = vertex_day(self._current())
        return [views.trade_row(trade) for trade in self._orders.trades(account, day)]

    def positions(self, account: str) -> list[Position]:
        """Net positions at the last price; those closed today stay, flat."""
        vertex = self._current()
        with self._lock:
            return self._reports.positions(account, vertex)

    def holdings(self, account: str) -> list[Holding]:
        """Delivery shares of earlier days."""
        vertex = self._current()
        with self._lock:
            return self._reports.holdings(account, vertex)

    def funds(self, account: str) -> Funds:
        """Money of the account."""
        vertex = self._current()
        with self._lock:
            return self._reports.funds(account, vertex)

    def margin(self, legs: Sequence[OrderTerms]) -> MarginEstimate:
        """Margin of the legs taken together, on an account without positions. Raises Refused for an unlisted leg."""
        now = self._clock.now()
        found = [(self._intake.listed(terms, now), terms) for terms in legs]
        return self._reports.margin(found, vertex_of(now))

    def contract(self, exchange: str, symbol: str) -> Contract | None:
        """What is listed today under a common name."""
        return self.universe.find(exchange, symbol, ist(self._clock.now()).date())

    def quote(self, contract: Contract) -> Quote:
        """Snapshot now."""
        return self.prices.quote(contract, self.prices.vertex(contract, self._clock.now()))

    def depth(self, contract: Contract, levels: int = 5) -> Depth:
        """Snapshot and book now, up to 50 levels; what accounts have taken from the book does not show."""
        return self.prices.depth(contract, self.prices.vertex(contract, self._clock.now()), levels)

    def history(
        self, contract: Contract, interval: Interval, start: dt.datetime, end: dt.datetime
    ) -> list[Candle]:
        """Bars that start within [start, end]."""
        return self._candles.bars(contract, interval, start, end, self._clock.now())

    def listen(self, account: str, on_update: Listener) -> Callable[[], None]:
        """Call back after each change of the account's orders, in the order of the changes; answers how to stop.

        Callbacks run on the thread that caused the change and must be quick.
        """
        return self._announcer.listen(account, on_update)

    def _announce(self, order: OrderRecord, contract: Contract) -> None:
        row = views.order_row(order, contract.instrument.multiplier)
        self._announcer.announce(order.account, row)

    def _row(self, order: OrderRecord) -> OrderRow:
        contract = self._clearing.contract(order.exchange, order.symbol)
        return views.order_row(order, contract.instrument.multiplier)

    def close(self) -> None:
        """Stop evaluating and close the file."""
        self._watch.stop()
        with self._lock:
            self._database.close()
