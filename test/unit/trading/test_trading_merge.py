"""Merging what is learnt about an order: monotone, and nothing twice."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from domain.instruments import Exchange
from domain.orders import OrderRow, OrderStatus, PriceType, Product, Side
from services.trading.updates.merge import merge

UTC = dt.UTC
AT = dt.datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


def test_the_same_facts_are_not_news(row) -> None:
    assert merge(row(), row()) is None


def test_a_fill_is_news(row) -> None:
    merged = merge(row(), row(filled_quantity=4, pending_quantity=6))
    assert merged is not None and merged.filled_quantity == 4


def test_fills_never_shrink(row) -> None:
    assert merge(row(filled_quantity=4), row(filled_quantity=2)) is None


def test_a_finished_order_does_not_come_back_to_life(row) -> None:
    assert merge(row(status=OrderStatus.CANCELLED), row()) is None


def test_a_fill_after_a_cancellation_is_not_lost(row) -> None:
    merged = merge(row(status=OrderStatus.CANCELLED), row(status=OrderStatus.OPEN, filled_quantity=4))
    assert merged is not None
    assert (merged.status, merged.filled_quantity) == (OrderStatus.CANCELLED, 4)


def test_older_facts_do_not_overwrite_newer_ones(row) -> None:
    new = row(price=Decimal(392), updated_at=AT)
    old = row(price=Decimal(391), updated_at=AT - dt.timedelta(seconds=1))
    assert merge(new, old) is None


def test_a_triggered_stop_does_not_wait_again_without_new_terms(row) -> None:
    waiting = row(status=OrderStatus.TRIGGER_PENDING, price_type=PriceType.SL, trigger_price=Decimal(390))
    working = msgspec.structs.replace(waiting, status=OrderStatus.OPEN)
    assert merge(working, waiting) is None
    changed = msgspec.structs.replace(waiting, trigger_price=Decimal(389))
    assert merge(working, changed) is not None


def test_an_unknown_status_keeps_the_known_one(row) -> None:
    merged = merge(row(), row(status=OrderStatus.UNKNOWN, filled_quantity=3))
    assert merged is not None and merged.status is OrderStatus.OPEN


def test_what_a_vendor_leaves_out_stays_known(row) -> None:
    known = row(filled_quantity=4, average_price=Decimal("391.25"))
    merged = merge(known, row(status=OrderStatus.CANCELLED, filled_quantity=None))
    assert merged is not None
    assert (merged.filled_quantity, merged.average_price) == (4, Decimal("391.25"))


def test_an_average_of_fewer_units_is_not_shown_for_more(row) -> None:
    known = row(filled_quantity=4, average_price=Decimal("391.25"))
    merged = merge(known, row(filled_quantity=10, status=OrderStatus.COMPLETE))
    assert merged is not None and merged.average_price is None


def test_an_older_fact_still_tells_what_the_newer_one_left_out(row) -> None:
    known = row(status=OrderStatus.COMPLETE, filled_quantity=10, updated_at=AT)
    older = msgspec.structs.replace(
        known, average_price=Decimal("391.25"), updated_at=AT - dt.timedelta(seconds=1)
    )
    merged = merge(known, older)
    assert merged is not None and (merged.average_price, merged.updated_at) == (Decimal("391.25"), AT)


STATES = st.builds(
    OrderRow, order_id=st.just("1"), symbol=st.just("A"), exchange=st.just(Exchange.NSE), side=st.just(Side.BUY),
    quantity=st.just(10), price_type=st.just(PriceType.LIMIT), product=st.just(Product.MIS),
    status=st.sampled_from(OrderStatus), filled_quantity=st.integers(0, 10),
    updated_at=st.none() | st.integers(0, 5).map(lambda second: AT + dt.timedelta(seconds=second)),
)  # fmt: skip


@given(st.lists(STATES, min_size=1, max_size=12))
def test_in_any_order_fills_grow_and_final_states_stay(facts) -> None:
    known = None
    for fact in facts:
        merged = merge(known, fact)
        if merged is None:
            continue
        if known is not None:
            assert (merged.filled_quantity or 0) >= (known.filled_quantity or 0)
            if known.status.is_terminal and merged.filled_quantity == known.filled_quantity:
                assert merged.status is known.status
        known = merged
        assert merge(known, fact) is None
