"""Paper orders against a book: what fills, at which price, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from paper_desk import ACCOUNT, ACME, BROKER, CRUDE, NIFTY_CE, Desk, instrument

from domain.errors import Refused
from domain.orders import OrderStatus

BOOK = {"bids": [(99.95, 50), (99.9, 100)], "asks": [(100.05, 50), (100.1, 100)]}


def code(error: pytest.ExceptionInfo[Refused]) -> str:
    return error.value.code


def test_a_market_order_walks_the_book_level_by_level(desk: Desk) -> None:
    desk.tick(ACME, 100, **BOOK)
    row = desk.row(desk.place(ACME, "BUY", 100))
    assert row.status is OrderStatus.COMPLETE
    assert row.average_price == (Decimal("100.05") * 50 + Decimal("100.10") * 50) / 100


def test_a_market_order_beyond_the_shown_book_fills_its_rest_worse_than_the_last_level(desk: Desk) -> None:
    desk.tick(ACME, 100, **BOOK)
    order_id = desk.place(ACME, "BUY", 200)
    trades = [row for row in desk.desk.trade_book(ACCOUNT, BROKER) if row.order_id == order_id]
    assert [row.quantity for row in trades] == [50, 100, 50]
    assert trades[-1].price > Decimal("100.1")


def test_a_market_order_rests_where_the_user_wants_no_slippage(desk: Desk) -> None:
    desk.room.preferences.put({"market_remainder": "rest"})
    desk.tick(ACME, 100, **BOOK)
    order_id = desk.place(ACME, "BUY", 200)
    assert (desk.row(order_id).status, desk.row(order_id).filled_quantity) == (OrderStatus.OPEN, 150)
    desk.tick(ACME, 100, **BOOK)
    assert desk.row(order_id).status is OrderStatus.COMPLETE


def test_a_limit_order_fills_in_parts_and_never_beyond_its_limit(desk: Desk) -> None:
    desk.tick(ACME, 100, **BOOK)
    order_id = desk.place(ACME, "BUY", 80, kind="LIMIT", price=100.05)
    assert (desk.row(order_id).filled_quantity, desk.row(order_id).pending_quantity) == (50, 30)
    desk.tick(ACME, 99.95, asks=[(100, 10)])
    assert desk.row(order_id).filled_quantity == 60
    desk.tick(ACME, 99.95, asks=[(100, 100)])
    row = desk.row(order_id)
    assert row.status is OrderStatus.COMPLETE
    assert row.average_price == Decimal("100.05")


def test_two_orders_cannot_take_the_same_quantity_of_one_book(desk: Desk) -> None:
    desk.tick(ACME, 100, **BOOK)
    first = desk.place(ACME, "BUY", 40, kind="LIMIT", price=100.05)
    second = desk.place(ACME, "BUY", 40, kind="LIMIT", price=100.05)
    assert [desk.row(each).filled_quantity for each in (first, second)] == [40, 10]


def test_without_a_book_a_fill_is_a_tick_worse_than_the_last_price(desk: Desk) -> None:
    desk.tick(ACME, 100, bids=[], asks=[])
    assert desk.row(desk.place(ACME, "BUY", 10)).average_price == Decimal("100.05")
    assert desk.row(desk.place(ACME, "SELL", 10)).average_price == Decimal("99.95")


def test_a_stop_waits_for_the_last_price_and_then_trades_at_the_book(desk: Desk) -> None:
    desk.tick(ACME, 100)
    order_id = desk.place(ACME, "BUY", 10, kind="SL-M", trigger_price=101)
    assert desk.row(order_id).status is OrderStatus.TRIGGER_PENDING
    desk.tick(ACME, 100.95)
    assert desk.row(order_id).status is OrderStatus.TRIGGER_PENDING
    desk.tick(ACME, 103)  # a gap through the trigger fills where the market is
    assert desk.row(order_id).average_price == Decimal("103.05")


def test_a_stop_limit_rests_at_its_limit_after_a_gap(desk: Desk) -> None:
    desk.tick(ACME, 100)
    order_id = desk.place(ACME, "BUY", 10, kind="SL", trigger_price=101, price=101.5)
    desk.tick(ACME, 103)
    assert desk.row(order_id).status is OrderStatus.OPEN
    desk.tick(ACME, 101)
    assert desk.row(order_id).average_price == Decimal("101.5")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kind": "SL", "price": 100, "trigger_price": 101}, "STOP_RELATION"),
        ({"kind": "LIMIT", "price": 120.05}, "PRICE_BAND"),
        ({"kind": "SL-M", "trigger_price": 79}, "PRICE_BAND"),
    ],
)
def test_terms_that_no_exchange_takes_are_refused(desk: Desk, changes: dict, expected: str) -> None:
    desk.tick(ACME, 100, circuits=(80, 120))
    with pytest.raises(Refused) as error:
        desk.place(ACME, "BUY", 10, **changes)
    assert code(error) == expected
    assert desk.desk.order_book(ACCOUNT, BROKER) == []


@pytest.mark.parametrize("moment", ["2026-11-30T16:00", "2026-11-29T11:00", "2026-11-24T11:00"])
def test_a_closed_market_takes_no_order(desk: Desk, moment: str) -> None:
    """After hours, on a Sunday, and on Guru Nanak Jayanti."""
    desk.at(moment)
    desk.tick(ACME, 100)
    with pytest.raises(Refused) as error:
        desk.place(ACME, "BUY", 10)
    assert code(error) == "MARKET_CLOSED"


def test_a_market_order_without_any_price_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused) as error:
        desk.place(ACME, "BUY", 10)
    assert code(error) == "NO_QUOTE"


def test_a_warm_quote_needs_no_question_to_the_broker(desk: Desk) -> None:
    desk.tick(ACME, 100)
    desk.place(ACME, "BUY", 1)
    asked = desk.tape.asked
    desk.tick(ACME, 100)
    desk.place(ACME, "BUY", 1)
    assert desk.tape.asked == asked


def test_a_repeat_under_the_same_tag_cannot_double(desk: Desk) -> None:
    desk.tick(ACME, 100)
    first = desk.place(ACME, "BUY", 10, tag="OATAG0000000000001")
    assert desk.place(ACME, "BUY", 10, tag="OATAG0000000000001") == first
    assert desk.position(ACME) == 10
    assert desk.room.by_tag("OATAG0000000000001").order_id == first


def test_a_day_order_ends_with_its_session(desk: Desk) -> None:
    desk.tick(ACME, 100)
    order_id = desk.place(ACME, "BUY", 10, kind="LIMIT", price=90, product="CNC")
    desk.at("2026-11-30T18:00")
    assert desk.row(order_id).status is OrderStatus.CANCELLED
    assert desk.money().blocked == 0


def test_resting_orders_survive_a_restart(desk: Desk) -> None:
    desk.tick(ACME, 100)
    order_id = desk.place(ACME, "BUY", 10, kind="LIMIT", price=99)
    desk.open()
    assert ACME.key in desk.tape.watched
    desk.tick(ACME, 98.9)
    assert desk.row(order_id).status is OrderStatus.COMPLETE


def test_the_feed_is_asked_only_for_what_somebody_trades(desk: Desk) -> None:
    other = instrument("OTHER")
    desk.tick(ACME, 100)
    desk.place(ACME, "BUY", 10)
    assert desk.tape.watched == [ACME.key]
    desk.tick(other, 50)  # a tick of a symbol that nobody follows
    assert desk.row(desk.place(CRUDE_OR(desk), "BUY", 1)).status is OrderStatus.COMPLETE


def CRUDE_OR(desk: Desk):  # noqa: N802
    desk.tick(CRUDE, 6000)
    return CRUDE


def test_where_the_feed_is_silent_a_snapshot_fills_what_rests(desk: Desk) -> None:
    desk.tick(ACME, 100)
    order_id = desk.place(ACME, "BUY", 10, kind="LIMIT", price=99)
    desk.tape.depths[ACME.key] = _cheaper(desk)
    desk.clock.advance(15)
    desk.room.rounds.run()
    assert desk.row(order_id).status is OrderStatus.COMPLETE


def _cheaper(desk: Desk):
    from domain.market import Depth, DepthLevel, Quote

    return Depth(quote=Quote(ltp=98.0), bids=(DepthLevel(97.95, 100),), asks=(DepthLevel(98.05, 100),))


def test_stop_market_on_options_can_be_switched_off(desk: Desk) -> None:
    desk.tick(NIFTY_CE, 100)
    desk.room.preferences.put({"stop_market_on_options": False})
    with pytest.raises(Refused) as error:
        desk.place(NIFTY_CE, "BUY", 75, kind="SL-M", trigger_price=110, product="NRML")
    assert code(error) == "STOP_MARKET_ON_OPTION"
