"""SIGTERM in the middle of orders: nothing that was answered is lost, the program ends in time, its exit code is 0.

    python -m test.perf.endurance.stopping [--times 5] [--connections 16]

Each round starts the app and a vendor, sends orders over all connections, asks the program to stop after a second or
two, and looks at the stores: every order id that a client was told stands in the journal as accepted and in the order
log. Requests that got no answer because the program was leaving may stand anywhere; they were never promised.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import RunningApp
from orders import Connection, request_bytes

from database.housekeeping.files import damage

DEADLINE_SECONDS = 10.0


async def orders_until_it_leaves(
    app: RunningApp, connections: int, stop_after: float
) -> tuple[list[str], float]:
    """(order ids that were answered, when the signal was sent)."""
    body = {
        "apikey": app.api_key, "strategy": "stop", "exchange": "NSE", "symbol": "TATAPOWER", "action": "BUY",
        "quantity": "1", "pricetype": "LIMIT", "product": "MIS", "price": "391.4",
    }  # fmt: skip
    request = request_bytes("/api/v1/placeorder", body, app.host)
    told: list[str] = []
    asked: list[float] = []

    async def worker() -> None:
        try:
            connection = Connection("127.0.0.1", app.port)
            await connection.open()
            while True:
                status, answer = await connection.call(request)
                if status == 200:
                    told.append(json.loads(answer)["orderid"])
        except (OSError, EOFError, ValueError, IndexError):  # the program leaves
            return

    async def stop() -> None:
        await asyncio.sleep(stop_after)
        asked.append(time.monotonic())
        app.app.send_signal(signal.SIGTERM)

    await asyncio.wait_for(asyncio.gather(stop(), *(worker() for _ in range(connections))), 60)
    return told, asked[0]


def missing(folder: Path, told: list[str]) -> list[str]:
    """What was promised and is not there."""
    found = []
    with closing(sqlite3.connect(folder / "db" / "openalgo.db")) as raw:
        kept = {row[0] for row in raw.execute("SELECT order_id FROM order_intents WHERE state = 'acked'")}
        found += [f"order {each} is not in the journal" for each in told if each not in kept]
    with closing(sqlite3.connect(folder / "db" / "logs.db")) as raw:
        logged = " ".join(row[0] for row in raw.execute("SELECT response_data FROM order_logs"))
        found += [f"order {each} is not in the order log" for each in told if each not in logged]
    return found + [each for path in (folder / "db").glob("*.db") for each in damage(path, 60) or []]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    asked = parser.parse_args()
    dice, wrong = random.Random(1), []
    for round_ in range(asked.times):
        with RunningApp(contracts=2000, extra={"OPENALGO_BUILD_UI": "False"}) as app:
            told, at = asyncio.run(orders_until_it_leaves(app, asked.connections, dice.uniform(1, 2.5)))
            code = app.app.wait(60)
            seconds = time.monotonic() - at
            lost = missing(app.folder, told)
            print(
                f"round {round_ + 1}: {len(told)} answered, ended in {seconds:.1f} s with {code}, {len(lost)} lost"
            )
            wrong += lost
            wrong += [f"the exit code was {code}"] if code else []
            wrong += [f"it took {seconds:.1f} s"] if seconds > DEADLINE_SECONDS else []
    print(*wrong[:20], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
