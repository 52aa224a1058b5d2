"""Percentiles that can be trusted, in memory that does not grow."""

from __future__ import annotations

import itertools
import random

import pytest

from services.events import ApiCalled
from services.ops.latency.board import MOST_SERIES, OTHER, Key, LatencyBoard
from services.ops.latency.histogram import BOUNDS, SLOT_SECONDS, SLOTS
from utils.clock import ManualClock

HOUR = 3600


@pytest.fixture
def board(clock: ManualClock) -> LatencyBoard:
    return LatencyBoard(clock)


def figures(board: LatencyBoard, kind: str, stage: str = "total", seconds: int = 2 * HOUR):
    return next(row.figures for row in board.rows(seconds) if (row.key.kind, row.key.stage) == (kind, stage))


def call(**changes) -> ApiCalled:
    fields = {
        "endpoint": "placeorder", "user_id": 1, "account_id": 1, "broker": "zerodha", "mode": "live", "status": 200,
        "request": {}, "response": b"", "elapsed_ms": 30.0, "broker_ms": 20.0, "at_ms": 0,
        "stages": {"receive": 1.0, "validate": 2.0, "risk": 1.5, "journal": 2.5, "write": 21.0, "answer": 2.0},
    }  # fmt: skip
    return ApiCalled(**(fields | changes))


@pytest.mark.parametrize("seed", range(4))
def test_percentiles_are_within_a_bucket_of_the_truth(board: LatencyBoard, seed: int) -> None:
    rng = random.Random(seed)
    drawn = sorted(min(90_000.0, 0.2 + rng.lognormvariate(2.5, 1.4)) for _ in range(4_000))
    for ms in drawn:
        board.request("GET", "/ui/api/x", 200, ms, None)
    found = figures(board, "request")
    for share, shown in ((0.5, found.p50), (0.9, found.p90), (0.99, found.p99)):
        true = drawn[int(share * len(drawn)) - 1]
        assert true / 1.22 <= shown <= true * 1.22, (share, true, shown)
    assert found.worst == pytest.approx(drawn[-1], abs=0.001)
    assert found.count == len(drawn)


def test_buckets_reach_from_a_tenth_of_a_millisecond_to_a_hundred_seconds() -> None:
    assert (BOUNDS[0], BOUNDS[-1]) == (0.1, 100_000.0)
    assert all(later / earlier < 1.22 for earlier, later in itertools.pairwise(BOUNDS))


def test_a_duration_past_every_bucket_is_shown_as_long_as_it_was(board: LatencyBoard) -> None:
    board.request("GET", "/slow", 200, 250_000.0, None)
    assert figures(board, "request").p50 == 250_000.0


def test_durations_older_than_two_hours_no_longer_count(board: LatencyBoard, clock: ManualClock) -> None:
    board.request("GET", "/x", 200, 500.0, None)
    clock.advance(SLOT_SECONDS * SLOTS)
    board.request("GET", "/x", 200, 5.0, None)
    found = figures(board, "request")
    assert (found.count, found.worst) == (1, 5.0)


def test_a_shorter_stretch_shows_the_last_minutes_alone(board: LatencyBoard, clock: ManualClock) -> None:
    board.request("GET", "/x", 200, 500.0, None)
    clock.advance(HOUR)
    board.request("GET", "/x", 200, 5.0, None)
    assert figures(board, "request", seconds=600).count == 1
    assert figures(board, "request", seconds=2 * HOUR).count == 2


def test_an_order_is_split_from_the_edge_to_the_answer(board: LatencyBoard) -> None:
    board.order_call(call())
    stages = {row.key.stage: row.figures.worst for row in board.rows(HOUR)}
    assert stages == {"edge": 3.0, "service": 5.0, "broker": 20.0, "answer": 2.0, "total": 30.0}


def test_a_stage_that_was_not_reached_is_not_counted_as_zero(board: LatencyBoard) -> None:
    board.order_call(call(status=400, broker_ms=None, stages={"receive": 1.0, "validate": 1.0}))
    assert {row.key.stage for row in board.rows(HOUR)} == {"edge", "total"}
    assert figures(board, "order").failed == 1


def test_paths_that_nobody_serves_share_one_series(board: LatencyBoard) -> None:
    for number in range(50):
        board.request("GET", None, 404, 1.0, None)
        board.request("POST", None, 404, float(number + 1), None)
    assert len(board) == 1


def test_memory_is_bounded_however_many_things_are_timed(board: LatencyBoard) -> None:
    for number in range(MOST_SERIES + 50):
        board.broker_call("b", f"operation-{number}", 1.0, is_failed=False)
    assert len(board) == MOST_SERIES + 1
    rest = Key("broker", OTHER, "", "broker")
    assert sum(point.figures.count for point in board.points(rest)) == 50
    assert board.merged_away == 50


def test_the_spread_holds_every_duration(board: LatencyBoard) -> None:
    for ms in (1.0, 1.0, 40.0):
        board.broker_call("b", "place", ms, is_failed=False)
    spread = board.spread(Key("broker", "place", "b", "broker"))
    assert sum(bucket.count for bucket in spread) == 3
    assert spread[0].count == 2 and spread[-1].count == 1
    assert all(before.up_to_ms == after.over_ms for before, after in itertools.pairwise(spread))


def test_what_lasted_longer_than_the_last_bound_is_said_to_have_no_other(board: LatencyBoard) -> None:
    for ms in (50_000.0, 700_000.0):
        board.broker_call("b", "place", ms, is_failed=False)
    last = board.spread(Key("broker", "place", "b", "broker"))[-1]
    assert (last.over_ms, last.up_to_ms, last.count) == (100_000.0, None, 1)
