"""Order overhead and throughput of a running app over an instant vendor.

    python test/perf/orders.py            starts twin and app in a temporary folder, prints the figures

Overhead = time of POST /api/v1/placeorder minus the twin's own round trip on a kept-alive connection.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness import RunningApp, cpu_seconds


def request_bytes(path: str, body: dict[str, object], host: str) -> bytes:
    """One HTTP/1.1 request on a kept-alive connection."""
    payload = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(payload)}\r\n\r\n"
    )
    return head.encode() + payload


class Connection:
    """A raw kept-alive client connection; parsing is minimal so that the client stays cheap."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection(self.host, self.port)

    async def call(self, request: bytes) -> tuple[int, bytes]:
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        lower = head.lower()
        at = lower.index(b"content-length:")
        length = int(lower[at + 15 :].split(b"\r\n", 1)[0])
        return status, await self.reader.readexactly(length)


class Cpu:
    """Processor time of every process that takes part, from a moment on."""

    def __init__(self, app: RunningApp) -> None:
        self._app = app
        self._from = self._seconds()

    def _seconds(self) -> tuple[float, float, float]:
        return self._app.cpu_seconds(), cpu_seconds(self._app.twin.pid), time.process_time()

    def per_order(self, orders: int) -> str:
        """Milliseconds of app, twin and client for each order since then."""
        spent = ((now - then) / orders * 1e3 for now, then in zip(self._seconds(), self._from, strict=True))
        return "app {:.2f} ms, twin {:.2f} ms, client {:.2f} ms".format(*spent)


async def sequential(host: str, port: int, request: bytes, count: int) -> list[float]:
    """Latencies in milliseconds at concurrency 1."""
    connection = Connection(host, port)
    await connection.open()
    samples = []
    for _ in range(count):
        begun = time.perf_counter()
        status, body = await connection.call(request)
        samples.append((time.perf_counter() - begun) * 1e3)
        if status != 200:
            raise SystemExit(f"placeorder answered {status}: {body[:300]!r}")
    return samples


async def sustained(
    host: str, port: int, request: bytes, connections: int, seconds: float
) -> tuple[float, list[float]]:
    """(orders per second, latencies in ms) with `connections` kept busy."""
    samples: list[float] = []
    end = time.perf_counter() + seconds

    async def worker() -> None:
        connection = Connection(host, port)
        await connection.open()
        while time.perf_counter() < end:
            begun = time.perf_counter()
            status, body = await connection.call(request)
            samples.append((time.perf_counter() - begun) * 1e3)
            if status != 200:
                raise SystemExit(f"placeorder answered {status}: {body[:300]!r}")

    begun = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(connections)))
    return len(samples) / (time.perf_counter() - begun), samples


def percentiles(samples: list[float]) -> str:
    """p50/p90/p99/max in one line."""
    ordered = sorted(samples)
    pick = lambda share: ordered[min(len(ordered) - 1, int(len(ordered) * share))]  # noqa: E731
    return f"p50 {pick(0.5):.2f} p90 {pick(0.9):.2f} p99 {pick(0.99):.2f} max {ordered[-1]:.2f} ms"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--contracts", type=int, default=100_000)
    arguments = parser.parse_args()
    with RunningApp(contracts=arguments.contracts) as app:
        order = {
            "apikey": app.api_key, "strategy": "perf", "exchange": "NSE", "symbol": "TATAPOWER", "action": "BUY",
            "quantity": "1", "pricetype": "LIMIT", "product": "MIS", "price": "391.4",
        }  # fmt: skip
        request = request_bytes("/api/v1/placeorder", order, app.host)
        direct = request_bytes("/orders/regular", {}, app.host)
        asyncio.run(sequential("127.0.0.1", app.port, request, 300))
        floor = asyncio.run(sequential("127.0.0.1", app.twin_port, direct, arguments.count))
        cpu = Cpu(app)
        ours = asyncio.run(sequential("127.0.0.1", app.port, request, arguments.count))
        alone = cpu.per_order(len(ours))
        print(f"twin alone        {percentiles(floor)}")
        print(f"through the app   {percentiles(ours)}")
        base = statistics.median(floor)
        print(f"overhead          {percentiles([value - base for value in ours])}")
        print(f"CPU per order     {alone}")
        cpu = Cpu(app)
        rate, samples = asyncio.run(
            sustained("127.0.0.1", app.port, request, arguments.connections, arguments.seconds)
        )
        print(
            f"sustained         {rate:.0f} orders/s at {arguments.connections} connections, {percentiles(samples)}"
        )
        print(f"CPU per order     {cpu.per_order(len(samples))}")
        print(f"resident memory   {app.memory()}")


if __name__ == "__main__":
    main()
