"""The process under test: feed and proxy as shipped, with the real Kite codec, in front of the made-up vendor.

    python test/perf/streaming/gateway.py <core> <vendor port> <instruments> [stages]

It prints its port and answers `{"do": "figures"}` with its counters, processor time and resident memory.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Collection, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import wire  # noqa: E402
from pinning import commands, pin  # noqa: E402
from sampling import Sampler  # noqa: E402
from stages import Marks  # noqa: E402

from broker.core.manifest import Manifest  # noqa: E402
from broker.core.registry import ContextParts, load_plugins  # noqa: E402
from broker.core.roles import Plugin, Session  # noqa: E402
from domain.instruments import Exchange, Instrument, InstrumentKey, InstrumentType  # noqa: E402
from services.accounts.principal import Principal  # noqa: E402
from utils.clock import UTC, SystemClock  # noqa: E402
from utils.ids import SystemIds  # noqa: E402
from websocket_proxy.options import FeedOptions, ProxyOptions  # noqa: E402
from websocket_proxy.process import StreamingProcess  # noqa: E402

BROKER = "zerodha"


class House:
    """One account at the vendor, any key, and a contract master of as many equities as wanted."""

    def __init__(self, vendor_port: int, instruments: int) -> None:
        absent: Any = None
        parts = ContextParts(
            transport=absent, instruments=absent, clock=SystemClock(), ids=SystemIds(),
            data_dir=Path(tempfile.gettempdir()), hosts={"ws": f"ws://127.0.0.1:{vendor_port}"},
        )  # fmt: skip
        self.built = load_plugins().build(BROKER, parts)
        self._rows = {
            InstrumentKey(Exchange.NSE, wire.symbol(number)): Instrument(
                symbol=wire.symbol(number), exchange=Exchange.NSE, broker_symbol=wire.symbol(number),
                broker_exchange="NSE", token=str(wire.token(number)), name=wire.symbol(number),
                instrument_type=InstrumentType.EQ, lot_size=1, tick_size=Decimal("0.05"),
            )
            for number in range(instruments)
        }  # fmt: skip

    def verify(self, api_key: str, address: str) -> Principal:
        return Principal(user_id=1, username="bench", account_id=1, broker=BROKER, source="api", key_id=1)

    def is_banned(self, address: str) -> bool:
        return False

    def redeem(self, ticket: str) -> Principal:
        return self.verify(ticket, "")

    def refresh(self, principal: Principal, api_key: str, address: str) -> Principal:
        return principal

    def forget_caller(self, user_id: int) -> None: ...

    def session(self, account_id: int) -> Session:
        return Session(
            account_id=1, broker=BROKER, broker_user_id="AB1234", credentials={"api_key": "k"},
            tokens={"access_token": "t"}, issued_at=SystemClock().now().astimezone(UTC), expires_at=None,
        )  # fmt: skip

    def accounts(self, broker: str) -> Sequence[int]:
        return [1]

    def broker_of(self, account_id: int) -> str:
        return BROKER

    def forget(self, account_id: int) -> None: ...

    def plugin(self, broker_id: str) -> Plugin:
        return self.built

    def manifests(self) -> dict[str, Manifest]:
        return {BROKER: self.built.manifest}

    def find(self, broker_id: str, keys: Collection[InstrumentKey]) -> dict[InstrumentKey, Instrument]:
        return {key: self._rows[key] for key in keys if key in self._rows}

    def forget_instruments(self, broker_id: str) -> None: ...


def resident_kb() -> int:
    """Memory of this process."""
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0])


async def main(vendor_port: int, instruments: int, *, stages: bool) -> None:
    house = House(vendor_port, instruments)
    options = ProxyOptions(
        port=0, bus_port=0, ingress_port=0, max_clients=10_000, clients_per_key=10_000,
        strangers_per_address=10_000, subscriptions_per_key=10_000_000,
        feed=FeedOptions(symbols_per_socket=3000, sockets=3),
    )  # fmt: skip
    process = StreamingProcess(options, house, house, house, SystemClock())
    marks = Marks(instruments)
    if stages:
        house.built = marks.install(process, house.built)
    sampler = Sampler()
    await process.start()
    print(json.dumps({"port": process.port, "bus": process.bus_endpoint}), flush=True)
    async for order in commands():
        if order["do"] == "stages":
            print(json.dumps({"stages": marks.times}), flush=True)
            marks.clear()
            continue
        if order["do"] == "sample":
            sampler.start()
        if order["do"] == "samples":
            print(json.dumps(sampler.stop()), flush=True)
            continue
        answer = {"cpu": time.process_time(), "rss_kb": resident_kb(), **process.figures()}
        print(json.dumps({**answer, **order}), flush=True)
    await process.stop()


if __name__ == "__main__":
    pin(int(sys.argv[1]))
    asyncio.run(main(int(sys.argv[2]), int(sys.argv[3]), stages="stages" in sys.argv))
