"""Profit of the day: by symbol, by strategy, and its curve. No number without a basis."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.instruments import Exchange
from domain.market import Candle
from domain.orders import Product, Side
from domain.portfolio import Position
from services.portfolio.attribution import Fill, by_strategy, by_symbol, traded
from services.portfolio.day_curve import Change, Point, Track, curve, extremes
from utils.clock import IST

AT = dt.datetime(2026, 11, 20, 9, 30, tzinfo=IST)
FREE = {str(number): Decimal(1) for number in range(20)}


def fill(side: Side, quantity: int, price: int, strategy: str | None = "orb", **changes) -> Fill:
    facts = {
        "exchange": Exchange.NSE, "symbol": "SBIN", "product": "MIS", "order_id": "1", "at": AT,
        "value": Decimal(quantity * price),
    }  # fmt: skip
    return Fill(**{**facts, "side": side, "quantity": quantity, "strategy": strategy, **changes})


def position(quantity: int, ltp: int | None = 110, **changes) -> Position:
    facts = {
        "symbol": "SBIN",
        "exchange": Exchange.NSE,
        "product": Product.MIS,
        "average_price": Decimal(100),
    }
    last = None if ltp is None else Decimal(ltp)
    return Position(**{**facts, "quantity": quantity, "ltp": last, **changes})


def test_a_strategy_owns_what_its_own_fills_won() -> None:
    fills = [fill(Side.BUY, 10, 100), fill(Side.SELL, 4, 105), fill(Side.BUY, 5, 108, strategy="mean")]
    rows = {row.strategy: row for row in by_strategy([position(11)], fills, FREE)}
    assert (rows["orb"].realised, rows["orb"].unrealised, rows["orb"].trades) == (20, 60, 2)
    assert (rows["mean"].realised, rows["mean"].unrealised) == (0, 10)


def test_orders_placed_elsewhere_stand_apart_and_last() -> None:
    fills = [fill(Side.BUY, 1, 100, strategy=None), fill(Side.BUY, 1, 100, strategy="zeta")]
    assert [row.strategy for row in by_strategy([position(2)], fills, FREE)] == ["zeta", None]


def test_open_units_without_a_price_are_counted_instead_of_valued() -> None:
    (row,) = by_strategy([position(10, ltp=None)], [fill(Side.BUY, 10, 100)], FREE)
    assert (row.unrealised, row.total, row.unpriced) == (None, None, 1)


def test_a_sale_of_units_from_earlier_days_is_no_short_of_the_strategy() -> None:
    (row,) = by_strategy([position(0)], [fill(Side.SELL, 10, 120)], FREE)
    assert (row.realised, row.unrealised, row.unpriced) == (0, None, 1)
    (symbol,) = by_symbol([position(0)], [fill(Side.SELL, 10, 120)], FREE)
    assert symbol.carried == 10


def test_a_symbol_shows_the_brokers_figures_or_none() -> None:
    told = position(10, pnl=Decimal(90), realized_pnl=Decimal(30))
    (row,) = by_symbol([told], [fill(Side.BUY, 10, 100)], FREE)
    assert (row.realised, row.unrealised, row.total, row.carried) == (30, 60, 90, 0)
    (silent,) = by_symbol([position(10)], [fill(Side.BUY, 10, 100)], FREE)
    assert (silent.realised, silent.unrealised, silent.total) == (None, None, None)


def test_charges_are_missing_as_soon_as_one_orders_are() -> None:
    fills = [fill(Side.BUY, 1, 100, order_id="1"), fill(Side.BUY, 1, 100, order_id="2")]
    assert by_strategy([position(2)], fills, {"1": Decimal(3), "2": Decimal(4)})[0].charges == 7
    assert by_strategy([position(2)], fills, {"1": Decimal(3), "2": None})[0].charges is None


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 50), st.integers(1, 500)), min_size=1, max_size=12))
def test_realised_and_unrealised_together_are_the_cash_and_the_open_value(deals) -> None:
    sums = traded(fill(Side.BUY if buys else Side.SELL, quantity, price) for buys, quantity, price in deals)
    whole = sums.sell_value - sums.buy_value + sums.net * 77
    assert abs(sums.realised + sums.unrealised(Decimal(77), 1) - whole) < Decimal("1e-9")


def bars(*closes: float) -> list[Candle]:
    return [Candle(60 * number, close, close, close, close, 1) for number, close in enumerate(closes)]


def test_the_curve_follows_fills_and_bars() -> None:
    track = Track(
        changes=[Change(30, 10, Decimal(-1000)), Change(150, -10, Decimal(1200))], bars=bars(101, 105, 130),
        bar_seconds=60,
    )  # fmt: skip
    found = {point.at: point.profit for point in curve([track], 0)}
    assert found == {0: 0, 30: 0, 60: 10, 120: 50, 150: 200, 180: 200}


def test_what_was_carried_counts_from_the_previous_close() -> None:
    track = Track(changes=[], bars=bars(90, 97), bar_seconds=60, carried=-5, previous_close=Decimal(100))
    assert [point.profit for point in curve([track], 0)] == [0, 50, 15]


def test_the_deepest_fall_is_from_a_high_before_it() -> None:
    points = [Point(at, Decimal(profit)) for at, profit in enumerate([0, 40, 10, 60, 25, 30])]
    found = extremes(points)
    assert found is not None
    assert (found.highest.profit, found.lowest.profit) == (60, 0)
    assert (found.drawdown, found.drawdown_from.at, found.drawdown_to.at) == (35, 3, 4)
    assert extremes([]) is None
    only_lost = extremes([Point(1, Decimal(-5))])
    assert only_lost is not None and (only_lost.highest.profit, only_lost.drawdown) == (0, 5)
