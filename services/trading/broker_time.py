"""How long brokers took for the call that runs in this thread, so that our own share can be told apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from utils.clock import Clock
from utils.concurrency import local

_current = local()


def start() -> None:
    """A new call begins."""
    _current.seconds = None


def taken() -> float | None:
    """Milliseconds spent at brokers since start(), None when none was asked."""
    seconds: float | None = getattr(_current, "seconds", None)
    return None if seconds is None else seconds * 1000


@contextmanager
def measured(clock: Clock) -> Iterator[None]:
    """Count the block as the broker's time."""
    begun = clock.monotonic()
    try:
        yield
    finally:
        _current.seconds = (getattr(_current, "seconds", None) or 0.0) + clock.monotonic() - begun
