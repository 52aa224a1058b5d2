"""Approves one waiting order and kills its own process at a chosen point. Run by test_approval_crashes.

    python approval_deaths.py FOLDER

Leaves FOLDER/<point> for each point as the killed process left it: `claimed` (before anything is sent), `sent` (the
exchange took the order, nobody wrote it down) and `answered` (the journal knows, the waiting order does not).
"""

from __future__ import annotations

import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import crash_points as crashes  # noqa: E402 - needs the path above
from crash_child import DyingDesk, die  # noqa: E402

POINTS = ("claimed", "sent", "answered")
ORDER = {
    "strategy": "approval", "exchange": "NSE", "symbol": "SBIN", "action": "BUY", "quantity": 3, "product": "MIS",
    "pricetype": "MARKET",
}  # fmt: skip


def arm(services: Any, point: str) -> None:
    """Let the next approval die."""
    execution = services.approvals.execution
    if point == "claimed":
        execution.run = lambda _row: die()
    elif point == "sent":
        plugin = services.brokers.plugin("simulator")
        dying = msgspec.structs.replace(plugin, orders=DyingDesk(plugin.orders, "after"))
        services.brokers._plugins["simulator"] = dying
    else:
        execution._end = lambda _row, _ending: die()


def victim(folder: Path, point: str) -> None:
    """Queue an order, approve it, die."""
    app, services = crashes.harness.open_app(folder, crashes.contracts_of(folder))
    services.api_keys.set_order_mode(1, "semi_auto")
    status, body = crashes.place(app, (folder / crashes.FILES["key"]).read_text(), ORDER)
    assert status == 200, body
    arm(services, point)
    services.approvals.decisions.approve(services.callers.principal(1, "ui"), body["pending_order_id"])


def main(folder: Path) -> None:
    prepared = folder / "prepared"
    prepared.mkdir()
    assert crashes.ended(crashes.forked(prepared, lambda: crashes.prepare(prepared))) == 0, crashes.told(
        prepared
    )
    for point in POINTS:
        shutil.copytree(prepared, folder / point)
        code = crashes.ended(crashes.forked(folder / point, lambda p=point: victim(folder / p, p)))
        assert code == -signal.SIGKILL, (point, code, crashes.told(folder / point))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
