"""Every rupee moves between two accounts: after any sequence, sums are zero and the funds identity holds."""

from __future__ import annotations

import random

import pytest
from paper_desk import ACME, NIFTY_FUT, Desk
from paper_walk import Walk

from domain.errors import Refused


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sums_are_zero_after_any_sequence(seed: int) -> None:
    """The full run is test/perf/ledger.py."""
    walk = Walk(seed)
    for _ in range(1500):
        walk.step()
    walk.audit()
    assert walk.rows.trades > 200


def test_the_stored_books_add_up_after_random_trading_and_restarts(desk: Desk) -> None:
    roll = random.Random(7)
    price = {ACME: 100.0, NIFTY_FUT: 260.0}
    orders: list[str] = []
    for number in range(120):
        item = roll.choice((ACME, NIFTY_FUT))
        price[item] = round(price[item] * (1 + roll.uniform(-0.01, 0.01)), 1)
        desk.tick(item, price[item])
        product = roll.choice(("MIS", "CNC" if item is ACME else "NRML"))
        limit = round(price[item] * (1 + roll.uniform(-0.01, 0.01)), 1)
        try:
            orders.append(
                desk.place(
                    item, roll.choice(("BUY", "SELL")), item.lot_size * roll.randint(1, 5), kind="LIMIT",
                    price=limit, product=product,
                )
            )  # fmt: skip
            if roll.random() < 0.3:
                desk.cancel(roll.choice(orders))
        except Refused:
            pass
        if number % 40 == 39:
            desk.open()
        if number % 20 == 19:
            assert desk.audit() == []
