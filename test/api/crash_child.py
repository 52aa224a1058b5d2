"""Places an order and kills the process that did it, once for each wanted death. Run by test_api_crashes.

    python crash_child.py FOLDER DEATH …

DEATH: POINT or POINT-KEY. POINT: `before` the broker, `after` the broker accepted, or `answered` (outcome handed to
the journal). KEY: the order's client_order_id. Each victim is forked into a folder of its own, FOLDER/DEATH.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import crash_points as crashes  # noqa: E402 - needs the path above

ORDER = {"strategy": "crash", "exchange": "NSE", "symbol": "RELIANCE", "action": "BUY", "quantity": 1}


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


def victim(folder: Path, point: str, client_order_id: str) -> None:
    """Place the order; dies at the point."""
    app, services = crashes.harness.open_app(folder, crashes.contracts_of(folder))
    plugin = services.brokers.plugin("simulator")
    dying = msgspec.structs.replace(plugin, orders=DyingDesk(plugin.orders, point))
    services.brokers._plugins["simulator"] = dying
    if point == "answered":
        decide = services.trading.journal.decide

        def decide_and_die(*arguments: Any, **options: Any) -> None:
            decide(*arguments, **options)
            die()

        services.trading.journal.decide = decide_and_die
    order: dict[str, Any] = {**ORDER, "client_order_id": client_order_id or None}
    answer = crashes.place(app, (folder / crashes.FILES["key"]).read_text(), order)
    raise AssertionError(f"survived: {answer}")


def main(folder: Path, deaths: list[str]) -> None:
    """One death after the other. Raises AssertionError when one did not come."""
    prepared = folder / "prepared"
    prepared.mkdir()
    made = crashes.ended(crashes.forked(prepared, lambda: crashes.prepare(prepared)))
    assert made == 0, crashes.told(prepared)
    for death in deaths:
        point, _, key = death.partition("-")
        home = folder / death
        shutil.copytree(prepared, home)
        code = crashes.ended(crashes.forked(home, lambda h=home, p=point, k=key: victim(h, p, k)))
        assert code == -signal.SIGKILL, (death, code, crashes.told(home))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
