"""What time does to paper books: square-off, expiry, the turn of the day, resets, and all of it after downtime."""

from __future__ import annotations

from decimal import Decimal

import pytest
from paper_desk import ACCOUNT, ACME, BROKER, CRUDE, NIFTY_CE, NIFTY_FUT, Desk

from domain.errors import Refused
from domain.orders import OrderStatus

CRORE = 1_00_00_000_00


@pytest.mark.parametrize(("item", "before", "after"), [(ACME, "15:14", "15:15"), (CRUDE, "23:29", "23:30")])
def test_intraday_positions_are_closed_at_their_groups_time(
    desk: Desk, item, before: str, after: str
) -> None:
    desk.tick(item, 100)
    desk.place(item, "BUY", 10)
    resting = desk.place(item, "BUY", 10, kind="LIMIT", price=90)
    desk.at(f"2026-11-30T{before}")
    assert desk.position(item) == 10
    desk.tick(item, 101)
    desk.at(f"2026-11-30T{after}")
    assert desk.position(item) == 0
    assert desk.row(resting).status is OrderStatus.CANCELLED
    assert desk.money().blocked == 0


def test_only_intraday_positions_are_squared_off(desk: Desk) -> None:
    desk.tick(NIFTY_FUT, 100)
    desk.place(NIFTY_FUT, "BUY", 75, product="NRML")
    desk.at("2026-11-30T15:20")
    assert desk.position(NIFTY_FUT, "NRML") == 75


def test_after_square_off_only_reducing_intraday_orders_are_taken(desk: Desk) -> None:
    desk.at("2026-11-30T15:16")
    desk.tick(ACME, 100)
    with pytest.raises(Refused) as error:
        desk.place(ACME, "BUY", 10)
    assert error.value.code == "AFTER_SQUARE_OFF"
    desk.place(ACME, "BUY", 10, product="CNC")


def test_downtime_over_square_off_closes_at_the_last_known_price(desk: Desk) -> None:
    desk.tick(ACME, 100, bids=[(100, 100)], asks=[(100, 100)])
    desk.place(ACME, "BUY", 10)
    desk.clock.advance(86_400)
    desk.clock.jump(desk.clock.now().replace(hour=20))
    desk.tape.depths.clear()
    desk.open()
    assert desk.position(ACME) == 0
    assert "last known price" in desk.room.by_id(ACCOUNT, _last_order(desk)).rejection_reason
    assert desk.money().realised == 0


def _last_order(desk: Desk) -> str:
    return desk.desk.order_book(ACCOUNT, BROKER)[-1].order_id


@pytest.mark.parametrize(("rule", "profit"), [("ltp", 50), ("zero", -100)])
def test_an_expired_option_is_settled_once_by_the_chosen_rule(desk: Desk, rule: str, profit: int) -> None:
    desk.room.preferences.put({"option_expiry_settlement": rule})
    desk.at("2026-12-28T10:00")
    desk.tick(NIFTY_CE, 100, bids=[(100, 100)], asks=[(100, 100)])
    desk.place(NIFTY_CE, "BUY", 75, product="NRML")
    desk.at("2026-12-29T14:00")
    desk.tick(NIFTY_CE, 150)
    desk.at("2026-12-29T18:00")
    assert desk.position(NIFTY_CE, "NRML") == 0
    assert (desk.money().realised, desk.money().blocked) == (profit * 75 * 100, 0)
    desk.room.rounds.run()
    assert desk.money().realised == profit * 75 * 100


def test_intrinsic_settlement_uses_the_underlying_when_it_is_followed(desk: Desk) -> None:
    from paper_desk import instrument

    spot = instrument("NIFTY")
    desk.room.preferences.put({"option_expiry_settlement": "intrinsic"})
    desk.at("2026-12-28T10:00")
    desk.tick(NIFTY_CE, 100, bids=[(100, 100)], asks=[(100, 100)])
    desk.place(NIFTY_CE, "BUY", 75, product="NRML")
    desk.tick(spot, 26400)
    desk.place(spot, "BUY", 1, product="CNC")
    desk.tick(spot, 26620)
    desk.at("2026-12-29T18:00")
    assert desk.money().realised == (120 - 100) * 75 * 100


def test_the_day_turns_at_the_session_boundary_with_its_figures_kept(desk: Desk) -> None:
    desk.tick(NIFTY_FUT, 100, bids=[(100, 500)], asks=[(100, 500)])
    desk.place(NIFTY_FUT, "BUY", 150, product="NRML")
    desk.tick(NIFTY_FUT, 110, bids=[(110, 500)], asks=[(110, 500)])
    desk.place(NIFTY_FUT, "SELL", 75, product="NRML")
    desk.at("2026-12-01T03:29")
    assert desk.desk.funds(ACCOUNT, BROKER).m2m_realized == Decimal(750)
    desk.at("2026-12-01T03:31")
    funds = desk.desk.funds(ACCOUNT, BROKER)
    assert (funds.m2m_realized, funds.m2m_unrealized) == (Decimal(0), Decimal(750))
    today, monday = desk.room.reports.show(ACCOUNT).days
    assert (today.day, today.realised) == ("2026-12-01", 0)
    assert (monday.day, monday.realised, monday.positions_unrealised) == ("2026-11-30", 750_00, 750_00)
    assert monday.portfolio_value == CRORE + 1500_00
    assert desk.desk.order_book(ACCOUNT, BROKER) == []
    assert desk.desk.trade_book(ACCOUNT, BROKER) == []


def test_a_week_of_downtime_keeps_one_row_for_each_trading_day(desk: Desk) -> None:
    desk.tick(NIFTY_FUT, 100)
    desk.place(NIFTY_FUT, "BUY", 75, product="NRML")
    desk.at("2026-12-07T10:00")
    days = [row.day for row in desk.room.reports.show(ACCOUNT).days]
    assert days == ["2026-12-07", "2026-12-04", "2026-12-03", "2026-12-02", "2026-12-01", "2026-11-30"]


def test_a_reset_is_complete(desk: Desk) -> None:
    desk.tick(ACME, 100)
    desk.place(ACME, "BUY", 10)
    resting = desk.place(ACME, "BUY", 10, kind="LIMIT", price=90)
    desk.tick(ACME, 120)
    desk.place(ACME, "SELL", 5)
    desk.clock.advance(1)
    desk.room.rounds.days.reset(ACCOUNT)
    money = desk.money()
    assert (money.cash, money.blocked, money.realised, money.capital) == (CRORE, 0, 0, CRORE)
    assert desk.row(resting).status is OrderStatus.CANCELLED
    assert desk.position(ACME) == 0
    assert desk.desk.order_book(ACCOUNT, BROKER) == []
    desk.tick(ACME, 80)
    assert desk.position(ACME) == 0


def test_a_weekly_reset_that_was_slept_through_is_made_up_once(desk: Desk) -> None:
    desk.room.preferences.put({"reset_day": "Sunday", "reset_time": "09:00"})
    desk.tick(NIFTY_FUT, 100)
    desk.place(NIFTY_FUT, "BUY", 75, product="NRML")
    desk.at("2026-12-08T10:00")
    assert desk.position(NIFTY_FUT, "NRML") == 0
    assert desk.room.reports.show(ACCOUNT).account.reset_count == 1
    desk.room.rounds.run()
    assert desk.room.reports.show(ACCOUNT).account.reset_count == 1


def test_a_symbol_that_nobody_trades_any_more_is_no_longer_watched(desk: Desk) -> None:
    desk.tick(ACME, 100)
    desk.place(ACME, "BUY", 10)
    desk.tick(ACME, 100)
    desk.place(ACME, "SELL", 10)
    desk.clock.advance(700)
    desk.room.rounds.run()
    assert desk.tape.watched == []
