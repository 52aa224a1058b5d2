"""The traffic log: one row per HTTP request, written behind the answer's back."""

from __future__ import annotations

from database.writers import LogWriters, TrafficRecord
from utils.clock import Clock

# Files of the desk would drown everything else.
UNWRITTEN = ("/assets/", "/health/")


class Traffic:
    """Notes requests; under pressure the oldest notes are dropped and counted."""

    def __init__(self, writers: LogWriters, clock: Clock) -> None:
        self._writers = writers
        self._clock = clock

    def note(
        self, *, client_ip: str, method: str, path: str, status: int, seconds: float, host: str,
        user_id: int | None, request_id: str,
    ) -> None:  # fmt: skip
        """One finished request; `path` comes without its query string, which may hold a key."""
        if path.startswith(UNWRITTEN):
            return
        self._writers.traffic.put(
            TrafficRecord(
                client_ip=client_ip[:50],
                method=method[:10],
                path=path[:500],
                status_code=status,
                duration_ms=round(seconds * 1000, 3),
                host=host[:255],
                user_id=user_id,
                request_id=request_id[:40],
                created_at=self._clock.now(),
            )
        )
