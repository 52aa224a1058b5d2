"""Paper trading under load: events per second, cost per tick by resting orders, round trips and a crowd of buyers.

python test/perf/sandbox.py                 # everything
python test/perf/sandbox.py engine          # in process only
python test/perf/sandbox.py http --runs 20  # the running program: 300 buyers on 32 connections, so many times
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "test" / "unit" / "sandbox"), str(ROOT / "test" / "e2e")]

import requests  # noqa: E402 - needs the path above
from e2e_program import end, ports_environ, start_program  # noqa: E402
from paper_desk import ACME, BROKER, MONDAY_TEN, Desk, instrument  # noqa: E402

from database.migrate import migrate  # noqa: E402
from database.sandbox.records import OrderRecord  # noqa: E402
from database.stores import Stores, StoreUrls  # noqa: E402
from domain.feed import MarketData  # noqa: E402
from domain.market import DepthLevel  # noqa: E402
from utils.clock import ManualClock  # noqa: E402

TICKS = 200_000
BUYERS, CONNECTIONS = 300, 32


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def percentiles(samples: list[float]) -> str:
    ordered = sorted(samples)
    return " ".join(
        f"p{share} {ordered[min(len(ordered) - 1, len(ordered) * share // 100)] * 1000:.2f} ms"
        for share in (50, 99)
    )


def resting(number: int, symbol: str) -> OrderRecord:
    price = 90_000_000 - number * 50_000 % 40_000_000
    return OrderRecord(
        sequence=number, order_id=f"P{symbol}{number}", tag=None, account_id=1, broker=BROKER, exchange="NSE",
        symbol=symbol, side="BUY", product="MIS", quantity=1, price_type="LIMIT", price=price,
        expires_ms=0, placed_ms=0, updated_ms=0,
    )  # fmt: skip


def tick_rate(desk: Desk, symbol: str) -> tuple[float, float]:
    """Microseconds per tick that sets nothing off, five levels a side: elapsed, and of processor time."""
    bids = tuple(DepthLevel(99.95 - 0.05 * place, 1000) for place in range(5))
    asks = tuple(DepthLevel(100.05 + 0.05 * place, 1000) for place in range(5))
    data = MarketData(
        exchange="NSE", symbol=symbol, mode=3, ltp=100.0, received_at_ms=0, bids=bids, asks=asks
    )
    receive, begun, busy = desk.room.engine.on_tick, time.perf_counter(), time.thread_time()
    for _ in range(TICKS):
        receive(BROKER, data)
    elapsed, worked = time.perf_counter() - begun, time.thread_time() - busy
    return elapsed / TICKS * 1e6, worked / TICKS * 1e6


def engine(desk: Desk) -> None:
    """In process, with the real store."""
    desk.tick(ACME, 100)
    desk.place(ACME, "BUY", 1)
    markets = desk.room.engine.markets
    for count in (10, 10_000):
        for place, symbol in ((f"the same symbol ({count})", "ACME"), (f"another symbol ({count})", "OTHER")):
            market = markets.follow(BROKER, instrument(symbol))
            for number in range(1, count + 1):
                market.ladder.put(resting(number, symbol))
            taken, worked = tick_rate(desk, "ACME")
            say(
                f"ticks with orders resting on {place}: {1e6 / taken:,.0f} events/s, {taken:.2f} us each,"
                f" {worked:.2f} us of processor time ({1e6 / worked:,.0f} events/s)"
            )
            for number in range(1, count + 1):
                market.ladder.drop(f"P{symbol}{number}")
    samples, worked = [], []
    for _ in range(500):
        desk.tick(ACME, 100)
        begun, busy = time.perf_counter(), time.thread_time()
        desk.place(ACME, "BUY", 1)
        samples.append(time.perf_counter() - begun)
        worked.append(time.thread_time() - busy)
    say(
        f"marketable order on a warm quote, in process: {percentiles(samples)};"
        f" of processor time {percentiles(worked)}"
    )


class Client:
    """A key at a running program; one connection per thread."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key
        self._local = threading.local()

    def post(self, route: str, **fields: Any) -> dict[str, Any]:
        session = getattr(self._local, "session", None) or requests.Session()
        self._local.session = session
        answer = session.post(f"{self.url}/api/v1/{route}", json={"apikey": self.key, **fields}, timeout=30)
        found: dict[str, Any] = json.loads(answer.content)
        return found

    def buy(self) -> bool:
        return self.post(
            "placeorder", strategy="perf", exchange="NSE", symbol="RELIANCE", action="BUY", quantity="1",
            pricetype="MARKET", product="MIS",
        )["status"] == "success"  # fmt: skip

    def held(self) -> int:
        return int(
            self.post("openposition", strategy="perf", exchange="NSE", symbol="RELIANCE", product="MIS")[
                "quantity"
            ]
        )


def http(runs: int) -> None:
    """Against the program as a user starts it."""
    environ = ports_environ() | {
        "API_RATE_LIMIT": "100000 per second",
        "ORDER_RATE_LIMIT": "100000 per second",
        "RISK_ORDERS_PER_SECOND": "100000",
    }
    program = start_program("demo", environ=environ)
    try:
        client = Client(program.url, program.said("API key"))
        client.post("analyzer/toggle", mode=True)
        client.buy()
        samples = []
        for _ in range(500):
            begun = time.perf_counter()
            assert client.buy()
            samples.append(time.perf_counter() - begun)
        say(f"paper order over HTTP, one connection: {percentiles(samples)}")
        exact = 0
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            for _ in range(runs):
                before = client.held()
                accepted = sum(pool.map(lambda _: client.buy(), range(BUYERS)))
                exact += client.held() - before == accepted == BUYERS
        say(f"{BUYERS} buyers on {CONNECTIONS} connections: exactly right in {exact} of {runs} runs")
    finally:
        end(program)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", nargs="?", choices=("engine", "http"))
    parser.add_argument("--runs", type=int, default=20)
    asked = parser.parse_args()
    if asked.part != "http":
        with tempfile.TemporaryDirectory() as folder:
            stores = Stores(StoreUrls(), Path(folder))
            clock = ManualClock(MONDAY_TEN)
            migrate(stores, clock.now())
            engine(Desk(stores, clock, Path(folder)))
            stores.close()
    if asked.part != "engine":
        http(asked.runs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
