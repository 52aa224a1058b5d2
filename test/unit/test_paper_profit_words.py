"""What is not known of a paper position is not shown as zero."""

from __future__ import annotations

from decimal import Decimal

from domain.instruments import Exchange
from domain.portfolio import Position
from services.wire import profit


def position(quantity: int, average: str | None, pnl: str | None) -> Position:
    return Position(
        symbol="SBIN", exchange=Exchange.NSE, product="MIS", quantity=quantity,
        average_price=None if average is None else Decimal(average), pnl=None if pnl is None else Decimal(pnl),
        realized_pnl=Decimal(0),
    )  # fmt: skip


def test_a_percentage_needs_a_price_and_a_cost() -> None:
    assert profit.parts(position(10, "100", "50"))["pnlpercent"] == 5.0
    assert profit.parts(position(10, None, "50"))["pnlpercent"] is None
    assert profit.parts(position(10, "100", None))["pnlpercent"] is None
    assert profit.parts(position(0, None, "50"))["pnlpercent"] == 0.0


def test_a_position_without_a_price_is_left_out_of_the_sums_and_counted() -> None:
    sums = profit.totals([position(10, "100", "50"), position(5, "100", None)])
    assert (sums["total_unrealized_pnl"], sums["unpriced"]) == (50.0, 1)
