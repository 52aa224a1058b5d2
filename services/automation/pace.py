"""Which queued order leaves next, and when. Pure.

Smart orders go first, one a second; plain orders ten a second. But orders of one instrument never overtake each
other: an exit must not arrive before its entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from database.automation.deliveries import OrderRow

SECONDS_BETWEEN = {"smart": 1.0, "plain": 0.1}


def next_order(rows: Sequence[OrderRow], now_ms: int, waits: Mapping[str, float]) -> OrderRow | float:
    """The row to send now, else the seconds until one may leave.

    rows: queued orders of one account, oldest first, at least one. waits: seconds until a lane may send again.
    """
    heads: dict[tuple[str, str], OrderRow] = {}
    for row in rows:
        heads.setdefault((row.exchange, row.symbol), row)
    due = {
        row.id: max(waits.get(row.lane, 0.0), (row.retry_ms - now_ms) / 1000, 0.0) for row in heads.values()
    }
    ready = [row for row in heads.values() if due[row.id] == 0.0]
    if ready:
        return min(ready, key=lambda row: (row.lane != "smart", row.id))
    return min(due.values())
