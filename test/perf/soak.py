"""Hours of orders and ticks through a started app: does anything grow?

    python -m test.perf.soak [--minutes 120] [--orders 50] [--ticks 5000] [--clients 3] [--warm-up 20] [--csv FILE]

A vendor (instant_kite.py, streaming/vendor.py) answers orders at once and sends Kite's binary ticks on schedule;
clients follow a hundred instruments over WebSocket. Every few seconds it samples each process (resident memory,
descriptors, threads) and every queue, cache and pool (/ui/api/operator/limits). The app remembers the last 50,000
orders of an account, which fill at 50 a second in 17 minutes; slopes are fitted to what comes after the warm-up, with
their 95 % interval. Exit code 1 when memory, descriptors or threads surely grow, a queue is nearly full, an order was
not answered, or a client was cut off; 3 when the run was too short to tell anything about memory.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import websocket

sys.path.insert(0, str(Path(__file__).parent))

from harness import RunningApp, descendants, resident_mb
from orders import Connection, request_bytes

from test.perf.endurance.trends import trend

ROOT = Path(__file__).resolve().parents[2]
SAMPLE_SECONDS = 5.0
ROW_SECONDS = 10
INSTRUMENTS = 100
# Fewer minutes behind the warm-up say little.
LEAST_MINUTES = 10.0
TOO_SHORT = 3
# What an hour may add before it counts: below this a machine's own noise is larger.
TOLERANCE = {"rss_mb": 4.0, "descriptors": 2.0, "threads": 2.0}
NEARLY_FULL = 0.9
SYMBOLS = ["TATAPOWER", *(f"EQ{number:05d}" for number in range(1, INSTRUMENTS))]


@dataclass
class Load:
    """What the load came to. wrong: answers that were no acceptance, by their text."""

    orders: int = 0
    behind: int = 0
    ticks_sent: int = 0
    ticks_seen: int = 0
    cut_off: int = 0
    wrong: dict[str, int] = field(default_factory=dict)


class Vendor:
    """The process that sends ticks; rows of ten seconds follow each other."""

    def __init__(self) -> None:
        script = ROOT / "test/perf/streaming/vendor.py"
        self.process = subprocess.Popen(
            [sys.executable, str(script), "0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.port = self.answer()["port"]

    def answer(self) -> dict[str, float]:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def ask(self, order: dict[str, object]) -> dict[str, float]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def run(self, rate: float, end: float, load: Load) -> None:
        first = 0
        while time.monotonic() < end:
            order = {
                "rate": rate,
                "seconds": ROW_SECONDS,
                "first": first,
                "begin": time.monotonic(),
                "mode": "quote",
            }
            sent = int(self.ask(order)["sent"])
            first += sent
            load.ticks_sent += sent

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def follow(app: RunningApp, end: float, load: Load) -> None:
    """One client: every tick is read and counted."""
    socket = None
    while socket is None and time.monotonic() < end:
        try:
            socket = websocket.create_connection(f"ws://127.0.0.1:{app.ws_port}", timeout=15)
        except OSError:  # the streaming process comes up after the app
            time.sleep(0.5)
    if socket is None:
        load.cut_off += 1
        return
    socket.send(json.dumps({"action": "authenticate", "api_key": app.api_key}))
    wants = [{"exchange": "NSE", "symbol": symbol} for symbol in SYMBOLS]
    socket.send(json.dumps({"action": "subscribe", "symbols": wants, "mode": 2}))
    while time.monotonic() < end:
        try:
            message = socket.recv()
        except websocket.WebSocketTimeoutException:
            continue
        except (websocket.WebSocketException, OSError):
            load.cut_off += 1
            return
        load.ticks_seen += str(message).count('"market_data"')
    socket.close()


async def send_orders(app: RunningApp, rate: float, end: float, load: Load) -> None:
    """Orders when they are due, whoever keeps up, over eight connections."""
    body = {
        "apikey": app.api_key, "strategy": "soak", "exchange": "NSE", "symbol": "TATAPOWER", "action": "BUY",
        "quantity": "1", "pricetype": "LIMIT", "product": "MIS", "price": "391.4",
    }  # fmt: skip
    request = request_bytes("/api/v1/placeorder", body, app.host)
    begun, taken = time.monotonic(), 0

    async def worker() -> None:
        nonlocal taken
        connection = Connection("127.0.0.1", app.port)
        await connection.open()
        while (now := time.monotonic()) < end:
            due = begun + taken / rate
            taken += 1
            if due > now:
                await asyncio.sleep(due - now)
            elif now - due > 1:
                load.behind += 1
            status, answer = await connection.call(request)
            load.orders += 1
            if status != 200:
                text = f"{status} {answer[:120].decode(errors='replace')}"
                load.wrong[text] = load.wrong.get(text, 0) + 1

    await asyncio.gather(*(worker() for _ in range(8)))


def sample(app: RunningApp, rows: list[dict[str, object]], begun: float) -> None:
    """One row for each process, and one for each holder of things."""
    at = round(time.monotonic() - begun, 1)
    for pid in [app.app.pid, *descendants(app.app.pid)]:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            name = next((w.decode() for w in words if w in (b"app", b"websocket_proxy")), "launcher")
            figures = {
                "rss_mb": resident_mb(pid), "descriptors": len(list(Path(f"/proc/{pid}/fd").iterdir())),
                "threads": len(list(Path(f"/proc/{pid}/task").iterdir())),
            }  # fmt: skip
        except (OSError, IndexError):
            continue
        rows += [
            {"at": at, "what": f"{name} {pid}", "figure": figure, "value": value}
            for figure, value in figures.items()
        ]
    found = app.browser.call("GET", "/ui/api/operator/limits")
    for process, holders in {"app": found["app"], **found["streaming"]}.items():
        for row in holders:
            what = f"{'app' if process == 'app' else 'streaming'}: {row['name']}"
            rows.append({"at": at, "what": what, "figure": "size", "value": row["size"], "kind": row["kind"],
                         "fullest": row["fullest"], "dropped": row["dropped"]})  # fmt: skip


def judge(rows: list[dict[str, object]], warm_up: float, load: Load) -> list[str]:
    """Prints the slopes; what is wrong, one sentence each."""
    wrong = [f"{count} orders were answered {text}" for text, count in load.wrong.items()]
    wrong += [f"{load.cut_off} clients were cut off"] if load.cut_off else []
    series: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in rows:
        if float(str(row["at"])) >= warm_up:
            series.setdefault((str(row["what"]), str(row["figure"])), []).append(
                (float(str(row["at"])), float(str(row["value"])))
            )
    print(f"{'process':<24}{'figure':<14}{'first':>10}{'last':>10}{'an hour':>12}{'±':>10}  verdict")
    for (what, figure), points in sorted(series.items()):
        if figure not in TOLERANCE or len(points) < 3:
            continue
        found = trend([at for at, _ in points], [value for _, value in points])
        grows = found.grows(TOLERANCE[figure])
        print(f"{what:<24}{figure:<14}{found.first:>10.1f}{found.last:>10.1f}{found.slope:>+12.2f}{found.margin:>10.2f}"
              f"  {'GROWS' if grows else 'flat'}")  # fmt: skip
        wrong += (
            [f"{figure} of {what} grow by {found.slope:.1f} ± {found.margin:.1f} an hour"] if grows else []
        )
    most: dict[str, float] = {}
    for row in rows:
        if row.get("kind") == "queue" and row.get("fullest") is not None:
            most[str(row["what"])] = max(most.get(str(row["what"]), 0.0), float(str(row["fullest"])))
    wrong += [f"{what} was {share:.0%} full" for what, share in most.items() if share >= NEARLY_FULL]
    fullest = sorted(most.items(), key=lambda item: -item[1])[:5]
    print("fullest queues: " + ", ".join(f"{what} {share:.1%}" for what, share in fullest))
    last = {str(row["what"]): row["dropped"] for row in rows if row.get("dropped")}
    print(f"dropped or turned away: {last or 'nothing'}")
    return wrong


def wishes() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--orders", type=float, default=50, help="a second")
    parser.add_argument("--ticks", type=float, default=5000, help="a second")
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--warm-up", type=float, default=20, help="minutes that are not judged")
    parser.add_argument("--csv", type=Path, help="write every sample")
    return parser.parse_args()


def soak(app: RunningApp, vendor: Vendor, asked: argparse.Namespace, load: Load) -> list[dict[str, object]]:
    """Load the app for the wished time; the samples."""
    rows: list[dict[str, object]] = []
    begun = time.monotonic()
    end = begun + asked.minutes * 60
    threads = [threading.Thread(target=follow, args=(app, end, load)) for _ in range(asked.clients)]
    threads.append(threading.Thread(target=lambda: asyncio.run(send_orders(app, asked.orders, end, load))))
    for thread in threads:
        thread.start()
    while vendor.ask({"count": 0})["wanted"] < INSTRUMENTS and time.monotonic() < end:
        time.sleep(0.2)
    threads.append(threading.Thread(target=vendor.run, args=(asked.ticks, end - ROW_SECONDS, load)))
    threads[-1].start()
    while (left := end - time.monotonic()) > 0:
        sample(app, rows, begun)
        time.sleep(min(SAMPLE_SECONDS, max(0.0, left)))
    for thread in threads:
        thread.join(60)
    return rows


def conclude(rows: list[dict[str, object]], asked: argparse.Namespace, load: Load) -> int:
    """Say what came out; the exit code."""
    seconds = asked.minutes * 60
    print(f"{load.orders} orders in {seconds:.0f} s ({load.orders / seconds:.1f}/s, {load.behind} more than 1 s late), "
          f"{load.ticks_sent} ticks sent, {load.ticks_seen} seen by {asked.clients} clients")  # fmt: skip
    proves = asked.minutes >= asked.warm_up + LEAST_MINUTES
    wrong = judge(rows, 60 * (asked.warm_up if proves else asked.minutes * 0.3), load)
    if not proves:
        wrong = [each for each in wrong if not each.startswith("rss_mb")]
    print(*wrong, sep="\n")
    if wrong:
        print("FAILED")
        return 1
    print("FLAT" if proves else "TOO SHORT: nothing else is wrong, memory was not judged while caches fill")
    return 0 if proves else TOO_SHORT


def main() -> int:
    asked, vendor, load = wishes(), Vendor(), Load()
    extra = {
        "BROKER_ZERODHA_WS_URL": f"ws://127.0.0.1:{vendor.port}", "ORDER_UPDATES_ENABLED": "false",
        "OPENALGO_BUILD_UI": "False",
    }  # fmt: skip
    try:
        with RunningApp(contracts=5000, extra=extra) as app:
            rows = soak(app, vendor, asked, load)
    finally:
        vendor.close()
    if asked.csv:
        with asked.csv.open("w", newline="") as file:
            writer = csv.DictWriter(file, ["at", "what", "figure", "value", "kind", "fullest", "dropped"])
            writer.writeheader()
            writer.writerows(rows)
    return conclude(rows, asked, load)


if __name__ == "__main__":
    sys.exit(main())
