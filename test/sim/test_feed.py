"""A feed against a vendor that fails: a few drawn sequences and one day. The long runs: docs/testing.md."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from test.sim import feed_days
from test.sim.feed.census import Census

ROOT = Path(__file__).resolve().parents[2]
MUHURAT = dt.date(2025, 10, 21)
SEEDS = [1, 2, 3, 4, 5, 7, 9, 10]


PROGRAM = """
import asyncio, json, sys
from test.sim import feed_faults
from test.sim.stage.app import quiet

with quiet():
    outcome = asyncio.run(feed_faults.simulate(json.loads(sys.argv[1])))
json.dump({"wrongs": outcome.wrongs, "ticks": outcome.ticks}, sys.stdout)
"""


@pytest.mark.timeout(180)
def test_after_any_faults_every_symbol_ticks_again_and_nothing_is_left_behind() -> None:
    """In a process of its own: threads and memory of other tests would count as left behind."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(SEEDS)], cwd=ROOT, capture_output=True, text=True,
        check=False, timeout=170,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-4000:]
    outcome = json.loads(run.stdout)
    assert outcome["wrongs"] == {}, "python -m test.sim.feed_faults --trace --seed N"
    assert outcome["ticks"] > len(SEEDS)


@pytest.mark.timeout(120)
def test_a_day_of_a_muhurat_session_needs_nobody_but_the_user_who_logs_in() -> None:
    report = feed_days.simulate(1, 3, date=MUHURAT)
    assert report.wrongs == [], "python -m test.sim.feed_days --trace"
    assert (report.days["special session"], report.false_alarms) == (1, 0)
    assert report.ticks > 5_000


def test_what_is_left_behind_is_found() -> None:
    async def scenario() -> list[str]:
        before = Census.take()
        ends = os.pipe()
        asyncio.get_running_loop().create_task(asyncio.sleep(60), name="left behind")
        kept = [object() for _ in range(100_000)]
        found = Census.take().leaks_since(before, 1)
        for end in ends:
            os.close(end)
        assert kept
        return [line.partition(":")[0] for line in found]

    assert asyncio.run(scenario()) == ["descriptors", "tasks", "memory"]
