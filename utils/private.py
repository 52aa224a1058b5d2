"""Files that only their owner may read."""

from __future__ import annotations

import os

OTHERS = 0o077


def keep_private() -> None:
    """Have whatever this process and its children create from now on be its owner's alone."""
    if os.name == "posix":
        os.umask(OTHERS)
