"""The manifest's rate limits hold on the wire: virtual time, every rate class, every window."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from broker.core.budget import Budget, Budgets, Priority
from broker.core.manifest import RateClass
from broker.core.rest import PATIENCE
from domain.errors import OpenAlgoError, Throttled

NOT_SENT = ("begin", "contracts", "postback")
MOST_CALLS = 700
WINDOWS = {"per_second": 1.0, "per_minute": 60.0, "per_half_hour": 1800.0, "per_hour": 3600.0}


class VirtualClock:
    """Time that passes only where somebody waits."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> dt.datetime:
        return dt.datetime(2026, 3, 2, 5, tzinfo=dt.UTC) + dt.timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def pass_by(self, _changed: Any, seconds: float) -> None:
        self.seconds += seconds


class Counted(Budget):
    """A budget that waits in virtual time and writes down who took a slot when."""

    def __init__(self, rates: Mapping[str, RateClass], clock: VirtualClock) -> None:
        super().__init__(rates, clock, clock.pass_by)
        self.clock = clock
        self.taken: list[tuple[float, frozenset[str]]] = []

    def take(self, classes: Sequence[str], priority: Priority, patience: float) -> None:
        super().take(classes, priority, patience)
        self.taken.append((self.clock.seconds, frozenset(classes)))


class OneBudget(Budgets):
    """The budget of the one account there is."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget

    def of(self, account_id: int) -> Budget:
        return self.budget


def cases_on_the_wire(kit: Any, plugin_id: str) -> list[Any]:
    return [
        case
        for case in kit.cases_of(plugin_id)
        if case.succeeds and case.exchanges and case.operation not in NOT_SENT
    ]


def run_counted(kit: Any, case: Any, tmp_path: Path, times: int) -> tuple[Counted, int]:
    """The case again and again until the budget refuses; its budget, and how many requests left."""
    clock = VirtualClock()
    budget = Counted(kit.manifest(case.plugin_id).limits.rates, clock)
    transport = kit.RepeatingTransport(case)
    bench = kit.Bench(
        case.plugin_id, transport, tmp_path, settings=case.data.get("settings"), clock=clock,
        budgets=lambda _rates: OneBudget(budget),
    )  # fmt: skip
    for _ in range(times):
        try:
            bench.run(case.call)
        except Throttled:
            break
        except OpenAlgoError:
            continue
    return budget, len(transport.requests)


def windows_of(rate: RateClass) -> list[tuple[int, float]]:
    """(calls, seconds) of each short window; 0.5 calls a second are one in two."""
    limits = [(getattr(rate, name, None), seconds) for name, seconds in WINDOWS.items()]
    return [
        (max(1, int(calls)), seconds if calls >= 1 else seconds / calls) for calls, seconds in limits if calls
    ]


def most_in(times: Sequence[float], seconds: float) -> int:
    """The most events in any stretch of so many seconds; times ascend."""
    return max(bisect_left(times, start + seconds) - index for index, start in enumerate(times))


def test_every_rate_class_counts_some_call_and_its_limits_hold(
    kit: Any, plugin_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = cases_on_the_wire(kit, plugin_id)
    if not cases:
        pytest.skip("no cases: not a vendor's wire")
    monkeypatch.setattr("broker.core.rest.FIRST_PAUSE", 0.0)
    rates = kit.manifest(plugin_id).limits.rates
    by_class: dict[str, Any] = {}
    for case in cases:
        budget, sent = run_counted(kit, case, tmp_path, 1)
        assert sent == len(budget.taken), f"{case.id}: a request left without a slot"
        for name in {name for _, classes in budget.taken for name in classes}:
            by_class.setdefault(name, case)
    elsewhere = kit.wire_of(plugin_id).get("counted_elsewhere", {})
    assert set(rates) - by_class.keys() == set(elsewhere), "rate classes that count no call"
    for name, case in by_class.items():
        windows = windows_of(rates[name])
        times = min(MOST_CALLS, max((2 * calls + 1 for calls, _ in windows), default=1))
        budget, sent = run_counted(kit, case, tmp_path, times)
        taken = [at for at, classes in budget.taken if name in classes]
        assert sent == len(budget.taken) and taken
        for calls, seconds in windows:
            assert most_in(taken, seconds) <= calls, f"{name}: more than {calls} in {seconds} s"
        # Short windows are waited for; the first of the others to be full ends the run.
        reach = min([calls for calls, seconds in windows if seconds > PATIENCE] or [times])
        assert len(taken) >= min(reach, times) - rates[name].exit_reserve, f"{name} stays unused"
