"""Which plans of an account run side by side, and which wait for each other."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from domain.instruments import Exchange
from domain.orders import PriceType, Product, Side
from services.trading.commands import Basket, CancelAll, Close, Smart
from services.trading.plans.turns import scope_of
from utils.concurrency import ScopedLocks


def smart(symbol: str = "SBIN", exchange: Exchange = Exchange.NSE, product: Product = Product.MIS) -> Smart:
    return Smart(
        strategy="s", symbol=symbol, exchange=exchange, side=Side.BUY, quantity=Decimal(1), position_size=Decimal(5),
        price_type=PriceType.MARKET, product=product,
    )  # fmt: skip


def mandate(account_id: int = 7, mode: str = "live") -> Any:
    return SimpleNamespace(account=SimpleNamespace(account_id=account_id), desk=SimpleNamespace(mode=mode))


def run_together(one: Any, other: Any, mandates: Iterable[Any] = (mandate(), mandate())) -> bool:
    """Whether the second plan may begin while the first runs."""
    locks = ScopedLocks()
    first, second = (scope_of(command, whose) for command, whose in zip((one, other), mandates, strict=True))
    if first is None or second is None:
        return True
    with locks.hold(first, 0), locks.hold(second, 0) as held:
        return held


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (smart(), smart("TCS")),
        (smart(), smart(exchange=Exchange.BSE)),
        (smart(), smart(product=Product.CNC)),
        (smart(), Close(symbol="TCS", exchange=Exchange.NSE)),
        (smart(), Close(symbol="SBIN", exchange=Exchange.NSE, product=Product.CNC)),
        (smart(), CancelAll(symbol="TCS", exchange=Exchange.NSE)),
        (Close(), Basket(strategy="s", orders=())),
    ],
)
def test_plans_that_touch_different_positions_run_side_by_side(one: Any, other: Any) -> None:
    assert run_together(one, other) and run_together(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (smart(), smart()),
        (smart(), Close()),
        (smart(), CancelAll()),
        (smart(), Close(symbol="SBIN")),
        (smart(), CancelAll(symbol="SBIN", exchange=Exchange.NSE)),
        (Close(), Close()),
        (Close(), CancelAll(symbol="TCS")),
    ],
)
def test_plans_of_one_position_never_run_together(one: Any, other: Any) -> None:
    assert not run_together(one, other) and not run_together(other, one)


def test_another_account_and_another_mode_do_not_wait() -> None:
    assert run_together(Close(), Close(), (mandate(), mandate(account_id=8)))
    assert run_together(Close(), Close(), (mandate(), mandate(mode="analyze")))
