"""When the broker can be reached again, unknown outcomes are found within five seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from domain.errors import Throttled, Unavailable
from domain.feed import FeedState
from services.events import OutcomeResolved, SessionChanged
from services.trading.updates.rhythm import READS_AT_ONCE

TAG = "OA0123456789ABCDEFGH"
DEADLINE_SECONDS = 7.0
Make = Callable[..., Any]


def feed(state: str) -> FeedState:
    return FeedState(account_id=7, broker="b", state=state, reason="", at_ms=0)


@pytest.mark.parametrize("outage_seconds", [3, 61, 1200])
def test_after_an_outage_of_any_length_an_order_at_the_broker_is_found_within_five_seconds(
    world: Make, row: Any, outage_seconds: int
) -> None:
    here = world()
    here.step()
    here.lose_answer()
    here.broker.is_reachable = False
    for _ in range(outage_seconds):
        here.step()
    assert here.state() == "unknown"
    here.broker.rows = [row(order_id="N1", tag=TAG)]
    here.broker.is_reachable = True
    for _ in range(5):
        here.step()
    assert here.state() == "acked"
    assert [event.order_id for event in here.bus.of(OutcomeResolved)] == ["N1"]


class Hanging:
    """Reads that begin in the outage hang until their deadline; those that begin later are answered at once."""

    def __init__(self, here: Any) -> None:
        self.here = here
        self.begun: list[tuple[float, Callable[[], None]]] = []
        here.spawn = self.spawn

    def spawn(self, job: Callable[[], None]) -> None:
        if self.here.broker.is_reachable:
            job()
        else:
            self.begun.append((self.here.clock.monotonic(), job))

    def step(self) -> None:
        self.here.step(0.5)
        now = self.here.clock.monotonic()
        over = [item for item in self.begun if now - item[0] >= DEADLINE_SECONDS]
        self.begun = [item for item in self.begun if item not in over]
        was, self.here.broker.is_reachable = self.here.broker.is_reachable, False
        for _, job in over:
            job()
        self.here.broker.is_reachable = was


@pytest.mark.parametrize("half_seconds", range(0, 20, 2))
def test_reads_that_hang_on_a_dead_connection_do_not_delay_the_finding(
    world: Make, row: Any, half_seconds: int
) -> None:
    here = world()
    here.step()
    here.lose_answer()
    here.broker.rows = [row(order_id="N1", tag=TAG)]
    hanging = Hanging(here)
    here.broker.is_reachable = False
    for _ in range(30 + half_seconds):
        hanging.step()
        assert len(hanging.begun) <= READS_AT_ONCE
    here.broker.is_reachable = True
    for _ in range(10):
        hanging.step()
    assert here.state() == "acked"


def test_the_first_call_that_succeeds_again_makes_the_book_be_read_at_once(world: Make, row: Any) -> None:
    here = world()
    here.step()
    here.lose_answer()
    here.broker.is_reachable = False
    here.step(2)
    here.broker.rows = [row(order_id="N1", tag=TAG)]
    here.broker.is_reachable = True
    here.desk.market(here.account, "quotes", lambda *_: here.broker.quote())
    here.sources.round()  # no time has passed
    assert here.state() == "acked"


def test_a_call_after_failures_reads_no_book_when_nothing_is_unknown(world: Make) -> None:
    here = world()
    here.step()
    here.broker.is_reachable = False
    with pytest.raises(Unavailable):
        here.desk.market(here.account, "quotes", lambda *_: here.broker.quote())
    here.broker.is_reachable = True
    here.desk.market(here.account, "quotes", lambda *_: here.broker.quote())
    here.sources.round()
    assert len(here.broker.reads) == 1


def test_a_new_login_reads_the_book_at_once(world: Make) -> None:
    here = world()
    here.step()
    here.sources.session_changed(SessionChanged(account_id=7, state="valid", reason=""))
    here.sources.round()
    assert len(here.broker.reads) == 2


def test_a_stream_that_is_back_reads_what_was_not_pushed_meanwhile(world: Make) -> None:
    here = world()
    here.sources.stream_changed(feed("live"))
    here.step()
    here.sources.stream_changed(feed("dialing"))
    here.step()
    assert len(here.broker.reads) == 1
    here.sources.stream_changed(feed("live"))
    here.sources.round()
    assert len(here.broker.reads) == 2
    here.sources.stream_changed(feed("live"))
    here.sources.round()
    assert len(here.broker.reads) == 2


def test_the_streaming_process_that_comes_back_counts_as_a_stream_that_is_back(world: Make) -> None:
    here = world()
    here.sources.stream_changed(feed("live"))
    here.step()
    here.sources.streams_lost()
    here.sources.stream_changed(feed("live"))
    here.sources.round()
    assert len(here.broker.reads) == 2


def test_while_the_stream_is_down_working_orders_are_polled(world: Make, row: Any) -> None:
    here = world()
    here.broker.rows = [row()]
    here.step()
    here.sources.stream_changed(feed("dialing"))
    for _ in range(10):
        here.step()
    assert len(here.broker.reads) == 11
    here.sources.stream_changed(feed("live"))
    here.step()
    for _ in range(10):
        here.step()
    assert len(here.broker.reads) == 13  # one at once, one after ten seconds


def test_a_rate_limit_of_the_broker_is_waited_out(world: Make, row: Any) -> None:
    here = world()
    here.step()
    here.lose_answer()
    here.broker.rows = [row(order_id="N1", tag=TAG)]
    here.broker.is_reachable, here.broker.fault = False, Throttled("slow down", retry_after=8)
    for _ in range(8):
        here.step()
    assert len(here.broker.reads) == 2
    here.broker.is_reachable = True
    for _ in range(3):
        here.step()
    assert here.state() == "acked"


def test_an_outcome_that_no_book_decides_is_not_read_for_closely_for_ever(
    world: Make, row: Any, terms: Any
) -> None:
    here = world(tag_length=0)
    here.step()
    here.lose_answer(terms=terms())
    here.broker.rows = [row(order_id="1"), row(order_id="2")]
    for _ in range(600):
        here.step()
    closely = len(here.broker.reads)
    for _ in range(600):
        here.step()
    assert here.state() == "unknown"
    assert closely >= 250 and len(here.broker.reads) - closely <= 61


def test_a_bug_in_a_plugin_does_not_end_the_looking(world: Make, row: Any) -> None:
    here = world()
    here.step()
    here.lose_answer()
    here.broker.is_reachable, here.broker.fault = False, KeyError("a bug")
    here.step(2)
    here.broker.is_reachable = True
    here.broker.rows = [row(order_id="N1", tag=TAG)]
    here.step(2)
    assert here.state() == "acked"
