"""Kills the app between a webhook's answer, its order and the record of its end, restarts it and counts the orders.

    python test/api/webhooks/crash_deliveries.py [--seeds 50] [--first 1]

First every named point, for a plain and for a smart order; then seeded calls inside the path. One process loads the
program and forks a victim and a judge for each death. The judge opens the same folder, sends the message once more
under its alert id, and demands: what was answered with success is on record, the exchange holds exactly one order for
the message, the delivery says so, and no intent is left without an end.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

HERE = Path(__file__).resolve().parent


def load(name: str, path: Path) -> Any:
    """A module by its file."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


deaths = load("crash_points", HERE.parent / "crash_points.py")
harness = deaths.harness
tools = load("webhook_conftest", HERE / "conftest.py")

from domain.instruments import Exchange  # noqa: E402
from domain.orders import Product  # noqa: E402
from services.automation import dispatch as dispatching  # noqa: E402

deaths.COUNTED = (
    *deaths.COUNTED,
    str(deaths.ROOT / "services/automation"),
    str(deaths.ROOT / "database/automation"),
)
KINDS = {
    "plain": ("LONG", {"symbol": "RELIANCE", "action": "buy", "alert_id": "crash"}),
    "smart": ("BOTH", {"symbol": "SBIN", "action": "buy", "position_size": "5", "alert_id": "crash"}),
}
QUANTITY = 5
POINTS = ("accepted", "claimed", "before", "after", "ending")
SETTLE = deaths.SETTLE_SECONDS + 5
HOOKS = "webhooks.json"


def prepare(folder: Path) -> None:
    """A user with a practice account, a key, and a strategy for each kind of order."""
    listed: list[Any] = []
    _, services = harness.start_app(folder, listed)
    few = [row for row in listed if row.exchange == "NSE" and row.symbol in deaths.SYMBOLS]
    (folder / deaths.FILES["contracts"]).write_bytes(deaths.pickle.dumps(few))
    services.api_keys.rotate(1)
    desk, hooks = services.automation.strategies, {}
    for kind, (mode, body) in KINDS.items():
        row, webhook_id = desk.create(
            1, {"name": kind, "platform": "tradingview", "trading_mode": mode, "is_intraday": False}
        )
        mapping = {
            "symbol": body["symbol"], "exchange": Exchange.NSE, "quantity": QUANTITY, "product_type": Product.MIS,
        }  # fmt: skip
        desk.add_mappings(1, row.id, [mapping])
        hooks[kind] = (row.id, webhook_id)
    (folder / HOOKS).write_text(json.dumps(hooks))
    services.close()


def send(app: Any, folder: Path, kind: str) -> int:
    """One delivery; its status."""
    _, webhook_id = json.loads((folder / HOOKS).read_text())[kind]
    return int(app.test_client().post(f"/strategy/webhook/{webhook_id}", json=KINDS[kind][1]).status_code)


def die(*_: Any, **__: Any) -> None:
    """As a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(services: Any, point: str) -> None:
    """Let the process die at a named point of the path."""
    queue, plugin = services.automation.dispatch, services.brokers.plugin("simulator")
    if point == "accepted":
        services.automation.inbox._wake = die
    elif point == "claimed":
        queue._attempt = die
    elif point == "ending":
        dispatching.ending.write = die
    else:
        real = plugin.orders

        class Dying:
            def __getattr__(self, name: str) -> Any:
                return getattr(real, name)

            def place(self, session: Any, command: Any) -> str:
                if point == "before":
                    die()
                real.place(session, command)
                die()
                return ""

        services.brokers._plugins["simulator"] = msgspec.structs.replace(plugin, orders=Dying())


def victim(folder: Path, kinds: tuple[str, ...], point: str | int | None) -> int:
    """Deliver, and trade until death; `point`: a named one, or the n-th counted call. None counts them all."""
    death = deaths.Death(point if isinstance(point, int) else None)
    if not isinstance(point, str):
        threading.setprofile(death)
    app, services = harness.open_app(folder, deaths.contracts_of(folder))
    if isinstance(point, str):
        arm(services, point)
    else:
        sys.setprofile(death)
        death.armed = True
    for kind in kinds:
        deaths.note(folder, f"{kind} {send(app, folder, kind)}")
    wait(lambda: not unfinished(services))
    death.armed = False
    services.close()
    return int(death.count)


def unfinished(services: Any) -> list[Any]:
    """Orders of deliveries that have no end."""
    with services.stores.main.reading() as unit:
        rows = dispatching.QueuedOrders(unit)
        return [
            row for row in rows.of_deliveries(range(1, 20)).values() for row in row if row.state != "ended"
        ]


def wait(is_so: Callable[[], bool], meanwhile: Callable[[], None] = lambda: None) -> None:
    """Raises AssertionError after a while."""
    end = time.monotonic() + 25
    while not is_so():
        assert time.monotonic() < end, "it never came to an end"
        meanwhile()
        time.sleep(0.02)


def judge(folder: Path, kinds: tuple[str, ...]) -> None:
    """Open what the victim left and demand the truth. Raises AssertionError."""
    clock = tools.ShiftedClock()
    app, services = harness.open_app(folder, deaths.contracts_of(folder), clock)

    def pass_time() -> None:
        """What nobody can know yet is known after the time that an order needs to appear."""
        doubtful = any(row.code in ("OUTCOME_UNKNOWN", "POSITION_UNCERTAIN") for row in unfinished(services))
        if doubtful and not clock.ahead:
            clock.advance(SETTLE)
        services.automation.dispatch.wake(1)

    try:
        given = {line.split(" ")[0] for line in read_notes(folder) if line.endswith(" 200")}
        hooks = json.loads((folder / HOOKS).read_text())
        wait(lambda: not unfinished(services), pass_time)
        for kind in kinds:
            found = services.automation.deliveries(1, hooks[kind][0], 20, None)
            assert not (kind in given and not found), f"{kind} was answered and is not on record"
            assert send(app, folder, kind) == 200
        wait(lambda: not unfinished(services), pass_time)
        for kind in kinds:
            check(services, kind, hooks[kind][0])
        assert services.trading.journal.unresolved() == []
    finally:
        services.close()


def check(services: Any, kind: str, strategy_id: int) -> None:
    """One order at the exchange, and one delivery that says so."""
    journal, session = services.trading.journal, services.accounts.session(1)
    book = services.brokers.plugin("simulator").orders.order_book(session)
    mine = [
        row
        for row in book
        if (intent := journal.by_tag(row.tag)) and intent.strategy == f"tradingview_{kind}"
    ]
    assert [row.quantity for row in mine] == [QUANTITY], f"{kind}: {[row.order_id for row in mine]}"
    deliveries = services.automation.deliveries(1, strategy_id, 20, None)
    accepted = [(row, orders) for row, orders in deliveries if row.result == "accepted"]
    assert len(accepted) == 1, f"{kind}: {[row.result for row, _ in deliveries]}"
    ((row, (order,)),) = accepted
    ends = {"plain": ("accepted",), "smart": ("accepted", "nothing")}[kind]
    assert row.outcome in ends, f"{kind}: {row.outcome} {order.code} {order.message}"
    if row.outcome == "accepted":
        assert order.order_id == mine[0].order_id
    assert all(other.result == "duplicate" for other, _ in deliveries if other.id != row.id)


def read_notes(folder: Path) -> list[str]:
    """What the victim was answered before its death."""
    path = folder / deaths.FILES["orders"]
    return path.read_text().splitlines() if path.exists() else []


def try_one(
    prepared: Path, folder: Path, kinds: tuple[str, ...], point: str | int
) -> tuple[bool, str | None]:
    """One death and one judgement: whether the victim died in time, and what is wrong."""
    shutil.copytree(prepared, folder)
    code = deaths.ended(deaths.forked(folder, lambda: victim(folder, kinds, point)))
    if code not in (0, -signal.SIGKILL):
        return False, f"{kinds} {point}: the victim ended with {code}: {deaths.told(folder)}"
    if deaths.ended(deaths.forked(folder, lambda: judge(folder, kinds))) != 0:
        return True, f"{kinds} {point}: {deaths.told(folder)}"
    shutil.rmtree(folder)
    return code != 0, None


def count_calls(prepared: Path, folder: Path) -> int:
    """How many counted calls both messages make when nobody dies."""
    shutil.copytree(prepared, folder)
    kinds = tuple(KINDS)
    child = deaths.forked(folder, lambda: deaths.note(folder, f"calls {victim(folder, kinds, None)}"))
    assert deaths.ended(child) == 0, deaths.told(folder)
    return int(read_notes(folder)[-1].split(" ")[1])


def main() -> int:
    """Exit code 0 when every death left exactly one order."""
    parser = argparse.ArgumentParser(description="Kill the app between a webhook and its order.")
    parser.add_argument("--seeds", type=int, default=0)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument(
        "--points", nargs="*", default=[f"{kind}-{point}" for kind in KINDS for point in POINTS]
    )
    wanted = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        prepared = top / "prepared"
        prepared.mkdir()
        if deaths.ended(deaths.forked(prepared, lambda: prepare(prepared))) != 0:
            print(deaths.told(prepared))
            return 1
        for chosen in wanted.points:
            kind, point = chosen.split("-")
            results.append(try_one(prepared, top / chosen, (kind,), point))
        named = sum(died for died, _ in results)
        calls = count_calls(prepared, top / "count") if wanted.seeds else 0
        for seed in range(wanted.first, wanted.first + wanted.seeds):
            at = random.Random(f"webhook-{seed}").randint(1, calls * 9 // 10)
            results.append(try_one(prepared, top / f"seed-{seed}", tuple(KINDS), at))
    failures = [failure for _, failure in results if failure is not None]
    print(*failures, sep="\n")
    died = sum(died for died, _ in results)
    print(
        f"{named} of {len(wanted.points)} named points and {died - named} of {wanted.seeds} seeds died in time"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
