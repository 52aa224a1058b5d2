"""For every test: compiled modules are kept, also where the environment says not to write them beside the sources.

A busy machine is no failure: what hypothesis draws and tries has no time limit of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from services.market import instruments
from services.ops.launch.bytecode import keep_bytecode

# Each worker and each program that a test starts would otherwise compile some 1,500 modules before its first line.
keep_bytecode(Path(__file__).resolve().parents[1], os.environ)

_UNTIMED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
# The same examples each time; HYPOTHESIS_PROFILE=explore draws others.
settings.register_profile("gate", derandomize=True, **_UNTIMED)
settings.register_profile("explore", **_UNTIMED)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))


@pytest.fixture(autouse=True, scope="session")
def _own_objects_are_not_searched() -> Iterator[None]:
    """Each load of contracts looks for garbage everywhere; beside thousands of collected tests that takes seconds.

    test/unit/market/test_kept_memory.py calls the search itself, and started programs do it as always.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(instruments, "release", lambda: None)
        yield
