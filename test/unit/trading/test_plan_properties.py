"""Plans as mathematics: slices add up, smart orders converge, exits never turn a position around."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Conflict, InvalidInput
from domain.instruments import Exchange
from domain.orders import OrderRow, OrderStatus, PriceType, Product, Side
from domain.portfolio import Position
from services.trading.commands import Place, Smart
from services.trading.plans.settling import Books
from services.trading.plans.slicing import MOST_CHILDREN, cut, slices, whole_lots
from services.trading.plans.smart import plan_smart

sizes = st.integers(min_value=1, max_value=5_000)


def place(quantity: int, **changes: Any) -> Place:
    made = Place(
        strategy="s", symbol="SBIN", exchange=Exchange.NSE, side=Side.BUY, quantity=Decimal(quantity),
        price_type=PriceType.MARKET, product=Product.MIS,
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def smart(target: int, **changes: Any) -> Smart:
    made = Smart(
        strategy="s", symbol="SBIN", exchange=Exchange.NSE, side=Side.BUY, quantity=Decimal(0),
        position_size=Decimal(target), price_type=PriceType.MARKET, product=Product.MIS,
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def position(quantity: int) -> Position:
    return Position(
        symbol="SBIN", exchange=Exchange.NSE, product=Product.MIS, quantity=quantity, average_price=None
    )


def row(order: Place, order_id: str, status: OrderStatus = OrderStatus.OPEN) -> OrderRow:
    return OrderRow(
        order_id=order_id, symbol=order.symbol, exchange=order.exchange, side=order.side,
        quantity=int(order.quantity), price_type=order.price_type, product=order.product, status=status,
        price=order.price, trigger_price=order.trigger_price, filled_quantity=0,
        pending_quantity=int(order.quantity),
    )  # fmt: skip


def plan(command: Smart, net: int, book: list[OrderRow], freeze: int | None = None) -> list[Place] | str:
    return plan_smart(command, Books([position(net)], book, []), unresolved=[], freeze=freeze)


@given(quantity=st.integers(min_value=1, max_value=10**6), size=sizes)
def test_slices_add_up_and_none_is_larger_than_asked(quantity: int, size: int) -> None:
    parts = slices(quantity, size)
    assert sum(parts) == quantity and max(parts) <= size and min(parts) > 0
    assert all(part == size for part in parts[:-1])


@given(
    lots=st.integers(1, 300),
    size_lots=st.integers(1, 50),
    lot=st.integers(1, 75),
    freeze_lots=st.integers(1, 60),
)
def test_a_split_keeps_whole_lots_under_the_freeze_quantity_or_is_refused(
    lots: int, size_lots: int, lot: int, freeze_lots: int
) -> None:
    order = place(lots * lot, disclosed_quantity=lots * lot)
    try:
        children = cut(order, size_lots * lot, lot_size=lot, freeze=freeze_lots * lot)
    except InvalidInput:
        assert size_lots > freeze_lots or -(-lots // size_lots) > MOST_CHILDREN
        return
    assert sum(child.quantity for child in children) == order.quantity and len(children) <= MOST_CHILDREN
    for child in children:
        assert child.quantity % lot == 0 and child.quantity <= freeze_lots * lot
        assert child.disclosed_quantity <= child.quantity and child.client_order_id is None


@given(
    net=st.integers(-500, 500), targets=st.lists(st.integers(-500, 500), min_size=1, max_size=8),
    freeze=st.one_of(st.none(), st.integers(1, 200)), fills=st.lists(st.integers(0, 3), min_size=24, max_size=24),
)  # fmt: skip
def test_market_smart_orders_reach_every_new_target_whenever_their_fills_arrive(
    net: int, targets: list[int], freeze: int | None, fills: list[int]
) -> None:
    """Targets change while orders of earlier ones still work, on either side; some fill before the next call."""
    book: list[OrderRow] = []
    late = iter(fills)
    for target in targets:
        for repeat in range(3):
            done = book[: next(late)]
            net += sum(item.side.sign * item.quantity for item in done)
            book = book[len(done) :]
            planned = plan(smart(target), net, book, freeze)
            if not isinstance(planned, str):
                assert repeat == 0, "a repeat ordered again"
                assert freeze is None or all(order.quantity <= freeze for order in planned)
                book += [row(order, f"{len(book)}-{number}") for number, order in enumerate(planned)]
            assert net + sum(item.side.sign * item.quantity for item in book) == target


@given(net=st.integers(1, 500), target=st.integers(0, 499))
def test_only_an_order_that_brings_the_position_closer_to_zero_is_an_exit(net: int, target: int) -> None:
    planned = plan(smart(target), net, [])
    if target == net:
        assert isinstance(planned, str)
        return
    assert not isinstance(planned, str)
    assert all(order.reduces is (target < net) for order in planned)
    crossing = plan(smart(-target - 1), net, [])
    assert not isinstance(crossing, str) and not any(order.reduces for order in crossing)


def test_a_resting_stop_or_take_profit_does_not_hold_an_exit_back() -> None:
    stop = place(100, side=Side.SELL, price_type=PriceType.SL, price=Decimal(90), trigger_price=Decimal(91))
    profit = place(100, side=Side.SELL, price_type=PriceType.LIMIT, price=Decimal(130))
    book = [row(stop, "1", OrderStatus.TRIGGER_PENDING), row(profit, "2")]
    planned = plan(smart(0), 100, book)
    assert not isinstance(planned, str)
    assert [(order.side, order.quantity) for order in planned] == [(Side.SELL, 100)]
    assert isinstance(plan(smart(100), 100, book), str)


def test_an_order_with_an_unknown_outcome_stops_a_smart_order(intent: Any) -> None:
    unknown = intent(exchange="NSE", symbol="SBIN")
    with pytest.raises(Conflict, match="unknown outcome"):
        plan_smart(smart(5), Books([], [], []), unresolved=[unknown], freeze=None)
    elsewhere = intent(exchange="NSE", symbol="TCS")
    assert plan_smart(smart(5), Books([], [], []), unresolved=[elsewhere], freeze=None)


@pytest.mark.parametrize(
    ("lot", "freeze", "largest"),
    [(65, 1800, 1755), (120, 2800, 2760), (1, 10, 10), (75, 50, 75), (1, None, None)],
)
def test_a_slice_holds_whole_lots_under_the_freeze_quantity(
    instrument: Any, lot: int, freeze: Any, largest: Any
) -> None:
    assert whole_lots(instrument(lot_size=lot, freeze_qty=freeze)) == largest
