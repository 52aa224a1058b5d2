"""Repository of webhook strategies and their mappings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import delete, func, select, update

from database.identity import deleted_rows
from database.models import automation as tables
from database.stores import Unit
from domain.instruments import Exchange
from domain.orders import Product


class StrategyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One strategy, as stored. Times: HH:MM, IST. account_id None: whichever account is active."""

    id: int
    user_id: int
    account_id: int | None
    name: str
    platform: str
    webhook_digest: str
    trading_mode: str
    is_intraday: bool
    start_time: str | None
    end_time: str | None
    squareoff_time: str | None
    is_active: bool
    squared_off_on: str | None
    signing_sealed: str | None
    created_at: dt.datetime
    updated_at: dt.datetime


class MappingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is traded for a symbol. quantity: units."""

    id: int
    strategy_id: int
    symbol: str
    exchange: Exchange
    quantity: int
    product_type: Product


class Strategies:
    """Rows within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def add(self, values: Mapping[str, Any], now: dt.datetime) -> StrategyRecord:
        """A new strategy. Raises IntegrityError when the user has one of that name."""
        row = tables.Strategy(**values, created_at=now, updated_at=now)
        self._session.add(row)
        self._session.flush()
        return _strategy(row)

    def get(self, strategy_id: int) -> StrategyRecord | None:
        """By id."""
        row = self._session.get(tables.Strategy, strategy_id)
        return _strategy(row) if row is not None else None

    def by_digest(self, digest: str) -> StrategyRecord | None:
        """By the digest of its webhook id."""
        row = self._session.scalar(select(tables.Strategy).where(tables.Strategy.webhook_digest == digest))
        return _strategy(row) if row is not None else None

    def of_user(self, user_id: int) -> list[StrategyRecord]:
        """Oldest first."""
        query = select(tables.Strategy).where(tables.Strategy.user_id == user_id)
        return [_strategy(row) for row in self._session.scalars(query.order_by(tables.Strategy.id))]

    def to_square_off(self, today: str, until: str) -> list[StrategyRecord]:
        """Intraday strategies whose square-off time is `until` (HH:MM) or earlier and was not served `today`."""
        table = tables.Strategy
        query = select(table).where(
            table.is_intraday, table.squareoff_time <= until,
            (table.squared_off_on.is_(None)) | (table.squared_off_on != today),
        )  # fmt: skip
        return [_strategy(row) for row in self._session.scalars(query)]

    def change(self, strategy_id: int, values: Mapping[str, Any], now: dt.datetime) -> None:
        """Set columns. Raises IntegrityError when the user has another strategy of that name."""
        query = update(tables.Strategy).where(tables.Strategy.id == strategy_id)
        self._session.execute(query.values(**values, updated_at=now))

    def mark_squared_off(self, strategy_id: int, today: str) -> bool:
        """Its square-off of this Indian date is done; whether it was not yet."""
        table = tables.Strategy
        query = update(table).where(
            table.id == strategy_id, (table.squared_off_on.is_(None)) | (table.squared_off_on != today)
        )
        return deleted_rows(self._session.execute(query.values(squared_off_on=today))) == 1

    def remove(self, strategy_id: int) -> None:
        """With its mappings; deliveries stay."""
        self._session.execute(delete(tables.Strategy).where(tables.Strategy.id == strategy_id))

    def mappings(self, strategy_id: int) -> list[MappingRecord]:
        """Oldest first."""
        table = tables.StrategyMapping
        query = select(table).where(table.strategy_id == strategy_id).order_by(table.id)
        return [_mapping(row) for row in self._session.scalars(query)]

    def mapping_counts(self, user_id: int) -> dict[int, int]:
        """Strategy -> mappings, of a user's strategies that have any."""
        query = (
            select(tables.StrategyMapping.strategy_id, func.count())
            .join(tables.Strategy, tables.Strategy.id == tables.StrategyMapping.strategy_id)
            .where(tables.Strategy.user_id == user_id)
            .group_by(tables.StrategyMapping.strategy_id)
        )
        return {int(key): int(count) for key, count in self._session.execute(query)}

    def add_mapping(self, strategy_id: int, values: Mapping[str, Any]) -> None:
        """A new mapping. Raises IntegrityError when the symbol is mapped already."""
        self._session.add(tables.StrategyMapping(strategy_id=strategy_id, **values))
        self._session.flush()

    def change_mapping(self, strategy_id: int, mapping_id: int, values: Mapping[str, Any]) -> bool:
        """Replace a mapping; whether the strategy has it. Raises IntegrityError as above."""
        table = tables.StrategyMapping
        query = update(table).where(table.id == mapping_id, table.strategy_id == strategy_id)
        return deleted_rows(self._session.execute(query.values(**values))) == 1

    def remove_mapping(self, strategy_id: int, mapping_id: int) -> bool:
        """Whether the strategy had it."""
        table = tables.StrategyMapping
        query = delete(table).where(table.id == mapping_id, table.strategy_id == strategy_id)
        return deleted_rows(self._session.execute(query)) == 1


def _strategy(row: tables.Strategy) -> StrategyRecord:
    return StrategyRecord(**{name: getattr(row, name) for name in StrategyRecord.__struct_fields__})


def _mapping(row: tables.StrategyMapping) -> MappingRecord:
    return MappingRecord(
        id=row.id, strategy_id=row.strategy_id, symbol=row.symbol, exchange=Exchange(row.exchange),
        quantity=row.quantity, product_type=Product(row.product_type),
    )  # fmt: skip
