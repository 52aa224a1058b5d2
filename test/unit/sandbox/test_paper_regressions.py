"""What hurt users of paper trading elsewhere; the number is that of the regression catalogue, P its evidence."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec
import pytest
from paper_desk import ACCOUNT, ACME, BROKER, CRUDE, Desk, instrument

from domain.errors import Refused
from domain.instruments import Exchange, Instrument, InstrumentType
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


def an_option(kind: str, strike: int) -> Instrument:
    return instrument(
        f"NIFTY29DEC26{strike}{kind}", exchange=Exchange.NFO, instrument_type=InstrumentType(kind), lot_size=75,
        name="NIFTY", expiry=dt.date(2026, 12, 29), strike=Decimal(strike),
    )  # fmt: skip


def trade(desk: Desk, item: Instrument, side: str, price: float, quantity: int = 75, **changes) -> str:
    desk.tick(item, price, bids=[(price, 10**6)], asks=[(price, 10**6)])
    return desk.place(item, side, quantity, product="NRML", **changes)


NAKED = 26500 * 75 * 15  # paise: 15 % of the notional of one lot
NEAR, FAR = an_option("CE", 26500), an_option("CE", 26700)


@pytest.fixture
def writer(desk: Desk) -> Desk:
    """A desk that margins written options on their notional."""
    desk.room.preferences.put({"option_sell_percent": 15})
    return desk


def test_16_a_spread_holds_what_it_can_lose_and_a_naked_short_its_share_of_the_notional(writer: Desk) -> None:
    """P7, #876, #972, #1097: bought at 40, sold at 100, two hundred points apart: at most 140 points a unit."""
    trade(writer, NEAR, "SELL", 100)
    assert writer.money().blocked == NAKED
    trade(writer, FAR, "BUY", 40)
    assert writer.money().blocked == (200 - 60) * 75 * 100
    assert writer.audit() == []


def test_16_the_hedge_bought_first_makes_the_short_leg_cheap(writer: Desk) -> None:
    writer.room.preferences.put({"starting_capital": 20000})
    with pytest.raises(Refused, match="Insufficient funds"):
        trade(writer, NEAR, "SELL", 100)
    trade(writer, FAR, "BUY", 40)
    trade(writer, NEAR, "SELL", 100)
    assert writer.money().blocked == (200 - 60) * 75 * 100


def test_16_selling_the_hedge_needs_the_naked_margin_again(writer: Desk) -> None:
    writer.room.preferences.put({"starting_capital": 20000})
    trade(writer, FAR, "BUY", 40)
    trade(writer, NEAR, "SELL", 100)
    with pytest.raises(Refused, match="Insufficient funds"):
        trade(writer, FAR, "SELL", 40)
    closing = writer.place(NEAR, "BUY", 75, kind="LIMIT", price=50, product="NRML")
    assert writer.row(closing).status is OrderStatus.OPEN
    writer.cancel(closing)
    trade(writer, NEAR, "BUY", 100)
    trade(writer, FAR, "SELL", 40)
    assert (writer.money().blocked, writer.money().cash) == (0, 20000_00)


@pytest.mark.parametrize(
    ("legs", "loss"),
    [
        ([("PE", 26500, "BUY", 100)], 100),
        ([("PE", 26300, "BUY", 30), ("PE", 26500, "SELL", 90)], 200 - 60),
        (
            [("CE", 26700, "BUY", 40), ("PE", 26300, "BUY", 30), ("CE", 26500, "SELL", 90), ("PE", 26500, "SELL", 80)],
            200 - 100,
        ),
        ([("CE", 26500, "BUY", 90), ("CE", 26700, "SELL", 40)], 50),
    ],
    ids=["a long put", "a bull put spread", "an iron butterfly", "a debit spread"],
)  # fmt: skip
def test_16_known_shapes_hold_their_textbook_loss_and_are_estimated_so(writer: Desk, legs, loss: int) -> None:
    asked = []
    for kind, strike, side, price in legs:
        trade(writer, an_option(kind, strike), side, price)
        terms = writer.terms(an_option(kind, strike), side, 75, product="NRML", kind="LIMIT", price=price)
        asked.append((an_option(kind, strike), terms))
    assert writer.money().blocked == loss * 75 * 100
    assert writer.desk.margin(2, BROKER, asked).total == loss * 75


def test_16_another_expiry_is_no_hedge(writer: Desk) -> None:
    later = msgspec.structs.replace(FAR, symbol="NIFTY26JAN2726700CE", expiry=dt.date(2027, 1, 26))
    trade(writer, later, "BUY", 40)
    trade(writer, NEAR, "SELL", 100)
    assert writer.money().blocked == NAKED + 40 * 75 * 100


def test_16_new_settings_count_once_for_a_group(writer: Desk) -> None:
    trade(writer, FAR, "BUY", 40)
    trade(writer, NEAR, "SELL", 100)
    writer.room.preferences.put({"option_sell_percent": 0})
    assert writer.money().blocked == (100 + 40) * 75 * 100
    writer.room.preferences.put({"option_sell_percent": 20})
    assert writer.money().blocked == (200 - 60) * 75 * 100
    assert writer.audit() == []
