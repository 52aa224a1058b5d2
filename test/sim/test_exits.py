"""Five hundred protected exits in a hostile market; the long run is `python -m test.sim.exits --exits 10000`."""

from __future__ import annotations

import pytest

from test.sim.exits import is_clean, run


def test_every_exit_ends_flat_or_aloud_and_nothing_forbidden_is_sent() -> None:
    """P2b; regressions 30 (a stop never leaves without its trigger) and 3 (no duplicates) under stress."""
    with run(500, 1) as played:
        report = played.report()
    assert is_clean(report), report
    assert report["flat"] + report["alarmed"] + report["refused"] == report["exits"] == 500
    assert report["re-prices"] > 100 and report["restarts"] >= 3 and report["lost answers"] > 0


def test_exits_that_the_broker_protects_first_end_flat_or_aloud_too() -> None:
    """P2b: Zerodha's default. What its own protection leaves resting, also at a stale price, the ladder takes over."""
    with run(300, 2, market_protection="-1") as played:
        report = played.report()
    assert is_clean(report), report
    assert report["flat"] + report["alarmed"] + report["refused"] == report["exits"] == 300
    assert report["left as asked"] > 200 and report["re-prices"] > 30 and report["restarts"] >= 1


def test_the_same_seed_gives_the_same_run() -> None:
    fingerprints = set()
    for _ in range(2):
        with run(60, 7) as played:
            fingerprints.add(played.report()["fingerprint"])
    with run(60, 8) as played:
        assert played.report()["fingerprint"] not in fingerprints
    assert len(fingerprints) == 1


@pytest.mark.parametrize("seed", [1])
def test_the_limiter_of_the_twin_would_notice(seed: int) -> None:
    """Without the account's rate budget the same exits run into it."""
    with run(80, seed, limited=False) as played:
        assert played.report()["limiter"] > 0
