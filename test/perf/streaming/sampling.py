"""A sampling profiler on processor time: each millisecond that the process worked, which function did it work in?

C code counts for the Python function that called it.
"""

from __future__ import annotations

import signal
from collections import Counter
from types import FrameType
from typing import Any

_STEP = 0.001


class Sampler:
    """Counts samples by function: its own, and with all that it called."""

    def __init__(self) -> None:
        self._own: Counter[str] = Counter()
        self._whole: Counter[str] = Counter()

    def start(self) -> None:
        """Begin anew."""
        self._own.clear()
        self._whole.clear()
        signal.signal(signal.SIGPROF, self._take)
        signal.setitimer(signal.ITIMER_PROF, _STEP, _STEP)

    def stop(self) -> dict[str, Any]:
        """Shares of the samples, the largest first."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        total = max(1, self._own.total())
        return {
            name: [[where, round(count / total, 3)] for where, count in counter.most_common(16)]
            for name, counter in (("own", self._own), ("whole", self._whole))
        }

    def _take(self, _number: int, frame: FrameType | None) -> None:
        seen = set()
        if frame is not None:
            self._own[_name(frame)] += 1
        while frame is not None:
            seen.add(_name(frame))
            frame = frame.f_back
        self._whole.update(seen)


def _name(frame: FrameType) -> str:
    code = frame.f_code
    return f"{'/'.join(code.co_filename.split('/')[-2:])} {code.co_qualname}"
