"""A vendor's published request rates: how many calls of a class one caller may make in a second."""

from collections import deque


class RateLimits:
    """Off until `is_on`; then calls above the rate are not admitted.

    rates: calls a second by class; a class that is not in it is free. class_of: the class of (method, path).
    """

    def __init__(self, clock, rates, class_of):
        self.is_on = False
        self._clock = clock
        self._rates = rates
        self._class_of = class_of
        self._calls = {}

    def admit(self, method, path, caller):
        """Count a call of a caller; whether it may go on."""
        kind = self._class_of(method, path)
        if not self.is_on or kind not in self._rates:
            return True
        most = self._rates[kind]
        calls = self._calls.setdefault((caller, kind), deque(maxlen=most))
        now = self._clock.monotonic()
        if len(calls) == most and now - calls[0] < 1.0:
            return False
        calls.append(now)
        return True
