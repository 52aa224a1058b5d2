"""Order calls into the order or analyzer log and the latency store, after their answers were given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select

from database.models.logs import AnalyzerLog
from database.stores import Store
from database.writers import CallRecord, LatencyRecord, LogWriters
from services.events import ApiCalled, Events
from utils import json
from utils.clock import from_epoch
from utils.redaction import redact

QUEUE = 50_000
# Statuses that leave it open whether the order is live.
UNKNOWN_CODE = "OUTCOME_UNKNOWN"


class CallLog:
    """Subscribes to finished REST calls of order routes; `measured` hears of each, on the subscriber's thread."""

    def __init__(
        self, writers: LogWriters, logs: Store, measured: Callable[[ApiCalled], None] = lambda _call: None
    ) -> None:
        self._writers = writers
        self._measured = measured
        self._logs = logs

    def listen(self, events: Events) -> None:
        """Nothing is lost: a full queue slows the producers down."""
        events.subscribe(
            ApiCalled, self.write, queue=QUEUE, policy="wait", name="call-log", gather_seconds=0.1
        )

    def write(self, call: ApiCalled) -> None:
        """One call."""
        answer: dict[str, Any] = json.decode(call.response) if call.response else {}
        at = from_epoch(call.at_ms / 1000)
        record = CallRecord(
            api_type=call.endpoint, request_data=redact(call.request), response_data=answer, created_at=at,
            user_id=call.user_id, account_id=call.account_id, request_id=call.request_id or None,
        )  # fmt: skip
        self._measured(call)
        (self._writers.analyzer_logs if call.mode == "analyze" else self._writers.order_logs).put(record)
        self._writers.latency.put(
            LatencyRecord(
                order_type=call.endpoint, total_ms=call.elapsed_ms, status=_status(call, answer), created_at=at,
                order_id=_text(answer.get("orderid")), user_id=call.user_id, broker=call.broker,
                symbol=_text(call.request.get("symbol")), rtt_ms=call.broker_ms,
                receive_ms=call.stages.get("receive"), validation_ms=call.stages.get("validate"),
                risk_ms=call.stages.get("risk"), journal_ms=call.stages.get("journal"),
                send_ms=_rest_of(call.stages.get("write"), call.broker_ms),
                response_ms=call.stages.get("answer"),
                overhead_ms=None if call.broker_ms is None else call.elapsed_ms - call.broker_ms,
                error=None if call.status == 200 else _text(answer.get("message")),
                request_id=call.request_id or None,
            )
        )  # fmt: skip

    def analyzer_calls(self) -> int:
        """How many calls the analyzer log holds."""
        with self._logs.reading() as unit:
            return unit.session.scalar(select(func.count()).select_from(AnalyzerLog)) or 0


def _rest_of(write_ms: float | None, broker_ms: float | None) -> float | None:
    """Our share of the write: waiting for the rate budget, the plug-in's work."""
    return None if write_ms is None or broker_ms is None else max(0.0, write_ms - broker_ms)


def _status(call: ApiCalled, answer: dict[str, Any]) -> str:
    if call.status == 200:
        return "SUCCESS"
    return "UNKNOWN" if answer.get("code") == UNKNOWN_CODE else "FAILED"


def _text(value: Any) -> str | None:
    return value[:500] if isinstance(value, str) else None
