"""The traffic log: one row per HTTP request and per broker call behind it, written behind the answer's back."""

from __future__ import annotations

from database.writers import BrokerCallRecord, LogWriters, TrafficRecord
from services.ops.latency.board import LatencyBoard
from services.trading import broker_time
from services.trading.timeline import trace
from utils import request_ids
from utils.clock import Clock

# Files of the desk would drown everything else.
UNWRITTEN = ("/assets/", "/health/")


class Traffic:
    """Notes requests and broker calls; under pressure the oldest notes are dropped and counted."""

    def __init__(self, writers: LogWriters, board: LatencyBoard, clock: Clock) -> None:
        self._writers = writers
        self._board = board
        self._clock = clock

    def note(
        self, *, client_ip: str, method: str, path: str, route: str | None, status: int, seconds: float, host: str,
        user_id: int | None, request_id: str,
    ) -> None:  # fmt: skip
        """One finished request; `path` comes without its query string, which may hold a key."""
        if path.startswith(UNWRITTEN):
            return
        self._board.request(method, route, status, seconds * 1000, broker_time.taken())
        self._writers.traffic.put(
            TrafficRecord(
                client_ip=client_ip[:50],
                method=method[:10],
                path=path[:500],
                route=route[:200] if route is not None else None,
                status_code=status,
                duration_ms=round(seconds * 1000, 3),
                host=host[:255],
                user_id=user_id,
                request_id=request_id[:40],
                created_at=self._clock.now(),
            )
        )

    def broker_called(
        self, broker: str, account_id: int, operation: str, outcome: str, seconds: float
    ) -> None:
        """One finished broker call; of those that no request asked for only the failed ones are written."""
        self._board.broker_call(broker, operation, seconds * 1000, is_failed=outcome != "ok")
        request_id = trace.request_id() or request_ids.current()
        if not request_id and outcome == "ok":
            return
        self._writers.broker_calls.put(
            BrokerCallRecord(
                broker=broker[:40], account_id=account_id, operation=operation[:40], outcome=outcome[:60],
                duration_ms=round(seconds * 1000, 3), request_id=request_id or None, created_at=self._clock.now(),
            )
        )  # fmt: skip
