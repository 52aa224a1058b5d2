"""The simulated exchange: takes orders of several accounts, matches them against the price path, keeps the books.

Tags are idempotency keys here: placing again with a tag of the same account answers the first order's id and does
nothing else (`unique_tags=False` switches that off, for a twin of a vendor whose tags may repeat).
A resting order trades at what the book shows when its price is reached, so it never does better than the book nor
worse than its limit; the quantity a book level has given away at an instant is not given twice.
Everything an answer tells is on disk before it is told. Several processes may use one file.
"""

from __future__ import annotations

import datetime as dt
import heapq
import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from broker.simulator import views
from broker.simulator.clearing import Clearing, order_end, order_prefix
from broker.simulator.evaluation import (
    BOOK_LEVELS,
    acting_vertices,
    could_act,
    opposite_levels,
    reserve_price,
)
from broker.simulator.prices.candles import Candles
from broker.simulator.prices.quotes import Prices, vertex_day, vertex_ms, vertex_of
from broker.simulator.rules import (
    SPAN_SHARE,
    Pending,
    check_terms,
    from_pips,
    is_delivery,
    required_margin,
    tick_pips,
    to_pips,
    value_paise,
)
from broker.simulator.specs import Contract
from broker.simulator.store import OrderRecord, PositionRecord, Store, TradeRecord
from broker.simulator.universe import Universe
from domain.errors import Refused
from domain.market import Candle, Depth, Interval, Quote
from domain.matching import is_marketable, match
from domain.money import from_paise, plain
from domain.orders import OrderRow, OrderStatus, OrderTerms, OrderUpdate, PriceType, Side, TradeRow
from domain.portfolio import Funds, Holding, MarginEstimate, Position
from utils.clock import Clock, epoch_ms, ist
from utils.concurrency import Event, Lock, RLock, start_thread
from utils.ids import IdSource

log = logging.getLogger(__name__)
Listener = Callable[[OrderUpdate], None]


class SimulatedExchange:
    """One exchange over one file. Accounts come into being, with one crore rupees, when they are first used."""

    def __init__(
        self,
        universe: Universe,
        prices: Prices,
        clock: Clock,
        ids: IdSource,
        path: Path,
        *,
        unique_tags: bool = True,
        evaluate_seconds: float | None = 0.5,
    ) -> None:
        self.universe = universe
        self.prices = prices
        self._candles = Candles(prices)
        self._clock = clock
        self._ids = ids
        self._unique_tags = unique_tags
        self._store = Store(path)
        self._clearing = Clearing(self._store, universe, prices)
        self._lock = RLock()
        self._seen: dict[int, int] = {}
        self._listeners: dict[str, list[Listener]] = {}
        self._outbox: deque[tuple[str, OrderRow]] = deque()
        self._delivering = Lock()
        self._evaluate_seconds = evaluate_seconds
        self._evaluating = False
        self._stop = Event()
        self._start_evaluating()

    # Orders

    def place(self, account: str, terms: OrderTerms, tag: str | None = None) -> str:
        """Accept an order and match what can be matched now; answers its id. Raises Refused."""
        with self._lock:
            order_id = self._place(account, terms, tag)
        self._deliver()
        return order_id

    def _place(self, account: str, terms: OrderTerms, tag: str | None) -> str:
        tag_key = tag if tag and self._unique_tags else None
        first = self._store.order_by_tag(account, tag_key) if tag_key else None
        if first is not None:
            return first.order_id
        contract = self._listed(terms)
        now = self._clock.now()
        vertex = vertex_of(now)
        check_terms(contract, terms, self.prices.circuit(contract, vertex_day(vertex)))
        self._advance(vertex)
        with self._store.writing():
            first = self._store.order_by_tag(account, tag_key) if tag_key else None
            if first is not None:
                return first.order_id
            self._clearing.open_account(account, vertex_day(vertex), epoch_ms(now))
            order = self._new_order(account, terms, contract, now)
            order.tag, order.tag_key = tag or None, tag_key
            self._check_cover(order, contract)
            self._store.add_order(order)
            self._match(order, contract, vertex)
        self._announce(order, contract)
        self._start_evaluating()
        return order.order_id

    def _new_order(
        self, account: str, terms: OrderTerms, contract: Contract, now: dt.datetime
    ) -> OrderRecord:
        vertex, at_ms = vertex_of(now), epoch_ms(now)
        day = vertex_day(vertex)
        number = self._store.next_number("order", day)
        order = OrderRecord(
            sequence=self._store.next_sequence(),
            order_id=f"{order_prefix(day)}{number:08d}",
            exchange_order_id=self._ids.unique(),
            account=account,
            tag=None,
            tag_key=None,
            day=day,
            exchange=terms.exchange.value,
            symbol=terms.symbol,
            side=terms.side.value,
            quantity=terms.quantity,
            price_type=terms.price_type.value,
            product=terms.product.value,
            price=None,
            trigger_price=None,
            reserve_price=0,
            disclosed=terms.disclosed_quantity,
            status=OrderStatus.OPEN.value,
            filled=0,
            filled_value=0,
            reason="",
            vertex=vertex,
            placed_ms=at_ms,
            updated_ms=at_ms,
        )
        self._set_terms(order, terms, contract, vertex)
        return order

    def _set_terms(self, order: OrderRecord, terms: OrderTerms, contract: Contract, vertex: int) -> None:
        """Quantity, prices and the state they start in. Prices that the price type has no use for are dropped."""
        order.quantity = terms.quantity
        order.price_type = terms.price_type.value
        order.disclosed = terms.disclosed_quantity
        price = terms.price if terms.price_type.needs_price else None
        trigger = terms.trigger_price if terms.price_type.needs_trigger else None
        order.price = None if price is None else to_pips(price)
        order.trigger_price = None if trigger is None else to_pips(trigger)
        limit = price if price is not None else trigger
        reserve = reserve_price(self.prices, contract, terms.side, terms.quantity, vertex, limit)
        order.reserve_price = to_pips(reserve)
        waiting = terms.price_type.needs_trigger
        order.status = (OrderStatus.TRIGGER_PENDING if waiting else OrderStatus.OPEN).value

    def modify(self, account: str, order_id: str, terms: OrderTerms) -> str:
        """New terms for a working order (quantity is the new total); answers its id. Raises Refused."""
        with self._lock:
            self._modify(account, order_id, terms)
        self._deliver()
        return order_id

    def _modify(self, account: str, order_id: str, terms: OrderTerms) -> None:
        vertex = vertex_of(self._clock.now())
        self._advance(vertex)
        with self._store.writing():
            order = self._working_order(account, order_id)
            fixed = (terms.exchange.value, terms.symbol, terms.side.value, terms.product.value)
            if fixed != (order.exchange, order.symbol, order.side, order.product):
                raise Refused("Only quantity, price type and prices of an order can change", code="IMMUTABLE")
            contract = self._listed(terms)
            check_terms(contract, terms, self.prices.circuit(contract, vertex_day(vertex)))
            if terms.quantity <= order.filled:
                raise Refused(f"{order.filled} of the order have traded already", code="QUANTITY")
            self._set_terms(order, terms, contract, vertex)
            self._check_cover(order, contract)
            order.vertex, order.updated_ms = vertex, epoch_ms(self._clock.now())
            self._store.save_order(order)
            self._match(order, contract, vertex)
        self._seen.pop(order.sequence, None)
        self._announce(order, contract)

    def cancel(self, account: str, order_id: str) -> str:
        """Withdraw a working order; answers its id. Raises Refused."""
        with self._lock:
            now = self._clock.now()
            self._advance(vertex_of(now))
            with self._store.writing():
                order = self._working_order(account, order_id)
                contract = self._clearing.contract(order.exchange, order.symbol)
                self._clearing.end_order(order, contract, "", epoch_ms(now))
            self._announce(order, contract)
        self._deliver()
        return order_id

    def _working_order(self, account: str, order_id: str) -> OrderRecord:
        order = self._store.order(account, order_id)
        if order is None:
            raise Refused(f"Order {order_id} not found", code="ORDER_NOT_FOUND")
        if not OrderStatus(order.status).is_working:
            raise Refused(f"Order {order_id} is {order.status}", code="ORDER_NOT_WORKING")
        return order

    def _listed(self, terms: OrderTerms) -> Contract:
        now = self._clock.now()
        exchange = terms.exchange.value
        contract = self.universe.find(exchange, terms.symbol, ist(now).date())
        if contract is None:
            past = self.universe.resolve(exchange, terms.symbol)
            if past is not None and past.expiry_vertex is not None and past.expiry_vertex < vertex_of(now):
                raise Refused(f"{terms.symbol} has expired", code="EXPIRED")
            raise Refused(f"{terms.symbol} is not listed on {exchange}", code="UNKNOWN_SYMBOL")
        if contract.expiry_vertex is not None and contract.expiry_vertex < vertex_of(now):
            raise Refused(f"{terms.symbol} has expired", code="EXPIRED")
        return contract

    def _check_cover(self, order: OrderRecord, contract: Contract) -> None:
        """Shares for a delivery sale, money for anything that raises the account's margin."""
        if is_delivery(order.product) and order.side == Side.SELL:
            sellable = self._clearing.sellable(order, contract)
            if order.pending > sellable:
                raise Refused(
                    f"Cannot sell {order.pending} {order.symbol} for delivery: {max(0, sellable)} available",
                    code="NO_HOLDINGS",
                )
        position, required = self._clearing.margin_with(order, contract)
        rise = required - position.required
        available = self._clearing.available(order.account)
        if rise > 0 and rise > available:
            raise Refused(
                f"Insufficient funds: {plain(from_paise(rise))} needed, {plain(from_paise(available))} available",
                code="INSUFFICIENT_FUNDS",
            )

    # Matching

    def _match(self, order: OrderRecord, contract: Contract, vertex: int) -> bool:
        """Trade what the book of a vertex gives; whether anything about the order changed. Inside a transaction."""
        last = self.prices.last(contract, vertex)
        if not could_act(order, contract, last, last) and order.status == OrderStatus.TRIGGER_PENDING:
            self._clearing.refresh_margin(self._clearing.position_of(order, contract), contract)
            return False
        triggered = order.status == OrderStatus.TRIGGER_PENDING
        order.status = OrderStatus.OPEN.value
        side = Side(order.side)
        consumed = self._store.consumed(order.exchange, order.symbol, order.side, vertex)
        book = self.prices.book(contract, vertex, BOOK_LEVELS)
        limit = from_pips(order.price) if order.price is not None else None
        result = match(side, order.pending, limit, opposite_levels(book, contract, side, consumed))
        position = self._clearing.position_of(order, contract)
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
            self._store.save_order(order)
        self._clearing.refresh_margin(position, contract)
        return changed

    def _trade(
        self, order: OrderRecord, contract: Contract, quantity: int, pips: int, vertex: int, at_ms: int
    ) -> TradeRecord:
        day = vertex_day(vertex)
        return TradeRecord(
            trade_id=f"{order_prefix(day)}{50_000_000 + self._store.next_number('trade', day):08d}",
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

    def advance(self) -> None:
        """Bring every resting order and every account up to the present; reads do it by themselves."""
        with self._lock:
            self._advance(vertex_of(self._clock.now()))
        self._deliver()

    def _advance(self, vertex: int) -> None:
        working = self._store.working()
        if working:
            self._evaluate(working, vertex)
        day = vertex_day(vertex)
        behind = self._store.accounts_behind(day)
        if behind or self._store.expired_positions(vertex):
            with self._store.writing():
                self._clearing.settle_expired(vertex)
                for account in self._store.accounts_behind(day):
                    self._clearing.roll(account, day)

    def _evaluate(self, working: list[OrderRecord], now: int) -> None:
        """Try resting orders, oldest instant first and then oldest order, up to `now` or their end."""
        streams = []
        for order in working:
            contract = self._clearing.contract(order.exchange, order.symbol)
            first = max(order.vertex, self._seen.get(order.sequence, 0)) + 1
            last = min(now, order_end(order, contract)[0])
            streams.append(self._attempts(order, contract, first, last))
        for vertex, _, order, contract in heapq.merge(*streams, key=lambda attempt: attempt[:2]):
            self._attempt(order, contract, vertex)
        for order in working:
            contract = self._clearing.contract(order.exchange, order.symbol)
            if OrderStatus(order.status).is_working and order_end(order, contract)[0] < now:
                self._expire(order, contract)
        self._seen = {row.sequence: now for row in working if OrderStatus(row.status).is_working}

    def _attempts(self, order: OrderRecord, contract: Contract, first: int, last: int):  # type: ignore[no-untyped-def]
        for vertex in acting_vertices(self.prices, contract, order, first, last):
            yield vertex, order.sequence, order, contract

    def _attempt(self, order: OrderRecord, contract: Contract, vertex: int) -> None:
        """Match one resting order at one vertex, in a transaction of its own when the book has something for it."""
        if order.status == OrderStatus.OPEN and order.price is not None:
            book = self.prices.book(contract, vertex, 1)
            side = Side(order.side)
            best = opposite_levels(book, contract, side, {})
            if not best or not is_marketable(side, from_pips(order.price), best[0].price):
                return
        with self._store.writing():
            fresh = self._store.order(order.account, order.order_id)
            assert fresh is not None
            current = OrderStatus(fresh.status).is_working and fresh.vertex < vertex
            changed = self._match(fresh, contract, vertex) if current else False
        for field in OrderRecord.__struct_fields__:
            setattr(order, field, getattr(fresh, field))
        if changed:
            self._announce(order, contract)

    def _expire(self, order: OrderRecord, contract: Contract) -> None:
        end, reason = order_end(order, contract)
        with self._store.writing():
            fresh = self._store.order(order.account, order.order_id)
            assert fresh is not None
            working = OrderStatus(fresh.status).is_working
            if working:
                self._clearing.end_order(fresh, contract, reason, vertex_ms(end + 1))
        order.status = fresh.status
        if working:
            self._announce(fresh, contract)

    def _start_evaluating(self) -> None:
        """Run the evaluation thread while orders rest; it ends by itself."""
        with self._lock:
            if self._evaluate_seconds is None or self._evaluating or not self._store.working():
                return
            self._evaluating = True
            start_thread(self._keep_evaluating, "practice-exchange")

    def _keep_evaluating(self) -> None:
        assert self._evaluate_seconds is not None
        while not self._stop.wait(self._evaluate_seconds):
            try:
                self.advance()
            except sqlite3.Error:
                log.exception("practice exchange: evaluation failed, will try again")
                continue
            with self._lock:
                if not self._store.working():
                    self._evaluating = False
                    return

    # Books

    def orders(self, account: str) -> list[OrderRow]:
        """Orders of the day, oldest first."""
        self.advance()
        rows = self._store.orders(account, self._today())
        return [self._row(order) for order in rows]

    def trades(self, account: str) -> list[TradeRow]:
        """Fills of the day, oldest first."""
        self.advance()
        return [views.trade_row(trade) for trade in self._store.trades(account, self._today())]

    def positions(self, account: str) -> list[Position]:
        """Net positions at the last price; those closed today stay, flat."""
        self.advance()
        rows = []
        for record, contract, _ in self._marked(account):
            vertex = self.prices.vertex(contract, self._clock.now())
            if record.quantity or record.realised or self._traded(record):
                rows.append(views.position(record, contract, self.prices, vertex))
        return rows

    def _traded(self, record: PositionRecord) -> bool:
        """Whether a flat row stands for trades of today, not only for resting orders."""
        key = (record.exchange, record.symbol, record.product)
        return any(
            (trade.exchange, trade.symbol, trade.product) == key
            for trade in self._store.trades(record.account, self._today())
        )

    def holdings(self, account: str) -> list[Holding]:
        """Delivery shares of earlier days."""
        self.advance()
        rows = []
        for record in self._store.holdings(account):
            contract = self._clearing.contract(record.exchange, record.symbol)
            vertex = self.prices.vertex(contract, self._clock.now())
            rows.append(views.holding(record, contract, self.prices, vertex))
        return rows

    def funds(self, account: str) -> Funds:
        """Money of the account."""
        self.advance()
        row = self._store.account_cash_day(account)
        cash = row[0] if row else self._clearing.available(account)
        return views.funds(cash, self._store.required_sum(account), self._marked(account))

    def _marked(self, account: str) -> list[tuple[PositionRecord, Contract, int]]:
        now = self._clock.now()
        rows = []
        for record in self._store.positions(account):
            contract = self._clearing.contract(record.exchange, record.symbol)
            last = self.prices.last(contract, self.prices.vertex(contract, now))
            rows.append((record, contract, tick_pips(contract.tick, last)))
        return rows

    def margin(self, legs: Sequence[OrderTerms]) -> MarginEstimate:
        """Margin of the legs taken together, on an account without positions. Raises Refused for an unlisted leg."""
        vertex = vertex_of(self._clock.now())
        groups: dict[tuple[Contract, str], tuple[list[Pending], list[Pending]]] = {}
        alone = 0
        for terms in legs:
            contract = self._listed(terms)
            limit = terms.price if terms.price_type.needs_price else None
            if limit is None and terms.price_type is PriceType.SL_M:
                limit = terms.trigger_price
            price = reserve_price(self.prices, contract, terms.side, terms.quantity, vertex, limit)
            pending = Pending(terms.quantity, to_pips(price))
            sides = groups.setdefault((contract, terms.product.value), ([], []))
            sides[terms.side is Side.SELL].append(pending)
            buys, sells = ([pending], []) if terms.side is Side.BUY else ([], [pending])
            alone += self._leg_margin(contract, terms.product.value, buys, sells)
        total = span = 0
        for (contract, product), (buys, sells) in groups.items():
            amount = self._leg_margin(contract, product, buys, sells)
            total += amount
            if contract.expiry_day is not None:
                premium = self._leg_margin(contract, product, buys, []) if contract.strike is not None else 0
                span += amount - premium
        return MarginEstimate(
            total=from_paise(total),
            span=from_paise(int(span * SPAN_SHARE)),
            exposure=from_paise(span - int(span * SPAN_SHARE)),
            benefit=from_paise(alone - total),
        )

    def _leg_margin(self, contract: Contract, product: str, buys: list[Pending], sells: list[Pending]) -> int:
        nothing = PositionRecord(account="", exchange="", symbol="", product=product)
        spot = self._clearing.spot_pips(contract, self._today())
        return required_margin(contract, nothing, buys, sells, spot)

    def _today(self) -> int:
        return vertex_day(vertex_of(self._clock.now()))

    def _row(self, order: OrderRecord) -> OrderRow:
        contract = self._clearing.contract(order.exchange, order.symbol)
        return views.order_row(order, contract.instrument.multiplier)

    # Prices

    def contract(self, exchange: str, symbol: str) -> Contract | None:
        """What is listed today under a common name."""
        return self.universe.find(exchange, symbol, ist(self._clock.now()).date())

    def quote(self, contract: Contract) -> Quote:
        """Snapshot now."""
        return self.prices.quote(contract, self.prices.vertex(contract, self._clock.now()))

    def depth(self, contract: Contract, levels: int = 5) -> Depth:
        """Snapshot and book now, up to 50 levels; what accounts have taken does not show."""
        return self.prices.depth(contract, self.prices.vertex(contract, self._clock.now()), levels)

    def history(
        self, contract: Contract, interval: Interval, start: dt.datetime, end: dt.datetime
    ) -> list[Candle]:
        """Bars that start within [start, end]."""
        return self._candles.bars(contract, interval, start, end, self._clock.now())

    # Updates

    def listen(self, account: str, on_update: Listener) -> Callable[[], None]:
        """Call back after each change of the account's orders, in the order of the changes; answers how to stop.

        Callbacks run on the thread that caused the change and must be quick.
        """
        with self._lock:
            self._listeners.setdefault(account, []).append(on_update)

        def stop() -> None:
            with self._lock:
                if on_update in self._listeners.get(account, []):
                    self._listeners[account].remove(on_update)

        return stop

    def _announce(self, order: OrderRecord, contract: Contract) -> None:
        if self._listeners.get(order.account):
            self._outbox.append((order.account, views.order_row(order, contract.instrument.multiplier)))

    def _deliver(self) -> None:
        """Hand updates out, one thread at a time so that their order holds; never while the book is locked."""
        while self._outbox and self._delivering.acquire(blocking=False):
            try:
                while self._outbox:
                    account, row = self._outbox.popleft()
                    for listener in tuple(self._listeners.get(account, ())):
                        self._call(listener, OrderUpdate(row=row, source="push"))
            finally:
                self._delivering.release()

    def _call(self, listener: Listener, update: OrderUpdate) -> None:
        try:
            listener(update)
        except Exception:  # a listener's fault must not turn an accepted order into an error
            log.exception("practice exchange: an order listener failed")

    def close(self) -> None:
        """Stop evaluating and close the file."""
        self._stop.set()
        with self._lock:
            self._store.close()
