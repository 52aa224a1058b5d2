"""What a broker leaves out is missing on our screens, and so is every total that it belongs to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from domain.instruments import Exchange
from domain.portfolio import Funds, Holding, Position
from services.wire.portfolio import desk_funds, desk_holdings, desk_position, holdings


def holding(**facts: Any) -> Holding:
    return Holding(symbol="INFY", exchange=Exchange.NSE, quantity=10, **({"average_price": None} | facts))


PRICED = holding(average_price=Decimal(1400), ltp=Decimal(1470), pnl=Decimal(700), pnl_percent=Decimal(5))
UNPRICED = holding(ltp=Decimal(1470))


def test_a_holding_without_average_has_no_average_and_no_profit_on_the_desk() -> None:
    """Lessons §6 item 12: the broker omits the average price on day two."""
    (shown,) = desk_holdings([UNPRICED])["holdings"]
    assert (shown["average_price"], shown["pnl"], shown["pnlpercent"]) == (None, None, None)
    assert shown["current_value"] == 14700.0


def test_a_total_that_lacks_a_row_is_missing_and_the_others_are_not() -> None:
    totals = desk_holdings([PRICED, UNPRICED])["statistics"]
    assert totals == {
        "totalholdingvalue": 29400.0, "totalinvvalue": None, "totalprofitandloss": None, "totalpnlpercentage": None,
    }  # fmt: skip
    assert desk_holdings([PRICED])["statistics"] == holdings([PRICED])["statistics"]


def test_a_position_without_average_shows_neither_average_nor_profit() -> None:
    row = Position(symbol="INFY", exchange=Exchange.NSE, product="NRML", quantity=50, average_price=None)
    shown = desk_position(row)
    assert (shown["average_price"], shown["pnl"], shown["ltp"]) == (None, None, None)


def test_funds_whose_broker_tells_no_profit_show_none_on_the_desk() -> None:
    money = {"available_cash": Decimal(10), "collateral": Decimal(0), "utilised": Decimal(0)}
    shown = desk_funds(Funds(**money, m2m_realized=None, m2m_unrealized=None))
    assert (shown["m2mrealized"], shown["m2munrealized"], shown["availablecash"]) == (None, None, "10.00")
