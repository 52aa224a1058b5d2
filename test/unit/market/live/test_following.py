"""Who polls is put on the feed, within the room that is his, and let go when he stops."""

from __future__ import annotations

import pytest

from domain.feed import market_topic
from domain.market import Mode
from services.market.live.following import AGAIN_SECONDS, IDLE_SECONDS
from services.market.live.uses import CHAIN, QUOTE
from test.unit.market.live.conftest import CALL, ME, SBIN, Stage, instrument

MANY = [instrument(f"S{number}") for number in range(40)]


def wanted(stage, row) -> bool:
    return market_topic("zerodha", row.exchange, row.symbol, Mode.DEPTH) in stage.feed._wanted


def poll(stage, *rows, every: float = 2.0) -> None:
    for _ in range(2):
        stage.market.quotes(ME, rows, QUOTE)
        stage.clock.advance(every)


def test_a_second_question_soon_after_puts_an_instrument_on_the_feed(stage) -> None:
    stage.market.quotes(ME, [SBIN], QUOTE)
    assert not wanted(stage, SBIN)
    stage.clock.advance(2)
    stage.market.quotes(ME, [SBIN], QUOTE)
    assert wanted(stage, SBIN)


def test_from_then_on_polling_costs_no_call(stage) -> None:
    poll(stage, SBIN, CALL)
    calls = len(stage.vendor.calls)
    for _ in range(20):
        stage.tick(SBIN)
        stage.tick(CALL)
        stage.clock.advance(0.9)
        assert len(stage.market.quotes(ME, [SBIN, CALL], CHAIN).found) == 2
    assert len(stage.vendor.calls) == calls


def test_two_questions_far_apart_are_no_polling(stage) -> None:
    poll(stage, SBIN, every=AGAIN_SECONDS + 1)
    assert not wanted(stage, SBIN)


def test_what_nobody_asks_for_any_more_is_let_go(stage) -> None:
    poll(stage, SBIN, CALL)
    stage.clock.advance(IDLE_SECONDS - 5)
    stage.market.quotes(ME, [CALL], QUOTE)
    stage.clock.advance(6)
    stage.market.following.sweep()
    assert (wanted(stage, SBIN), wanted(stage, CALL)) == (False, True)


def test_a_watch_of_somebody_else_stays(stage) -> None:
    stage.feed.watch("zerodha", [SBIN.key], Mode.DEPTH)
    poll(stage, SBIN)
    stage.market.following.close()
    assert wanted(stage, SBIN)


def test_when_the_room_is_taken_nobody_is_put_out() -> None:
    stage = Stage(follow_limit=3)
    poll(stage, *MANY[:3])
    poll(stage, *MANY[3:6])
    assert [wanted(stage, row) for row in MANY[:6]] == [True] * 3 + [False] * 3
    stage.close()


def test_the_room_is_a_tenth_of_the_feed_at_most(stage) -> None:
    assert stage.market._room("zerodha") == 500
    assert stage.market._room("simulator") == 300


@pytest.mark.parametrize("reason", ["switched off", "feed away", "market closed"])
def test_some_are_never_followed(reason) -> None:
    stage = Stage(follow_limit=0 if reason == "switched off" else 500)
    if reason == "feed away":
        stage.feed.reachable(False)
    if reason == "market closed":
        stage.at(18)
    poll(stage, SBIN)
    assert not wanted(stage, SBIN)
    stage.close()
