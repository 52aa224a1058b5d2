"""A client that floods the streaming process is read more slowly; one that subscribes a lot at once is not."""

from __future__ import annotations

from websocket_proxy.proxy.pace import BURST, PER_SECOND, Pace


def test_a_burst_is_served_at_once_and_a_flood_at_the_even_rate() -> None:
    pace = Pace(0.0)
    assert all(pace.wait(0.0) == 0.0 for _ in range(BURST))
    assert [round(pace.wait(0.0) * PER_SECOND) for _ in range(3)] == [1, 2, 3]


def test_what_was_not_used_fills_up_again_and_no_further() -> None:
    pace = Pace(0.0, burst=10, per_second=5.0)
    for _ in range(10):
        assert pace.wait(0.0) == 0.0
    assert pace.wait(100.0) == 0.0
    assert sum(pace.wait(100.0) == 0.0 for _ in range(20)) == 9
