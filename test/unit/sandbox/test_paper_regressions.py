"""What hurt users of paper trading elsewhere; the number is that of the regression catalogue, P its evidence."""

from __future__ import annotations

from decimal import Decimal

import pytest
from paper_desk import ACCOUNT, ACME, BROKER, CRUDE, Desk

from domain.orders import OrderStatus

EXACT = {"bids": [(6000, 10**6)], "asks": [(6000, 10**6)]}


def test_13_a_commodity_counts_its_units_per_lot_in_margin_profit_and_value(desk: Desk) -> None:
    """P6, #868: one lot of crude is a hundred barrels, so one rupee is a hundred."""
    desk.tick(CRUDE, 6000, **EXACT)
    desk.place(CRUDE, "BUY", 2, product="NRML")
    assert desk.money().blocked == 2 * 100 * 6000_00 // 10
    desk.tick(CRUDE, 6001, bids=[(6001, 10)], asks=[(6001, 10)])
    (row,) = desk.desk.positions(ACCOUNT, BROKER)
    assert (row.average_price, row.pnl) == (Decimal(6000), Decimal(200))
    (trade,) = desk.desk.trade_book(ACCOUNT, BROKER)
    assert trade.value == 2 * 100 * 6000
    desk.place(CRUDE, "SELL", 2, product="NRML")
    assert desk.money().realised == 200_00


@pytest.mark.parametrize(("side", "limit", "expected"), [("BUY", 103, "100.05"), ("SELL", 97, "99.95")])
def test_14_a_limit_beyond_the_touch_fills_at_the_touch(desk: Desk, side: str, limit: int, expected) -> None:
    """P7, #1303, #1318: who asks for worse than the market gets the market, not his limit."""
    desk.tick(ACME, 100, bids=[(99.95, 100)], asks=[(100.05, 100)])
    assert desk.row(desk.place(ACME, side, 10, kind="LIMIT", price=limit)).average_price == Decimal(expected)


@pytest.mark.parametrize(("side", "limit", "last"), [("BUY", 99, 90), ("SELL", 101, 110)])
def test_14_a_gap_through_a_resting_limit_fills_at_the_limit(
    desk: Desk, side: str, limit: int, last: int
) -> None:
    """P7, #1304: it stood first in the book, so whoever came traded at its price; never worse, never better."""
    desk.tick(ACME, 100)
    order_id = desk.place(ACME, side, 10, kind="LIMIT", price=limit)
    desk.tick(ACME, last)
    assert (desk.row(order_id).status, desk.row(order_id).average_price) == (
        OrderStatus.COMPLETE, Decimal(limit),
    )  # fmt: skip


def test_14_a_thin_book_fills_in_parts_and_keeps_the_rest_working(desk: Desk) -> None:
    """P7, freqtrade #6635: no order gets more than the book shows at its price."""
    desk.tick(ACME, 100, bids=[(99.95, 7)], asks=[(100.05, 7), (100.1, 5), (100.15, 1000)])
    order_id = desk.place(ACME, "BUY", 20, kind="LIMIT", price=100.1)
    row = desk.row(order_id)
    assert (row.status, row.filled_quantity, row.pending_quantity) == (OrderStatus.OPEN, 12, 8)
    assert row.average_price == ((Decimal("100.05") * 7 + Decimal("100.1") * 5) / 12).quantize(
        Decimal("0.0001")
    )
    desk.tick(ACME, 100, bids=[(99.95, 7)], asks=[(100.15, 1000)])
    assert desk.row(order_id).filled_quantity == 12
