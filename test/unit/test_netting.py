"""Fills net into a position without losing a paisa."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.netting import Net, apply_fill

fills = st.lists(st.tuples(st.integers(-500, 500).filter(bool), st.integers(1, 10**7)), max_size=30)


@given(fills)
def test_realised_profit_and_open_cost_add_up_to_the_money_that_moved(rows: list[tuple[int, int]]) -> None:
    net, realised, cash = Net(), 0, 0
    for quantity, value in rows:
        net, gain = apply_fill(net, quantity, value)
        realised += gain
        cash += -value if quantity > 0 else value

    assert net.quantity == sum(quantity for quantity, _ in rows)
    assert net.cost >= 0 and (net.quantity != 0 or net.cost == 0)
    assert cash == realised - (net.cost if net.quantity > 0 else -net.cost)


def test_a_partial_close_keeps_the_average() -> None:
    net, realised = apply_fill(Net(100, 100_00_00), -40, 44_00_00)

    assert (net, realised) == (Net(60, 60_00_00), 4_00_00)


def test_a_flip_opens_the_rest_at_the_price_of_the_fill() -> None:
    net, realised = apply_fill(Net(-50, 50_00), 80, 72_00)

    assert (net, realised) == (Net(30, 27_00), 5_00)


def test_a_fill_of_nothing_changes_nothing() -> None:
    assert apply_fill(Net(5, 10), 0, 0) == (Net(5, 10), 0)
