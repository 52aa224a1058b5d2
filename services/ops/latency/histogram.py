"""Counts by duration in fixed buckets: bounded memory, exact counts, percentiles to within a bucket (a fifth).

Buckets grow by a twelfth of a decade from 0.1 ms to 100 s, so that a percentile is at most 21 % from the truth
however many durations there were. Slots of five minutes, of which two hours are kept, let old durations go.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence

import msgspec

BOUNDS: tuple[float, ...] = tuple(round(10 ** (step / 12 - 1), 6) for step in range(73))
SLOT_SECONDS = 300
SLOTS = 24


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds; None where nothing was counted."""

    count: int
    failed: int
    mean: float | None
    p50: float | None
    p90: float | None
    p99: float | None
    worst: float | None


class _Slot:
    """What fell into one stretch of time."""

    __slots__ = ("counts", "failed", "number", "total_ms", "worst")

    def __init__(self, number: int) -> None:
        self.number = number
        self.counts = array("L", [0]) * (len(BOUNDS) + 1)
        self.failed = 0
        self.total_ms = 0.0
        self.worst = 0.0

    def add(self, at: int, ms: float, is_failed: bool) -> None:
        self.counts[at] += 1
        self.total_ms += ms
        self.failed += is_failed
        self.worst = max(self.worst, ms)


class Histogram:
    """Durations of one thing. Not locked: its board is."""

    __slots__ = ("_slots", "ever")

    def __init__(self) -> None:
        self.ever = _Slot(0)
        self._slots: list[_Slot | None] = [None] * SLOTS

    def add(self, ms: float, number: int, *, is_failed: bool = False) -> None:
        """Count a duration in the slot with this number (seconds since the epoch // SLOT_SECONDS)."""
        at = bisect_left(BOUNDS, ms)
        self.ever.add(at, ms, is_failed)
        slot = self._slots[number % SLOTS]
        if slot is None or slot.number != number:
            slot = self._slots[number % SLOTS] = _Slot(number)
        slot.add(at, ms, is_failed)

    def recent(self, number: int, slots: int = SLOTS) -> list[_Slot]:
        """Kept slots of the last `slots`, oldest first."""
        kept = [slot for slot in self._slots if slot is not None and number - slots < slot.number <= number]
        return sorted(kept, key=lambda slot: slot.number)


def merged(slots: Sequence[_Slot]) -> _Slot:
    """The sum of slots."""
    whole = _Slot(0)
    for slot in slots:
        for at, count in enumerate(slot.counts):
            whole.counts[at] += count
        whole.total_ms += slot.total_ms
        whole.failed += slot.failed
        whole.worst = max(whole.worst, slot.worst)
    return whole


def percentile(counts: Sequence[int], share: float, worst: float) -> float | None:
    """The duration that `share` of the counted ones do not exceed, interpolated within its bucket."""
    total = sum(counts)
    if not total:
        return None
    wanted, seen = share * total, 0
    for at, count in enumerate(counts):
        if count and seen + count >= wanted:
            if at == len(BOUNDS):
                return worst
            low, high = BOUNDS[at - 1] if at else 0.0, BOUNDS[at]
            return min(low + (high - low) * (wanted - seen) / count, worst)
        seen += count
    return worst


def summary(slot: _Slot) -> Summary:
    """The figures that a page shows."""
    count = sum(slot.counts)
    values = [percentile(slot.counts, share, slot.worst) for share in (0.5, 0.9, 0.99)]
    p50, p90, p99 = (None if value is None else round(value, 3) for value in values)
    return Summary(
        count=count, failed=slot.failed, mean=round(slot.total_ms / count, 3) if count else None,
        p50=p50, p90=p90, p99=p99, worst=round(slot.worst, 3) if count else None,
    )  # fmt: skip
