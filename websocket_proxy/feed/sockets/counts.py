"""Counters of a vendor connection, for the statistics."""

from __future__ import annotations

import msgspec


class ConnectionCounts(msgspec.Struct):
    """What happened on one connection since it was made; reconnects are the dials after the first."""

    dials: int = 0
    silences: int = 0
    pings: int = 0
    resubscribes: int = 0
    bad_frames: int = 0

    def bad_frame(self) -> bool:
        """Count a frame that could not be taken; whether to log it: when their number doubles, so no flood does."""
        self.bad_frames += 1
        return self.bad_frames.bit_count() == 1

    @property
    def reconnects(self) -> int:
        """How often a lost socket was dialled again."""
        return max(0, self.dials - 1)

    def figures(self) -> dict[str, int]:
        """As the statistics show them."""
        return {**msgspec.structs.asdict(self), "reconnects": self.reconnects}


class PoolCounts:
    """Sums over the connections of an account, those that were closed included."""

    def __init__(self) -> None:
        self._past: dict[str, int] = {}

    def close(self, counts: ConnectionCounts) -> None:
        """Keep what a connection counted that is being closed."""
        self._past = self._with(counts)

    def total(self, present: list[ConnectionCounts]) -> dict[str, int]:
        """Sums over closed and present connections."""
        whole = PoolCounts()
        whole._past = {**ConnectionCounts().figures(), **self._past}
        for counts in present:
            whole._past = whole._with(counts)
        return whole._past

    def _with(self, counts: ConnectionCounts) -> dict[str, int]:
        return {name: self._past.get(name, 0) + value for name, value in counts.figures().items()}
