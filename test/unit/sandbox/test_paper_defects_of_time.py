"""The defects of days, clocks and restarts, one named test each; the number is that of the list of defects."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
from paper_desk import ACCOUNT, ACME, BROKER, CRUDE, USDINR, Desk, instrument

from domain.instruments import Exchange, InstrumentType
from domain.orders import PRODUCTS_BY_SEGMENT, OrderStatus, Product
from services.sandbox.options import SQUARE_OFF_OF_EXCHANGE
from services.sandbox.room import Sandbox, SandboxParts
from utils.clock import IST

CRORE = 1_00_00_000_00
GOLD_ON_NSE = instrument(
    "GOLD29DEC26FUT", exchange=Exchange.NCO, instrument_type=InstrumentType.FUT, multiplier=10, name="GOLD",
    lot_size=1, tick_size=Decimal(1), expiry=dt.date(2026, 12, 29),
)  # fmt: skip
BITCOIN = instrument(
    "BTCUSDFUT", exchange=Exchange.CRYPTO, instrument_type=InstrumentType.PERPFUT, name="BTC",
    tick_size=Decimal("0.5"),
)  # fmt: skip


def busy(desk: Desk) -> str:
    """A position with profit, and an order that rests; answers its id."""
    desk.tick(ACME, 100)
    desk.place(ACME, "BUY", 10, product="CNC")
    desk.tick(ACME, 120)
    desk.place(ACME, "SELL", 5, product="CNC")
    return desk.place(ACME, "BUY", 1, kind="LIMIT", price=90, product="CNC")


def untouched(desk: Desk, resting: str) -> bool:
    money = desk.money()
    return (
        (money.cash, money.blocked, money.realised, money.holdings) == (CRORE, 0, 0, 0)
        and desk.row(resting).status is OrderStatus.CANCELLED
        and desk.desk.order_book(ACCOUNT, BROKER) == desk.desk.trade_book(ACCOUNT, BROKER) == []
        and desk.desk.positions(ACCOUNT, BROKER) == []
    )


def test_17_the_weekly_and_the_asked_for_reset_are_one_and_leave_nothing(desk: Desk) -> None:
    told: list[int] = []
    desk.room.rounds.days.on_reset = told.append
    resting = busy(desk)
    desk.clock.advance(1)
    desk.room.rounds.days.reset(ACCOUNT)
    assert untouched(desk, resting)
    desk.room.preferences.put({"reset_day": "Monday", "reset_time": "12:00"})
    resting = busy(desk)
    desk.at("2026-11-30T12:01")
    assert untouched(desk, resting)
    assert told == [ACCOUNT, ACCOUNT]


@pytest.fixture(params=["UTC", "Asia/Kolkata", "America/New_York"])
def zone(request: pytest.FixtureRequest) -> Iterator[None]:
    """The machine's own time zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def test_18_the_machines_zone_moves_no_hour_of_the_exchange(desk: Desk, zone: None) -> None:
    desk.tick(ACME, 100)
    order_id = desk.place(ACME, "BUY", 10)
    assert f"{desk.row(order_id).placed_at.astimezone(IST):%Y-%m-%d %H:%M}" == ("2026-11-30 10:00")
    desk.at("2026-11-30T15:14")
    assert desk.position(ACME) == 10
    desk.tick(ACME, 100)
    desk.at("2026-11-30T15:15")
    assert desk.position(ACME) == 0
    desk.at("2026-12-01T03:29")
    assert [row.day for row in desk.room.reports.show(ACCOUNT).days] == ["2026-11-30"]
    desk.at("2026-12-01T03:31")
    assert [row.day for row in desk.room.reports.show(ACCOUNT).days] == ["2026-12-01", "2026-11-30"]


@pytest.mark.parametrize(("item", "day", "per_point"), [(USDINR, "29", 1000), (CRUDE, "21", 100)])
def test_19_expiry_pays_by_the_contracts_value_and_counts_today(
    desk: Desk, item, day: str, per_point: int
) -> None:
    desk.at(f"2026-12-{day}T09:30")
    desk.tick(item, 84, bids=[(84, 10)], asks=[(84, 10)])
    desk.place(item, "BUY", 2, product="NRML")
    desk.tick(item, 86)
    desk.at(f"2026-12-{day}T23:58")
    assert desk.position(item, "NRML") == 0
    assert desk.money().realised == 2 * per_point * 2 * 100
    assert desk.desk.funds(ACCOUNT, BROKER).m2m_realized == 2 * per_point * 2


@pytest.mark.parametrize(
    ("item", "before", "after"), [(GOLD_ON_NSE, "23:29", "23:30"), (BITCOIN, "23:29", "23:30")]
)
def test_21_no_exchange_is_left_out_of_the_square_off(desk: Desk, item, before: str, after: str) -> None:
    desk.room.preferences.put({"market_hours": False})
    desk.tick(item, 100)
    desk.place(item, "BUY", 1)
    desk.tick(item, 100)
    desk.at(f"2026-11-30T{before}")
    assert desk.position(item) == 1
    desk.tick(item, 100)
    desk.at(f"2026-11-30T{after}")
    assert desk.position(item) == 0


def test_21_every_exchange_that_trades_has_a_square_off_group_and_products() -> None:
    trading = {exchange for exchange in Exchange if not exchange.is_index}
    assert set(SQUARE_OFF_OF_EXCHANGE) == trading == set(PRODUCTS_BY_SEGMENT)
    derivatives = [exchange for exchange in trading if exchange.is_derivative]
    assert all(Product.CNC not in PRODUCTS_BY_SEGMENT[exchange] for exchange in derivatives)


def test_24_days_that_were_slept_through_have_their_own_profit_not_the_sum(desk: Desk) -> None:
    desk.tick(ACME, 100, bids=[(100, 100)], asks=[(100, 100)])
    desk.place(ACME, "BUY", 10)
    desk.tick(ACME, 105, bids=[(105, 100)], asks=[(105, 100)])
    desk.place(ACME, "SELL", 10)
    desk.at("2026-12-01T10:00")
    desk.tick(ACME, 100, bids=[(100, 100)], asks=[(100, 100)])
    desk.place(ACME, "BUY", 10)
    desk.tick(ACME, 98, bids=[(98, 100)], asks=[(98, 100)])
    desk.place(ACME, "SELL", 10)
    desk.at("2026-12-04T10:00")
    kept = {row.day: (row.realised, row.portfolio_value) for row in desk.room.reports.show(ACCOUNT).days}
    assert kept == {
        "2026-11-30": (50_00, CRORE + 50_00),
        "2026-12-01": (-20_00, CRORE + 30_00),
        "2026-12-02": (0, CRORE + 30_00),
        "2026-12-03": (0, CRORE + 30_00),
        "2026-12-04": (0, CRORE + 30_00),
    }


def test_26_the_paper_room_knows_no_mode_that_could_stop_it() -> None:
    """Over HTTP, with the switch on live: test/api/paper/test_paper_rules.py."""
    assert not [name for name in SandboxParts.__struct_fields__ if "mode" in name]
    assert not [name for name in vars(Sandbox) if "mode" in name]
