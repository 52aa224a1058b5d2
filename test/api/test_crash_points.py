"""Fifty deaths inside the order path, each followed by a restart that tells the truth."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent / "crash_points.py"


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_fifty_seeded_deaths_neither_double_nor_lose_an_order() -> None:
    command = [sys.executable, str(SCRIPT), "--seeds", "50", "--jobs", "2"]
    run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=170)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    died = int(run.stdout.split(" of 50 died in time")[0].split()[-1])
    assert died >= 45, run.stdout
