"""The journal's groups: durable when `write` returns, shared by those who wait, led by one of them."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from database.journal import ADD_INTENT, ADD_KEY, DECIDE, IntentRow, JournalRows, JournalWriter, stored_key
from database.stores import Stores
from domain.errors import Conflict, OpenAlgoError, Unavailable
from utils.clock import ManualClock, SystemClock

PATIENCE = 10.0
NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)


@pytest.fixture
def writer(stores: Stores) -> Iterator[JournalWriter]:
    opened = JournalWriter(stores.main, SystemClock(), lambda error: None)
    yield opened
    opened.close()


def rows(key: str) -> list[tuple[int, dict[str, Any]]]:
    taken = {
        "user_id": 1, "mode": "live", "key": key, "fingerprint": "f", "tag": None, "answer": None, "created_ms": 1,
    }  # fmt: skip
    return [(ADD_KEY, taken)]


def on_disk(stores: Stores, key: str) -> bool:
    return stored_key(stores.main, 1, "live", key) is not None


def start(work: Callable[[], None]) -> tuple[threading.Thread, list[OpenAlgoError]]:
    """A running thread and what it raised."""
    raised: list[OpenAlgoError] = []

    def run() -> None:
        try:
            work()
        except OpenAlgoError as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, raised


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread is about to do."""
    tick = threading.Event()
    for _ in range(2000):
        if condition():
            return
        tick.wait(0.005)
    raise AssertionError("it did not happen")


def test_a_row_is_on_disk_when_write_returns(writer: JournalWriter, stores: Stores) -> None:
    writer.write(rows("a"), PATIENCE)
    assert on_disk(stores, "a")


def test_rows_that_come_while_a_group_is_written_share_the_next(
    writer: JournalWriter, stores: Stores
) -> None:
    with stores.main.turn():
        threads = [start(lambda number=n: writer.write(rows(f"k{number}"), PATIENCE)) for n in range(12)]
        until(lambda: len(writer._queue) == 11)
    for thread, raised in threads:
        thread.join(PATIENCE)
        assert raised == []
    assert all(on_disk(stores, f"k{n}") for n in range(12))
    assert (writer.groups, writer.rows) == (2, 12)


def test_a_waiter_that_gave_up_does_not_stop_those_behind_it(writer: JournalWriter, stores: Stores) -> None:
    with stores.main.turn():
        leader, _ = start(lambda: writer.write(rows("leader"), PATIENCE))
        until(lambda: writer._led and not writer._queue)
        impatient, complaints = start(lambda: writer.write(rows("impatient"), 0.05))
        impatient.join(PATIENCE)
        assert [type(error) for error in complaints] == [Unavailable]
        patient, raised = start(lambda: writer.write(rows("patient"), PATIENCE))
        until(lambda: len(writer._queue) == 2)
    leader.join(PATIENCE)
    patient.join(PATIENCE)
    assert raised == []
    assert on_disk(stores, "patient")


def test_rows_left_by_waiters_that_all_gave_up_are_written(writer: JournalWriter, stores: Stores) -> None:
    with stores.main.turn():
        leader, _ = start(lambda: writer.write(rows("leader"), PATIENCE))
        until(lambda: writer._led and not writer._queue)
        impatient, complaints = start(lambda: writer.write(rows("impatient"), 0.05))
        impatient.join(PATIENCE)
    leader.join(PATIENCE)
    assert complaints
    until(lambda: on_disk(stores, "impatient"))
    writer.write(rows("later"), PATIENCE)
    assert on_disk(stores, "later")


def test_a_leader_that_took_too_long_says_so(stores: Stores) -> None:
    clock = ManualClock(NOW)
    writer = JournalWriter(stores.main, clock, lambda error: None)
    with stores.main.turn():
        leader, raised = start(lambda: writer.write(rows("slow"), PATIENCE))
        until(lambda: writer._led and not writer._queue)
        clock.advance(PATIENCE + 1)
    leader.join(PATIENCE)
    writer.close()
    assert [error.code for error in raised] == ["JOURNAL_UNAVAILABLE"]


def test_a_taken_key_conflicts_for_its_second_user_only(writer: JournalWriter, stores: Stores) -> None:
    writer.write(rows("taken"), PATIENCE)
    with stores.main.turn():
        first, _ = start(lambda: writer.write(rows("first"), PATIENCE))
        until(lambda: writer._led and not writer._queue)
        second, conflicts = start(lambda: writer.write(rows("taken"), PATIENCE))
        third, raised = start(lambda: writer.write(rows("third"), PATIENCE))
        until(lambda: len(writer._queue) == 2)
    for thread in (first, second, third):
        thread.join(PATIENCE)
    assert [type(error) for error in conflicts] == [Conflict]
    assert raised == []
    assert on_disk(stores, "third")


def test_rows_that_nobody_waits_for_get_there(writer: JournalWriter, stores: Stores) -> None:
    writer.note(rows("noted"))
    until(lambda: on_disk(stores, "noted"))


def test_closing_writes_the_rest_and_admits_nothing_more(writer: JournalWriter, stores: Stores) -> None:
    for number in range(50):
        writer.note(rows(f"n{number}"))
    writer.close()
    assert all(on_disk(stores, f"n{number}") for number in range(50))
    with pytest.raises(Unavailable):
        writer.write(rows("late"), PATIENCE)


def intent(tag: str) -> tuple[int, dict[str, Any]]:
    """A row of an intent on its way."""
    names = IntentRow.__struct_fields__
    return ADD_INTENT, {
        **dict.fromkeys(names, ""), "tag": tag, "user_id": 1, "account_id": 1, "state": "pending", "mode": "live",
        "operation": "place", "order_id": None, "terms": None, "created_ms": 1, "decided_ms": None,
    }  # fmt: skip


def decided(tag: str, state: str) -> tuple[int, dict[str, Any]]:
    """How it ended."""
    return DECIDE, {
        "tag": tag, "state": state, "order_id": "7", "code": None, "message": None, "decided_ms": 2
    }  # fmt: skip


def state_of(stores: Stores, tag: str) -> str | None:
    with stores.main.reading() as unit:
        row = JournalRows(unit).by_tag(tag)
    return row.state if row else None


def test_an_outcome_that_stands_before_its_row_in_a_group_is_not_lost_when_the_group_is_taken_apart(
    stores: Stores,
) -> None:
    """A writer gave up waiting and noted `refused`; a key taken twice makes the group be written one by one."""
    slow = JournalWriter(stores.main, ManualClock(NOW), lambda error: None)
    slow.write(rows("taken"), PATIENCE)
    with slow._guard:
        slow._led = True  # as if another thread were writing just now
    late, raised = start(lambda: slow.write([intent("T1")], PATIENCE))
    until(lambda: len(slow._queue) == 1)
    slow.note([decided("T1", "refused")])
    twice, conflict = start(lambda: slow.write(rows("taken"), PATIENCE))
    until(lambda: len(slow._queue) == 2)
    slow._lead()
    for thread in (late, twice):
        thread.join(PATIENCE)
    slow.close()
    assert raised == [] and isinstance(conflict[0], Conflict)
    assert state_of(stores, "T1") == "refused"


@pytest.mark.parametrize(
    ("first", "late", "left"),
    [
        ("acked", "absent", "acked"), ("acked", "unknown", "acked"), ("absent", "unknown", "absent"),
        ("absent", "acked", "acked"), ("unknown", "absent", "absent"), ("unknown", "refused", "refused"),
    ],
)  # fmt: skip
def test_a_late_row_does_not_undo_what_was_found_since(
    writer: JournalWriter, stores: Stores, first: str, late: str, left: str
) -> None:
    writer.write([intent("T1")], PATIENCE)
    writer.write([decided("T1", first)], PATIENCE)
    writer.write([decided("T1", late)], PATIENCE)
    assert state_of(stores, "T1") == left
