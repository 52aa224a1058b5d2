"""Limits that stand in for market orders and stops."""

from __future__ import annotations

import random
from decimal import Decimal

from domain.orders import Side
from services.trading.protection.ladder import Band, Ladder, next_price, stop_limit

TICK = Decimal("0.05")
LADDER = Ladder(first_percent=Decimal("0.5"), step_percent=Decimal("0.5"), rungs=4, rung_seconds=2.0)
WIDE = Band(Decimal("80.02"), Decimal("120.03"))


def test_each_rung_reaches_further_on_the_side_that_fills() -> None:
    buys = [next_price(Side.BUY, Decimal(100), WIDE, TICK, LADDER, rung) for rung in range(3)]
    sells = [next_price(Side.SELL, Decimal(100), WIDE, TICK, LADDER, rung) for rung in range(3)]

    assert buys == [Decimal("100.50"), Decimal("101.00"), Decimal("101.50")]
    assert sells == [Decimal("99.50"), Decimal("99.00"), Decimal("98.50")]


def test_half_a_percent_is_not_truncated_to_nothing() -> None:
    """#1783"""
    assert next_price(Side.BUY, Decimal("0.10"), Band(TICK, Decimal(1)), TICK, LADDER, 0) == Decimal("0.15")


def test_a_gap_beyond_the_band_is_cut_at_its_last_tick() -> None:
    assert next_price(Side.BUY, Decimal(130), WIDE, TICK, LADDER, 0) == Decimal("120.00")
    assert next_price(Side.SELL, Decimal(70), WIDE, TICK, LADDER, 0) == Decimal("80.05")


def test_nothing_is_priced_without_a_reference_or_a_tick_inside_the_band() -> None:
    assert next_price(Side.BUY, None, WIDE, TICK, LADDER, 0) is None
    assert (
        next_price(Side.BUY, Decimal(100), Band(Decimal("100.01"), Decimal("100.04")), TICK, LADDER, 0)
        is None
    )


def test_the_ladder_ends_at_its_deadline() -> None:
    assert [LADDER.rung_at(elapsed) for elapsed in (0, 1.99, 2, 7.99, 8)] == [0, 0, 1, 3, None]


def test_a_stop_gets_a_limit_behind_its_trigger_or_is_not_sent() -> None:
    assert stop_limit(Side.SELL, Decimal(90), Decimal(1), WIDE, TICK) == Decimal("89.10")
    assert stop_limit(Side.BUY, Decimal("119.95"), Decimal(5), WIDE, TICK) == Decimal("120.00")
    assert stop_limit(Side.SELL, Decimal(79), Decimal(1), WIDE, TICK) is None


def test_ten_thousand_random_prices_stay_inside_band_and_grid() -> None:
    rng = random.Random(7)
    for _ in range(10_000):
        low = Decimal(rng.randint(1, 50_000)) / 100
        band = Band(low, low + Decimal(rng.randint(10, 9_000)) / 100)
        anchor = Decimal(rng.randint(1, 80_000)) / 100
        price = next_price(rng.choice(list(Side)), anchor, band, TICK, LADDER, rng.randrange(4))
        assert price is not None
        assert band.low <= price <= band.high
        assert price % TICK == 0
