"""The feed in a failing world: the real streaming process, the real Zerodha plug-in and the Kite twin."""

import sys
from pathlib import Path

TWINS = str(Path(__file__).resolve().parents[2] / "twins")
if TWINS not in sys.path:  # the twin's modules are found by their own names, as when it runs as a process
    sys.path.insert(0, TWINS)
