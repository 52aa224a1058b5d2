"""An order against a book: nothing better than the book, nothing beyond the limit, nothing lost."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.matching import (
    BookLevel,
    Fill,
    average_price,
    is_stop_consistent,
    is_triggered,
    match,
    subtract_consumed,
    working_limit,
)
from domain.orders import PriceType, Side

prices = st.integers(1, 400).map(lambda ticks: Decimal(ticks) / 20)
sides = st.sampled_from(list(Side))
levels = st.lists(st.tuples(prices, st.integers(0, 500)), max_size=8, unique_by=lambda level: level[0])


def book(side: Side, rows: list[tuple[Decimal, int]]) -> list[BookLevel]:
    """The side an order of `side` trades against, best first."""
    return [BookLevel(*row) for row in sorted(rows, reverse=side is Side.SELL)]


@given(sides, st.integers(1, 3000), st.none() | prices, levels)
def test_quantity_is_conserved_and_no_level_gives_more_than_it_has(
    side: Side, quantity: int, limit: Decimal | None, rows: list[tuple[Decimal, int]]
) -> None:
    result = match(side, quantity, limit, book(side, rows))

    assert sum(fill.quantity for fill in result.fills) + result.rest == quantity
    offered = dict(rows)
    assert all(0 < fill.quantity <= offered[fill.price] for fill in result.fills)
    assert len({fill.price for fill in result.fills}) == len(result.fills)


@given(sides, st.integers(1, 3000), st.none() | prices, levels)
def test_no_fill_is_better_than_the_book_or_beyond_the_limit(
    side: Side, quantity: int, limit: Decimal | None, rows: list[tuple[Decimal, int]]
) -> None:
    result = match(side, quantity, limit, book(side, rows))

    best = book(side, rows)[0].price if rows else None
    for fill in result.fills:
        assert best is not None and (fill.price - best) * side.sign >= 0
        assert limit is None or (limit - fill.price) * side.sign >= 0
    paid = [fill.price * side.sign for fill in result.fills]
    assert paid == sorted(paid)


@given(sides, st.integers(1, 3000), st.none() | prices, levels)
def test_an_order_rests_only_when_nothing_admissible_is_left(
    side: Side, quantity: int, limit: Decimal | None, rows: list[tuple[Decimal, int]]
) -> None:
    result = match(side, quantity, limit, book(side, rows))

    admissible = sum(size for price, size in rows if limit is None or (limit - price) * side.sign >= 0)
    assert result.rest == max(0, quantity - admissible)


def test_a_market_order_walks_the_book() -> None:
    asks = [BookLevel(Decimal("100.05"), 30), BookLevel(Decimal("100.10"), 50)]

    result = match(Side.BUY, 60, None, asks)

    assert result.fills == (Fill(Decimal("100.05"), 30), Fill(Decimal("100.10"), 30))
    assert average_price(result.fills) == Decimal("100.075")


def test_a_limit_order_takes_price_improvement() -> None:
    assert match(Side.SELL, 5, Decimal(90), [BookLevel(Decimal(95), 10)]).fills == (Fill(Decimal(95), 5),)


def test_books_out_of_order_and_empty_orders_are_refused() -> None:
    with pytest.raises(ValueError, match="best first"):
        match(Side.BUY, 9, None, [BookLevel(Decimal(2), 1), BookLevel(Decimal(1), 1)])
    with pytest.raises(ValueError, match="quantity 0"):
        match(Side.BUY, 0, None, [])


def test_stops_trigger_on_the_last_price() -> None:
    hundred = Decimal(100)
    assert is_triggered(Side.BUY, hundred, Decimal(100)) and not is_triggered(
        Side.BUY, hundred, Decimal("99.95")
    )
    assert is_triggered(Side.SELL, hundred, Decimal(100)) and not is_triggered(
        Side.SELL, hundred, Decimal("100.05")
    )


def test_a_stop_limit_must_be_able_to_trade_when_triggered() -> None:
    assert is_stop_consistent(Side.BUY, Decimal(100), Decimal(101))
    assert not is_stop_consistent(Side.BUY, Decimal(101), Decimal(100))
    assert is_stop_consistent(Side.SELL, Decimal(101), Decimal(100))
    assert not is_stop_consistent(Side.SELL, Decimal(100), Decimal(101))


def test_only_priced_types_have_a_limit() -> None:
    assert working_limit(PriceType.MARKET, Decimal(5)) is None
    assert working_limit(PriceType.SL, Decimal(5)) == 5
    with pytest.raises(ValueError, match="without a price"):
        working_limit(PriceType.LIMIT, None)


def test_consumed_quantity_is_not_offered_again() -> None:
    rows = [BookLevel(Decimal(1), 10), BookLevel(Decimal(2), 10)]

    assert subtract_consumed(rows, {Decimal(1): 15, Decimal(2): 4}) == [
        BookLevel(Decimal(1), 0), BookLevel(Decimal(2), 6),
    ]  # fmt: skip


def test_nothing_filled_has_no_average() -> None:
    assert average_price([]) is None
