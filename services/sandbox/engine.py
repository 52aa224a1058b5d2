"""The paper engine: orders in, ticks in, fills out. Nothing here waits for anybody while the lock is held.

Memory holds only what rests and where; truth is the store. A transaction reads its orders afresh, so whatever memory
believes, a finished order never trades again, and a failed transaction leaves both as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from database.sandbox.orders import Orders
from database.sandbox.records import HoldingRecord, OrderRecord, PositionRecord
from database.stores import Store
from domain.errors import Refused, Unavailable
from domain.feed import MarketData
from domain.orders import CancelOrder, ModifyOrder, PlaceOrder
from services.sandbox.clearing import Clearing
from services.sandbox.exchange.ladder import Resting
from services.sandbox.exchange.matcher import Matcher, undoing
from services.sandbox.exchange.prices import Markets, SymbolMarket
from services.sandbox.intake import USER, Intake
from services.sandbox.options import PaperOptions
from services.sandbox.sessions import Sessions
from utils.clock import Clock, epoch_ms
from utils.concurrency import RLock
from utils.ids import IdSource
from utils.logging import get_logger

DAY_ENDED = "Day order expired"
log = get_logger(__name__)
OnChange = Callable[[OrderRecord], None]


class Engine:
    """Thread-safe. `on_change` hears of every changed order once it is stored, outside the lock."""

    def __init__(
        self, *, store: Store, markets: Markets, sessions: Sessions, options: Callable[[], PaperOptions],
        clock: Clock, ids: IdSource, on_change: OnChange,
    ) -> None:  # fmt: skip
        self._store = store
        self.markets = markets
        self._sessions = sessions
        self.options = options
        self._clock = clock
        self._intake = Intake()
        self._matcher = Matcher(markets, sessions, options, clock, ids)
        self.changed = on_change
        self.lock = RLock()
        self.events = 0

    @contextmanager
    def books(self) -> Iterator[Clearing]:
        """The books for writing, at this instant. Raises Refused when the store does not let us: nothing happened."""
        try:
            with self._store.unit() as unit:
                yield Clearing(unit, self.options(), self._sessions, self._clock.now())
        except (SQLAlchemyError, Unavailable) as error:
            log.error("a paper transaction was rolled back", reason=type(error).__name__, exc_info=error)
            raise Refused("The paper books are busy; nothing was done", code="STORE_BUSY") from error

    def load(self) -> None:
        """Rebuild the resting orders and the demand for ticks from the store."""
        with self.lock, self._store.reading() as unit:
            clearing = Clearing(unit, self.options(), self._sessions, self._clock.now())
            held: list[PositionRecord | HoldingRecord] = [
                *clearing.positions.open(),
                *clearing.positions.holdings(),
            ]
            for row in held:
                self._follow(clearing, row.broker, row.exchange, row.symbol)
            for order in clearing.orders.working():
                market = self._follow(clearing, order.broker, order.exchange, order.symbol)
                if market is not None:
                    market.ladder.put(order)

    def _follow(self, clearing: Clearing, broker: str, exchange: str, symbol: str) -> SymbolMarket | None:
        instrument = clearing.orders.instrument(broker, exchange, symbol)
        return self.markets.follow(broker, instrument) if instrument else None

    def place(self, account_id: int, broker: str, command: PlaceOrder, *, origin: str = USER) -> str:
        """A new order under a tag that is used once; answers its id. Raises Refused."""
        market = self.warm(account_id, broker, command)
        with self.lock:
            order, fresh = self._place(account_id, market, command, origin)
        if fresh:
            self.changed(order)
        if order.status == "rejected":
            raise Refused(order.reason, code="REJECTED")
        return order.order_id

    def warm(self, account_id: int, broker: str, command: PlaceOrder | ModifyOrder) -> SymbolMarket:
        """The symbol's market with prices that can be traded on; asks the broker only when the feed is silent."""
        instrument = command.instrument
        with self.lock:
            market = self.markets.follow(broker, instrument)
            if self.markets.is_warm(market):
                return market
        depth = self.markets.ask(account_id, broker, instrument)
        if depth is not None:
            with self.lock:
                self.markets.show_depth(market, depth)
            self.act(market)
        return market

    def _place(
        self, account_id: int, market: SymbolMarket, command: PlaceOrder, origin: str
    ) -> tuple[OrderRecord, bool]:
        with undoing(market), self.books() as clearing:
            known = clearing.orders.by_tag(command.tag)
            if known is not None:
                return known, False
            order = self._intake.accept(
                clearing, market, command.terms, command.tag, account_id=account_id, origin=origin
            )
            if order.is_working:
                self._matcher.trade(clearing, order, market, rested=False)
        market.is_remembered = True
        market.ladder.put(order)
        return order, True

    def modify(self, account_id: int, broker: str, command: ModifyOrder) -> str:
        """New terms of a working order, matched at once. Raises Refused."""
        market = self.warm(account_id, broker, command)
        with self.lock:
            with undoing(market), self.books() as clearing:
                order = _working(clearing, account_id, command.order_id, "modify")
                was_active = order.status == "open" and order.price_type == command.terms.price_type.value
                self._intake.amend(clearing, market, order, command.terms)
                if was_active:  # a stop that was set off stays so when only its price or quantity changes
                    order.status = "open"
                clearing.orders.save(order)
                self._matcher.trade(clearing, order, market, rested=False)
            market.ladder.put(order)
        self.changed(order)
        return order.order_id

    def cancel(self, account_id: int, command: CancelOrder) -> str:
        """Withdraw a working order and free its money. Raises Refused."""
        with self.lock:
            with self.books() as clearing:
                order = _working(clearing, account_id, command.order_id, "cancel")
                self.end(clearing, order, "cancelled", "")
            self.forget(order)
        self.changed(order)
        return order.order_id

    def end(self, clearing: Clearing, order: OrderRecord, status: str, reason: str) -> None:
        """Finish a working order and free what it held. Inside a unit."""
        order.status, order.reason, order.updated_ms = status, reason, clearing.at_ms
        clearing.orders.save(order)
        position = clearing.position_of(order)
        instrument = clearing.orders.instrument(order.broker, order.exchange, order.symbol)
        if instrument is not None:
            clearing.refresh_margin(position, instrument)

    def forget(self, order: OrderRecord) -> None:
        """A finished order no longer rests."""
        market = self.markets.get(order.broker, order.exchange, order.symbol)
        if market is not None:
            market.ladder.drop(order.order_id)

    def on_tick(self, broker: str, data: MarketData) -> None:
        """A tick of the feed: four heads are looked at, and the store only when one of them acts."""
        self.events += 1
        with self.lock:
            market = self.markets.get(broker, data.exchange, data.symbol)
            if market is None:
                return
            self.markets.show_tick(market, data)
            if market.last is None or market.ladder.is_quiet(market.last, market.levels):
                return
        self.act(market)

    def act(self, market: SymbolMarket) -> None:
        """Trade what the present prices set off."""
        changed: list[OrderRecord] = []
        again: list[OrderRecord] = []
        with self.lock:
            if market.last is None or market.ladder.is_quiet(market.last, market.levels):
                return
            if not self._matcher.is_open(market):
                return
            for entry in market.ladder.reached(market.last, market.levels):
                try:
                    order, did = self._react(entry, market)
                except Refused:
                    order, did = self._stored(entry), False
                if order is not None:
                    again.append(order)
                    if did:
                        changed.append(order)
            for order in again:
                market.ladder.put(order)
        for order in changed:
            self.changed(order)

    def _react(self, entry: Resting, market: SymbolMarket) -> tuple[OrderRecord | None, bool]:
        """One order that the prices set off, in a transaction of its own."""
        with undoing(market), self.books() as clearing:
            order = clearing.orders.find(entry.account_id, entry.order_id)
            if order is None or not order.is_working:
                return order, False
            if order.expires_ms <= clearing.at_ms:
                self.end(clearing, order, "cancelled", DAY_ENDED)
                return order, True
            changed = self._matcher.trade(clearing, order, market, rested=entry.trigger is None)
        return order, changed

    def _stored(self, entry: Resting) -> OrderRecord | None:
        with self._store.reading() as unit:
            return Orders(unit).find(entry.account_id, entry.order_id)

    def expire(self) -> None:
        """End every DAY order whose session is over."""
        now_ms = epoch_ms(self._clock.now())
        with self.lock:
            with self.books() as clearing:
                due = [row for row in clearing.orders.working() if row.expires_ms <= now_ms]
                for order in due:
                    self.end(clearing, order, "cancelled", DAY_ENDED)
            for order in due:
                self.forget(order)
        for order in due:
            self.changed(order)


def _working(clearing: Clearing, account_id: int, order_id: str, verb: str) -> OrderRecord:
    order = clearing.orders.find(account_id, order_id)
    if order is None:
        raise Refused(f"Order {order_id} not found", code="ORDER_NOT_FOUND")
    if not order.is_working:
        raise Refused(f"Cannot {verb} order in {order.status} status", code="ORDER_STATE")
    return order
