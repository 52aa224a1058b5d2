"""What stays in memory is not searched for garbage again; what was needed for a moment goes back to the system."""

from __future__ import annotations

import ctypes
import gc

# Few objects outlive the request that made them: a search for every 700 found almost nothing, on the threads of orders.
YOUNG = 10_000


def keep() -> None:
    """What a start has loaded stays; from now on only what came later is searched, and less often."""
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)


def release() -> None:
    """Collect garbage, keep the rest, and return free heap pages; on systems without glibc not the latter.

    What is kept is never searched again until the next call: a full search of two hundred thousand objects would stop
    every thread for a tenth of a second in the middle of a trading day.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return
    trim(0)
