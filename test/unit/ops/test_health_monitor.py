"""Every component says how it is, why, and since when; what is not well raises one alarm until it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from database.history import HistoryStore
from database.stores import Stores
from database.writers import LogWriters
from domain.feed import FeedState
from services.accounts.broker_sessions import AccountView
from services.ops.monitor import components, machine
from services.ops.monitor.components import Depth, Finding, Thresholds
from services.ops.monitor.monitor import Monitor
from services.ops.monitor.rounds import Rounds
from utils.clock import ManualClock

GB = 1024**3
CALM = Thresholds(memory=(1_000, 2_000), descriptors=(700, 900), threads=(250, 500))


class Watched:
    """A monitor over findings that the test sets."""

    def __init__(self, stores: Stores, writers: LogWriters, clock: ManualClock) -> None:
        self.findings: list[Finding] = []
        self.monitor = Monitor(lambda: (self.findings, {"threads": 3}), stores.logs, writers, clock)

    def now(self, **states: str) -> Any:
        self.findings = [
            Finding(
                name=name, kind="feed", state=state, reason="" if state == "pass" else f"{name} is {state}"
            )
            for name, state in states.items()
        ]
        return self.monitor.look()

    def alarms(self) -> list[tuple[str, str, bool]]:
        return [(row.component, row.state, row.closed_at is None) for row in self.monitor.alarms()]


@pytest.fixture
def writers(stores: Stores) -> Iterator[LogWriters]:
    opened = LogWriters(stores)
    yield opened
    opened.close()


@pytest.fixture
def watched(stores: Stores, writers: LogWriters, clock: ManualClock) -> Watched:
    return Watched(stores, writers, clock)


def feed(state: str, alarm: str = "") -> FeedState:
    return FeedState(account_id=1, broker="acme", state=state, reason="", at_ms=0, alarm=alarm)


def account(state: str) -> AccountView:
    return AccountView(
        id=1, user_id=1, broker="acme", label="Main", active=True, state=state, since=None, expires_at=None,
        reason=None, broker_user_id=None,
    )  # fmt: skip


def machine_figures(**changes: Any) -> machine.Figures:
    fields = {
        "memory": 200 * 1024**2, "descriptors": 90, "descriptor_limit": 1024, "threads": 40, "cpu_seconds": 1.0,
        "disk_total": 100 * GB, "disk_free": 50 * GB,
    }  # fmt: skip
    return machine.Figures(**(fields | changes))


def states(figures: machine.Figures) -> dict[str, str]:
    return {found.name: found.state for found in components.machine_findings(figures, CALM)}


def test_a_state_lasts_since_the_look_that_found_it_first(watched: Watched, clock: ManualClock) -> None:
    began = watched.now(a="pass").components[0].since
    clock.advance(10)
    assert watched.now(a="pass").components[0].since == began
    clock.advance(10)
    changed = watched.now(a="fail").components[0]
    assert changed.since == began + dt.timedelta(seconds=20)
    assert (changed.state, changed.reason) == ("fail", "a is fail")


def test_the_whole_is_as_ill_as_its_worst_part_and_what_is_off_is_not_ill(watched: Watched) -> None:
    assert watched.now(a="pass", b="off").state == "pass"
    assert watched.now(a="warn", b="off").state == "warn"
    assert watched.now(a="warn", b="fail").state == "fail"


def test_one_alarm_lasts_from_the_first_ill_look_to_the_first_well_one(
    watched: Watched, clock: ManualClock
) -> None:
    for state in ("warn", "warn", "fail"):
        watched.now(a=state)
        clock.advance(10)
    assert watched.alarms() == [("a", "fail", True)]
    watched.now(a="pass")
    watched.now(a="pass")
    assert watched.alarms() == [("a", "fail", False)]


def test_a_component_that_is_gone_takes_its_alarm_along(watched: Watched) -> None:
    watched.now(a="fail", b="pass")
    watched.now(b="pass")
    assert watched.alarms() == [("a", "fail", False)]


def test_after_a_restart_an_alarm_goes_on_instead_of_beginning_again(
    watched: Watched, stores: Stores, writers: LogWriters, clock: ManualClock
) -> None:
    watched.now(a="fail", b="fail")
    later = Watched(stores, writers, clock)
    later.now(a="fail", b="pass")
    assert sorted(later.alarms()) == [("a", "fail", True), ("b", "fail", False)]


def test_the_first_who_acknowledges_an_alarm_is_kept(watched: Watched, clock: ManualClock) -> None:
    watched.now(a="fail")
    alarm = watched.monitor.alarms()[0]
    watched.monitor.acknowledge(alarm.id, "ada")
    assert watched.monitor.acknowledge(alarm.id, "bob").acknowledged_by == "ada"


def test_samples_come_back_in_order_and_thinned_out(
    watched: Watched, writers: LogWriters, clock: ManualClock
) -> None:
    for _ in range(900):
        watched.now(a="pass")
        clock.advance(10)
    writers.health.close()
    rows = watched.monitor.history(6)
    assert 200 < len(rows) <= 400
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    assert rows[-1].figures == {"threads": 3}


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("live", "pass"),
        ("stale", "fail"),
        ("no_session", "off"),
        ("dialing", "warn"),
        ("never heard of", "warn"),
    ],
)
def test_a_feed_is_well_only_when_it_is_live(state: str, shown: str) -> None:
    assert components.feed_findings([feed(state)], lambda _: "Main")[0].state == shown


def test_a_feed_that_needs_somebody_fails_with_its_own_words() -> None:
    found = components.feed_findings([feed("live", "log in again")], lambda _: "Main")[0]
    assert (found.state, found.reason, found.name) == ("fail", "log in again", "feed acme Main")


@pytest.mark.parametrize(
    ("state", "failing", "shown"),
    [("valid", False, "pass"), ("valid", True, "fail"), ("expired", False, "fail"), ("none", False, "off")],
)
def test_a_broker_is_well_when_its_session_lives_and_it_answers(
    state: str, failing: bool, shown: str
) -> None:
    assert components.broker_findings([account(state)], lambda _: failing)[0].state == shown


def test_streaming_fails_without_its_bus_and_warns_of_old_figures() -> None:
    assert components.streaming_finding([{"age_seconds": 1.0}], False).state == "fail"
    assert components.streaming_finding([{"age_seconds": 31.0}], True).state == "warn"
    assert components.streaming_finding([{"age_seconds": 31.0}, {"age_seconds": 1.0}], True).state == "pass"


def test_streaming_that_has_written_no_figures_yet_is_unknown_and_does_not_pass(watched: Watched) -> None:
    found = components.streaming_finding([], True)
    assert (found.state, found.reason) == ("unknown", "It has not written any figures yet")
    assert watched.now(streaming="unknown", disk="pass").state == "unknown"
    assert watched.now(streaming="unknown", disk="warn").state == "warn"
    assert [alarm for alarm in watched.alarms() if alarm[0] == "streaming"] == []


def test_the_names_of_the_machines_figures_say_their_units() -> None:
    found = {each.name: each.figures for each in components.machine_findings(machine_figures(), CALM)}
    assert found["memory"] == {"resident_bytes": 200 * 1024**2}
    assert found["descriptors"] == {"open": 90} and found["threads"] == {"running": 40}


def test_the_fullest_queue_decides() -> None:
    def found(waiting: int) -> str:
        other = Depth(name="b", policy="wait", size=100, waiting=0, lost=9)
        queue = Depth(name="a", policy="wait", size=100, waiting=waiting, lost=0)
        return components.queue_finding([queue, other]).state

    assert [found(waiting) for waiting in (0, 49, 50, 90)] == ["pass", "pass", "warn", "fail"]


@pytest.mark.parametrize(
    ("free", "shown"), [(50 * GB, "pass"), (9 * GB, "warn"), (1 * GB, "fail"), (150 * 1024**2, "fail")]
)
def test_a_full_disk_is_seen_before_it_is_full(free: int, shown: str) -> None:
    assert states(machine_figures(disk_free=free))["disk"] == shown


def test_thresholds_of_memory_descriptors_and_threads_hold() -> None:
    found = states(machine_figures(memory=1_500 * 1024**2, descriptors=950, threads=10))
    assert found == {"disk": "pass", "memory": "warn", "descriptors": "fail", "threads": "pass"}


def test_what_the_system_does_not_tell_is_off_and_not_zero() -> None:
    assert states(machine_figures(memory=None))["memory"] == "off"


def test_this_machine_tells_something(tmp_path: Any) -> None:
    found = machine.measure(tmp_path)
    assert found.memory is None or found.memory > 10 * 1024**2
    assert found.threads >= 1 and found.disk_total > found.disk_free > 0


def test_a_round_that_stopped_and_one_that_fails_are_found(clock: ManualClock) -> None:
    rounds = Rounds(clock)
    good = rounds.watched("good", 30.0, lambda: None)
    bad = rounds.watched("bad", 30.0, lambda: 1 / 0)
    good()
    with pytest.raises(ZeroDivisionError):
        bad()
    found = components.scheduler_finding(rounds)
    assert (found.state, found.reason) == ("warn", "The last round failed: bad (ZeroDivisionError)")
    clock.advance(100)
    with pytest.raises(ZeroDivisionError):
        bad()
    clock.advance(30)
    found = components.scheduler_finding(rounds)
    assert (found.state, found.reason) == ("fail", "Late: good")


def test_a_store_that_does_not_answer_fails(stores: Stores) -> None:
    assert components.store_finding(stores.logs).state == "pass"
    stores.logs.close()
    found = components.store_finding(stores.logs)
    assert (found.name, found.state) == ("store logs", "fail")
    assert found.figures["file_bytes"] > 0


def test_the_store_of_candles_is_off_until_it_is_opened_and_fails_when_it_does_not_answer(
    tmp_path: Path,
) -> None:
    history = HistoryStore(tmp_path / "historify.duckdb", tmp_path / "backups")
    assert (components.history_finding(history).state, history.is_open) == ("off", False)
    history.open(dt.datetime(2026, 11, 20, 5, tzinfo=dt.UTC))
    found = components.history_finding(history)
    assert (found.name, found.state, found.figures["file_bytes"] > 0) == ("store history", "pass", True)
    with history.cursor() as cursor:
        cursor.execute("DROP TABLE schema_version")
    broken = components.history_finding(history)
    assert broken.state == "fail" and "does not answer" in broken.reason
    history.close()
    assert components.history_finding(history).state == "off"
