"""Time lines and drift reports in the words of the contract."""

from __future__ import annotations

from typing import Any

from services.trading.reconciliation.drift_reports import DriftReport
from services.trading.timeline.reading import TimeLine
from services.trading.timeline.story import plain_data
from utils.clock import from_epoch, ist


def time_line(line: TimeLine) -> dict[str, Any]:
    """Names of the order and its steps, oldest first; instants in IST with milliseconds."""
    return {
        "orderid": line.order_id,
        "tag": line.tag,
        "request_ids": line.request_ids,
        "events": [
            {
                "at": ist(from_epoch(entry.at_ms / 1000)).isoformat(timespec="milliseconds"),
                "at_ms": round(entry.at_ms, 3),
                "stage": entry.stage,
                **entry.facts,
            }
            for entry in line.entries
        ],
    }


def drift_report(report: DriftReport) -> dict[str, Any]:
    """Differences between the broker's books and ours; quantities are numbers, prices exact text."""
    return {
        "at": ist(from_epoch(report.at_ms / 1000)).isoformat(timespec="milliseconds"),
        "broker": report.broker,
        "count": len(report.rows),
        "unexplained": len(report.unexplained),
        "unread": report.unread,
        "rows": [
            {
                "kind": row.kind.value,
                "exchange": row.exchange,
                "symbol": row.symbol,
                "product": row.product,
                "orderid": row.order_id,
                "tag": row.tag,
                "broker_says": None if row.broker_says is None else plain_data(row.broker_says),
                "we_say": None if row.we_say is None else plain_data(row.we_say),
                "explained_by": row.explained_by,
                "explained": row.is_explained,
            }
            for row in report.rows
        ],
    }
