"""What time does to paper books. Every duty is a question about stored instants, so a late round does what is due.

Rounds run in live mode too, and after downtime the first one catches up.
"""

from __future__ import annotations

from collections.abc import Callable

from database.sandbox.money import Positions
from database.sandbox.orders import Orders
from database.sandbox.records import HoldingRecord, OrderRecord, PositionRecord
from database.stores import Store
from domain.errors import OpenAlgoError
from domain.instruments import Exchange, Instrument
from domain.orders import OrderTerms, PlaceOrder, PriceType, Product, Side
from services.sandbox.clearing import Clearing
from services.sandbox.duties.days import Days
from services.sandbox.duties.settlement import Settlement
from services.sandbox.engine import Engine
from services.sandbox.exchange.prices import SymbolMarket
from services.sandbox.intake import SQUARE_OFF, instrument_of
from services.sandbox.options import PaperOptions
from services.sandbox.order_ids import order_id, trade_id
from services.sandbox.sessions import Sessions
from utils.clock import Clock, from_epoch
from utils.ids import IdSource
from utils.logging import get_logger

SQUARED_OFF = "Squared off at the end of the intraday session"
SILENT_SECONDS = 10.0
IDLE_SECONDS = 600.0
log = get_logger(__name__)


class Rounds:
    """`run` does everything that is due now, oldest kind of duty first; it is harmless to repeat."""

    def __init__(
        self, *, store: Store, engine: Engine, sessions: Sessions, clock: Clock, ids: IdSource, fallback: bool
    ) -> None:
        self._store = store
        self._engine = engine
        self._sessions = sessions
        self._clock = clock
        self._ids = ids
        self._fallback = fallback
        self.settlement = Settlement(store, engine, sessions, clock)
        self.days = Days(store, engine, sessions, clock)

    def run(self) -> None:
        """One round. A duty that fails is logged and does not keep the others from being done."""
        duties: tuple[Callable[[], None], ...] = (
            self._ask_silent, self._engine.expire, self._square_off, self.settlement.settle_expired,
            self.settlement.settle_lots, self.days.turn_days, self.days.reset_due, self._leave_idle,
        )  # fmt: skip
        for duty in duties:
            try:
                duty()
            except OpenAlgoError as error:
                log.error("a duty of paper trading is postponed", duty=duty.__name__, reason=error.message)

    def _ask_silent(self) -> None:
        """Where the feed says nothing and something rests, a snapshot stands in for it."""
        if not self._fallback:
            return
        now = self._clock.monotonic()
        with self._engine.lock:
            silent = [row for row in self._engine.markets.all() if len(row.ladder)]
        for market in silent:
            exchange = market.instrument.exchange
            if now - market.seen_at < SILENT_SECONDS:
                continue
            if not self._sessions.is_open(market.broker, exchange, self._clock.now()):
                continue
            self._refresh(market)

    def _refresh(self, market: SymbolMarket) -> None:
        """Ask in the name of those whose orders rest there, until a session answers."""
        with self._engine.lock:
            owners = market.ladder.owners()
        for account_id in owners:
            depth = self._engine.markets.ask(account_id, market.broker, market.instrument)
            if depth is not None:
                with self._engine.lock:
                    self._engine.markets.show_depth(market, depth)
                self._engine.act(market)
                return

    def _is_due(self, broker: str, exchange: str, since_ms: int, options: PaperOptions) -> bool:
        opened = from_epoch(since_ms / 1000)
        at = self._sessions.square_off_after(broker, Exchange(exchange), opened, options)
        return at is not None and at <= self._clock.now()

    def _square_off(self) -> None:
        """Intraday orders end and intraday positions are closed at market, once their group's time has come."""
        options = self._engine.options()
        with self._store.reading() as unit:
            orders = [row for row in Orders(unit).working() if row.product == Product.MIS.value]
            positions = [row for row in Positions(unit).open() if row.product == Product.MIS.value]
        self._end(
            [
                row
                for row in orders
                if row.origin != SQUARE_OFF and self._is_due(row.broker, row.exchange, row.placed_ms, options)
            ]
        )
        for position in positions:
            if self._is_due(position.broker, position.exchange, position.opened_ms, options):
                self._close(position)

    def _end(self, orders: list[OrderRecord]) -> None:
        ended = []
        with self._engine.lock:
            for stale in orders:
                with self._engine.books() as clearing:
                    order = clearing.orders.find(stale.account_id, stale.order_id)
                    if order is None or not order.is_working:
                        continue
                    self._engine.end(clearing, order, "cancelled", SQUARED_OFF)
                self._engine.forget(order)
                ended.append(order)
        for order in ended:
            self._engine.changed(order)

    def _close(self, stale: PositionRecord) -> None:
        """An exit at market; when the market is shut, or has no price, the last known price closes it."""
        with self._store.reading() as unit:
            clearing = Clearing(unit, self._engine.options(), self._sessions, self._clock.now())
            instrument = instrument_of(clearing, stale.broker, stale.exchange, stale.symbol)
            resting = clearing.working_of(stale)
        if any(row.origin == SQUARE_OFF for row in resting):
            return
        if not self._sessions.is_open(stale.broker, instrument.exchange, self._clock.now()):
            self._close_at_last(stale, instrument)
            return
        side = Side.SELL if stale.quantity > 0 else Side.BUY
        terms = OrderTerms(
            symbol=stale.symbol, exchange=instrument.exchange, side=side, quantity=abs(stale.quantity),
            price_type=PriceType.MARKET, product=Product.MIS,
        )  # fmt: skip
        command = PlaceOrder(terms=terms, instrument=instrument, tag=self._ids.order_tag())
        self._engine.place(stale.account_id, stale.broker, command, origin=SQUARE_OFF)
        log.info("a paper position was squared off", symbol=stale.symbol, quantity=stale.quantity)

    def _close_at_last(self, stale: PositionRecord, instrument: Instrument) -> None:
        market = self._engine.markets.get(stale.broker, stale.exchange, stale.symbol)
        price = market.last if market is not None and market.last is not None else stale.last_price
        if price is None:
            return
        with self._engine.lock, self._engine.books() as clearing:
            position = clearing.positions.get(stale.account_id, stale.exchange, stale.symbol, stale.product)
            if position is None or position.quantity == 0:
                return
            order = self._past_exit(clearing, position, price)
            clearing.book(
                order, position, instrument, order.quantity, price, trade_id(self._ids, clearing.now)
            )
            order.status = "complete"
            clearing.orders.save(order)
            clearing.refresh_margin(position, instrument)
        self._engine.changed(order)
        log.warning("a paper position was closed at its last known price", symbol=stale.symbol)

    def _past_exit(self, clearing: Clearing, position: PositionRecord, price: int) -> OrderRecord:
        side = Side.SELL if position.quantity > 0 else Side.BUY
        order = OrderRecord(
            order_id=order_id(clearing.orders, clearing.now), tag=None,
            account_id=position.account_id, broker=position.broker, exchange=position.exchange,
            symbol=position.symbol, side=side.value, product=position.product, quantity=abs(position.quantity),
            price_type="MARKET", reserve_price=price, origin=SQUARE_OFF,
            reason="Closed at the last known price: the market was shut", expires_ms=clearing.at_ms,
            placed_ms=clearing.at_ms, updated_ms=clearing.at_ms,
        )  # fmt: skip
        clearing.orders.add(order)
        return order

    def _leave_idle(self) -> None:
        """Symbols that nothing rests on and nobody holds are no longer watched."""
        with self._engine.lock:
            idle = [row for row in self._engine.markets.all() if not len(row.ladder)]
            if not idle:
                return
            with self._store.reading() as unit:
                positions = Positions(unit)
                rows: list[PositionRecord | HoldingRecord] = [*positions.open(), *positions.holdings()]
            held = {(row.broker, row.exchange, row.symbol) for row in rows}
            for market in idle:
                key = (market.broker, market.instrument.exchange.value, market.instrument.symbol)
                if key not in held and self._clock.monotonic() - market.used_at > IDLE_SECONDS:
                    self._engine.markets.leave(market)
