"""For every test: compiled modules are kept, also where the environment says not to write them beside the sources.

A busy machine is no failure: what hypothesis draws and tries has no time limit of its own.
"""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

from services.ops.launch.bytecode import keep_bytecode

# Each worker and each program that a test starts would otherwise compile some 1,500 modules before its first line.
keep_bytecode(Path(__file__).resolve().parents[1], os.environ)

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
