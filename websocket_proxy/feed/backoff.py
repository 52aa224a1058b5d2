"""Waiting times between connection attempts."""

from __future__ import annotations

import random

from websocket_proxy.options import BackoffTerms


class Backoff:
    """Exponential with full jitter; a connection that lived long enough starts over."""

    def __init__(self, terms: BackoffTerms, source: random.Random) -> None:
        self._terms = terms
        self._random = source
        self.failures = 0

    def next(self) -> float:
        """Seconds to wait before the next attempt."""
        ceiling = min(self._terms.longest, self._terms.first * 2.0 ** min(self.failures, 16))
        self.failures += 1
        return ceiling * (0.5 + 0.5 * self._random.random())

    def lived(self, seconds: float) -> None:
        """A connection was ready for this long before it ended."""
        if seconds >= self._terms.recovered_after:
            self.failures = 0

    def reset(self) -> None:
        """Start over: the reason for the failures is gone (a new login)."""
        self.failures = 0
