"""Margin, profit, delivery and charges of paper accounts, to the paisa."""

from __future__ import annotations

from decimal import Decimal

import pytest
from paper_desk import ACCOUNT, ACME, BROKER, NIFTY_CE, NIFTY_FUT, USDINR, Desk
from sqlalchemy import text

from domain.errors import InvalidInput, Refused
from services.wire.paper import funds_beyond
from services.wire.portfolio import desk_funds

CRORE = 1_00_00_000_00


@pytest.mark.parametrize(
    ("item", "side", "quantity", "product", "paise"),
    [
        (ACME, "BUY", 10, "MIS", 1000_00 // 5),
        (ACME, "SELL", 10, "MIS", 1000_00 // 5),
        (ACME, "BUY", 10, "CNC", 1000_00),
        (NIFTY_FUT, "BUY", 75, "NRML", 7500_00 // 10),
        (NIFTY_FUT, "SELL", 75, "NRML", 7500_00 // 10),
        (NIFTY_CE, "BUY", 75, "NRML", 7500_00),
        (NIFTY_CE, "SELL", 75, "NRML", 7500_00),
        (USDINR, "BUY", 2, "NRML", 200_000_00 // 10),
    ],
)
def test_a_resting_order_blocks_its_margin_and_a_cancel_frees_it(
    desk: Desk, item, side: str, quantity: int, product: str, paise: int
) -> None:
    desk.tick(item, 100 if side == "SELL" else 101, bids=[(90, 1)], asks=[(110, 1)])
    estimate = desk.desk.margin(
        ACCOUNT, BROKER, [(item, desk.terms(item, side, quantity, kind="LIMIT", price=100, product=product))]
    )
    order_id = desk.place(item, side, quantity, kind="LIMIT", price=100, product=product)
    assert (desk.money().blocked, desk.money().cash) == (paise, CRORE - paise)
    assert estimate.total == Decimal(paise) / 100
    desk.cancel(order_id)
    assert (desk.money().blocked, desk.money().cash) == (0, CRORE)


def test_profit_is_realised_to_the_paisa_and_the_identity_holds(desk: Desk) -> None:
    desk.tick(ACME, 100, bids=[(100, 1000)], asks=[(100, 1000)])
    desk.place(ACME, "BUY", 30)
    desk.tick(ACME, 103.35, bids=[(103.35, 1000)], asks=[(103.4, 1000)])
    desk.place(ACME, "SELL", 10)
    money = desk.money()
    assert money.realised == 33_50
    assert money.blocked == 2000_00 // 5
    assert money.cash + money.blocked == CRORE + 33_50
    position = next(row for row in desk.desk.positions(ACCOUNT, BROKER) if row.symbol == "ACME")
    assert (position.realized_pnl, position.pnl) == (Decimal("33.50"), Decimal("100.50"))


def test_currency_ticks_are_exact(desk: Desk) -> None:
    desk.tick(USDINR, 84.0025, bids=[(84.0025, 100)], asks=[(84.0025, 100)])
    desk.place(USDINR, "BUY", 1, product="NRML")
    desk.tick(USDINR, 84.005, bids=[(84.005, 100)], asks=[(84.0075, 100)])
    desk.place(USDINR, "SELL", 1, product="NRML")
    assert desk.money().realised == 2_50


def test_without_money_the_order_is_kept_as_rejected(desk: Desk) -> None:
    desk.tick(ACME, 100)
    with pytest.raises(Refused, match="Insufficient funds"):
        desk.place(ACME, "BUY", 10**7, product="CNC")
    row = desk.desk.order_book(ACCOUNT, BROKER)[0]
    assert row.status.value == "rejected"
    assert "Insufficient funds" in row.rejection_reason
    assert desk.money().blocked == 0


def test_bought_shares_settle_on_the_next_trading_day_and_can_be_sold(desk: Desk) -> None:
    """Bought on a Friday they arrive on Monday."""
    desk.at("2026-12-04T10:00")
    desk.tick(ACME, 100, bids=[(100, 100)], asks=[(100, 100)])
    desk.place(ACME, "BUY", 10, product="CNC")
    desk.at("2026-12-06T12:00")
    assert (desk.position(ACME, "CNC"), desk.holding(ACME)) == (10, 0)
    desk.at("2026-12-07T09:30")
    assert (desk.position(ACME, "CNC"), desk.holding(ACME)) == (0, 10)
    assert (desk.money().holdings, desk.money().blocked) == (1000_00, 0)
    desk.tick(ACME, 110, bids=[(110, 100)], asks=[(110, 100)])
    desk.place(ACME, "SELL", 4, product="CNC")
    money = desk.money()
    assert (money.realised, money.holdings, money.cash) == (40_00, 600_00, CRORE - 600_00 + 40_00)
    assert desk.holding(ACME) == 6


def test_capital_and_leverage_can_be_changed(desk: Desk) -> None:
    desk.tick(ACME, 100, bids=[(100, 100)], asks=[(100, 100)])
    desk.place(ACME, "BUY", 10)
    desk.room.preferences.put({"starting_capital": 500000}, "simple")
    money = desk.money()
    assert (money.capital, money.blocked, money.cash) == (5_00_000_00, 1000_00, 5_00_000_00 - 1000_00)


@pytest.mark.parametrize(
    "values",
    [
        {"equity_mis_leverage": 0},
        {"equity_mis_leverage": 51},
        {"equity_mis_leverage": "NaN"},
        {"nse_bse_square_off_time": "25:00"},
        {"reset_day": "Someday"},
        {"charges": "yes"},
        {"starting_capital": True},
        {"unknown": 1},
        {"slippage_bps": -1},
        {"charge_rates": [{"segment": "options"}]},
        {"charge_rates": [{"segment": "option", "gst": "-0.1"}]},
        {"charge_rates": [{"segment": "option", "exchange_fee": "NaN"}]},
        {"charge_rates": [{"segment": "option", "typo": "0.1"}]},
    ],
)
def test_a_bad_setting_is_refused_and_nothing_changes(desk: Desk, values: dict) -> None:
    before = desk.room.preferences.get()
    with pytest.raises(InvalidInput):
        desk.room.preferences.put({"charges": True, **values} if "charges" not in values else values)
    assert desk.room.preferences.get() == before


def test_a_position_without_a_price_is_said_in_the_funds_and_adds_no_zero(desk: Desk) -> None:
    desk.tick(ACME, 100, bids=[(100, 1000)], asks=[(100, 1000)])
    desk.place(ACME, "BUY", 30)
    desk.tick(ACME, 103, bids=[(103, 1000)], asks=[(103, 1000)])
    desk.place(ACME, "SELL", 10)
    priced = desk.desk.funds(ACCOUNT, BROKER)
    assert (priced.m2m_realized, priced.m2m_unrealized, priced.unpriced) == (30, 60, 0)
    with desk.stores.sandbox.unit() as unit:
        unit.session.execute(text("UPDATE paper_positions SET last_price = NULL"))
    desk.open()
    funds = desk.desk.funds(ACCOUNT, BROKER)
    assert (funds.m2m_realized, funds.m2m_unrealized, funds.unpriced) == (30, 0, 1)
    assert desk_funds(funds)["m2munrealized"] is None
    assert funds_beyond(desk.room.reports.standing(ACCOUNT), funds)["unpriced"] == 1
