"""A client that floods the streaming process is read more slowly; one that subscribes a lot at once is not."""

from __future__ import annotations

import datetime as dt

from utils.clock import ManualClock
from websocket_proxy.pace import BURST, PER_SECOND, Pace

NOON = dt.datetime(2026, 11, 20, 6, 30, tzinfo=dt.UTC)


def test_a_burst_is_served_at_once_and_a_flood_at_the_even_rate() -> None:
    pace = Pace(ManualClock(NOON))
    assert all(pace.wait() == 0.0 for _ in range(BURST))
    assert [round(pace.wait() * PER_SECOND) for _ in range(3)] == [1, 2, 3]


def test_what_was_not_used_fills_up_again_and_no_further() -> None:
    clock = ManualClock(NOON)
    pace = Pace(clock, burst=10, per_second=5.0)
    for _ in range(10):
        assert pace.wait() == 0.0
    clock.advance(100.0)
    assert sum(pace.wait() == 0.0 for _ in range(20)) == 10
