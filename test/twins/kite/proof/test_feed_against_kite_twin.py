"""The feed of the Zerodha plug-in against the twin: what it does when the broker falls mute, cuts, or ends a login."""

import asyncio
import contextlib
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import requests
import zmq

from broker.core.budget import Budgets
from broker.core.contracts import check
from broker.core.manifest import RateClass
from broker.core.registry import PLUGIN_FOLDER, ContextParts, load_plugins
from broker.core.transport import HttpxTransport
from domain.feed import FeedState, MarketData, Notice, market_topic, pack, session_topic, unpack
from domain.instruments import Exchange, InstrumentKey
from domain.market import Mode
from services.market.calendar import Calendar
from services.market.index import InstrumentIndex
from utils.clock import SystemClock, ist
from utils.ids import SystemIds
from websocket_proxy.bus import FeedBus, close_context, open_context
from websocket_proxy.feed.service import FeedService
from websocket_proxy.feed.watch.terms import WatchTerms
from websocket_proxy.options import BackoffTerms, FeedOptions

CLOCK = SystemClock()
RELIANCE = InstrumentKey(Exchange.NSE, "RELIANCE")
NIFTY = InstrumentKey(Exchange.NSE_INDEX, "NIFTY")
OPTIONS = FeedOptions(
    idle_seconds=0.05, beat_seconds=0.02,
    backoff=BackoffTerms(first=0.02, longest=0.2, recovered_after=10, refused=5, session_check=5),
    watch=WatchTerms(
        first=1.2, audit=60, mute=1.2, ping=0.1, resubscribe=0.1, reconnect=0.8, proof=0.7, quiet=1.5, down=0.5,
        alarm=1, signed_out=0.3, retry=60, poll=0.05,
    ),
)  # fmt: skip


class House:
    """One account of one plug-in, whose market is taken to be open around the clock."""

    def __init__(self, kite_twin, folder):
        self._twin = kite_twin
        self._transport = HttpxTransport(clock=CLOCK)
        registry = load_plugins((PLUGIN_FOLDER,))
        limits = registry.manifests()["zerodha"].limits
        parts = ContextParts(
            transport=self._transport, instruments=self, clock=CLOCK, ids=SystemIds(), data_dir=folder,
            hosts={"rest": kite_twin.url, "login": kite_twin.url, "ws": kite_twin.ws_url}, settings={},
            budgets=Budgets({name: RateClass(per_second=50) for name in limits.rates}, CLOCK),
        )  # fmt: skip
        self.index = None
        built = registry.build("zerodha", parts)
        manifest = msgspec.structs.replace(
            built.manifest,
            practice=True,
            limits=msgspec.structs.replace(limits, rates={}),
            stream=msgspec.structs.replace(built.manifest.stream, silence_seconds=1),
        )
        self._plugin = msgspec.structs.replace(built, manifest=manifest)
        self.login()
        rows = check(
            built.contracts.parse(built.contracts.fetch(self._session)), None, ist(CLOCK.now()).date()
        )
        self.index = InstrumentIndex(rows.instruments)

    def __getattr__(self, name):
        return getattr(self.index, name)

    def login(self):
        auth = self._plugin.auth
        credentials = {"api_key": self._twin.api_key, "api_secret": self._twin.api_secret}
        step = auth.begin(credentials, "http://127.0.0.1/callback", "s")
        page = requests.get(step.redirect_url, allow_redirects=False, timeout=5)
        answers = parse_qs(urlsplit(page.headers["Location"]).query)
        self._session = auth.complete(1, credentials, {name: values[0] for name, values in answers.items()})

    def close(self):
        self._transport.close()

    def session(self, account_id):
        return self._session

    def accounts(self, broker):
        return [1]

    def broker_of(self, account_id):
        return "zerodha"

    def forget(self, account_id): ...

    def plugin(self, broker_id):
        return self._plugin

    def manifests(self):
        return {"zerodha": self._plugin.manifest}

    def find(self, broker_id, keys):
        return {key: self.index.by_key(key) for key in keys}

    def forget_instruments(self, broker_id): ...


class Stand:
    """The feed, and a consumer of two instruments."""

    def __init__(self, house, twin):
        self.house, self.twin = house, twin
        self._context = open_context()
        self._bus = FeedBus(self._context, "inproc://feed", "inproc://ingress", CLOCK)
        self.service = FeedService(self._bus, house, house, OPTIONS, CLOCK, Calendar())
        self._consumer = self._context.socket(zmq.SUB)
        self._consumer.connect("inproc://feed")
        self._push = self._context.socket(zmq.PUSH)
        self._push.connect("inproc://ingress")
        self.states = []
        self.data = []

    def start(self):
        self.service.start()
        self._consumer.setsockopt(zmq.SUBSCRIBE, b"sys|feed|")
        for key in (RELIANCE, NIFTY):
            self._consumer.setsockopt(
                zmq.SUBSCRIBE, market_topic("zerodha", key.exchange, key.symbol, Mode.QUOTE)
            )

    async def close(self):
        await self.service.stop()
        self._bus.close()
        close_context(self._context)

    def told_of_a_login(self):
        self._push.send_multipart((session_topic(1), pack(1, Notice(kind="valid", at_ms=1))))

    async def until(self, condition):
        async with asyncio.timeout(10):
            while not condition():
                with contextlib.suppress(zmq.Again):
                    while True:
                        topic, frame = self._consumer.recv_multipart(zmq.NOBLOCK)
                        is_state = topic.startswith(b"sys|")
                        (self.states if is_state else self.data).append(
                            unpack(frame, FeedState if is_state else MarketData)[1]
                        )
                await asyncio.sleep(0.005)

    async def ticks_anew(self):
        """Wait until both instruments have ticked since now."""
        self.data.clear()
        await self.until(lambda: {row.symbol for row in self.data if not row.polled} == {"RELIANCE", "NIFTY"})

    @property
    def figures(self):
        return self.service.figures()["accounts"]["1"]


@pytest.fixture(scope="module")
def house(_kite_process, tmp_path_factory):
    made = House(_kite_process, tmp_path_factory.mktemp("zerodha"))
    yield made
    made.close()


@pytest.fixture
def run(kite_twin, house):
    """Run a scenario with a stand, whose feed is live unless `at_once`: its instruments tick twice a second."""
    house.login()
    kite_twin.rule(pace=[0.02, 0.05])

    def runner(scenario, *, at_once=False):
        async def whole():
            stand = Stand(house, kite_twin)
            stand.start()
            try:
                if not at_once:
                    await stand.ticks_anew()
                await scenario(stand)
            finally:
                await stand.close()

        asyncio.run(whole())

    return runner


def test_a_ticker_that_beats_but_brings_no_ticks_is_stood_in_for_by_quotes_until_it_ticks(run, kite_twin):
    """P4; regression 7."""

    async def scenario(stand):
        await stand.until(lambda: stand.states and stand.states[-1].alarm)
        assert "brings no ticks of what trades; prices are polled" in stand.states[-1].alarm
        assert {row.symbol for row in stand.data} == {"RELIANCE", "NIFTY"}
        assert all(row.polled for row in stand.data)
        assert (stand.figures["ticks"], stand.figures["reconnects"]) == (0, 1)
        await asyncio.to_thread(stand.twin.clear_faults)
        await stand.ticks_anew()
        await stand.until(
            lambda: stand.states and stand.states[-1].state == "live" and not stand.states[-1].alarm
        )
        await stand.until(lambda: stand.figures["watch"]["polling"] == 0)

    kite_twin.disturb(action="mute", seconds=60, later=True)
    run(scenario, at_once=True)


def test_a_half_open_connection_is_replaced(run):
    async def scenario(stand):
        await asyncio.to_thread(stand.twin.disturb, action="drop", how="half_open")
        await stand.until(lambda: stand.figures["reconnects"] == 1)
        await stand.ticks_anew()
        await stand.until(lambda: stand.states and stand.states[-1].state == "live")

    run(scenario)


def test_a_token_that_died_waits_for_the_next_login_and_goes_on_with_everything(run):
    """P1; regression 2: Kite ends a token when its owner logs in elsewhere."""

    async def scenario(stand):
        await asyncio.to_thread(stand.twin.kill_tokens)
        await asyncio.to_thread(stand.twin.disturb, action="drop")
        await stand.until(lambda: stand.states and stand.states[-1].state == "no_session")
        assert stand.states[-1].reason == "The broker refused the stream login (HTTP 403)"
        await stand.until(
            lambda: stand.states and stand.states[-1].alarm.startswith("No market data in session")
        )
        await asyncio.to_thread(stand.house.login)
        stand.told_of_a_login()
        await stand.ticks_anew()
        await stand.until(
            lambda: stand.states and stand.states[-1].state == "live" and not stand.states[-1].alarm
        )

    run(scenario)
