"""One process with both ends of the wire: the Kite twin, the streaming process, and clients, over real sockets."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import zmq

from broker.core.transport import HttpxTransport
from domain.feed import Notice, pack, session_topic
from test.sim.feed.client import Client, Wish
from test.sim.feed.house import APPS, FIRST, House, contracts, kite_plugin
from test.sim.feed.truth import Truth
from test.sim.stage.world import scratch
from test.twins.kit.twin import HOST
from test.twins.kite.serve import KiteTwin
from utils.clock import IST, Clock, SystemClock
from websocket_proxy.feed.watch.terms import WatchTerms
from websocket_proxy.options import BackoffTerms, FeedOptions, ProxyOptions
from websocket_proxy.process import StreamingProcess

START = dt.datetime(2026, 11, 27, 10, 0, tzinfo=IST)
SPEED = 20
PACE = (0.02, 0.08)
MODES = ("", "ltp", "quote", "depth")
NAMES = (
    "NSE:RELIANCE", "NSE:SBIN", "NSE:INFY", "NSE:TATAPOWER", "BSE:RELIANCE", "NSE:NIFTY 50", "BSE:SENSEX",
    "NFO:NIFTY26DECFUT", "CDS:USDINR26DECFUT",
)  # fmt: skip
TERMS = {"instruments_per_socket": 4, "sockets": 3, "silence_seconds": 0.4, "auth_deadline_seconds": 0.5}
OPTIONS = FeedOptions(
    idle_seconds=0.2, move_seconds=0.3, beat_seconds=0.02,
    watch=WatchTerms(
        first=0.4, audit=0.5, mute=0.5, ping=0.05, resubscribe=0.1, reconnect=0.3, proof=0.1, quiet=0.15, down=0.3,
        alarm=1.0, signed_out=2.0, retry=0.4, spare=1.0,
    ),
    backoff=BackoffTerms(first=0.02, longest=0.1, recovered_after=1.0, refused=0.1, session_check=0.1),
)  # fmt: skip


class RunningClock:
    """A wall clock that starts inside a trading session; the vendor's runs faster, so that ticks come often."""

    def __init__(self, speed: int = 1) -> None:
        self._machine = SystemClock()
        self._began = self._machine.monotonic()
        self._speed = speed

    def now(self) -> dt.datetime:
        return START + dt.timedelta(seconds=self.monotonic() * self._speed)

    def monotonic(self) -> float:
        return self._machine.monotonic() - self._began


class Loopback:
    """Use as an asynchronous context manager."""

    def __init__(self, seed: int = 1) -> None:
        self.folder: Path = scratch()
        self.clock: Clock = RunningClock()
        self.truth = Truth()
        self.twin = KiteTwin(
            self.folder / "twin", {key: (secret, user) for key, secret, user in APPS.values()},
            "http://127.0.0.1/callback", seed, clock=RunningClock(SPEED), pace=PACE,
        )  # fmt: skip
        self.twin.market.sink = self.truth
        self.twin.market.depth = self.truth.witness(self.twin.market.depth)
        # One REST connection that stays: a pool that breathes would look like a leak.
        self.transport = HttpxTransport(clock=self.clock, connections=1, keepalive_seconds=3600.0)
        self.house: House
        self.process: StreamingProcess
        self.clients: list[Client] = []

    async def __aenter__(self) -> Loopback:
        port, ws_port = await self.twin.start()
        rest = f"http://{HOST}:{port}"
        hosts = {"rest": rest, "login": rest, "ws": f"ws://{HOST}:{ws_port}"}
        plugin = kite_plugin(self.transport, hosts, self.clock, self.folder, **TERMS)
        rows = contracts(plugin, self.twin.market.listing, NAMES)
        self.house = House(plugin, rows, self.clock)
        self.rows = {(str(row.exchange), row.symbol): row for row in rows}
        await self.log_in(FIRST, tell=False)
        options = ProxyOptions(port=0, bus_port=0, ingress_port=0, feed=OPTIONS)
        self.process = StreamingProcess(options, self.house, self.house, self.house, self.clock)
        await self.process.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.process.stop()
        await self.twin.stop()
        self.transport.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self, name: str) -> Client:
        """A new client, not connected yet."""
        client = Client(name, self.process.port, self.truth, self.rows)
        self.clients.append(client)
        return client

    async def log_in(self, account_id: int, *, tell: bool = True) -> None:
        """A login at the broker ends in the house; the vendor ends the application's earlier session."""
        request = self.twin.sessions.code(APPS[account_id][0])
        await asyncio.to_thread(self.house.log_in, account_id, request)
        if tell:
            self.tell(account_id, "valid")

    def log_out(self, account_id: int) -> None:
        """The session ends here and there."""
        self.house.logins.pop(account_id, None)
        self.twin.sessions.end(APPS[account_id][0])
        self.tell(account_id, "revoked")

    def tell(self, account_id: int, kind: str) -> None:
        """What the app tells the streaming process when a session changed."""
        with zmq.Context() as context, context.socket(zmq.PUSH) as push:
            push.connect(self.process.ingress_endpoint)
            push.send_multipart((session_topic(account_id), pack(1, Notice(kind=kind, at_ms=1))))
            push.close(linger=1000)

    def is_alive(self, account_id: int) -> bool:
        """Whether the vendor still knows the session that the house holds."""
        session = self.house.logins.get(account_id)
        tokens = session.tokens if session is not None else {}
        return bool(self.twin.sessions.user_of(APPS[account_id][0], tokens.get("access_token")))

    def is_served(self) -> bool:
        """Whether the vendor streams each wanted token once, in the mode wanted or a richer one, and nothing else."""
        wished, found = self.wished(), self.upstream()
        return [token for token, _ in found] == sorted(wished) and all(
            MODES.index(mode) >= MODES.index(wished[token]) for token, mode in found
        )

    def wished(self) -> dict[int, str]:
        """The richest mode that any client wants of each vendor token."""
        richest: dict[Wish | tuple[str, str], int] = {}
        for client in self.clients:
            for exchange, symbol, mode in client.wishes:
                richest[exchange, symbol] = max(mode, richest.get((exchange, symbol), 0))
        return {int(self.rows[key].token): MODES[mode] for key, mode in richest.items()}  # type: ignore[index]

    def upstream(self) -> list[tuple[int, str]]:
        """(token, mode) of every subscription at the vendor; a token twice is on two sockets."""
        found: list[dict[str, Any]] = self.twin.stream.show()
        return sorted((int(token), mode) for each in found for token, mode in each["modes"].items())
