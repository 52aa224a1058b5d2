"""Death between a webhook's answer and its order, and between the order and the record of its end: one order."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent / "crash_deliveries.py"
POINTS = ("plain-accepted", "plain-before", "plain-after", "smart-ending")


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_every_death_leaves_exactly_one_order_for_the_message() -> None:
    command = [sys.executable, str(SCRIPT), "--points", *POINTS]
    run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=170)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert f"{len(POINTS)} of {len(POINTS)} named points" in run.stdout
