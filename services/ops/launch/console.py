"""What the starting program says: one line per step, with the seconds of slow ones."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TextIO

from utils.clock import Clock, SystemClock

LABEL_WIDTH = 9


class StartProblem(Exception):
    """Why the start cannot go on: one line that names the culprit and the remedy."""


class Console:
    """Lines on standard output. Slow steps redraw one line on a terminal and speak every ten seconds elsewhere."""

    def __init__(self, out: TextIO | None = None, clock: Clock | None = None) -> None:
        self._out = out or sys.stdout
        self._clock = clock or SystemClock()

    def say(self, label: str, text: str) -> None:
        """One finished line under a short label."""
        self._write(f"{label:<{LABEL_WIDTH}} {text}\n")

    def plain(self, text: str) -> None:
        """One line as it is."""
        self._write(f"{text}\n")

    def wait(self, label: str, text: str, finished: Callable[[float], bool]) -> float:
        """Show progress until finished(seconds to wait) answers True; answers the seconds it took."""
        started = self._clock.monotonic()
        spoken = -10.0
        live = self._out.isatty()
        while True:
            passed = self._clock.monotonic() - started
            if live:
                self._write(f"\r\x1b[K{label:<{LABEL_WIDTH}} {text} … {passed:.0f} s")
            elif passed - spoken >= 10:
                self.say(label, f"{text} …" if spoken < 0 else f"{text} … {passed:.0f} s")
                spoken = passed
            if finished(0.5):
                break
        if live:
            self._write("\r\x1b[K")
        return self._clock.monotonic() - started

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
