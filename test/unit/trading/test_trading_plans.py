"""Plans of cancel-all and close: pure, complete, and never turning a position around."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.instruments import Exchange
from domain.orders import OrderStatus, PriceType, Product, Side
from domain.portfolio import Position
from services.trading.commands import CancelAll, Close
from services.trading.plans.closing import plan_cancel_all, plan_close


def position(quantity: int, **changes) -> Position:
    facts = {
        "symbol": "TATAPOWER",
        "exchange": Exchange.NSE,
        "product": Product.MIS,
        "average_price": Decimal(390),
    }
    return Position(**{**facts, "quantity": quantity, **changes})


def close(positions, book=(), unresolved=(), freeze=None, **narrow):
    return plan_close(Close(strategy="t", **narrow), positions, book, unresolved, lambda _: freeze)


def test_cancel_all_takes_every_unfinished_order_and_no_other(row) -> None:
    book = [row(order_id=status.value, status=status) for status in OrderStatus]
    assert {item.order_id for item in plan_cancel_all(CancelAll(), book)} == {
        "open",
        "trigger pending",
        "unknown",
    }


def test_cancel_all_can_be_narrowed_to_a_symbol(row) -> None:
    book = [row(order_id="1"), row(order_id="2", symbol="SBIN")]
    assert [item.order_id for item in plan_cancel_all(CancelAll(symbol="SBIN"), book)] == ["2"]


def test_a_long_position_is_sold_and_a_short_one_bought() -> None:
    exits = close([position(10), position(-5, symbol="SBIN"), position(0, symbol="ITC")])
    sent = [(leg.order.symbol, leg.order.side, leg.order.quantity, leg.order.price_type) for leg in exits]
    assert sent == [
        ("TATAPOWER", Side.SELL, Decimal(10), PriceType.MARKET),
        ("SBIN", Side.BUY, Decimal(5), PriceType.MARKET),
    ]
    assert all(leg.order.reduces for leg in exits)


def test_an_exit_above_the_freeze_quantity_is_cut() -> None:
    exits = close([position(4000)], freeze=1800)
    assert [int(leg.order.quantity) for leg in exits] == [1800, 1800, 400]


def test_an_exit_that_is_working_already_is_not_sent_twice(row) -> None:
    working = row(side=Side.SELL, price_type=PriceType.MARKET, quantity=10, pending_quantity=10)
    (leg,) = close([position(10)], [working])
    assert (leg.order, leg.code) == (None, "ALREADY_CLOSING")


def test_a_resting_target_does_not_count_as_an_exit(row) -> None:
    target = row(side=Side.SELL, price_type=PriceType.LIMIT)
    (leg,) = close([position(10)], [target])
    assert int(leg.order.quantity) == 10


def test_no_exit_is_sent_while_an_earlier_one_has_an_unknown_outcome(intent, terms) -> None:
    earlier = intent(terms(side=Side.SELL, price_type=PriceType.MARKET, price=None))
    (leg,) = close([position(10)], unresolved=[earlier])
    assert (leg.order, leg.code) == (None, "OUTCOME_UNKNOWN")


def test_a_product_of_the_vendors_own_is_named_not_guessed() -> None:
    (leg,) = close([position(10, product="BO")])
    assert (leg.order, leg.code) == (None, "UNKNOWN_PRODUCT")


def test_closing_can_be_narrowed_to_one_position() -> None:
    exits = close([position(10), position(5, product=Product.CNC)], product=Product.CNC)
    assert [int(leg.order.quantity) for leg in exits] == [5]


@given(st.integers(-5000, 5000), st.integers(0, 6000), st.none() | st.integers(1, 2000))
def test_exits_and_working_exits_together_never_exceed_the_position(net, working, freeze) -> None:
    book = []
    if net and working:
        from domain.orders import OrderRow

        side = Side.SELL if net > 0 else Side.BUY
        book = [
            OrderRow(
                order_id="1", symbol="TATAPOWER", exchange=Exchange.NSE, side=side, quantity=working,
                price_type=PriceType.MARKET, product=Product.MIS, status=OrderStatus.OPEN, pending_quantity=working,
            )
        ]  # fmt: skip
    sent = sum(int(leg.order.quantity) for leg in close([position(net)], book, freeze=freeze) if leg.order)
    assert sent == max(0, abs(net) - working)
