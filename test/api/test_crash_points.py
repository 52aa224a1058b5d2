"""Deaths inside the order path, each followed by a restart that tells the truth.

More of them, and others: python test/api/crash_points.py --seeds 200 --first 21
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SEEDS = 20
SCRIPT = Path(__file__).resolve().parent / "crash_points.py"


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_seeded_deaths_neither_double_nor_lose_an_order() -> None:
    command = [sys.executable, str(SCRIPT), "--seeds", str(SEEDS), "--jobs", "2"]
    run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=170)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    died = int(run.stdout.split(f" of {SEEDS} died in time")[0].split()[-1])
    assert died >= SEEDS * 0.9, run.stdout
