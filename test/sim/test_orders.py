"""Two thousand orders through failing worlds: none doubled, none lost, none misreported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from test.sim.orders import simulate

ROOT = Path(__file__).resolve().parents[2]
ORDERS, SHARES = 2000, 8


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("share", range(SHARES))
def test_no_order_is_doubled_lost_or_misreported_and_every_unknown_one_is_settled(share: int) -> None:
    """The nightly run is `python -m test.sim.orders --orders 100000`; a failing seed prints itself here as there."""
    sent, seed = 0, 1000 * (share + 1)
    while sent < ORDERS / SHARES:
        outcome = simulate(seed)
        if outcome.wrongs:
            print(*outcome.lines, sep="\n")
        assert outcome.wrongs == [], f"python -m test.sim.orders --seed {seed} --trace"
        sent += outcome.counts["orders"]
        seed += 1


@pytest.mark.timeout(180)
def test_a_seed_repeats_itself_bit_for_bit() -> None:
    """Twice in each of two processes whose strings hash differently: one event log.

    Processes of their own, since what other tests leave running in this one may end in the middle of a world.
    """
    program = (
        "from test.sim.orders import simulate\n"
        "for outcome in (simulate(7, 40), simulate(7, 40)): print(outcome.digest, len(outcome.lines) > 100)"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": hashing},
            capture_output=True, text=True, check=True, timeout=85,
        ).stdout.splitlines()
        for hashing in ("1", "12345")
    ]  # fmt: skip
    assert len({*told[0], *told[1]}) == 1 and len(told[0]) == len(told[1]) == 2
    assert told[0][0].endswith(" True")


def test_another_seed_is_another_world() -> None:
    assert simulate(8, 10).digest != simulate(9, 10).digest
