"""An order reported absent that shows up later, at a broker that keeps no tag: corrected when proven, else an alarm."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from domain.orders import OrderStatus, OrderUpdate
from services.events import DriftFound, OutcomeResolved
from services.trading.journal import Intent

TAG = "OA0123456789ABCDEFGH"
SECOND = "OAZYXWVUTSRQPNMKJHGF"
NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)


def after(seconds: float) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


@pytest.fixture
def reported(world: Callable[..., Any], terms: Any) -> Callable[..., Any]:
    """A world whose orders were reported absent a minute after they were sent."""

    def make(*tags: str) -> Any:
        here = world(tag_length=0)
        for tag in tags or (TAG,):
            here.lose_answer(tag, terms())
        for _ in range(65):
            here.step()
        assert {here.state(tag) for tag in tags or (TAG,)} == {"absent"}
        return here

    return make


def show(here: Any, *rows: Any) -> None:
    """The broker pushes the orders, and its book shows them from now on."""
    here.broker.rows = list(rows)
    for row in rows:
        here.updates.receive(here.account, OrderUpdate(row=row, source="push"))
    for _ in range(3):
        here.step()


def test_an_order_placed_before_the_report_is_ours_and_the_correction_is_an_alarm(
    reported: Any, row: Any
) -> None:
    here = reported()
    late = row(order_id="9", placed_at=after(20), status=OrderStatus.COMPLETE, filled_quantity=10)
    show(here, late)
    found = here.journal.by_tag(TAG)
    assert (found.state, found.order_id) == ("acked", "9")
    assert [event.state for event in here.bus.of(OutcomeResolved)] == ["absent", "acked"]
    assert [(event.kind, event.order_id) for event in here.bus.of(DriftFound)] == [("late-correction", "9")]


@pytest.mark.parametrize("placed_at", [after(90), None])
def test_an_order_that_may_have_been_placed_by_hand_after_the_report_is_not_claimed(
    reported: Any, row: Any, placed_at: Any
) -> None:
    here = reported()
    show(here, row(order_id="9", placed_at=placed_at))
    assert here.state() == "absent"
    (alarm,) = here.bus.of(DriftFound)
    assert (alarm.kind, alarm.tag, alarm.order_id) == ("late-correction", TAG, "9")
    (doubt,) = here.reconciler.absent.doubts(7)
    assert doubt[1].order_ids == ("9",)


def test_two_orders_for_one_intent_prove_nothing(reported: Any, row: Any) -> None:
    here = reported()
    show(here, row(order_id="9", placed_at=after(2)), row(order_id="10", placed_at=after(3)))
    assert here.state() == "absent" and len(here.bus.of(DriftFound)) == 1


def test_one_order_for_two_equal_intents_proves_nothing(reported: Any, row: Any) -> None:
    here = reported(TAG, SECOND)
    show(here, row(order_id="9", placed_at=after(2)))
    assert {here.state(TAG), here.state(SECOND)} == {"absent"}
    assert {event.tag for event in here.bus.of(DriftFound)} == {TAG, SECOND}


def test_an_order_of_another_intent_is_not_claimed(reported: Any, row: Any, terms: Any) -> None:
    """The caller repeated the order after the report: the row is the repetition's."""
    here = reported()
    again = Intent(
        tag=SECOND, user_id=1, account_id=7, broker="b", mode="live", operation="place", symbol="TATAPOWER",
        exchange="NSE", strategy="s", source="api", terms=terms(),
    )  # fmt: skip
    here.journal.record(again)
    here.journal.decide(SECOND, "acked", order_id="9", durable=True)
    show(here, row(order_id="9", placed_at=after(2)))
    assert here.state() == "absent" and here.bus.of(DriftFound) == []


def test_an_equal_order_that_is_on_its_way_keeps_the_row_from_being_claimed(
    reported: Any, row: Any, terms: Any
) -> None:
    here = reported()
    here.lose_answer(SECOND, terms())
    show(here, row(order_id="9", placed_at=after(2)))
    assert here.state() == "absent"


def test_another_order_of_the_symbol_is_looked_at_once_and_raises_nothing(reported: Any, row: Any) -> None:
    here = reported()
    reads = len(here.broker.reads)
    show(here, row(order_id="9", quantity=3, placed_at=after(2), status=OrderStatus.COMPLETE))
    assert len(here.broker.reads) == reads + 1
    assert here.state() == "absent" and here.bus.of(DriftFound) == []


def test_a_doubt_is_raised_once_and_ends_with_its_order(reported: Any, row: Any) -> None:
    here = reported()
    doubtful = row(order_id="9", placed_at=None)
    show(here, doubtful)
    show(here, msgspec.structs.replace(doubtful, filled_quantity=3))
    assert len(here.bus.of(DriftFound)) == 1
    here.broker.rows = []
    here.reconciler.look(here.account)
    assert here.reconciler.absent.doubts(7) == []


def test_nothing_of_a_deleted_account_is_looked_for(reported: Any, row: Any) -> None:
    here = reported()
    here.lose_answer(SECOND)
    here.reconciler.forget(7)
    assert here.reconciler.youngest() == {} and here.reconciler.absent.of(7) == []
