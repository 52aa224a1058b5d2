"""Death at any point of an exit: exactly one exit order, and a trailing stop where it was."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent / "crash_exits.py"


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_process_killed_on_the_way_of_an_exit_leaves_exactly_one_exit_order() -> None:
    run = subprocess.run(
        [sys.executable, str(SCRIPT)], check=False, capture_output=True, text=True, timeout=110
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert "5 of 5 points" in run.stdout
