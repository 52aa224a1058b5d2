"""The paper desk: the interface of a desk, with the paper books behind it and no broker in reach."""

from __future__ import annotations

from database.sandbox.money import Accounts, Positions
from database.sandbox.orders import Orders
from database.sandbox.records import HoldingRecord, OrderRecord, PositionRecord
from database.stores import Store, Unit
from domain.instruments import Instrument
from domain.money import from_paise, to_paise
from domain.orders import CancelOrder, ModifyOrder, OrderRow, OrderTerms, PlaceOrder, TradeRow
from domain.portfolio import Funds, Holding, MarginEstimate, Position, profit_of
from services.sandbox import rules, views
from services.sandbox.engine import Engine
from services.sandbox.ledger import Ledger
from services.sandbox.money import spreads
from services.sandbox.options import PaperOptions
from services.sandbox.sessions import Sessions
from utils.clock import Clock, epoch_ms

MODE = "analyze"
LegKey = tuple[str, str, str]


class SandboxDesk:
    """Implements services.trading.desk.Desk. A write is one local transaction: it happened, or it was refused."""

    mode = MODE
    journaled = True

    def __init__(self, store: Store, engine: Engine, sessions: Sessions, clock: Clock) -> None:
        self._store = store
        self._engine = engine
        self._sessions = sessions
        self._clock = clock

    def place(self, account_id: int, broker: str, command: PlaceOrder, priority: object = None) -> str:
        """A new paper order; a repeat under the same tag answers the first one's id. Raises Refused."""
        return self._engine.place(account_id, broker, command)

    def modify(self, account_id: int, broker: str, command: ModifyOrder) -> str:
        """New terms. Raises Refused."""
        return self._engine.modify(account_id, broker, command)

    def cancel(self, account_id: int, broker: str, command: CancelOrder) -> str:
        """Withdraw. Raises Refused."""
        return self._engine.cancel(account_id, command)

    def order_book(self, account_id: int, broker: str) -> list[OrderRow]:
        """Orders since the session boundary, and older ones that still work."""
        with self._store.reading() as unit:
            rows = Orders(unit).of_account(account_id, self._since(unit, account_id))
        return [views.order_row(row) for row in rows]

    def trade_book(self, account_id: int, broker: str) -> list[TradeRow]:
        """Fills since the session boundary."""
        with self._store.reading() as unit:
            rows = Orders(unit).trades(account_id, self._since(unit, account_id))
        return [views.trade_row(row) for row in rows]

    def positions(self, account_id: int, broker: str) -> list[Position]:
        """Open positions, and those closed since the session boundary."""
        with self._store.reading() as unit:
            since, orders = self._since(unit, account_id), Orders(unit)
            rows = [
                (row, orders.instrument(row.broker, row.exchange, row.symbol))
                for row in Positions(unit).of_account(account_id)
                if row.quantity or (row.updated_ms >= since and row.last_price is not None)
            ]
        return [
            views.position_row(row, self._last(row), instrument.multiplier if instrument else 1)
            for row, instrument in rows
        ]

    def holdings(self, account_id: int, broker: str) -> list[Holding]:
        """Settled shares."""
        with self._store.reading() as unit:
            rows = Positions(unit).holdings(account_id)
        return [views.holding_row(row, self._last(row)) for row in rows]

    def funds(self, account_id: int, broker: str) -> Funds:
        """The ledger's cash and blocked money; the opening capital before the first order."""
        with self._store.reading() as unit:
            if Accounts(unit).get(account_id) is None:
                capital = from_paise(to_paise(self._engine.options().starting_capital))
                nothing = from_paise(0)
                return Funds(
                    available_cash=capital, collateral=nothing, m2m_realized=nothing, m2m_unrealized=nothing,
                    utilised=nothing, unpriced=0,
                )  # fmt: skip
            money = Ledger(Accounts(unit), account_id, 0).money()
        profit = profit_of(self.positions(account_id, broker))
        return Funds(
            available_cash=from_paise(money.cash), collateral=from_paise(0), m2m_realized=profit.realised,
            m2m_unrealized=profit.unrealised, utilised=from_paise(money.blocked), unpriced=profit.unpriced,
        )  # fmt: skip

    def margin(
        self, account_id: int, broker: str, legs: list[tuple[Instrument, OrderTerms]]
    ) -> MarginEstimate:
        """What the legs would hold back, placed together on a flat account."""
        options = self._engine.options()
        rows: dict[LegKey, spreads.Row] = {}
        for instrument, terms in legs:
            order = self._hypothetical(account_id, broker, instrument, terms, options)
            key = (order.exchange, order.symbol, order.product)
            flat = PositionRecord(
                account_id=account_id, broker=broker, exchange=key[0], symbol=key[1], product=key[2]
            )
            known = rows.setdefault(key, spreads.Row(instrument, flat, []))
            rows[key] = known._replace(orders=[*known.orders, order])
        groups: dict[tuple[object, ...], list[spreads.Row]] = {}
        for key, row in rows.items():
            item = row.instrument
            together = (key[0], item.name, item.expiry, key[2])
            grouped = spreads.is_grouped(item, options)
            groups.setdefault(together if grouped else key, []).append(row)
        total = sum(
            spreads.estimate(group, options)
            if spreads.is_grouped(group[0].instrument, options)
            else rules.required_margin(group[0].instrument, group[0].position, group[0].orders, options)
            for group in groups.values()
        )
        return MarginEstimate(total=from_paise(total))

    def _hypothetical(
        self, account_id: int, broker: str, instrument: Instrument, terms: OrderTerms, options: PaperOptions
    ) -> OrderRecord:
        command = PlaceOrder(terms=terms, instrument=instrument, tag="")
        market = self._engine.warm(account_id, broker, command)
        return OrderRecord(
            order_id="", tag=None, account_id=account_id, broker=broker, exchange=terms.exchange.value,
            symbol=terms.symbol, side=terms.side.value, product=terms.product.value, quantity=terms.quantity,
            price_type=terms.price_type.value,
            reserve_price=rules.reserve_price(instrument, terms, options, market),
            expires_ms=0, placed_ms=0, updated_ms=0,
        )  # fmt: skip

    def _since(self, unit: Unit, account_id: int) -> int:
        """Books begin at the session boundary, or at a reset after it."""
        account = Accounts(unit).get(account_id)
        begin = epoch_ms(self._sessions.begin(self._sessions.day_of(self._clock.now())))
        return max(begin, account.reset_ms if account else 0)

    def _last(self, row: PositionRecord | HoldingRecord) -> int | None:
        market = self._engine.markets.get(row.broker, row.exchange, row.symbol)
        return market.last if market is not None and market.last is not None else row.last_price
