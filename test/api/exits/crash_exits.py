"""Kills the app while an exit is on its way, restarts it and counts what reached the exchange.

    python test/api/exits/crash_exits.py

One process loads the program and forks a victim and a judge for each point of death. The victim holds ten shares with
a stop, lets the price fall through it and dies by SIGKILL. The judge opens the same folder and demands exactly one
exit order, a flat position and a set that knows its order; nothing is sent by hand.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

HERE = Path(__file__).resolve().parent
STRATEGY = "crash-exit"


def load(path: Path, name: str) -> Any:
    """A module of the tests by its file."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


crash = load(HERE.parent / "crash_points.py", "crash_points")
crash.COUNTED = ()

from domain.feed import MarketData  # noqa: E402
from domain.orders import Side  # noqa: E402
from utils.clock import epoch_ms  # noqa: E402


def die() -> None:
    """As a power cut would: nothing is flushed, nothing is closed."""
    os.kill(os.getpid(), signal.SIGKILL)


class DyingDesk:
    """The practice exchange's desk, with a death before or after it takes a SELL."""

    def __init__(self, real: Any, point: str) -> None:
        self._real = real
        self._point = point

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def place(self, session: Any, command: Any) -> str:
        """Buy as ever; die on a SELL."""
        if command.terms.side is Side.SELL and self._point == "before":
            die()
        order_id = str(self._real.place(session, command))
        if command.terms.side is Side.SELL and self._point == "after":
            die()
        return order_id


def post(app: Any, key: str, route: str, **fields: Any) -> dict[str, Any]:
    """One REST call that succeeds."""
    answer = app.test_client().post(f"/api/v1/{route}", json={"apikey": key, **fields})
    assert answer.status_code == 200, answer.data
    body: dict[str, Any] = answer.get_json()
    return body


def wait_for(is_so: Callable[[], bool], what: str) -> None:
    """Until it is so."""
    end = time.monotonic() + 15
    while not is_so():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def tick(services: Any, price: float) -> None:
    """A trade, as the feed hands it over."""
    at = epoch_ms(services.clock.now())
    services.position_exits.watcher.on_tick(
        "simulator", MarketData(exchange="NSE", symbol="RELIANCE", mode=1, ltp=price, received_at_ms=at)
    )


def victim(folder: Path, point: str) -> None:
    """Hold a protected position and die on the way out of it."""
    app, services = crash.harness.open_app(folder, crash.contracts_of(folder))
    key = (folder / crash.FILES["key"]).read_text()
    ltp = post(app, key, "quotes", symbol="RELIANCE", exchange="NSE")["data"]["ltp"]
    opened = post(
        app, key, "placesmartorder", strategy=STRATEGY, symbol="RELIANCE", exchange="NSE", action="BUY",
        quantity=0, position_size=10, product="MIS",
        exits={"stoploss": {"percent": 8}, "trailing_stop": {"percent": 4}},
    )  # fmt: skip
    room = services.position_exits
    wait_for(lambda: is_active(room.book.get(opened["exit_id"])), "the exits did not become active")
    tick(services, round(ltp * 1.05, 0))
    room.watcher.store_stops()
    crash.note(folder, str(room.book.get(opened["exit_id"]).trail))
    plugin = services.brokers.plugin("simulator")
    services.brokers._plugins["simulator"] = msgspec.structs.replace(
        plugin, orders=DyingDesk(plugin.orders, point)
    )
    if point == "idle":
        die()
    if point == "claimed":
        room.firing._send = lambda *_: die()
    if point == "accepted":
        room.firing._settle = lambda *_: die()
    tick(services, round(ltp * 0.9, 0))
    time.sleep(20)


def is_active(held: Any) -> bool:
    """Whether a set protects something."""
    return held is not None and held.state.value == "active"


def judge(folder: Path, point: str) -> None:
    """Open what the victim left and demand the truth. Raises AssertionError."""
    app, services = crash.reopened(folder)
    try:
        key = (folder / crash.FILES["key"]).read_text()
        if point == "idle":
            judge_trail(app, services, key, Decimal((folder / crash.FILES["orders"]).read_text().strip()))
        judge_exit(app, services, key)
    finally:
        services.close()


def judge_trail(app: Any, services: Any, key: str, trail: Decimal) -> None:
    """The stop is where it was; a price above it does nothing, one at it fires."""
    (row,) = post(app, key, "positionexits")["data"]
    assert (row["status"], Decimal(str(row["trailing_stop"]))) == ("active", trail)
    tick(services, float(trail) + 1)
    services.position_exits.watcher.store_stops()
    (row,) = post(app, key, "positionexits")["data"]
    assert (row["status"], Decimal(str(row["trailing_stop"]))) == ("active", trail)
    tick(services, float(trail))


def judge_exit(app: Any, services: Any, key: str) -> None:
    """One exit order, and everybody knows of it."""

    def shown() -> dict[str, Any]:
        (row,) = post(app, key, "positionexits", status="all")["data"]
        return row

    wait_for(lambda: shown()["status"] == "triggered", f"the exit was not finished: {shown()}")
    session = services.accounts.session(1)
    book = services.brokers.plugin("simulator").orders.order_book(session)
    sells = [row for row in book if row.side is Side.SELL]
    assert [row.quantity for row in sells] == [10], f"exit orders at the exchange: {sells}"
    assert shown()["orderids"] == [sells[0].order_id]
    where = {"symbol": "RELIANCE", "exchange": "NSE", "product": "MIS"}
    assert post(app, key, "openposition", strategy="s", **where)["quantity"] == 0
    assert services.trading.journal.unresolved() == []


POINTS = ("idle", "claimed", "before", "after", "accepted")


def main() -> int:
    """Exit code 0 when every point told the truth."""
    failures = []
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        prepared = top / "prepared"
        prepared.mkdir()
        if crash.ended(crash.forked(prepared, lambda: crash.prepare(prepared))) != 0:
            print(crash.told(prepared))
            return 1
        for point in POINTS:
            folder = top / point
            shutil.copytree(prepared, folder)
            code = crash.ended(crash.forked(folder, lambda f=folder, p=point: victim(f, p)))
            if code != -signal.SIGKILL:
                failures.append(f"{point}: the victim ended with {code}: {crash.told(folder)}")
            elif crash.ended(crash.forked(folder, lambda f=folder, p=point: judge(f, p))) != 0:
                failures.append(f"{point}: {crash.told(folder)}")
    print(*failures, sep="\n")
    print(f"{len(POINTS) - len(failures)} of {len(POINTS)} points told the truth")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
