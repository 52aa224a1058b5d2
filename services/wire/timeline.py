"""Time lines in the words of the contract."""

from __future__ import annotations

from typing import Any

from services.trading.timeline.reading import TimeLine
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
