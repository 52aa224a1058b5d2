"""Virtual days of one feed: the vendor's ticker and REST calls, the house with its logins, a bus that only listens."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from broker.core.http import Request, Response
from broker.simulator.prices.quotes import Prices
from broker.simulator.universe import Universe
from domain.errors import OutcomeUnknown
from domain.feed import FeedState, Notice, market_topic, pack, session_topic
from domain.instruments import Instrument
from domain.market import Mode
from services.market.calendar import Calendar
from test.sim.feed.house import APPS, BROKER, FIRST, House, contracts, kite_plugin
from test.sim.feed.tape import TapeMarket
from test.sim.feed.virtual import VirtualClock, VirtualLoop
from test.sim.stage.world import scratch
from test.twins.kit.faults import Faults
from test.twins.kit.http_server import Request as WireRequest
from test.twins.kite.listing import KiteListing
from test.twins.kite.rest import KiteRest
from test.twins.kite.sessions import Sessions
from test.twins.kite.stream import kite_ticker
from utils.clock import ManualClock
from websocket_proxy.feed.service import FeedService
from websocket_proxy.options import FeedOptions

PACE = (1.0, 2.0)
LEAP, PAUSE = 600.0, 30.0
# Vendor name: seconds between trades, and whether that is a promise. What cannot be promised is chance with this mean.
RATES = {
    "NSE:NIFTY 50": (1.0, True), "NSE:RELIANCE": (1.0, True), "NFO:NIFTY{month}FUT": (1.0, True),
    "NSE:SBIN": (6.0, False), "NSE:INFY": (25.0, False), "NSE:TATAPOWER": (90.0, False),
    "BSE:RELIANCE": (400.0, False), "NSE:TCS": (1800.0, False), "BSE:SBIN": (9000.0, False),
    "BSE:SENSEX": (5.0, True), "CDS:USDINR{month}FUT": (40.0, False),
}  # fmt: skip


class QuietBus:
    """The feed's end of the bus without a network: publishes to `on_message`, in order."""

    def __init__(self, on_message: Callable[[bytes, Any], None]) -> None:
        self._on_message = on_message
        self.published = self.dropped = self.rejected = 0
        self.demand: Callable[[bytes, bool], None]
        self.ingress: Callable[[bytes, bytes], None]

    def start(self, on_demand: Any, on_ingress: Any) -> None:
        self.demand, self.ingress = on_demand, on_ingress

    def publish(self, topic: bytes, body: Any) -> None:
        self.published += 1
        self._on_message(topic, body)

    pass_on = publish


class TwinTransport:
    """REST calls answered by the twin in the same instant. `is_down`: nothing answers."""

    def __init__(self, rest: KiteRest) -> None:
        self._rest = rest
        self.calls: Counter[str] = Counter()
        self.is_down = False

    def send(self, request: Request) -> Response:
        url = urlsplit(request.url)
        self.calls[url.path] += 1
        if self.is_down:
            raise OutcomeUnknown("No whole answer from the vendor")
        query = parse_qs(url.query, keep_blank_values=True)
        for name, value in request.params:
            query.setdefault(name, []).append(value)
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self._rest.answer(
            WireRequest(request.method, unquote(url.path), query, headers, request.body or b"")
        )
        return Response(answer.status, {"content-type": answer.content_type}, answer.body)

    def close(self) -> None: ...


class DaysWorld:
    """Everything of one run. rare: without the instruments that tick every few seconds.

    `states` and `last` are told by the bus: feed states, and when each symbol last ticked.
    """

    def __init__(self, loop: VirtualLoop, start: dt.datetime, seed: int, *, rare: bool) -> None:
        self.loop = loop
        self.folder = scratch()
        self.calendar = Calendar()
        self.clock = VirtualClock(loop, start)
        listing = KiteListing(Universe(Prices(1), 1), ManualClock(start))
        month = f"{start + dt.timedelta(days=62):%y%b}".upper()
        rates = {
            listing.by_name(*name.format(month=month).split(":", 1)): rate
            for name, rate in RATES.items()
            if not (rare and rate[1])
        }
        self.market = TapeMarket(rates, self.clock, self.calendar, seed)
        self.sessions = Sessions(
            {key: (secret, user) for key, secret, user in APPS.values()},
            self.clock,
            self.folder / "tokens.json",
        )
        self.faults = Faults()
        self.rest = KiteRest(self.market, self.sessions, self.faults, "http://127.0.0.1/callback")
        self.transport = TwinTransport(self.rest)
        self.ticker = kite_ticker(self.market, self.sessions, self.faults, seed, PACE)
        self.bus = QuietBus(self._heard)
        self.serving = FIRST
        self.state: FeedState | None = None
        self.on_state: Callable[[FeedState], None] = lambda state: None
        self.last: dict[bytes, float] = {}
        self.ticks = 0
        self.digest = hashlib.sha256()
        self._names, self._listing = [listed.name for listed in rates], listing
        self.house: House
        self.feed: FeedService
        self.rows: list[Instrument] = []
        self.wanted: Counter[bytes] = Counter()

    async def start(self) -> None:
        """Vendor and feed begin; nobody is logged in and nothing is wanted."""
        port = await self.ticker.start("127.0.0.1", 0)
        hosts = {"rest": "http://kite.twin", "login": "http://kite.twin", "ws": f"ws://127.0.0.1:{port}"}
        plugin = kite_plugin(self.transport, hosts, self.clock, self.folder)
        self.rows = contracts(plugin, self._listing, self._names)
        self.house = House(plugin, self.rows, self.clock)
        self.feed = self._build_feed()
        self.feed.start()

    def _build_feed(self) -> FeedService:
        return FeedService(self.bus, self.house, self.house, FeedOptions(), self.clock, self.calendar)

    async def stop(self) -> None:
        """End both."""
        await self.feed.stop()
        await self.ticker.stop()

    def _heard(self, topic: bytes, body: Any) -> None:
        if isinstance(body, FeedState):
            if body.account_id == self.serving:  # what others say when they are left is no news of the feed
                self.state = body
                self.on_state(body)
        elif topic.startswith(b"md|"):
            self.last[topic] = self.loop.time()
            self.digest.update(b"%s %.3f %s" % (topic, self.loop.time(), str(body.ltp).encode()))
            self.ticks += 1

    def want(self, row: Instrument, mode: Mode, *, on: bool = True) -> None:
        """A consumer subscribes, or leaves."""
        topic = market_topic(BROKER, row.exchange, row.symbol, mode)
        self.wanted[topic] += 1 if on else -1
        self.bus.demand(topic, on)

    def log_in(self, account_id: int) -> None:
        """A login at the vendor ends in the house, and the feed is told."""
        self.house.log_in(account_id, self.sessions.code(APPS[account_id][0]))
        self.tell(account_id, "valid")

    def log_in_elsewhere(self, account_id: int) -> None:
        """Another device logs the same application in: our token dies and nobody tells us."""
        stranger = House(self.house.plugin(BROKER), self.rows, self.clock)
        stranger.log_in(account_id, self.sessions.code(APPS[account_id][0]))

    def log_out(self, account_id: int) -> None:
        """The session ends here and there."""
        self.house.logins.pop(account_id, None)
        self.sessions.end(APPS[account_id][0])
        self.tell(account_id, "revoked")

    def tell(self, account_id: int, kind: str) -> None:
        """What the app tells the streaming process when a session changed."""
        self.bus.ingress(session_topic(account_id), pack(1, Notice(kind=kind, at_ms=1)))

    def promises(self, row: Instrument) -> float:
        """Seconds within which the next trade of an instrument comes for certain, infinite for chance."""
        tape = self.market.tapes[int(row.token)]
        return tape.every if tape.regular else float("inf")

    def is_quoted(self, row: Instrument) -> bool:
        """Whether somebody wants more of an instrument than its book."""
        topics = (market_topic(BROKER, row.exchange, row.symbol, mode) for mode in (Mode.LTP, Mode.QUOTE))
        return row.exchange.is_index or any(self.wanted[topic] > 0 for topic in topics)

    def ticked_at(self, row: Instrument) -> float:
        """When a tick of an instrument was last published, in any mode."""
        topics = (market_topic(BROKER, row.exchange, row.symbol, mode) for mode in Mode)
        return max(self.last.get(topic, -1.0) for topic in topics)

    def is_served(self) -> bool:
        """Whether the vendor streams everything that is wanted, in the richest mode wanted, on live sockets."""
        richest: dict[int, Mode] = {}
        by_topic = {market_topic(BROKER, row.exchange, row.symbol, mode): (int(row.token), mode)
                    for row in self.rows for mode in Mode}  # fmt: skip
        for topic, count in self.wanted.items():
            if count > 0:
                token, mode = by_topic[topic]
                richest[token] = max(mode, richest.get(token, Mode.LTP))
        served: dict[int, Mode] = {}
        for connection in self.ticker.connections:
            if not connection.is_gone and self.sessions.user_of(*connection.credentials):
                served |= connection.modes
        return served == richest

    async def sleep_until(self, at: dt.datetime) -> None:
        """Let time pass. Far from any session the wall clock leaps: LEAP seconds for each PAUSE that passes."""
        while (left := (at - self.clock.now()).total_seconds()) > 0:
            soon = self.clock.now() + dt.timedelta(seconds=2 * LEAP)
            if left < 2 * LEAP or any(
                self.calendar.is_open(row.exchange, moment)
                for row in self.rows
                for moment in (self.clock.now(), soon)
            ):
                await asyncio.sleep(min(left, LEAP))
            else:
                await asyncio.sleep(PAUSE)
                self.clock.leap(LEAP - PAUSE)

    async def until(self, condition: Callable[[], Any], seconds: float) -> float | None:
        """Virtual seconds until it is true, looked at every 50 ms; None when it is not in time."""
        began = self.loop.time()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not condition():  # noqa: ASYNC110 - what is asked has no event
                    await asyncio.sleep(0.05)
                return self.loop.time() - began
        return None

    def figures(self) -> str:
        """What the feed says of itself."""
        return json.dumps(self.feed.figures()["accounts"], default=str)
