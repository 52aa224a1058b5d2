"""Paper orders, trades and the instruments they were made in."""

from __future__ import annotations

import msgspec
from sqlalchemy import func, or_, select

from database.models.sandbox import PaperInstrument, PaperOrder, PaperTrade
from database.sandbox.records import OrderRecord, TradeRecord
from database.sandbox.rows import Rows, Statement
from database.stores import Unit
from domain.instruments import Instrument
from utils import json

_orders = Rows(PaperOrder, OrderRecord, key="sequence")
_trades = Rows(PaperTrade, TradeRecord)
_instrument = msgspec.json.Decoder(Instrument)
_IS_WORKING = or_(*(_orders.table.c.status == word for word in ("open", "trigger pending")))
_NEWEST = Statement(select(func.max(_orders.table.c.sequence)))


class Orders:
    """Repository of orders and trades."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session
        self._connection = unit.connection

    def add(self, order: OrderRecord) -> None:
        """A new order; its sequence is set."""
        _orders.add(self._connection, order)

    def next_sequence(self) -> int:
        """The number after the newest order's."""
        ((newest,),) = _NEWEST.rows(self._connection, {})
        return 1 + (newest or 0)

    def save(self, order: OrderRecord) -> None:
        """Write an order that was read in this unit."""
        _orders.save(self._connection, order)

    def find(self, account_id: int, order_id: str) -> OrderRecord | None:
        """One order of an account."""
        found = _orders.read(self._connection, account_id=account_id, order_id=order_id)
        return found[0] if found else None

    def by_tag(self, tag: str) -> OrderRecord | None:
        """The order that was placed under this tag."""
        found = _orders.read(self._connection, tag=tag)
        return found[0] if found else None

    def working(self) -> list[OrderRecord]:
        """Every order that may still trade, oldest first."""
        return _orders.read(self._connection, _IS_WORKING, name="working", order="sequence")

    def working_of(self, account_id: int, exchange: str, symbol: str, product: str) -> list[OrderRecord]:
        """Working orders in one instrument and product, oldest first."""
        return _orders.read(
            self._connection, _IS_WORKING, name="working", order="sequence", account_id=account_id,
            exchange=exchange, symbol=symbol, product=product,
        )  # fmt: skip

    def of_account(self, account_id: int, since_ms: int) -> list[OrderRecord]:
        """Orders placed since an instant, and those still working, oldest first."""
        c = _orders.table.c
        query = select(*_orders.columns).where(
            c.account_id == account_id, (c.placed_ms >= since_ms) | _IS_WORKING
        )
        return _orders.records(self._connection.execute(query.order_by(c.sequence)))

    def moved_since(self, at_ms: int) -> list[OrderRecord]:
        """Orders of all accounts that changed since an instant, oldest first."""
        c = _orders.table.c
        query = select(*_orders.columns).where(c.updated_ms >= at_ms).order_by(c.sequence)
        return _orders.records(self._connection.execute(query))

    def add_trade(self, trade: TradeRecord) -> None:
        """A new fill."""
        _trades.add(self._connection, trade)

    def trades(self, account_id: int, since_ms: int) -> list[TradeRecord]:
        """Fills since an instant, oldest first."""
        c = _trades.table.c
        query = select(*_trades.columns).where(c.account_id == account_id, c.traded_ms >= since_ms)
        return _trades.records(self._connection.execute(query.order_by(c.id)))

    def sold_for_delivery(self, account_id: int, exchange: str, symbol: str, since_ms: int) -> bool:
        """Whether shares were sold for delivery since an instant."""
        c = _trades.table.c
        query = select(c.id).where(
            c.account_id == account_id, c.traded_ms >= since_ms, c.exchange == exchange, c.symbol == symbol,
            c.product == "CNC", c.side == "SELL",
        )  # fmt: skip
        return self._connection.execute(query.limit(1)).first() is not None

    def remember(self, broker: str, instrument: Instrument) -> None:
        """Keep what an instrument is."""
        row = self._session.get(PaperInstrument, (broker, instrument.exchange.value, instrument.symbol))
        facts = json.encode_text(instrument)
        if row is None:
            self._session.add(
                PaperInstrument(
                    broker=broker, exchange=instrument.exchange.value, symbol=instrument.symbol, facts=facts
                )
            )  # fmt: skip
        else:
            row.facts = facts
        self._session.flush()

    def instrument(self, broker: str, exchange: str, symbol: str) -> Instrument | None:
        """An instrument as it was when it was last traded."""
        row = self._session.get(PaperInstrument, (broker, exchange, symbol))
        return _instrument.decode(row.facts) if row else None
