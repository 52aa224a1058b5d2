"""Many callers, few calls; what fails is told by instrument."""

from __future__ import annotations

import threading

import pytest

from domain.errors import BadVendorData, Refused, Throttled, Unavailable
from services.market.live.uses import QUOTE
from services.market.quotes import Quotes
from services.trading.writes import Account
from test.unit.market.live.conftest import ME, SBIN, TCS, Stage, instrument

MANY = [instrument(f"S{number}") for number in range(1200)]


def test_batches_are_of_the_brokers_size(stage) -> None:
    quoted = stage.market.quotes(ME, MANY, QUOTE)
    assert len(quoted.found) == 1200 and not quoted.failed
    assert [len(call) for call in stage.vendor.calls] == [500, 500, 200]


def test_an_instrument_that_is_named_twice_is_asked_once(stage) -> None:
    stage.market.quotes(ME, [SBIN, TCS, SBIN], QUOTE)
    assert stage.vendor.calls == [("SBIN", "TCS")]


def test_a_missing_symbol_says_so_for_itself(stage) -> None:
    stage.vendor.silent = {"TCS"}
    quoted = stage.market.quotes(ME, [SBIN, TCS], QUOTE)
    assert set(quoted.found) == {SBIN.key}
    assert quoted.failed[TCS.key].code == "NO_QUOTE"
    with pytest.raises(Unavailable, match="no quote for TCS"):
        stage.market.quote(ME, TCS, QUOTE)


@pytest.mark.parametrize("error", [Refused("unknown instrument"), BadVendorData("a broken row")])
def test_one_symbol_that_the_broker_chokes_on_costs_the_others_nothing(stage, error) -> None:
    stage.vendor.poison = {"S5": error}
    quoted = stage.market.quotes(ME, MANY[:8], QUOTE)
    assert set(quoted.failed) == {MANY[5].key} and quoted.failed[MANY[5].key] is error
    assert len(quoted.found) == 7
    assert len(stage.vendor.calls) == 7


def test_looking_for_the_culprit_has_an_end(stage) -> None:
    stage.vendor.poison = {row.symbol: Refused("no") for row in MANY[:500]}
    quoted = stage.market.quotes(ME, MANY[:500], QUOTE)
    assert len(quoted.failed) == 500
    assert len(stage.vendor.calls) <= 8


def test_a_rate_limit_is_no_reason_for_more_calls(stage) -> None:
    stage.vendor.fault = Throttled("slow down")
    quoted = stage.market.quotes(ME, [SBIN, TCS], QUOTE)
    assert set(quoted.failed) == {SBIN.key, TCS.key}
    assert stage.vendor.calls == [("SBIN", "TCS")]


def test_an_error_is_not_remembered(stage) -> None:
    stage.vendor.fault = Unavailable("down")
    with pytest.raises(Unavailable, match="down"):
        stage.market.quote(ME, SBIN, QUOTE)
    stage.vendor.fault = None
    assert stage.market.quote(ME, SBIN, QUOTE).value.ltp == 100.0


def test_a_caller_whose_time_is_up_goes_and_the_answer_serves_the_next(stage) -> None:
    stage.vendor.may_answer.clear()
    with pytest.raises(Unavailable, match="in time"):
        stage.market.quote(ME, SBIN, QUOTE, seconds=0.05)
    stage.vendor.may_answer.set()
    assert stage.market.quote(ME, SBIN, QUOTE).value.ltp == 100.0
    assert stage.vendor.calls == [("SBIN",)]


def test_who_comes_just_after_the_answer_shares_it(stage) -> None:
    """He found nothing at hand before it came; the hundred threads below meet this now and then."""
    stage.market.quote(ME, SBIN, QUOTE)
    assert stage.market._calls.quotes(ME, [SBIN, TCS], 10)[SBIN.key].ltp == 100.0
    stage.market.depth(ME, SBIN, QUOTE)
    stage.market._calls.depth(ME, SBIN, 10)
    assert (stage.vendor.calls, stage.vendor.depths) == ([("SBIN",), ("TCS",)], ["SBIN"])


def test_a_call_that_hangs_holds_up_no_other_account(stage) -> None:
    stage.vendor.hung = {1}
    stage.vendor.may_answer.clear()
    waiting = threading.Thread(target=stage.market.quote, args=(ME, SBIN, QUOTE))
    waiting.start()
    assert stage.vendor.entered.acquire(timeout=10)
    other = Account(account_id=2, broker="zerodha")
    assert stage.market.quote(other, SBIN, QUOTE).value.ltp == 100.0
    assert waiting.is_alive()
    stage.vendor.may_answer.set()
    waiting.join(10)


def test_a_hundred_threads_that_want_one_symbol_are_one_call(stage) -> None:
    stage.vendor.may_answer.clear()
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(stage.market.quote(ME, SBIN, QUOTE))) for _ in range(100)
    ]
    for thread in threads:
        thread.start()
    assert stage.vendor.entered.acquire(timeout=10)
    stage.vendor.may_answer.set()
    for thread in threads:
        thread.join(10)
    assert [seen.value.ltp for seen in found] == [100.0] * 100
    assert stage.vendor.calls == [("SBIN",)]


def test_single_questions_that_come_together_are_one_batch() -> None:
    stage = Stage(gather_seconds=5.0)
    stage.brokers.change("zerodha", quote_batch=32)
    threads = [threading.Thread(target=stage.market.quote, args=(ME, row, QUOTE)) for row in MANY[:32]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert [len(call) for call in stage.vendor.calls] == [32]
    stage.close()


class Index:
    """Names of the contract master, all known but one."""

    def resolve(self, _broker, exchange, symbol):
        return instrument(symbol, exchange=exchange)


def test_a_list_tells_for_each_name_what_became_of_it(stage, caller) -> None:
    stage.brokers.change("zerodha", quote_batch=1)
    stage.vendor.poison = {"TCS": Refused("not today")}
    rows = Quotes(stage.market, Index()).quotes(caller, [SBIN.key, TCS.key])
    assert [(row.key.symbol, row.error) for row in rows] == [("SBIN", None), ("TCS", "not today")]
    assert (rows[0].source, rows[0].age_seconds) == ("broker", 0.0)
    assert rows[1].failure is None


def test_a_name_that_could_not_be_asked_is_told_from_one_without_a_quote(stage, caller) -> None:
    stage.tick(SBIN)
    stage.vendor.fault = Unavailable("down")
    rows = Quotes(stage.market, Index()).quotes(caller, [SBIN.key, TCS.key])
    assert [row.failure for row in rows] == [None, stage.vendor.fault]
    assert rows[0].quote is not None


def test_a_list_of_which_nothing_was_answered_fails_as_a_whole(stage, caller) -> None:
    stage.vendor.fault = Unavailable("down")
    with pytest.raises(Unavailable, match="down"):
        Quotes(stage.market, Index()).quotes(caller, [SBIN.key, TCS.key])
    stage.vendor.fault, stage.vendor.silent = None, {"SBIN"}
    assert Quotes(stage.market, Index()).quotes(caller, [SBIN.key])[0].error is not None
