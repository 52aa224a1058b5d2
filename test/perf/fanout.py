"""Fan-out of the streaming process: how many messages a second reach 100 clients of 100 symbols, and how late.

    python test/perf/fanout.py [clients] [symbols]

The process under test runs in this process with a made-up local tick source; the readers run in a second one. Each
row offers a fixed number of ticks a second. Latency is from the tick's birth in the source to its arrival in a
reader's hands, both on the machine's monotonic clock.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from broker.core.manifest import Auth, Limits, Manifest, Stream  # noqa: E402
from broker.core.roles import Plugin, Session  # noqa: E402
from domain.instruments import Exchange, Instrument, InstrumentKey, InstrumentType  # noqa: E402
from domain.market import Mode, Quote, Tick  # noqa: E402
from services.accounts.principal import Principal  # noqa: E402
from utils.clock import UTC, SystemClock  # noqa: E402
from websocket_proxy.options import ProxyOptions  # noqa: E402
from websocket_proxy.process import StreamingProcess  # noqa: E402

RATES = (1_000, 2_000, 5_000, 10_000)
SECONDS = 5.0
ROUND_MS = 10
_LTP = re.compile(rb'"ltp":([0-9.]+)')


class Source:
    """Emits `rate` ticks a second over the subscribed instruments; the price is the birth time."""

    def __init__(self) -> None:
        self.rate = 0
        self.emitted = 0
        self._wanted: list[Instrument] = []
        self._owed = 0.0
        self._last = time.monotonic()

    def subscribe(self, wants: Sequence[tuple[Instrument, Mode]]) -> None:
        self._wanted += [instrument for instrument, _ in wants]

    def unsubscribe(self, instruments: Sequence[Instrument]) -> None:
        self._wanted = [row for row in self._wanted if row not in instruments]

    def due(self, now: Any) -> list[Tick]:
        moment = time.monotonic()
        self._owed += (moment - self._last) * self.rate
        self._last = moment
        count, self._owed = int(self._owed), self._owed % 1
        ticks = []
        for number in range(count):
            row = self._wanted[(self.emitted + number) % len(self._wanted)]
            quote = Quote(ltp=moment % 100_000, open=1.0, high=2.0, low=0.5, prev_close=1.5, volume=123456)
            ticks.append(Tick(broker_exchange="NSE", token=row.token, mode=Mode.QUOTE, quote=quote))
        self.emitted += count
        return ticks


class House:
    """One broker, one account, any key."""

    def __init__(self, symbols: int, source: Source) -> None:
        self.rows = {
            InstrumentKey(Exchange.NSE, f"SYM{number}"): Instrument(
                f"SYM{number}",
                Exchange.NSE,
                f"SYM{number}",
                "NSE",
                str(number),
                "x",
                InstrumentType.EQ,
                1,
                0.05,  # type: ignore[arg-type]
            )
            for number in range(symbols)
        }
        stream = Stream(
            transport="local", instruments_per_socket=5000, sockets=1, batch=1000, depth_levels=(5,),
            order_updates="poll", silence_seconds=30, tick_interval_ms=ROUND_MS,
        )  # fmt: skip
        manifest = Manifest(
            id="bench", name="Bench", family="test", version=1, exchanges=(Exchange.NSE,), products=(),
            auth=Auth(kind="instant", credentials={}, login={}), price_types=(), capabilities={}, hosts={},
            limits=Limits(quote_batch=1, depth_levels=5, tag_length=0, rates={}, history={}), evidence={},
            stream=stream,
        )  # fmt: skip
        none: Any = None
        self._plugin = Plugin(
            manifest=manifest, auth=none, orders=none, portfolio=none, market=none, contracts=none,
            local_ticks=lambda: source,
        )  # fmt: skip

    def verify(self, api_key: str) -> Principal:
        return Principal(user_id=1, username="bench", account_id=1, broker="bench", source="api", key_id=1)

    def redeem(self, ticket: str) -> Principal:
        return self.verify(ticket)

    def refresh(self, principal: Principal, api_key: str) -> Principal:
        return principal

    def session(self, account_id: int) -> Session:
        return Session(
            account_id=1, broker="bench", broker_user_id="", credentials={}, tokens={},
            issued_at=SystemClock().now().astimezone(UTC), expires_at=None,
        )  # fmt: skip

    def accounts(self, broker: str) -> Sequence[int]:
        return [1]

    def broker_of(self, account_id: int) -> str:
        return "bench"

    def forget(self, account_id: int) -> None: ...

    def plugin(self, broker_id: str) -> Plugin:
        return self._plugin

    def manifests(self) -> dict[str, Manifest]:
        return {"bench": self._plugin.manifest}

    def find(self, broker_id: str, keys: Collection[InstrumentKey]) -> dict[InstrumentKey, Instrument]:
        return {key: self.rows[key] for key in keys if key in self.rows}

    def forget_instruments(self, broker_id: str) -> None: ...


async def row(rate: int, clients: int, source: Source, process: StreamingProcess, readers: Any) -> None:
    """Offer `rate` ticks a second and print what became of them."""
    readers.stdin.write(b"start\n")
    await readers.stdin.drain()
    before, cpu = dict(process.server.figures()), time.process_time()
    emitted, source.rate = source.emitted, rate
    await asyncio.sleep(SECONDS)
    source.rate = 0
    cpu = (time.process_time() - cpu) / SECONDS * 100
    emitted = source.emitted - emitted
    await asyncio.sleep(1.0)
    readers.stdin.write(b"stop\n")
    await readers.stdin.drain()
    seen = json.loads(await readers.stdout.readline())
    after = dict(process.server.figures())
    sent = after["frames_out"] - before["frames_out"]
    joined = sent / max(1, after["writes"] - before["writes"])
    merged = after["merged"] - before["merged"]
    print(
        f"{rate:15,}  {seen['messages'] / SECONDS:15,.0f}  {seen['messages'] / max(1, emitted * clients):10.1%}"
        f"  {seen['p50']:6.1f}  {seen['p99']:6.1f}  {cpu:5.0f}  {joined:12.1f}  {merged:6,}"
    )


async def measure(clients: int, symbols: int) -> None:
    source = Source()
    house = House(symbols, source)
    options = ProxyOptions(
        port=0, bus_port=0, ingress_port=0, max_clients=10_000, clients_per_key=10_000,
        subscriptions_per_key=10_000_000,
    )  # fmt: skip
    process = StreamingProcess(options, house, house, house, SystemClock())
    await process.start()
    readers = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--read", str(process.port), str(clients), str(symbols),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert readers.stdin and readers.stdout
    await readers.stdout.readline()
    print(f"{clients} clients x {symbols} symbols, quote mode, {SECONDS:g} s a row")
    print("offered ticks/s  delivered msg/s  of offered  p50 ms  p99 ms  cpu %  frames/write  merged")
    for rate in RATES:
        await row(rate, clients, source, process, readers)
    readers.stdin.close()
    await readers.wait()
    await process.stop()


class Tally:
    """What the readers saw since the last start."""

    def __init__(self) -> None:
        self.count = 0
        self.ages: list[float] = []


class Reader(asyncio.Protocol):
    """One client: counts messages and samples the age of each chunk's last one."""

    def __init__(self, opening: bytes, tally: Tally) -> None:
        self._opening = opening
        self._tally = tally

    def connection_made(self, transport: Any) -> None:
        hello = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        rest = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        transport.write((hello + rest).encode() + self._opening)
        self.acked: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self._tally.count += data.count(b'"market_data"')
        place = data.rfind(b'"ltp":')
        match = _LTP.match(data, place) if place >= 0 else None
        if match:
            self._tally.ages.append(time.monotonic() % 100_000 - float(match[1]))
        if not self.acked.done() and b"processing complete" in data:
            self.acked.set_result(None)


async def read(port: int, clients: int, symbols: int) -> None:
    """The reading process: counts messages and samples the age of each chunk's last one."""
    wanted = json.dumps(
        {
            "action": "subscribe",
            "mode": 2,
            "symbols": [{"symbol": f"SYM{n}", "exchange": "NSE"} for n in range(symbols)],
        }
    ).encode()
    login = json.dumps({"action": "authenticate", "api_key": "k"}).encode()

    tally = Tally()
    loop = asyncio.get_running_loop()
    readers = [
        (
            await loop.create_connection(
                lambda: Reader(masked(login) + masked(wanted), tally), "127.0.0.1", port
            )
        )[1]
        for _ in range(clients)
    ]
    await asyncio.gather(*(reader.acked for reader in readers))
    print("ready", flush=True)
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        if line == b"start\n":
            tally.count = 0
            tally.ages.clear()
        else:
            found = sorted(tally.ages) or [0.0]
            answer = {
                "messages": tally.count,
                "p50": found[len(found) // 2] * 1000,
                "p99": found[int(len(found) * 0.99)] * 1000,
            }
            print(json.dumps(answer), flush=True)


def masked(payload: bytes) -> bytes:
    """A client frame with a zero mask."""
    size = len(payload)
    head = bytes([0x81, 0x80 | size]) if size < 126 else bytes([0x81, 0xFE]) + size.to_bytes(2, "big")
    return head + bytes(4) + payload


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        asyncio.run(read(*map(int, sys.argv[2:5])))
    else:
        chosen = [int(text) for text in sys.argv[1:3]]
        asyncio.run(measure(*(chosen if len(chosen) == 2 else (100, 100))))
