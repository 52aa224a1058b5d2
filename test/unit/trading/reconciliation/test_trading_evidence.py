"""What an order book proves about writes whose outcome is unknown."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec
import pytest

from domain.orders import OrderStatus, PriceType, Side
from services.trading.journal import terms_of
from services.trading.reconciliation.evidence import examine
from utils.clock import from_epoch

NOW_MS = 1_795_000_000_000
SETTLE = 60_000


def look(intents, book, *, later_ms=1_000, has_tags=True, claimed=(), in_flight=()):
    settled = {item.tag for item in intents if item.created_ms + SETTLE <= NOW_MS + later_ms}
    found = examine(intents, book, settled=settled, has_tags=has_tags, claimed=claimed, in_flight=in_flight)
    return {item.tag: (item.state, item.order_id) for item in found}


def terms_of_other(intent):
    """An order for one unit more."""
    terms = terms_of(intent())
    return msgspec.structs.replace(terms, quantity=terms.quantity + 1)


def test_a_row_with_our_tag_proves_the_order(intent, row) -> None:
    assert look([intent()], [row(order_id="9", tag="OA0123456789ABCDEF")]) == {
        "OA0123456789ABCDEF": ("acked", "9")
    }


def test_a_tag_cut_short_by_the_vendor_still_proves_it(intent, row) -> None:
    assert look([intent()], [row(order_id="9", tag="OA0123456789")])["OA0123456789ABCDEF"] == ("acked", "9")


def test_absence_proves_nothing_before_the_order_had_time_to_appear(intent) -> None:
    assert look([intent()], [], later_ms=SETTLE - 1) == {}


def test_absence_from_a_complete_book_after_settling_is_proof(intent) -> None:
    assert look([intent()], [], later_ms=SETTLE)["OA0123456789ABCDEF"] == ("absent", None)


def test_an_equal_order_without_our_tag_is_not_ours_where_tags_exist(intent, row) -> None:
    assert look([intent()], [row(order_id="9")]) == {}


def test_without_tags_the_only_equal_order_is_ours(intent, row) -> None:
    placed = row(order_id="9", placed_at=from_epoch(NOW_MS / 1000 + 2))
    assert look([intent()], [placed], has_tags=False)["OA0123456789ABCDEF"] == ("acked", "9")


def test_without_tags_an_order_of_another_intent_is_not_taken(intent, row) -> None:
    assert look([intent()], [row(order_id="9")], has_tags=False, claimed={"9"}) == {}


def test_without_tags_two_equal_orders_prove_nothing_about_one_intent(intent, row) -> None:
    book = [row(order_id="9"), row(order_id="10")]
    assert look([intent()], book, has_tags=False, later_ms=SETTLE * 2) == {}


def test_without_tags_two_equal_intents_take_two_equal_orders(intent, row) -> None:
    pair = [intent(), intent(tag="OAFEDCBA9876543210")]
    found = look(pair, [row(order_id="9"), row(order_id="10")], has_tags=False)
    assert sorted(order_id for _, order_id in found.values()) == ["10", "9"]


def test_without_tags_a_row_that_an_order_on_its_way_may_own_proves_nothing(intent, row) -> None:
    moving = [intent(tag="OAFEDCBA9876543210", state="pending")]
    book = [row(order_id="9")]
    assert look([intent()], book, has_tags=False, later_ms=SETTLE * 2, in_flight=moving) == {}
    other = [intent(tag="OAFEDCBA9876543210", state="pending", carried=terms_of_other(intent))]
    assert look([intent()], book, has_tags=False, in_flight=other)["OA0123456789ABCDEF"] == ("acked", "9")


@pytest.mark.parametrize(
    "other",
    [
        {"side": Side.SELL},
        {"quantity": 11},
        {"price": Decimal(1)},
        {"price_type": PriceType.MARKET},
        {"placed_at": from_epoch(NOW_MS / 1000) - dt.timedelta(minutes=5)},
    ],
)
def test_without_tags_a_different_order_is_not_ours(intent, row, other) -> None:
    assert look([intent()], [row(**other)], has_tags=False) == {}


def test_without_tags_an_equal_order_of_another_time_keeps_an_absence_from_being_proven(intent, row) -> None:
    """The machine's clock may be wrong by more than the window around the time of sending."""
    strange = row(order_id="9", placed_at=from_epoch(NOW_MS / 1000) - dt.timedelta(hours=1))
    assert look([intent()], [strange], has_tags=False, later_ms=SETTLE * 2) == {}
    assert look([intent()], [strange], has_tags=False, later_ms=SETTLE * 2, claimed={"9"}) == {
        "OA0123456789ABCDEF": ("absent", None)
    }


def test_a_cancel_took_effect_when_its_order_is_cancelled(intent, row) -> None:
    cancel = intent(operation="cancel", order_id="9", terms=None)
    assert look([cancel], [row(order_id="9", status=OrderStatus.CANCELLED)])["OA0123456789ABCDEF"] == (
        "acked",
        "9",
    )


def test_a_cancel_of_an_order_that_completed_had_no_effect(intent, row) -> None:
    cancel = intent(operation="cancel", order_id="9", terms=None)
    found = look([cancel], [row(order_id="9", status=OrderStatus.COMPLETE)])
    assert found["OA0123456789ABCDEF"] == ("absent", None)


def test_a_cancel_of_a_working_order_stays_open_until_settled(intent, row) -> None:
    cancel = intent(operation="cancel", order_id="9", terms=None)
    assert look([cancel], [row(order_id="9")]) == {}
    assert look([cancel], [row(order_id="9")], later_ms=SETTLE)["OA0123456789ABCDEF"] == ("absent", None)


def test_a_modify_took_effect_when_its_order_shows_the_new_terms(intent, row, terms) -> None:
    modify = intent(terms(price=Decimal("392.00")), operation="modify", order_id="9")
    assert look([modify], [row(order_id="9", price=Decimal(392))])["OA0123456789ABCDEF"] == ("acked", "9")
    assert look([modify], [row(order_id="9")]) == {}
