"""Builders of domain values for the pure tests of the trading room."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from database.journal import IntentRow
from domain.instruments import Exchange, Instrument, InstrumentType
from domain.orders import OrderRow, OrderStatus, OrderTerms, PriceType, Product, Side
from services.trading.commands import Place

NOW_MS = 1_795_000_000_000


@pytest.fixture
def instrument() -> Callable[..., Instrument]:
    def make(**changes: Any) -> Instrument:
        row = Instrument(
            symbol="TATAPOWER", exchange=Exchange.NSE, broker_symbol="TATAPOWER", broker_exchange="NSE", token="3426",
            name="TATA POWER", instrument_type=InstrumentType.EQ, lot_size=1, tick_size=Decimal("0.05"),
        )  # fmt: skip
        return msgspec.structs.replace(row, **changes)

    return make


@pytest.fixture
def place() -> Callable[..., Place]:
    def make(**changes: Any) -> Place:
        command = Place(
            strategy="t", symbol="TATAPOWER", exchange=Exchange.NSE, side=Side.BUY, quantity=Decimal(10),
            price_type=PriceType.LIMIT, product=Product.MIS, price=Decimal("391.40"),
        )  # fmt: skip
        return msgspec.structs.replace(command, **changes)

    return make


@pytest.fixture
def terms() -> Callable[..., OrderTerms]:
    def make(**changes: Any) -> OrderTerms:
        made = OrderTerms(
            symbol="TATAPOWER", exchange=Exchange.NSE, side=Side.BUY, quantity=10, price_type=PriceType.LIMIT,
            product=Product.MIS, price=Decimal("391.40"),
        )  # fmt: skip
        return msgspec.structs.replace(made, **changes)

    return make


@pytest.fixture
def row() -> Callable[..., OrderRow]:
    def make(**changes: Any) -> OrderRow:
        made = OrderRow(
            order_id="1", symbol="TATAPOWER", exchange=Exchange.NSE, side=Side.BUY, quantity=10,
            price_type=PriceType.LIMIT, product=Product.MIS, status=OrderStatus.OPEN, price=Decimal("391.40"),
            filled_quantity=0, pending_quantity=10,
        )  # fmt: skip
        return msgspec.structs.replace(made, **changes)

    return make


@pytest.fixture
def intent(terms: Callable[..., OrderTerms]) -> Callable[..., IntentRow]:
    def make(carried: OrderTerms | None = None, **changes: Any) -> IntentRow:
        made = IntentRow(
            tag="OA0123456789ABCDEF", user_id=1, account_id=7, broker="b", mode="live", operation="place",
            state="unknown", order_id=None, symbol="TATAPOWER", exchange="NSE",
            terms=msgspec.json.encode(carried or terms()).decode(), strategy="t", source="api", code=None,
            message=None, created_ms=NOW_MS, decided_ms=None,
        )  # fmt: skip
        return msgspec.structs.replace(made, **changes)

    return make
