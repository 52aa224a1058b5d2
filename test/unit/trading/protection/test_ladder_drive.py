"""A protected order from its first limit to its end, against a market that the test moves."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from broker.core.budget import Priority, effective
from domain.errors import OutcomeUnknown, Refused, Throttled
from domain.orders import CancelOrder, ModifyOrder, OrderStatus, OrderUpdate, PriceType
from services import events
from services.notify.alerts import alert_of
from services.trading.protection.judging import State
from services.trading.writes import Account, UncertainOrder
from services.wire import notices

THIN = [(1998, 30)]  # 99.90, below the ask at 100.10
ACCOUNT = Account(account_id=7, broker="zerodha")


def test_a_market_exit_leaves_as_a_marketable_limit_on_the_tick_grid(scene: Any) -> None:
    scene.offer(bids=[(1998, 200)], asks=[(2002, 200)])
    order = scene.exit()
    assert scene.exchange.arrivals[0][1].price_type is PriceType.LIMIT
    assert scene.exchange.arrivals[0][1].price == Decimal(
        "99.65"
    )  # 99.90 less a quarter percent, rounded outwards
    assert order.status is OrderStatus.COMPLETE
    scene.pass_time(1)
    assert [(end.state, end.alarm) for end in scene.ended] == [("filled", False)]
    assert scene.changes() == []


def test_only_what_is_left_gets_the_next_price(scene: Any) -> None:
    scene.offer(bids=THIN, asks=[])
    order = scene.exit()
    assert (order.filled, order.left) == (30, 70)
    scene.offer(bids=[(1980, 30)], asks=[])
    scene.pass_time(scene.ladder.rung_seconds)
    (change,) = scene.changes()
    assert (change.quantity, change.price) == (
        100,
        Decimal("98.50"),
    )  # 99.00 less half a percent, on the grid
    assert order.filled == 60
    scene.offer(bids=[(1980, 300)], asks=[])
    scene.pass_time(scene.ladder.rung_seconds)
    assert (order.status, order.filled) == (OrderStatus.COMPLETE, 100)
    assert len(scene.exchange.orders) == 1


def test_at_the_deadline_it_rests_and_somebody_is_told(scene: Any) -> None:
    scene.offer(bids=THIN, asks=[], last=1998)
    order = scene.exit()
    scene.offer(bids=[], asks=[], last=1900)
    scene.pass_time(scene.ladder.seconds + 1)
    (end,) = scene.ended
    assert (end.state, end.alarm, end.asked) == ("gave_up", True, "MARKET")
    assert "70 units still rest" in end.message
    assert order.status is OrderStatus.OPEN
    sent = len(scene.changes())
    scene.pass_time(60)
    assert (len(scene.changes()), len(scene.ended)) == (sent, 1)


def test_the_alarm_reaches_the_desk_and_the_phone_but_no_rung_does(scene: Any) -> None:
    heard: list[Any] = []
    scene.bus.handlers.append((events.OrderAction, heard.append))
    scene.offer(bids=[(1998, 10)], asks=[], last=1998)
    order = scene.exit()
    scene.offer(bids=[(1970, 1)], asks=[], last=1970)
    scene.pass_time(scene.ladder.seconds + 1)
    changes = [event for event in heard if isinstance(event, events.OrderModified)]
    assert changes and [alert_of(event) for event in changes] == [None] * len(changes)
    (alarm,) = [event for event in heard if isinstance(event, events.ProtectionAlarm)]
    name, frame = notices.FRAMES[events.ProtectionAlarm](alarm)
    assert (name, frame["status"], frame["code"]) == ("order_notification", "error", "PROTECTION_GAVE_UP")
    assert (frame["orderid"], frame["symbol"]) == (order.order_id, "TATAPOWER")
    alert = alert_of(alarm)
    assert alert is not None and alert.category == "failures" and "89 units" in alert.facts["Reason"]


def test_no_limit_ever_lies_outside_the_band(scene: Any) -> None:
    scene.offer(bids=[(1901, 1)], asks=[], last=1901)
    scene.exit()
    scene.offer(bids=[], asks=[], last=1900)
    scene.pass_time(scene.ladder.seconds + 1)
    assert {terms.price for _, terms in scene.exchange.arrivals} == {Decimal("95.00")}
    assert scene.exchange.offences == {}


def test_a_cancellation_by_its_owner_ends_the_ladder_quietly(scene: Any) -> None:
    scene.offer(bids=THIN, asks=[])
    order = scene.exit()
    command = CancelOrder(order_id=order.order_id, row=scene.row(order))
    scene.gateway.writes.cancel(scene.gateway.mandate(7), command)
    scene.pass_time(scene.ladder.seconds + 1)
    assert [(end.state, end.alarm) for end in scene.ended] == [("released", False)]
    assert scene.changes() == []


def test_the_brokers_word_of_a_cancellation_before_its_answer_is_no_alarm(scene: Any) -> None:
    scene.offer(bids=THIN, asks=[])
    order = scene.exit()
    cancel = scene.exchange.cancel

    def told_first(*given: Any) -> Any:
        answer = cancel(*given)
        scene.gateway.protection.following.round()  # the follower's thread is quicker than the answer
        return answer

    scene.exchange.cancel = told_first
    command = CancelOrder(order_id=order.order_id, row=scene.row(order))
    scene.gateway.writes.cancel(scene.gateway.mandate(7), command)
    scene.pass_time(1)
    assert [(end.state, end.alarm) for end in scene.ended] == [("released", False)]


def test_new_terms_by_its_owner_end_the_ladder_and_stay(scene: Any) -> None:
    scene.offer(bids=THIN, asks=[])
    order = scene.exit()
    terms = scene.terms(price_type=PriceType.LIMIT, price=Decimal(104))
    command = ModifyOrder(
        order_id=order.order_id, terms=terms, instrument=scene.instrument, row=scene.row(order)
    )
    scene.gateway.writes.modify(scene.gateway.mandate(7), command)
    scene.pass_time(scene.ladder.seconds + 1)
    assert [(end.state, end.alarm) for end in scene.ended] == [("released", False)]
    assert scene.changes() == [terms]


def test_terms_that_its_owner_was_refused_leave_the_ladder_running(scene: Any) -> None:
    scene.offer(bids=THIN, asks=[])
    order = scene.exit()
    terms = scene.terms(price_type=PriceType.LIMIT, price=Decimal(999))
    command = ModifyOrder(
        order_id=order.order_id, terms=terms, instrument=scene.instrument, row=scene.row(order)
    )
    with pytest.raises(Refused):
        scene.gateway.writes.modify(scene.gateway.mandate(7), command)
    scene.offer(bids=[(1980, 300)], asks=[])
    scene.pass_time(scene.ladder.rung_seconds)
    assert order.status is OrderStatus.COMPLETE


def test_a_change_made_elsewhere_ends_the_ladder_aloud(scene: Any) -> None:
    scene.offer(bids=THIN, asks=[])
    order = scene.exit()
    scene.exchange.modify(7, order.order_id, scene.terms(price_type=PriceType.LIMIT, price=Decimal(104)))
    scene.pass_time(scene.ladder.seconds + 1)
    (end,) = scene.ended
    assert (end.state, end.alarm) == ("released", True)
    assert len(scene.changes()) == 1


def test_an_order_that_the_broker_ended_unfilled_is_told_aloud(scene: Any) -> None:
    """P2, #1425: a rejection after acceptance is silent nowhere."""
    scene.offer(bids=THIN, asks=[])
    order = scene.exit()
    order.status = OrderStatus.REJECTED
    row = msgspec.structs.replace(scene.row(order), rejection_reason="RMS: margin")
    scene.gateway.updates.receive(ACCOUNT, OrderUpdate(row=row, source="push"))
    scene.pass_time(1)
    (end,) = scene.ended
    assert (end.state, end.alarm) == ("ended", True)
    assert "70 units open: RMS: margin" in end.message


@pytest.mark.parametrize("fate", ["lost", "broken"])
def test_while_a_re_price_has_no_known_outcome_nothing_else_is_sent(scene: Any, fate: str) -> None:
    scene.offer(bids=THIN, asks=[])
    order = scene.exit()
    scene.offer(bids=[(1900, 1)], asks=[])
    scene.exchange.script = [fate]
    book = scene.exchange.book
    scene.exchange.book = lambda account: _down()
    scene.pass_time(3 * scene.ladder.rung_seconds)
    assert len(scene.changes()) == 1
    scene.exchange.book = book
    scene.pass_time(scene.ladder.rung_seconds + 6)
    assert len(scene.changes()) > 1
    assert len(scene.exchange.orders) == 1 and order.filled <= 100


def _down() -> Any:
    from domain.errors import Unavailable

    raise Unavailable("the book cannot be read")


def test_an_exit_whose_answer_was_lost_is_followed_once_evidence_shows_it(scene: Any) -> None:
    scene.offer(bids=THIN, asks=[])
    scene.exchange.script = ["lost"]
    with pytest.raises(UncertainOrder):
        scene.gateway.exit(7, scene.terms())
    (order,) = scene.exchange.orders.values()
    scene.offer(bids=[(1980, 300)], asks=[])
    scene.pass_time(2 * scene.ladder.rung_seconds)
    assert order.status is OrderStatus.COMPLETE
    assert len(scene.exchange.orders) == 1
    assert [(end.state, end.alarm) for end in scene.ended] == [("filled", False)]


def test_an_exit_that_never_arrived_is_told_and_not_sent_again(scene: Any) -> None:
    scene.offer(bids=THIN, asks=[])
    scene.exchange.script = ["broken"]
    with pytest.raises(UncertainOrder):
        scene.gateway.exit(7, scene.terms())
    scene.pass_time(30)
    (end,) = scene.ended
    assert (end.state, end.alarm, end.order_id) == ("ended", True, None)
    assert scene.exchange.orders == {}


def test_a_refused_exit_leaves_nothing_behind(scene: Any) -> None:
    scene.offer(bids=THIN, asks=[])
    scene.exchange.script = [Refused("no margin")]
    with pytest.raises(Refused):
        scene.gateway.exit(7, scene.terms())
    scene.pass_time(60)
    assert (scene.ended, scene.gateway.protection.roster.open()) == ([], [])


def test_a_rung_that_the_limiter_held_back_is_sent_a_moment_later(scene: Any) -> None:
    scene.offer(bids=THIN, asks=[])
    scene.exit()
    scene.offer(bids=[(1980, 1)], asks=[])
    scene.exchange.script = [Throttled("slow down", retry_after=1.0)]
    scene.pass_time(scene.ladder.rung_seconds + 1)
    assert [terms.price for terms in scene.changes()] == [Decimal("98.50"), Decimal("98.50")]


def test_re_prices_of_exits_go_before_entries(scene: Any) -> None:
    seen: list[Priority] = []
    modify = scene.exchange.modify
    scene.exchange.modify = lambda *given: (seen.append(effective(Priority.READ.ENTRY)), modify(*given))[1]
    scene.offer(bids=THIN, asks=[])
    scene.exit()
    scene.offer(bids=[(1980, 1)], asks=[])
    scene.pass_time(scene.ladder.rung_seconds)
    assert seen == [Priority.EXIT]


def test_without_a_price_nothing_is_invented(scene: Any) -> None:
    scene.exchange.quotes = lambda _wanted: {}
    with pytest.raises(Refused, match="no price is known") as caught:
        scene.gateway.exit(7, scene.terms())
    assert caught.value.code == "NO_PROTECTION_PRICE"
    assert scene.exchange.arrivals == []


def test_a_restart_goes_on_where_the_ladder_was(scene: Any) -> None:
    scene.offer(bids=THIN, asks=[])
    order = scene.exit()
    scene.offer(bids=[(1980, 1)], asks=[])
    scene.pass_time(scene.ladder.rung_seconds)
    scene.restart()
    scene.offer(bids=[(1960, 300)], asks=[])
    scene.pass_time(scene.ladder.rung_seconds)
    assert (order.status, order.filled) == (OrderStatus.COMPLETE, 100)
    assert len(scene.exchange.orders) == 1
    assert [(end.state, end.alarm) for end in scene.ended] == [("filled", False)]


def test_a_deadline_that_passed_while_nobody_ran_is_told_and_nothing_is_sent(scene: Any) -> None:
    scene.offer(bids=THIN, asks=[])
    scene.exit()
    scene.clock.advance(600)
    scene.restart()
    scene.pass_time(5)
    assert [(end.state, end.alarm) for end in scene.ended] == [("gave_up", True)]
    assert scene.changes() == []
    scene.restart()
    scene.pass_time(5)
    assert len(scene.ended) == 1


def test_an_order_that_filled_while_nobody_ran_is_not_told_aloud(scene: Any) -> None:
    scene.offer(bids=THIN, asks=[])
    scene.exit()
    scene.exchange.on_change = lambda _order: None
    scene.offer(bids=[(1999, 300)], asks=[])
    scene.clock.advance(600)
    scene.restart()
    scene.pass_time(5)
    assert [(end.state, end.alarm) for end in scene.ended] == [("filled", False)]


def test_where_the_broker_protects_first_the_ladder_takes_over_what_rests(
    open_scene: Callable[..., Any],
) -> None:
    """tradingqna 193460: MARKET with the broker's own protection was clipped to a stale limit, and never covered."""
    scene = open_scene(option="-1")
    clipped: list[Any] = []

    def clip(terms: Any) -> Any:
        clipped.append(terms)
        return scene.listing

    scene.exchange._admit = clip
    scene.offer(bids=THIN, asks=[])
    order = scene.exit()
    assert clipped[0].price_type is PriceType.MARKET
    order.terms = msgspec.structs.replace(order.terms, price=Decimal("99.90"))
    scene.exchange._work(order)
    scene.offer(bids=[(1980, 300)], asks=[])
    assert order.left == 70
    scene.pass_time(scene.ladder.rung_seconds)
    assert [(terms.price_type, terms.price) for terms in scene.changes()] == [
        (PriceType.LIMIT, Decimal("98.50"))
    ]
    assert order.status is OrderStatus.COMPLETE


def test_a_limit_that_stands_in_for_a_market_exit_counts_as_one(scene: Any) -> None:
    scene.offer(bids=THIN, asks=[])
    order = scene.exit()
    roster = scene.gateway.protection.roster
    (row,) = roster.as_asked(7, [scene.row(order)])
    assert (row.price_type, row.price) == (PriceType.MARKET, None)
    intents = roster.intents_as_asked(scene.gateway.journal.recent(7, 60))
    assert '"MARKET"' in (intents[0].terms or "")
    assert scene.gateway.protection.roster.open()[0].state is State.OPEN


def test_an_unknown_outcome_of_the_owners_own_change_ends_the_ladder(scene: Any) -> None:
    scene.offer(bids=THIN, asks=[])
    order = scene.exit()
    scene.exchange.script = [OutcomeUnknown("no answer")]
    command = ModifyOrder(
        order_id=order.order_id, terms=scene.terms(price_type=PriceType.LIMIT, price=Decimal(104)),
        instrument=scene.instrument, row=scene.row(order),
    )  # fmt: skip
    with pytest.raises(UncertainOrder):
        scene.gateway.writes.modify(scene.gateway.mandate(7), command)
    scene.pass_time(scene.ladder.seconds + 1)
    assert len(scene.changes()) == 1
    assert [end.state for end in scene.ended] == ["released"]
