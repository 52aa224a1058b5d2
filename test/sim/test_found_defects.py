"""Defects that simulated worlds have found, each as the shortest story that shows it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from domain.errors import Refused, SessionDead, Unavailable
from domain.instruments import Exchange
from domain.orders import OrderUpdate, PriceType, Product, Side
from services.trading.commands import Accepted, Basket, Cancel, Close, PlanOutcome, Smart
from services.trading.reconciliation.reconciler import SETTLE_SECONDS
from services.trading.writes import Account, UncertainOrder
from test.sim.stage.app import ACCOUNT, BROKER, ME

MARKET = {"price_type": PriceType.MARKET, "price": None}


def full(scene: Any) -> None:
    """The disk fills up now."""
    scene.world.disk.full, scene.world.disk.odds = True, 1.0


def on_acceptance(scene: Any, work: Any) -> None:
    """Do something at the moment at which the vendor takes the next order."""
    before = scene.world.wire.acted_on

    def acted(order_id: str, plan: dict[str, Any]) -> None:
        before(order_id, plan)
        work()

    scene.world.wire.acted_on = acted


def test_the_first_push_tells_nothing_that_our_own_answer_has_told(scene: Any) -> None:
    """Our answer knows no fills, the push says 0: to a client that is the same."""
    placed = scene.send(scene.order())
    scene.world.run(5.0)
    assert scene.told(placed.order_id) == [("open", 0)]


def test_a_dead_session_is_told_as_such_although_the_disk_is_full(scene: Any) -> None:
    """The vendor's refusal is clear; that the session cannot be marked must not turn it into an unknown outcome."""
    resting = scene.send(scene.order())
    scene.world.run(5.0)
    scene.world.vendor.kill_tokens()
    full(scene)
    refused = scene.send(Cancel(order_id=resting.order_id, strategy="cancel"))
    assert isinstance(refused, SessionDead)
    scene.world.disk.full = False
    assert isinstance(scene.send(scene.order()), SessionDead) and scene.posts() == 2
    assert isinstance(scene.send(scene.order()), SessionDead) and scene.posts() == 2


def test_an_outcome_that_a_full_disk_did_not_take_is_written_when_there_is_room(scene: Any) -> None:
    """Nobody would look for it before the next start: it is neither unknown nor on disk."""
    on_acceptance(scene, lambda: full(scene))
    placed = scene.send(scene.order())
    scene.world.run(2.0)
    assert isinstance(placed, Accepted) and [row.state for row in scene.intents()] == ["pending"]
    scene.world.disk.full = False
    scene.world.run(3.0)
    assert [(row.state, row.order_id) for row in scene.intents()] == [("acked", placed.order_id)]


def test_a_repeat_is_answered_with_the_order_although_its_outcome_is_not_on_disk(scene: Any) -> None:
    """This run knows what the broker said; the book may not show the order yet."""
    order = scene.order(client_order_id="k")
    scene.meets("POST", "orders", hide=20.0)
    on_acceptance(scene, lambda: full(scene))
    placed = scene.send(order)
    again = scene.send(order)
    assert isinstance(again, Accepted) and again.replayed and again.order_id == placed.order_id
    assert scene.posts() == 1


def test_an_exit_without_a_journal_row_and_without_an_answer_is_looked_for_all_the_same(scene: Any) -> None:
    """An exit may go out while the disk is full; its unknown outcome needs an end like any other."""
    scene.send(scene.order(**MARKET))
    scene.world.run(12.0)
    full(scene)
    scene.world.mute = True
    scene.meets("POST", "orders", fault="timeout_after")
    closed = scene.send(Close(strategy="exit"))
    assert isinstance(closed, PlanOutcome) and [leg.code for leg in closed.legs] == ["OUTCOME_UNKNOWN"]
    scene.world.disk.full = False
    scene.world.run(6.0)
    found = {row.strategy: (row.state, row.order_id) for row in scene.intents()}
    assert found["exit"] == ("acked", list(scene.world.vendor.rows())[-1])


def test_a_purchase_that_the_book_does_not_show_yet_is_not_sold_twice(scene: Any) -> None:
    """The positions hold it already; counted as on its way besides, flat became short."""
    scene.world.mute = True
    scene.meets("POST", "orders", hide=60.0)
    bought = scene.send(scene.order(**MARKET))
    scene.world.run(2.0)
    assert scene.world.vendor.positions() == {("SBIN", "MIS"): 5}
    assert not scene.world.vendor.is_visible(bought.order_id)
    flat = Smart(
        strategy="flat", symbol="SBIN", exchange=Exchange.NSE, side=Side.BUY, quantity=Decimal(0),
        position_size=Decimal(0), price_type=PriceType.MARKET, product=Product.MIS,
    )  # fmt: skip
    scene.send(flat)
    scene.world.run(5.0)
    assert scene.world.vendor.positions() == {}


def test_a_key_whose_order_was_not_sent_for_want_of_disk_may_be_tried_again(scene: Any) -> None:
    """The row came late and says `refused`; that says nothing about the order itself."""
    order = scene.order(client_order_id="k")
    scene.world.disk.slow = 6.0
    refused = scene.send(order)
    assert isinstance(refused, Refused) and refused.code == "JOURNAL_UNAVAILABLE"
    scene.world.run(3.0)
    again = scene.send(order)
    assert isinstance(again, Accepted) and not again.replayed and scene.posts() == 1


def test_a_repeat_of_a_refused_order_is_not_told_as_unknown_while_the_disk_fails(scene: Any) -> None:
    """The intent's row got there late, its outcome did not: this run still knows that nothing was sent."""
    order = scene.order(client_order_id="k")
    scene.world.disk.slow = 6.0
    assert isinstance(scene.send(order), Refused)
    full(scene)
    again = scene.send(order)
    assert isinstance(again, Refused) and not isinstance(again, UncertainOrder) and scene.posts() == 0


def test_a_clock_that_is_set_while_the_app_is_down_proves_no_absence(scene: Any) -> None:
    """What an earlier run sent is as old as this run knows it to be, not as the wall clock says."""
    order = scene.order(client_order_id="k")
    scene.world.mute = True
    scene.meets("POST", "orders", fault="late", seconds=20.0)
    assert isinstance(scene.send(order), UncertainOrder)
    scene.world.kill()
    scene.world.clock.offset = 3600.0
    scene.world.start()

    assert isinstance(scene.send(order), UncertainOrder) and scene.posts() == 1
    scene.world.run(30.0)
    again = scene.send(order)
    assert isinstance(again, Accepted) and again.replayed and len(scene.world.vendor.rows()) == 1


def test_what_nobody_began_to_look_for_is_not_absent_because_the_clock_leaps(scene: Any) -> None:
    """An intent whose unknown outcome was not taken up is looked for from the first repeat on."""
    order = scene.order(client_order_id="k")
    scene.world.mute = True
    scene.app.trading.writes._observer.uncertain = lambda tag: None
    scene.meets("POST", "orders", fault="late", seconds=20.0)
    assert isinstance(scene.send(order), UncertainOrder)
    scene.world.clock.offset = 3600.0
    assert isinstance(scene.send(order), UncertainOrder) and scene.posts() == 1


def test_an_update_of_a_paper_order_does_not_bear_the_number_of_a_live_one(scene: Any) -> None:
    """Both streams reach one user on one topic, where a number that was seen counts as a repeat."""
    placed = scene.send(scene.order())
    scene.world.run(5.0)
    trading = scene.app.trading
    row = trading.updates.seen(ACCOUNT)[placed.order_id].row
    paper = OrderUpdate(row=msgspec.structs.replace(row, order_id="26112090000001"), source="push")
    account = Account(account_id=ACCOUNT, broker=BROKER)
    scene.world.call(lambda: trading.paper_updates.receive(account, paper))
    first, second = (number for number, _ in scene.app.bus.stream)
    assert second == first + 1


def test_the_numbers_of_order_updates_grow_although_the_clock_is_set_back(scene: Any) -> None:
    """A client that looks at the numbers would take an hour of updates for old ones."""
    scene.send(scene.order())
    last, _ = scene.app.bus.stream[-1]
    scene.world.kill()
    scene.world.clock.offset = -3600.0
    scene.world.start()
    scene.send(scene.order())
    assert scene.app.bus.stream[0][0] > last


def test_the_numbers_grow_beyond_a_run_that_a_full_disk_outlived(scene: Any) -> None:
    """It could reserve none, so the next run keeps clear of what it may have counted."""
    scene.world.kill()
    scene.world.clock.offset = -3600.0
    full(scene)
    scene.world.start()
    last = scene.world.call(lambda: number(scene))
    scene.world.kill()
    scene.world.clock.offset = -7200.0
    scene.world.disk.full = False
    scene.world.start()
    assert scene.world.call(lambda: number(scene)) > last


def number(scene: Any) -> int:
    """Of the next update."""
    with scene.app.trading.stream.numbers.next(ME.user_id) as found:
        return int(found)


def test_without_tags_a_wrong_clock_does_not_make_an_order_absent(tagless: Any) -> None:
    """The order is in the book, an hour away from where our clock expects it: a repeat must not be sent."""
    order = tagless.order(client_order_id="k")
    tagless.world.mute = True
    tagless.world.clock.offset = -3600.0
    tagless.meets("POST", "orders", fault="timeout_after")
    assert isinstance(tagless.send(order), UncertainOrder)
    tagless.world.run(SETTLE_SECONDS + 20.0)
    assert isinstance(tagless.send(order), UncertainOrder) and tagless.posts() == 1


def basket(scene: Any) -> Basket:
    return Basket(orders=(scene.order(), scene.order(quantity=Decimal(6))), strategy="b", client_order_id="k")


def test_a_plan_that_was_not_begun_for_want_of_disk_may_be_tried_again(scene: Any) -> None:
    """Its key got there late: that says nothing about the plan, of which nothing was sent."""
    command = basket(scene)
    scene.world.disk.slow = 6.0
    refused = scene.send(command)
    assert isinstance(refused, Unavailable) and scene.posts() == 0
    full(scene)
    assert isinstance(scene.send(command), Unavailable) and scene.posts() == 0
    scene.world.disk.full = False
    scene.world.run(3.0)
    done = scene.send(command)
    assert isinstance(done, PlanOutcome) and not done.replayed and scene.posts() == 2
    scene.world.run(3.0)
    scene.restart()
    assert scene.send(command).replayed and scene.posts() == 2


def test_the_key_of_a_plan_that_was_not_begun_is_free_after_a_restart(scene: Any) -> None:
    command = basket(scene)
    scene.world.disk.slow = 6.0
    scene.send(command)
    scene.world.run(3.0)
    scene.restart()
    scene.world.run(3.0)
    done = scene.send(command)
    assert isinstance(done, PlanOutcome) and not done.replayed and scene.posts() == 2


def test_a_plan_is_answered_again_although_its_answer_is_not_on_disk(scene: Any) -> None:
    """This run knows what it told."""
    command = basket(scene)
    on_acceptance(scene, lambda: full(scene))
    first = scene.send(command)
    again = scene.send(command)
    assert isinstance(again, PlanOutcome) and again.replayed and again.legs == first.legs


def test_a_repeat_of_an_exit_that_left_without_a_journal_row_is_not_sent_again(scene: Any) -> None:
    """A full disk lets exits and cancels pass; their keys hold all the same."""
    resting = scene.send(scene.order())
    scene.world.run(5.0)
    full(scene)
    cancel = Cancel(order_id=resting.order_id, strategy="cancel", client_order_id="c")
    exit_order = scene.order(**MARKET, side=Side.SELL, reduces=True, client_order_id="e")
    assert isinstance(scene.send(cancel), Accepted)
    scene.meets("POST", "orders", fault="timeout_after", hide=3.0)
    assert isinstance(scene.send(exit_order), UncertainOrder)
    sent = len(scene.world.wire.writes)
    again = scene.send(cancel)
    assert isinstance(again, Accepted) and again.replayed
    assert isinstance(scene.send(exit_order), UncertainOrder) and len(scene.world.wire.writes) == sent
    scene.world.disk.full = False
    scene.world.run(10.0)
    scene.restart()
    for command in (cancel, exit_order):
        again = scene.send(command)
        assert isinstance(again, Accepted) and again.replayed and len(scene.world.wire.writes) == sent
