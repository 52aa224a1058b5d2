"""One account of one plug-in at its twin, and the feed that serves it: everything real but the vendor."""

import asyncio
import contextlib

import msgspec
import zmq

from broker.core.budget import Budgets
from broker.core.contracts import check
from broker.core.manifest import RateClass
from broker.core.registry import PLUGIN_FOLDER, ContextParts, load_plugins
from broker.core.transport import HttpxTransport
from domain.errors import SessionDead
from domain.feed import FeedState, MarketData, Notice, market_topic, pack, push_topic, session_topic, unpack
from domain.orders import OrderUpdate
from services.market.calendar import Calendar
from services.market.index import InstrumentIndex
from utils.clock import SystemClock, ist
from utils.ids import SystemIds
from websocket_proxy.bus import FeedBus, close_context, open_context
from websocket_proxy.feed.service import FeedService
from websocket_proxy.feed.watch.terms import WatchTerms
from websocket_proxy.options import BackoffTerms, FeedOptions

ACCOUNT = 1
CLOCK = SystemClock()
CALLBACK = "http://127.0.0.1/callback"
STATE = "state-of-the-login"
OPTIONS = FeedOptions(
    idle_seconds=0.05, beat_seconds=0.02,
    backoff=BackoffTerms(first=0.02, longest=0.2, recovered_after=10, refused=5, session_check=5),
    watch=WatchTerms(
        first=1.2, young=1, audit=60, mute=1.2, ping=0.1, resubscribe=0.1, reconnect=0.8, proof=0.7, quiet=1.5,
        down=0.5, alarm=1, signed_out=0.3, retry=60, poll=0.05,
    ),
)  # fmt: skip


class House:
    """Sessions, plug-ins and contracts of the feed. Its market is open around the clock and its rates are wide.

    stream: changes to the manifest's section. `alarms` collects what the plug-in rang about.
    """

    def __init__(self, vendor, twin, folder, **stream):
        self._vendor, self._twin = vendor, twin
        self._transport = HttpxTransport(clock=CLOCK)
        self.alarms = []
        self.index = None
        self._session = None
        registry = load_plugins((PLUGIN_FOLDER,))
        limits = registry.manifests()[vendor.plugin].limits
        parts = ContextParts(
            transport=self._transport, instruments=self, clock=CLOCK, ids=SystemIds(), data_dir=folder,
            hosts=vendor.hosts(twin), settings=vendor.options,
            budgets=Budgets({name: RateClass(per_second=50) for name in limits.rates}, CLOCK),
            alarm=lambda *words: self.alarms.append(words), renew=self._renew,
        )  # fmt: skip
        built = registry.build(vendor.plugin, parts)
        self.manifest = msgspec.structs.replace(
            built.manifest, practice=True, limits=msgspec.structs.replace(limits, rates={}),
            stream=built.manifest.stream and msgspec.structs.replace(built.manifest.stream, **stream),
        )  # fmt: skip
        self._plugin = msgspec.structs.replace(built, manifest=self.manifest)

    def __getattr__(self, name):
        return getattr(self.index, name)

    def log_in(self):
        """Begin, answer as a user would, complete; answers the session."""
        auth, credentials = self._plugin.auth, self._twin.credentials
        step = auth.begin(credentials, CALLBACK, STATE)
        answers = {} if step.kind == "instant" else self._vendor.answers(self._twin, step, credentials)
        if step.kind == "redirect":
            answers = {**answers, "callback_url": CALLBACK}
        self._session = auth.complete(ACCOUNT, credentials, answers)
        return self._session

    def _renew(self, session, login):
        """A token died alone: the account goes on with the new one."""
        if self._session is not None and self._session.tokens == session.tokens:
            tokens = {**session.tokens, **login(session)}
            self._session = msgspec.structs.replace(session, tokens=tokens)
        return self.session(session.account_id)

    def load_contracts(self):
        """Fetch, parse, and pass the gates; answers the checked rows."""
        source = self._plugin.contracts
        checked = check(source.parse(source.fetch(self._session)), None, ist(CLOCK.now()).date())
        self.index = InstrumentIndex(checked.instruments)
        return checked

    def log_out(self):
        """End the session at the vendor; the house forgets it."""
        session, self._session = self._session, None
        self._plugin.auth.logout(session)
        return session

    def close(self):
        """End the plug-in and its connections."""
        if self._plugin.close is not None:
            self._plugin.close()
        self._transport.close()

    def session(self, account_id):
        if self._session is None:
            raise SessionDead("Nobody is logged in")
        return self._session

    def accounts(self, broker):
        return [ACCOUNT]

    def broker_of(self, account_id):
        return self._vendor.plugin

    def forget(self, account_id): ...

    def plugin(self, broker_id=None):
        return self._plugin

    def manifests(self):
        return {self._vendor.plugin: self.manifest}

    def find(self, broker_id, keys):
        return {key: self.index.by_key(key) for key in keys}

    def forget_instruments(self, broker_id): ...


class Feed:
    """The feed of a house, and a consumer of some instruments and of the account's order changes.

    wants: (InstrumentKey, Mode) pairs. What came: `states` (FeedState), `data` (MarketData), `orders` (OrderUpdate).
    """

    def __init__(self, house, wants):
        self.house = house
        self._wants = list(wants)
        self._context = open_context()
        self._bus = FeedBus(self._context, "inproc://feed", "inproc://ingress", CLOCK)
        self.service = FeedService(self._bus, house, house, OPTIONS, CLOCK, Calendar())
        self._consumer = self._context.socket(zmq.SUB)
        self._consumer.connect("inproc://feed")
        self._push = self._context.socket(zmq.PUSH)
        self._push.connect("inproc://ingress")
        self.states, self.data, self.orders = [], [], []

    def start(self):
        """Begin, inside a running loop."""
        self.service.start()
        for topic in (b"sys|feed|", push_topic(ACCOUNT)):
            self._consumer.setsockopt(zmq.SUBSCRIBE, topic)
        for key, mode in self._wants:
            broker = self.house.manifest.id
            self._consumer.setsockopt(zmq.SUBSCRIBE, market_topic(broker, key.exchange, key.symbol, mode))

    async def close(self):
        """End."""
        await self.service.stop()
        self._bus.close()
        close_context(self._context)

    def told_of_a_login(self):
        """What the app tells the feed when a session changed."""
        self._push.send_multipart((session_topic(ACCOUNT), pack(1, Notice(kind="valid", at_ms=1))))

    async def until(self, condition, seconds=20):
        """Read what comes until the condition holds."""
        async with asyncio.timeout(seconds):
            while not condition():
                with contextlib.suppress(zmq.Again):
                    while True:
                        topic, frame = self._consumer.recv_multipart(zmq.NOBLOCK)
                        kind = next(kind for start, kind in _BODIES.items() if topic.startswith(start))
                        getattr(self, _NAMES[kind]).append(unpack(frame, kind)[1])
                await asyncio.sleep(0.005)

    async def ticks_anew(self):
        """Wait until everything wanted has ticked, in its mode, since now."""
        self.data.clear()
        wanted = {(key.symbol, int(mode)) for key, mode in self._wants}
        await self.until(lambda: {(row.symbol, row.mode) for row in self.data if not row.polled} >= wanted)

    @property
    def figures(self):
        """What the feed says of the account."""
        return self.service.figures()["accounts"][str(ACCOUNT)]


_BODIES = {b"sys|": FeedState, b"md|": MarketData, b"push|": OrderUpdate}
_NAMES = {FeedState: "states", MarketData: "data", OrderUpdate: "orders"}


def with_live_feed(house, wants, scenario, *, at_once=False):
    """Run a coroutine function with a feed of these instruments, once each has ticked unless `at_once`."""

    async def whole():
        feed = Feed(house, wants)
        feed.start()
        try:
            if not at_once:
                await feed.ticks_anew()
            await scenario(feed)
        finally:
            await feed.close()

    asyncio.run(whole())
