"""What the feed said is shown while it is young, whole, of the right broker and of the right contract; else a call."""

from __future__ import annotations

import pytest

from domain.errors import SessionDead
from domain.instruments import Exchange
from domain.market import Mode
from services.events import ContractsChanged, SessionChanged
from services.market.live.kept import KeptAnswers
from services.market.live.ticks import MOVING_SECONDS
from services.market.live.uses import DEPTH, QUOTE, RISK
from services.trading.writes import Account
from test.unit.market.live.conftest import CALL, ME, NIFTY, SBIN, TCS, instrument

FED, ASKED = 200.0, 100.0


def loaded(broker: str = "zerodha", status: str = "success") -> ContractsChanged:
    return ContractsChanged(broker=broker, status=status, total=1, message="")


def test_a_young_tick_costs_no_call_and_tells_its_age(stage) -> None:
    stage.tick(SBIN)
    stage.clock.advance(0.8)
    seen = stage.market.quote(ME, SBIN, QUOTE)
    assert (seen.value.ltp, seen.age_seconds, seen.source) == (FED, pytest.approx(0.8), "feed")
    assert (seen.value.bid, seen.value.ask, seen.value.bid_qty, seen.value.prev_close) == (
        199.9,
        200.1,
        7,
        197.0,
    )
    assert stage.vendor.calls == []


def test_a_tick_older_than_the_use_admits_is_not_shown(stage) -> None:
    stage.tick(SBIN)
    stage.clock.advance(1.1)
    assert stage.ltp(SBIN, QUOTE) == ASKED
    assert stage.vendor.calls == [("SBIN",)]


def test_time_that_a_tick_spent_on_its_way_is_part_of_its_age(stage) -> None:
    stage.tick(SBIN, late=1.5)
    assert stage.ltp(SBIN, QUOTE) == ASKED


def test_a_last_price_answers_for_risk_but_never_a_quote(stage) -> None:
    stage.tick(SBIN, Mode.LTP)
    assert stage.market.last(ME, SBIN, RISK) == (200, 0.0)
    assert stage.vendor.calls == []
    assert stage.ltp(SBIN, QUOTE) == ASKED


def test_a_tick_without_a_book_answers_no_quote_except_of_an_index(stage) -> None:
    stage.tick(SBIN, Mode.QUOTE)
    stage.tick(NIFTY, Mode.QUOTE, volume=None)
    assert stage.ltp(SBIN, QUOTE) == ASKED
    seen = stage.market.quote(ME, NIFTY, QUOTE)
    assert (seen.value.ltp, seen.value.bid, seen.value.volume) == (FED, None, None)


@pytest.mark.parametrize(
    ("row", "lacking"),
    [
        (SBIN, {"open": None}), (SBIN, {"close": None}), (SBIN, {"volume": None}), (CALL, {"oi": None}),
        (SBIN, {"bids": (), "asks": ()}), (NIFTY, {"high": None}), (SBIN, {"ltp": 0.0}),
    ],
)  # fmt: skip
def test_a_tick_that_lacks_a_number_leaves_the_question_to_the_broker(stage, row, lacking) -> None:
    stage.tick(row, **lacking)
    assert stage.ltp(row, QUOTE) == ASKED


def test_one_side_of_the_book_may_be_empty(stage) -> None:
    stage.tick(SBIN, asks=())
    quote = stage.market.quote(ME, SBIN, QUOTE).value
    assert (quote.bid, quote.ask, quote.ask_qty) == (199.9, None, None)


def test_a_feed_that_ended_is_believed_no_longer_than_its_ticks_are_young(stage) -> None:
    stage.tick(SBIN)
    stage.feed_is("stale")
    assert stage.ltp(SBIN, QUOTE) == FED
    stage.clock.advance(1.1)
    assert stage.ltp(SBIN, QUOTE) == ASKED


def test_the_last_close_stands_until_the_next_session(stage) -> None:
    stage.at(16, 10)
    stage.tick(SBIN)
    stage.at(23, 50)
    seen = stage.market.quote(ME, SBIN, QUOTE)
    assert (seen.value.ltp, seen.age_seconds) == (FED, pytest.approx(7 * 3600 + 2400))
    stage.at(0, 5, day=24)
    assert stage.ltp(SBIN, QUOTE) == ASKED


def test_the_last_close_is_no_old_price_to_the_risk_rules(stage) -> None:
    stage.at(16, 10)
    stage.tick(SBIN, Mode.LTP)
    stage.ltp(TCS, QUOTE)
    stage.at(20)
    assert stage.market.last(ME, SBIN, RISK) == (FED, 0.0)
    assert stage.market.last(ME, TCS, RISK) == (ASKED, 0.0)
    assert stage.vendor.calls == [("TCS",)]


def test_the_close_of_a_feed_that_is_not_live_does_not_stand(stage) -> None:
    stage.at(16, 10)
    stage.tick(SBIN)
    stage.at(17)
    stage.feed_is("no_session")
    assert stage.ltp(SBIN, QUOTE) == ASKED


@pytest.mark.parametrize(("hour", "minute"), [(15, 29), (15, 45), (16, 3)])
def test_a_price_from_before_the_close_was_settled_does_not_stand(stage, hour, minute) -> None:
    stage.at(hour, minute)
    stage.tick(SBIN)
    stage.at(17)
    assert stage.ltp(SBIN, QUOTE) == ASKED


def test_nothing_stands_in_a_year_whose_holidays_nobody_notified(stage) -> None:
    stage.clock.advance(400 * 86_400 + 8 * 3600)
    stage.tick(SBIN)
    stage.clock.advance(60)
    assert stage.ltp(SBIN, QUOTE) == ASKED


def test_a_price_of_the_night_ends_with_the_pre_open(stage) -> None:
    stage.at(8, 30)
    stage.tick(SBIN)
    stage.at(8, 59)
    assert stage.ltp(SBIN, QUOTE) == FED
    stage.at(9, 1)
    assert stage.ltp(SBIN, QUOTE) == ASKED


def test_a_market_that_never_closes_has_no_last_close(stage) -> None:
    stage.at(17)
    practice = Account(account_id=9, broker="simulator")
    stage.at(18)
    for _ in range(2):
        stage.clock.advance(2)
        assert stage.ltp(SBIN, QUOTE, practice) == ASKED
    assert len(stage.vendor.calls) == 2


def test_an_answer_of_the_broker_serves_for_a_second(stage) -> None:
    stage.ltp(SBIN, QUOTE)
    stage.clock.advance(0.9)
    seen = stage.market.quote(ME, SBIN, QUOTE)
    assert (seen.source, seen.age_seconds) == ("broker", pytest.approx(0.9))
    stage.clock.advance(0.2)
    stage.ltp(SBIN, QUOTE)
    assert stage.vendor.calls == [("SBIN",), ("SBIN",)]


def test_kept_answers_are_bounded_and_the_oldest_goes(stage) -> None:
    kept = KeptAnswers(stage.market._quotes._hours, stage.clock, most=2)
    for row in (SBIN, TCS, SBIN, NIFTY):
        kept.put(ME, row, 1.0)
    assert len(kept) == 2
    assert [kept.get(ME, row, 1.0) is None for row in (SBIN, TCS, NIFTY)] == [False, True, False]


def test_out_of_hours_the_broker_is_asked_once(stage) -> None:
    stage.at(18)
    stage.ltp(SBIN, QUOTE)
    stage.at(22)
    stage.ltp(SBIN, QUOTE)
    assert stage.vendor.calls == [("SBIN",)]


def test_the_younger_of_tick_and_answer_is_shown(stage) -> None:
    stage.ltp(SBIN, QUOTE)
    stage.clock.advance(0.5)
    stage.tick(SBIN)
    assert stage.ltp(SBIN, QUOTE) == FED


def test_ticks_serve_every_account_of_their_broker_and_answers_only_who_asked(stage) -> None:
    other = Account(account_id=2, broker="zerodha")
    stage.tick(TCS)
    assert stage.ltp(TCS, QUOTE, other) == FED
    stage.ltp(SBIN, QUOTE)
    stage.ltp(SBIN, QUOTE, other)
    assert stage.vendor.calls == [("SBIN",), ("SBIN",)]


def test_ticks_of_one_broker_are_never_shown_for_another(stage) -> None:
    stage.tick(SBIN, broker="simulator")
    assert stage.ltp(SBIN, QUOTE) == ASKED


def test_an_account_without_a_session_is_shown_nothing(stage) -> None:
    stage.tick(SBIN)
    stage.sessions.dead = {1}
    for question in (stage.market.quote, stage.market.depth, stage.market.last):
        with pytest.raises(SessionDead):
            question(ME, SBIN, QUOTE)


def test_an_answer_about_a_token_that_moved_is_not_shown(stage) -> None:
    stage.ltp(SBIN, QUOTE)
    moved = instrument("SBIN", token="4711")
    stage.ltp(moved, QUOTE)
    assert stage.vendor.calls == [("SBIN",), ("SBIN",)]


def test_after_a_contract_load_ticks_count_again_when_the_feed_has_resolved_its_tokens(stage) -> None:
    stage.tick(SBIN)
    stage.market._heard(loaded())
    assert stage.ltp(SBIN, QUOTE) == ASKED
    stage.clock.advance(MOVING_SECONDS - 0.1)
    stage.tick(SBIN)
    stage.clock.advance(0.2)
    assert stage.ltp(SBIN, QUOTE) == ASKED
    stage.tick(SBIN)
    assert stage.ltp(SBIN, QUOTE) == FED


def test_a_load_that_failed_or_is_another_brokers_changes_nothing(stage) -> None:
    stage.tick(SBIN)
    stage.market._heard(loaded(status="error"))
    stage.market._heard(loaded(broker="simulator"))
    assert stage.ltp(SBIN, QUOTE) == FED


def test_the_house_tells_of_loads_and_of_changed_sessions(stage) -> None:
    stage.ltp(SBIN, QUOTE)
    stage.tick(TCS)
    stage.events.publish(SessionChanged(account_id=1, state="valid", reason=""))
    stage.events.publish(loaded())
    stage.events.close()
    stage.ltp(SBIN, QUOTE)
    stage.ltp(TCS, QUOTE)
    assert stage.vendor.calls == [("SBIN",), ("SBIN",), ("TCS",)]


def test_a_book_comes_from_the_feed_where_it_is_as_deep_as_a_call(stage) -> None:
    stage.tick(SBIN)
    assert stage.market.depth(ME, SBIN, DEPTH).value.bids[0].price == 199.9
    assert stage.vendor.depths == []
    stage.brokers.change("zerodha", depth_levels=20)
    assert stage.market.depth(ME, SBIN, DEPTH).value.bids[0].price == 99.9
    assert stage.vendor.depths == ["SBIN"]


def test_an_index_has_no_book_in_the_cache(stage) -> None:
    stage.tick(NIFTY)
    stage.market.depth(ME, NIFTY, DEPTH)
    assert stage.vendor.depths == ["NIFTY"]


def test_a_book_that_was_asked_for_answers_the_next_quote(stage) -> None:
    stage.market.depth(ME, SBIN, DEPTH)
    assert stage.ltp(SBIN, QUOTE) == ASKED
    assert stage.vendor.calls == []


def test_paper_trading_gets_the_quote_where_a_broker_shows_no_book(stage) -> None:
    known = stage.brokers.manifests["zerodha"]
    stage.brokers.manifests["zerodha"] = type(known)(
        **{name: getattr(known, name) for name in known.__struct_fields__}
        | {"capabilities": known.capabilities | {"depth": "absent"}}
    )
    assert stage.market.snapshot(1, "zerodha", SBIN).quote.ltp == ASKED
    assert (stage.vendor.calls, stage.vendor.depths) == ([("SBIN",)], [])


def test_exchanges_are_told_apart(stage) -> None:
    stage.tick(SBIN)
    assert stage.ltp(instrument("SBIN", exchange=Exchange.BSE), QUOTE) == ASKED
