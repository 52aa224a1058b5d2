"""Waits for what other threads do; how long is a bound, not a measure."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

SECONDS = 15.0
PAUSE = 0.005


def wait_for(is_so: Callable[[], Any]) -> Any:
    """What `is_so` answers once it is true."""
    end = time.monotonic() + SECONDS
    while not (found := is_so()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(PAUSE)
    return found


def wait_until(read: Callable[[], Any], wanted: Any) -> None:
    """Until `read` answers what is wanted; the failure shows what it answers instead."""
    end = time.monotonic() + SECONDS
    while read() != wanted and time.monotonic() < end:
        time.sleep(PAUSE)
    assert read() == wanted
