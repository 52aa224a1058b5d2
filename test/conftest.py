"""For every test: compiled modules are kept, also where the environment says not to write them beside the sources."""

from __future__ import annotations

import os
from pathlib import Path

from services.ops.launch.bytecode import keep_bytecode

# Each worker and each program that a test starts would otherwise compile some 1,500 modules before its first line.
keep_bytecode(Path(__file__).resolve().parents[1], os.environ)
