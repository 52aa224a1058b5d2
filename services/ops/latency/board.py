"""Latency by endpoint, by broker and operation, and by stage of an order call; kept in memory, bounded.

request   every HTTP request by method and path template: whole, the brokers' share of it, and ours
broker    every call to a broker, by broker and operation
order     every order call by endpoint and broker: edge -> service -> broker -> answer, and the whole
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from services.events import ApiCalled
from services.ops.latency.histogram import (
    BOUNDS,
    SLOT_SECONDS,
    SLOTS,
    Histogram,
    Summary,
    merged,
    summary,
)  # fmt: skip
from utils.clock import Clock
from utils.concurrency import Lock

MOST_SERIES = 600
OTHER = "other"
WHOLE, OURS, BROKER = "total", "service", "broker"
# Stage of the order path -> the steps (services.trading.timeline.stages) whose time it is.
_STAGES = {
    "edge": ("receive", "validate"), "service": ("risk", "journal", "write"), "answer": ("answer",),
}  # fmt: skip


class Key(msgspec.Struct, frozen=True, order=True):
    """What was timed. kind: request, broker or order. name: endpoint or operation. broker: empty where unknown."""

    kind: str
    name: str
    broker: str
    stage: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one key over a stretch of time."""

    key: Key
    figures: Summary


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of five minutes; at: epoch seconds of their start."""

    at: int
    figures: Summary


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """How many durations lay above `over_ms` and at most at `up_to_ms`, None in the last: milliseconds."""

    over_ms: float
    up_to_ms: float | None
    count: int


class LatencyBoard:
    """Counts and tells. Counting costs a look-up and an addition under a lock that nobody holds longer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._series: dict[Key, Histogram] = {}
        self.merged_away = 0

    def request(
        self, method: str, route: str | None, status: int, ms: float, broker_ms: float | None
    ) -> None:
        """An HTTP request ended. A path that no route serves is counted as `unknown path`."""
        name = f"{method} {route}" if route is not None else "unknown path"
        failed = status >= 500
        self._add(Key("request", name, "", WHOLE), ms, failed)
        if broker_ms is not None:
            self._add(Key("request", name, "", BROKER), broker_ms, failed)
            self._add(Key("request", name, "", OURS), max(0.0, ms - broker_ms), failed)

    def broker_call(self, broker: str, operation: str, ms: float, *, is_failed: bool) -> None:
        """A call to a broker ended."""
        self._add(Key("broker", operation, broker, BROKER), ms, is_failed)

    def order_call(self, call: ApiCalled) -> None:
        """An order call was answered; stages that it did not reach are not counted."""
        broker, failed = call.broker or "", call.status != 200
        self._add(Key("order", call.endpoint, broker, WHOLE), call.elapsed_ms, failed)
        for stage, parts in _STAGES.items():
            found = [call.stages[part] for part in parts if part in call.stages]
            if found:
                spent = sum(found) - (
                    call.broker_ms or 0.0 if "write" in call.stages and stage == OURS else 0.0
                )
                self._add(Key("order", call.endpoint, broker, stage), max(0.0, spent), failed)
        if call.broker_ms is not None:
            self._add(Key("order", call.endpoint, broker, BROKER), call.broker_ms, failed)

    def rows(self, seconds: int) -> list[Row]:
        """Everything that was timed within the last `seconds` (two hours at most), by key."""
        slots = min(SLOTS, -(-seconds // SLOT_SECONDS))
        with self._lock:
            found = {
                key: summary(merged(histogram.recent(self._slot(), slots)))
                for key, histogram in self._series.items()
            }
        return [Row(key=key, figures=found[key]) for key in sorted(found) if found[key].count]

    def points(self, key: Key) -> list[Point]:
        """Two hours of one key in stretches of five minutes, oldest first; quiet ones are missing."""
        with self._lock:
            histogram = self._series.get(key)
            slots = histogram.recent(self._slot()) if histogram is not None else []
            return [Point(at=slot.number * SLOT_SECONDS, figures=summary(slot)) for slot in slots]

    def spread(self, key: Key) -> list[Bucket]:
        """Two hours of one key by duration, from the first bucket to the last that is used."""
        with self._lock:
            histogram = self._series.get(key)
            counts = list(merged(histogram.recent(self._slot())).counts) if histogram is not None else []
        used = [at for at, count in enumerate(counts) if count]
        if not used:
            return []
        edges = (0.0, *BOUNDS, None)
        return [
            Bucket(over_ms=edges[at] or 0.0, up_to_ms=edges[at + 1], count=counts[at])
            for at in range(used[0], used[-1] + 1)
        ]

    def ever(self) -> Iterator[tuple[Key, list[int], float, int]]:
        """(key, counts by bucket, total milliseconds, failed) since the start, for monitoring systems."""
        with self._lock:
            found = [
                (key, list(each.ever.counts), each.ever.total_ms, each.ever.failed)
                for key, each in self._series.items()
            ]
        yield from sorted(found, key=lambda row: row[0])

    def __len__(self) -> int:
        return len(self._series)

    def _slot(self) -> int:
        return int(self._clock.now().timestamp()) // SLOT_SECONDS

    def _add(self, key: Key, ms: float, is_failed: bool) -> None:
        number = self._slot()
        with self._lock:
            histogram = self._series.get(key)
            if histogram is None:
                histogram = self._begin(key)
            histogram.add(ms, number, is_failed=is_failed)

    def _begin(self, key: Key) -> Histogram:
        """A new series; past the bound everything further of its kind is counted together."""
        if len(self._series) >= MOST_SERIES:
            self.merged_away += 1
            key = Key(key.kind, OTHER, "", key.stage)
        return self._series.setdefault(key, Histogram())
