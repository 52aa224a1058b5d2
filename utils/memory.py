"""Gives memory back to the operating system after work that needed much of it for a moment."""

from __future__ import annotations

import ctypes
import gc


def release() -> None:
    """Collect garbage and return free heap pages; on systems without glibc only the former."""
    gc.collect()
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return
    trim(0)
