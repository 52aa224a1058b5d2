"""Paper orders, trades and the instruments they were made in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.sql.selectable import Select

from database.models.sandbox import PaperInstrument, PaperOrder, PaperTrade
from database.sandbox.records import OrderRecord, TradeRecord
from database.stores import Unit
from domain.instruments import Instrument
from utils import json

WORKING = ("open", "trigger pending")
R = TypeVar("R", bound=msgspec.Struct)
_instrument = msgspec.json.Decoder(Instrument)


def columns(model: Any, kind: type[msgspec.Struct]) -> list[Any]:
    """The model's columns in the order of the record's fields."""
    return [model.__table__.c[name] for name in kind.__struct_fields__]


def values(record: msgspec.Struct, *, without: str | None = None) -> dict[str, Any]:
    """Column values of a record."""
    return {name: getattr(record, name) for name in record.__struct_fields__ if name != without}


_ORDER, _TRADE = columns(PaperOrder, OrderRecord), columns(PaperTrade, TradeRecord)


class Orders:
    """Repository of orders and trades."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def _orders(self, query: Select[Any]) -> list[OrderRecord]:
        fields = OrderRecord.__struct_fields__
        return [
            OrderRecord(**dict(zip(fields, row, strict=True))) for row in self._session.execute(query).all()
        ]

    def add(self, order: OrderRecord) -> None:
        """A new order; its sequence is set."""
        result: Any = self._session.execute(insert(PaperOrder).values(values(order, without="sequence")))
        order.sequence = result.inserted_primary_key[0]

    def save(self, order: OrderRecord) -> None:
        """Write an order that was read in this unit."""
        self._session.execute(
            update(PaperOrder)
            .where(PaperOrder.__table__.c.sequence == order.sequence)
            .values(values(order, without="sequence"))
        )

    def find(self, account_id: int, order_id: str) -> OrderRecord | None:
        """One order of an account."""
        mine = (PaperOrder.account_id == account_id, PaperOrder.order_id == order_id)
        return next(iter(self._orders(select(*_ORDER).where(*mine))), None)

    def by_tag(self, tag: str) -> OrderRecord | None:
        """The order that was placed under this tag."""
        return next(iter(self._orders(select(*_ORDER).where(PaperOrder.tag == tag))), None)

    def working(self) -> list[OrderRecord]:
        """Every order that may still trade, oldest first."""
        query = select(*_ORDER).where(PaperOrder.status.in_(WORKING)).order_by(PaperOrder.sequence)
        return self._orders(query)

    def working_of(
        self, account_id: int, exchange: str, symbol: str, product: str | None = None
    ) -> list[OrderRecord]:
        """Working orders in one instrument (and product), oldest first."""
        wanted = [
            PaperOrder.account_id == account_id, PaperOrder.exchange == exchange, PaperOrder.symbol == symbol,
            PaperOrder.status.in_(WORKING),
        ]  # fmt: skip
        if product is not None:
            wanted.append(PaperOrder.product == product)
        return self._orders(select(*_ORDER).where(*wanted).order_by(PaperOrder.sequence))

    def of_account(self, account_id: int, since_ms: int) -> list[OrderRecord]:
        """Orders placed since an instant, and those still working, oldest first."""
        recent = (PaperOrder.placed_ms >= since_ms) | PaperOrder.status.in_(WORKING)
        query = select(*_ORDER).where(PaperOrder.account_id == account_id, recent)
        return self._orders(query.order_by(PaperOrder.sequence))

    def add_trade(self, trade: TradeRecord) -> None:
        """A new fill."""
        self._session.execute(insert(PaperTrade).values(values(trade)))

    def trades(self, account_id: int, since_ms: int) -> list[TradeRecord]:
        """Fills since an instant, oldest first."""
        query = select(*_TRADE).where(PaperTrade.account_id == account_id, PaperTrade.traded_ms >= since_ms)
        fields = TradeRecord.__struct_fields__
        rows: Sequence[Any] = self._session.execute(query.order_by(PaperTrade.id)).all()
        return [TradeRecord(**dict(zip(fields, row, strict=True))) for row in rows]

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
            self._session.flush()
        else:
            row.facts = facts

    def instrument(self, broker: str, exchange: str, symbol: str) -> Instrument | None:
        """An instrument as it was when it was last traded."""
        row = self._session.get(PaperInstrument, (broker, exchange, symbol))
        return _instrument.decode(row.facts) if row else None
