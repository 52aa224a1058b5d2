"""Death around a GTT: one order when it fires, one GTT at the broker."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent / "crash_gtts.py"


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_deaths_around_a_gtt_neither_double_nor_lose_it() -> None:
    run = subprocess.run(
        [sys.executable, str(SCRIPT)], check=False, capture_output=True, text=True, timeout=230
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert "9 deaths, 0 failures" in run.stdout
