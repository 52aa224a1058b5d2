"""Places one order and kills its own process at a chosen point. Run by test_api_crashes.

    python crash_child.py FOLDER POINT KEY

POINT: `before` the broker, `after` the broker accepted, or `answered` (outcome handed to the journal).
"""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from pathlib import Path

import msgspec

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))


def die() -> None:
    """As a power cut would: nothing is flushed, nothing is closed."""
    os.kill(os.getpid(), signal.SIGKILL)


class DyingDesk:
    """The practice exchange's desk, with a death before or after its real work."""

    def __init__(self, real: object, point: str) -> None:
        self._real = real
        self._point = point

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def place(self, session: object, command: object) -> str:
        if self._point == "before":
            die()
        order_id = self._real.place(session, command)  # type: ignore[attr-defined]
        if self._point == "after":
            die()
        return str(order_id)


def main(folder: str, point: str, client_order_id: str) -> None:
    spec = importlib.util.spec_from_file_location("api_conftest", HERE / "conftest.py")
    assert spec and spec.loader
    harness = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(harness)
    app, services = harness.start_app(Path(folder), [])
    key = services.api_keys.rotate(1)
    print(key, flush=True)
    plugin = services.brokers.plugin("simulator")
    dying = msgspec.structs.replace(plugin, orders=DyingDesk(plugin.orders, point))
    services.brokers._plugins["simulator"] = dying
    if point == "answered":
        decide = services.trading.journal.decide

        def decide_and_die(*arguments: object, **options: object) -> None:
            decide(*arguments, **options)
            die()

        services.trading.journal.decide = decide_and_die
    order = {
        "apikey": key, "strategy": "crash", "exchange": "NSE", "symbol": "RELIANCE", "action": "BUY", "quantity": 1,
        "client_order_id": client_order_id,
    }  # fmt: skip
    if not client_order_id:
        del order["client_order_id"]
    answer = app.test_client().post("/api/v1/placeorder", json=order)
    print("survived", answer.data, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
