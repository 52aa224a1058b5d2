"""Kite's published request rates: how many calls of a class one application may make in a second."""

from collections import deque

RATES = {"quote": 1, "history": 3, "order": 10, "other": 10}


def class_of(method, path):
    """The class of a call."""
    if path.startswith("/quote"):
        return "quote"
    if path.startswith("/instruments/historical"):
        return "history"
    return "order" if path.startswith("/orders") and method != "GET" else "other"


class RateLimits:
    """Off until `is_on`; then calls above the rate are not admitted."""

    def __init__(self, clock):
        self.is_on = False
        self._clock = clock
        self._calls = {}

    def admit(self, method, path, caller):
        """Count a call of an application; whether it may go on."""
        if not self.is_on:
            return True
        kind = class_of(method, path)
        calls = self._calls.setdefault((caller, kind), deque(maxlen=RATES[kind]))
        now = self._clock.monotonic()
        if len(calls) == RATES[kind] and now - calls[0] < 1.0:
            return False
        calls.append(now)
        return True
