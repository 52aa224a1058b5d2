"""Bars are read in the broker's spans, finished days once, and what is missing is said."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal

import msgspec
import pytest

from domain.errors import InvalidInput, Throttled, Unavailable
from domain.instruments import Exchange, Instrument, InstrumentType
from domain.market import Candle, Interval
from services.market.bars.gaps import Gap
from services.market.bars.spans import Series
from services.market.bars.store import FinishedBars
from services.market.history import Incomplete
from services.wire.market import bar_headers
from test.unit.market.bars.conftest import ME, SBIN

TODAY = dt.date(2026, 6, 17)  # a Wednesday
MONDAY, TUESDAY = dt.date(2026, 6, 15), dt.date(2026, 6, 16)
A_DAY = 75  # bars of five minutes


def ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


def test_a_range_is_cut_into_the_brokers_spans_and_joined_again(stage) -> None:
    bars = stage.read(ago(250), TODAY)
    assert [(last - first).days < 100 for first, last in stage.vendor.calls] == [True] * 3
    stamps = [bar.timestamp for bar in bars.candles]
    assert stamps == sorted(set(stamps)) and len(stamps) > 170 * A_DAY


def test_finished_days_are_asked_for_once(stage) -> None:
    first = stage.read(MONDAY, TODAY)
    stage.clock.advance(300)
    second = stage.read(MONDAY, TODAY)
    assert stage.vendor.calls == [(MONDAY, TODAY), (TODAY, TODAY)]
    assert list(second.candles[: len(first.candles)]) == list(first.candles)
    assert len(second.candles) == len(first.candles) + 1
    assert len(stage.read(MONDAY, TUESDAY).candles) == 2 * A_DAY
    assert len(stage.vendor.calls) == 2


def test_a_wider_range_asks_only_for_what_is_new(stage) -> None:
    stage.read(dt.date(2026, 5, 18), dt.date(2026, 5, 22))
    stage.read(dt.date(2026, 5, 11), dt.date(2026, 5, 22))
    assert stage.vendor.calls[1] == (dt.date(2026, 5, 11), dt.date(2026, 5, 15))


def test_days_without_trading_cost_no_call(stage) -> None:
    saturday = dt.date(2026, 6, 13)
    assert stage.read(saturday, saturday + dt.timedelta(days=1)).candles == []
    assert stage.vendor.calls == []


def test_what_was_kept_is_read_again_the_next_day(stage) -> None:
    stage.read(MONDAY, TUESDAY)
    stage.clock.advance(86_400)
    stage.read(MONDAY, TUESDAY)
    assert stage.vendor.calls == [(MONDAY, TUESDAY)] * 2


def test_yesterday_is_not_final_before_the_broker_has_completed_it(stage) -> None:
    stage.clock.jump(dt.datetime(2026, 6, 17, 0, 30, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))))
    stage.read(MONDAY, TUESDAY)
    stage.read(MONDAY, TUESDAY)
    assert stage.vendor.calls == [(MONDAY, TUESDAY), (TUESDAY, TUESDAY)]


def test_a_recent_day_that_brought_nothing_is_asked_for_again(stage) -> None:
    stage.vendor.absent = {TUESDAY, ago(20)}
    for _ in range(2):
        stage.read(ago(21), ago(19))
        stage.read(TUESDAY, TUESDAY)
    assert stage.vendor.calls == [(ago(21), ago(19)), (TUESDAY, TUESDAY), (TUESDAY, TUESDAY)]


def test_a_range_that_failed_in_part_names_the_part_and_keeps_the_rest(stage) -> None:
    first, broken, last = dt.date(2025, 10, 10), dt.date(2026, 1, 19), dt.date(2026, 6, 10)
    stage.vendor.faults = {broken: Unavailable("no answer")}
    bars = stage.read(first, last)
    assert [str(each) for each in bars.unread] == ["2026-01-19..2026-04-28"]
    lost = range(stage.stamp(broken, 0, 0), stage.stamp(dt.date(2026, 4, 29), 0, 0))
    assert bars.candles and not any(bar.timestamp in lost for bar in bars.candles)
    assert not any(gap.first in lost for gap in bars.gaps)
    calls = len(stage.vendor.calls)
    with pytest.raises(Incomplete, match=r"2026-01-19.*no answer"):
        stage.history.bars(ME, SBIN.key, Interval.M5, first, last)
    stage.vendor.faults = {}
    assert stage.history.bars(ME, SBIN.key, Interval.M5, first, last).unread == ()
    assert stage.vendor.calls[calls:] == [(broken, dt.date(2026, 4, 28))] * 2


def test_a_range_of_which_nothing_came_fails_as_the_broker_said(stage) -> None:
    stage.vendor.faults = {MONDAY: Throttled("slow down")}
    with pytest.raises(Throttled, match="slow down"):
        stage.read(MONDAY, TODAY)


def test_readers_of_the_same_range_share_its_calls(stage) -> None:
    stage.vendor.may_answer.clear()
    found = []
    threads = [threading.Thread(target=lambda: found.append(stage.read(MONDAY, TODAY))) for _ in range(20)]
    for thread in threads:
        thread.start()
    assert stage.vendor.entered.acquire(timeout=10)
    gatherer = stage.reader._gatherers[1]
    while sum(question.waiters for question in list(gatherer._open.values())) < 20:
        pass
    stage.vendor.may_answer.set()
    for thread in threads:
        thread.join(10)
    assert len({len(bars.candles) for bars in found}) == 1 and len(found) == 20
    assert stage.vendor.calls == [(MONDAY, TODAY)]


def test_a_range_that_needs_too_many_calls_is_refused_before_any(stage) -> None:
    with pytest.raises(InvalidInput, match="calls to the broker"):
        stage.reader.read(ME, SBIN, Interval.M1, ago(2000), TODAY, 1)
    assert stage.vendor.calls == []


def test_the_bar_in_progress_is_marked(stage) -> None:
    assert stage.read(TODAY, TODAY).forming == stage.stamp(TODAY, 11, 0)
    assert stage.read(MONDAY, TUESDAY).forming is None
    daily = stage.read(MONDAY, TODAY, Interval.D)
    assert daily.forming == daily.candles[-1].timestamp
    stage.clock.advance(5 * 3600)
    assert stage.read(MONDAY, TODAY, Interval.D).forming is None


def test_expected_bars_that_are_not_there_are_marked_and_not_filled(stage) -> None:
    holes = [stage.stamp(MONDAY, 10, 0), stage.stamp(MONDAY, 10, 5), stage.stamp(MONDAY, 14, 0)]
    stage.vendor.absent = set(holes)
    bars = stage.read(MONDAY, TODAY)
    assert bars.gaps == (Gap(holes[0], holes[1], 2), Gap(holes[2], holes[2], 1))
    assert not {bar.timestamp for bar in bars.candles} & set(holes)
    headers = bar_headers(bars)
    assert headers["X-Data-Missing-Bars"] == "3"
    assert headers["X-Data-Gaps"] == f"{holes[0]}/{holes[1]}, {holes[2]}/{holes[2]}"
    assert headers["X-Data-Forming"] == str(stage.stamp(TODAY, 11, 0))


def test_a_day_without_bars_is_a_gap_and_a_holiday_is_none(stage) -> None:
    stage.vendor.absent = {TUESDAY, dt.date(2026, 5, 28)}  # the second is Bakri Id
    (gap,) = stage.read(TUESDAY, TUESDAY).gaps
    assert gap == Gap(stage.stamp(TUESDAY, 9, 15), stage.stamp(TUESDAY, 15, 25), A_DAY)
    assert stage.read(dt.date(2026, 5, 27), dt.date(2026, 5, 29)).gaps == ()
    (gap,) = stage.read(MONDAY, TUESDAY, Interval.D).gaps
    assert gap.bars == 1


def test_bars_that_have_not_ended_are_not_missed(stage) -> None:
    stage.vendor.absent = {stage.stamp(TODAY, 11, 0)}
    assert stage.read(TODAY, TODAY).gaps == ()
    stage.vendor.absent = {stage.stamp(TODAY, 10, 55)}
    assert [gap.bars for gap in stage.read(TODAY, TODAY).gaps] == [1]


def test_years_that_nobody_notified_have_no_gaps(stage) -> None:
    day = dt.date(2024, 3, 20)
    stage.vendor.absent = {day}
    assert stage.read(day, day).gaps == ()


def test_a_contract_has_no_bars_after_its_last_day(stage) -> None:
    future = Instrument(
        "SBIN16JUN26FUT", Exchange.NFO, "x", "NFO", "9", "SBIN", InstrumentType.FUT, 1, Decimal("0.05"), TUESDAY
    )  # fmt: skip
    stage.instruments[future.key] = future
    bars = stage.read(MONDAY, TODAY, key=future.key)
    assert stage.vendor.calls == [(MONDAY, TUESDAY)]
    assert bars.ends_on == TUESDAY and bar_headers(bars)["X-Data-Ends"] == "2026-06-16"
    assert stage.read(MONDAY, TUESDAY, key=future.key).ends_on is None


def test_a_token_that_moves_while_its_bars_are_read_spoils_the_answer(stage) -> None:
    moved = msgspec.structs.replace(SBIN, token="2")
    stage.vendor.during = lambda: stage.instruments.update({SBIN.key: moved})
    with pytest.raises(Unavailable) as caught:
        stage.read(MONDAY, TUESDAY)
    assert caught.value.code == "CONTRACT_CHANGED"
    calls = len(stage.vendor.calls)
    stage.read(MONDAY, TUESDAY)
    assert len(stage.vendor.calls) == calls + 1


def test_kept_bars_are_bounded_and_the_longest_unused_series_goes() -> None:
    store = FinishedBars(most=4)
    one, two, three = (
        Series(1, "zerodha", msgspec.structs.replace(SBIN, token=name), Interval.D) for name in "123"
    )
    bars = [Candle(at, 1.25, 2.5, 0.5, 1.0, 2**40, 7) for at in (86_400, 172_800)]
    store.put(one, {MONDAY: bars}, TODAY)
    store.put(two, {MONDAY: bars}, TODAY)
    assert store.get(one, [MONDAY, TUESDAY], TODAY) == {MONDAY: bars}
    store.put(three, {MONDAY: bars}, TODAY)
    assert len(store) == 4
    assert [bool(store.get(series, [MONDAY], TODAY)) for series in (one, two, three)] == [True, False, True]
    store.put(one, {MONDAY: bars[:1]}, TODAY)
    assert len(store) == 3
