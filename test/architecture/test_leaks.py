"""Building and closing the services gives everything back."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(180)
def test_fifty_lives_leave_no_descriptor_and_no_thread(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "test.architecture.fifty_lives", str(tmp_path)],
        cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=170,
    ).stdout.decode()  # fmt: skip
    held = json.loads(told.splitlines()[-1])
    for what, count in held["first"].items():
        assert held["last"][what] <= count, what
