"""Rate budgets: no window is ever exceeded, the important goes first, waiting is bounded."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.core.budget import Budget, Budgets, Priority, acting_as, effective, reading_for
from broker.core.manifest import RateClass
from domain.errors import Throttled
from utils.clock import ManualClock, SystemClock

START = dt.datetime(2026, 3, 2, 4, 0, tzinfo=dt.UTC)


def budget_on(clock: ManualClock, **rates: RateClass) -> Budget:
    return Budget(rates, clock, pause=lambda _condition, seconds: clock.advance(seconds))


@settings(max_examples=150, deadline=None)
@given(
    rate_and_window=st.sampled_from([(0.5, 1, 2.0), (1, 1, 1.0), (2.5, 5, 2.0), (3, 3, 1.0), (10, 10, 1.0)]),
    per_minute=st.sampled_from([None, 20, 40]),
    reserve=st.integers(0, 3),
    calls=st.lists(
        st.tuples(st.sampled_from(list(Priority)), st.floats(0, 3), st.floats(0, 2)), min_size=1, max_size=80
    ),
)
def test_no_window_ever_holds_more_than_its_limit(
    rate_and_window: tuple[float, int, float],
    per_minute: int | None,
    reserve: int,
    calls: list[tuple[Priority, float, float]],
) -> None:
    clock = ManualClock(START)
    per_second, short_limit, short_length = rate_and_window
    rate = RateClass(per_second=per_second, per_minute=per_minute, exit_reserve=reserve)
    budget = budget_on(clock, order=rate)
    taken: list[float] = []
    for priority, patience, gap in calls:
        clock.advance(gap)
        before = clock.monotonic()
        with contextlib.suppress(Throttled):
            budget.take(("order",), priority, patience)
            taken.append(clock.monotonic())
        assert clock.monotonic() - before <= patience + 1e-6
    windows = [(short_limit, short_length)] + ([(per_minute, 60.0)] if per_minute else [])
    for limit, length in windows:
        for index, start in enumerate(taken):
            assert sum(1 for moment in taken[index:] if moment < start + length) <= limit


def test_the_permitted_rate_is_nearly_used_up() -> None:
    clock = ManualClock(START)
    budget = budget_on(clock, order=RateClass(per_second=10))
    for _ in range(1000):
        budget.take(("order",), Priority.EXIT, 5)
    assert 1000 / clock.monotonic() >= 9.5


def test_entries_leave_the_reserve_to_exits() -> None:
    clock = ManualClock(START)
    budget = budget_on(clock, order=RateClass(per_second=10, exit_reserve=2))
    for _ in range(8):
        budget.take(("order",), Priority.ENTRY, 0)
    with pytest.raises(Throttled):
        budget.take(("order",), Priority.ENTRY, 0)
    budget.take(("order",), Priority.EXIT, 0)
    budget.take(("order",), Priority.CANCEL, 0)
    with pytest.raises(Throttled):
        budget.take(("order",), Priority.CANCEL, 0)


def test_a_call_that_cannot_be_served_in_time_is_told_when_without_waiting() -> None:
    clock = ManualClock(START)
    budget = budget_on(clock, order=RateClass(per_minute=1))
    budget.take(("order",), Priority.ENTRY, 0)
    clock.advance(10)
    with pytest.raises(Throttled) as caught:
        budget.take(("order",), Priority.ENTRY, 5)
    assert clock.monotonic() == 10
    assert 50 <= caught.value.retry_after <= 51


def test_the_daily_cap_opens_again_at_indian_midnight() -> None:
    clock = ManualClock(START)  # 09:30 IST
    budget = budget_on(clock, order=RateClass(per_day=3))
    for _ in range(3):
        budget.take(("order",), Priority.EXIT, 0)
    with pytest.raises(Throttled) as caught:
        budget.take(("order",), Priority.EXIT, 0)
    assert caught.value.retry_after == 14.5 * 3600
    clock.advance(14.5 * 3600)
    budget.take(("order",), Priority.EXIT, 0)


def test_an_hour_holds_no_more_than_its_limit() -> None:
    clock = ManualClock(START)
    budget = budget_on(clock, order=RateClass(per_hour=2))
    for _ in range(2):
        budget.take(("order",), Priority.EXIT, 0)
        clock.advance(600)
    with pytest.raises(Throttled) as caught:
        budget.take(("order",), Priority.EXIT, 0)
    assert 2400 <= caught.value.retry_after < 2401
    clock.advance(2401)
    budget.take(("order",), Priority.EXIT, 0)


def test_one_call_may_count_in_several_classes_and_takes_all_or_none() -> None:
    clock = ManualClock(START)
    budget = budget_on(clock, order=RateClass(per_second=5), overall=RateClass(per_second=1))
    budget.take(("order", "overall"), Priority.ENTRY, 0)
    for _ in range(3):
        with pytest.raises(Throttled):
            budget.take(("order", "overall"), Priority.ENTRY, 0)
    for _ in range(4):
        budget.take(("order",), Priority.ENTRY, 0)


@pytest.mark.parametrize(("window", "seconds"), [("per_half_hour", 1800), ("per_hour", 3600)])
def test_long_windows_have_limits_of_their_own(window: str, seconds: int) -> None:
    clock = ManualClock(START)
    budget = budget_on(clock, order=RateClass(**{window: 2}))
    for _ in range(2):
        budget.take(("order",), Priority.ENTRY, 1)
    with pytest.raises(Throttled) as refused:
        budget.take(("order",), Priority.ENTRY, 1)
    assert seconds - 1 <= refused.value.retry_after <= seconds + 1
    clock.advance(seconds + 1)
    budget.take(("order",), Priority.ENTRY, 1)


def test_an_unknown_rate_class_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        budget_on(ManualClock(START), order=RateClass(per_second=5)).take(("quote",), Priority.READ, 1)


def test_a_vendor_refusal_holds_the_class_back() -> None:
    clock = ManualClock(START)
    budget = budget_on(clock, order=RateClass(per_second=10), quote=RateClass(per_second=1))
    budget.hold(("order",), 3)
    with pytest.raises(Throttled):
        budget.take(("order",), Priority.CANCEL, 1)
    budget.take(("quote",), Priority.READ, 0)
    budget.take(("order",), Priority.CANCEL, 4)
    assert clock.monotonic() == 3


def test_a_cancel_that_came_late_overtakes_waiting_entries() -> None:
    budget = Budget({"order": RateClass(per_second=4)}, SystemClock())
    for _ in range(4):
        budget.take(("order",), Priority.CANCEL, 0)
    finished: list[Priority] = []
    lock = threading.Lock()

    def call(priority: Priority) -> None:
        budget.take(("order",), priority, 10)
        with lock:
            finished.append(priority)

    callers = [threading.Thread(target=call, args=(Priority.ENTRY,)) for _ in range(6)]
    for caller in callers:
        caller.start()
    while len(budget._waiting) < 6:
        threading.Event().wait(0.001)
    cancel = threading.Thread(target=call, args=(Priority.CANCEL,))
    cancel.start()
    for caller in [*callers, cancel]:
        caller.join(10)
    assert Priority.CANCEL in finished[:2]
    assert len(finished) == 7


def test_many_threads_never_exceed_the_window() -> None:
    clock = SystemClock()
    budget = Budget({"order": RateClass(per_second=50)}, clock)
    moments: list[float] = []
    lock = threading.Lock()

    def work() -> None:
        for _ in range(15):
            budget.take(("order",), Priority.ENTRY, 10)
            with lock:
                moments.append(clock.monotonic())

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    moments.sort()
    assert len(moments) == 120
    assert all(later - earlier >= 0.99 for earlier, later in zip(moments, moments[50:], strict=False))


def test_each_account_has_a_budget_of_its_own() -> None:
    budgets = Budgets({"order": RateClass(per_minute=1)}, ManualClock(START))
    budgets.of(1).take(("order",), Priority.ENTRY, 0)
    budgets.of(2).take(("order",), Priority.ENTRY, 0)
    assert budgets.of(1) is budgets.of(1)
    with pytest.raises(Throttled):
        budgets.of(1).take(("order",), Priority.ENTRY, 0)


def test_a_closing_order_is_promoted_and_a_read_never() -> None:
    with acting_as(Priority.EXIT):
        assert effective(Priority.ENTRY) is Priority.EXIT
        assert effective(Priority.CANCEL) is Priority.CANCEL
        assert effective(Priority.READ) is Priority.READ


def test_the_reads_of_an_exit_go_before_entries_and_other_reads() -> None:
    with reading_for(Priority.EXIT):
        assert effective(Priority.READ) is Priority.EXIT
        assert effective(Priority.ENTRY) is Priority.ENTRY
        with acting_as(Priority.CANCEL):
            assert effective(Priority.READ) is Priority.EXIT
    assert effective(Priority.READ) is Priority.READ
    assert effective(Priority.ENTRY) is Priority.ENTRY
