"""Market data for everybody inside over the Zerodha plug-in and real HTTP; the twin counts the calls."""

from __future__ import annotations

import datetime as dt
import threading
from types import SimpleNamespace

import pytest

from broker.core.budget import Budgets
from broker.core.contracts import check
from broker.core.registry import PLUGIN_FOLDER, ContextParts, load_plugins
from broker.core.transport import HttpxTransport
from domain.errors import Unavailable
from domain.feed import MarketData, market_topic, pack
from domain.instruments import Exchange, InstrumentKey, InstrumentType
from domain.market import Interval, Mode
from services.accounts.principal import Principal
from services.events import Events
from services.market.bars.gaps import Expected
from services.market.bars.reading import BarReader
from services.market.calendar import Calendar
from services.market.feed_client import FeedClient
from services.market.history import History, Incomplete
from services.market.index import InstrumentIndex
from services.market.live.service import MarketData as Service
from services.market.live.uses import DEPTH, QUOTE
from services.trading.desk import BrokerReads
from services.trading.writes import Account
from test.twins.kit.vendor import redirected
from utils.clock import SystemClock, epoch_ms, ist
from utils.ids import SystemIds

ME = Account(account_id=1, broker="zerodha")
CALLER = Principal(user_id=1, username="ada", account_id=1, broker="zerodha", source="api")
KEY = InstrumentKey(Exchange.NSE, "TATAPOWER")
# Threads of a loaded machine start late; the product's four milliseconds would make the count a matter of luck.
GATHER_SECONDS = 1.0


class Lookup:
    """The contract master, which comes after the plug-in."""

    index = None

    def __getattr__(self, name):
        return getattr(self.index, name)

    def resolve(self, _broker, exchange, symbol):
        return self.index.by_key(InstrumentKey(exchange, symbol))


class Vendor:
    """The plug-in, logged in at the twin, with its contract master."""

    def __init__(self, twin, folder):
        self.clock = SystemClock()
        registry = load_plugins((PLUGIN_FOLDER,))
        self.manifest = registry.manifests()["zerodha"]
        self._transport = HttpxTransport(clock=self.clock)
        self.lookup = Lookup()
        # One quote call a second would be most of the test; the gate of the budget has tests of its own.
        rates = {name: type(rate)(per_second=50) for name, rate in self.manifest.limits.rates.items()}
        parts = ContextParts(
            transport=self._transport, instruments=self.lookup, clock=self.clock, ids=SystemIds(), data_dir=folder,
            hosts={"rest": twin.url, "login": twin.url, "ws": twin.ws_url}, settings={},
            budgets=Budgets(rates, self.clock), alarm=None,
        )  # fmt: skip
        self.plugin = registry.build("zerodha", parts)
        self.session = self._login(twin)
        today = ist(self.clock.now()).date()
        contracts = self.plugin.contracts
        self.lookup.index = InstrumentIndex(
            check(contracts.parse(contracts.fetch(self.session)), None, today).instruments
        )

    def _login(self, twin):
        step = self.plugin.auth.begin(twin.credentials, "http://127.0.0.1/callback", "s")
        answers = redirected(twin, step, twin.credentials)
        return self.plugin.auth.complete(1, twin.credentials, answers)

    def close(self):
        self._transport.close()


class House:
    """A service and a history of one account, new for each test."""

    def __init__(self, twin, vendor):
        self.twin, self.lookup, self.clock, self.manifest = twin, vendor.lookup, vendor.clock, vendor.manifest
        brokers = SimpleNamespace(plugin=lambda _: vendor.plugin, manifest=lambda _: self.manifest)
        sessions = SimpleNamespace(session=lambda _: vendor.session, mark_expired=lambda *_, **__: None)
        reads = BrokerReads(brokers, sessions, self.clock)
        self.feed = FeedClient("tcp://127.0.0.1:1", "tcp://127.0.0.1:1", self.clock)
        self.events = Events(lambda name, error: None)
        calendar = Calendar()
        self.market = Service(
            reads=reads, feed=self.feed, calendar=calendar, clock=self.clock, events=self.events, follow_limit=500,
            gather_seconds=0.0,
        )  # fmt: skip
        # The simulated exchange never closes, unlike the market of the calendar.
        expected = Expected(calendar, lambda _: True, lambda *_: False)
        self.history = History(reads, BarReader(reads, expected, self.clock), self.lookup)
        self.tatapower = self.lookup.index.by_key(KEY)
        self._before = len(twin.state()["requests"])

    def calls(self, path="/quote"):
        """How many requests of this path the twin has seen since the house was built."""
        seen = self.twin.state()["requests"][self._before :]
        return sum(request.startswith(f"GET {path}") for request in seen)

    def tick(self, at_ms, **changes):
        """What the feed would bring."""
        facts = {
            "ltp": 401.5,
            "open": 400.0,
            "high": 402.0,
            "low": 399.0,
            "close": 398.0,
            "volume": 5,
            **changes,
        }
        depth = self.market.depth(ME, self.tatapower, DEPTH).value
        data = MarketData(
            exchange="NSE", symbol="TATAPOWER", mode=3, received_at_ms=at_ms, bids=depth.bids, asks=depth.asks, **facts
        )  # fmt: skip
        topic = market_topic("zerodha", "NSE", "TATAPOWER", Mode.DEPTH)
        self.feed.watch("zerodha", [KEY], Mode.DEPTH)
        self.feed.receive(topic, pack(1, data), None, None)

    def close(self):
        self.history.close()
        self.market.close()
        self.events.close()


@pytest.fixture(scope="module")
def vendor(_kite_process, tmp_path_factory):
    made = Vendor(_kite_process, tmp_path_factory.mktemp("vendor"))
    yield made
    made.close()


@pytest.fixture
def house(kite_twin, vendor):
    made = House(kite_twin, vendor)
    yield made
    made.close()


def together(house, count, work):
    """Run `work(number)` on so many threads at once; their answers."""
    house.market._calls._gather_seconds = GATHER_SECONDS
    found, start = {}, threading.Barrier(count)

    def run(number):
        start.wait(30)
        try:
            found[number] = work(number)
        except Exception as error:
            found[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return [found[number] for number in range(count)]


def test_a_hundred_threads_that_want_one_symbol_are_exactly_one_call(house):
    found = together(house, 100, lambda _: house.market.quote(ME, house.tatapower, QUOTE))
    assert len({seen.value.ltp for seen in found}) == 1
    assert house.calls() == 1
    house.market.quote(ME, house.tatapower, QUOTE)
    assert house.calls() == 1  # less than a second old


def test_single_quotes_of_five_hundred_symbols_over_thirty_two_threads_are_one_call_of_the_manifests_size(
    house,
):
    rows = [row for row in house.lookup.index.all(Exchange.NFO) if row.instrument_type is InstrumentType.CE][
        :500
    ]
    assert len(rows) == house.manifest.limits.quote_batch
    shares = [rows[number::32] for number in range(32)]
    found = together(house, 32, lambda number: house.market.quotes(ME, shares[number], QUOTE))
    assert sum(len(quoted.found) for quoted in found) == 500
    assert house.calls() == 1


def test_more_than_a_batch_is_as_few_calls_as_the_manifest_admits(house):
    rows = [row for row in house.lookup.index.all(Exchange.NFO) if row.instrument_type.is_option][:520]
    assert len(house.market.quotes(ME, rows, QUOTE).found) == 520
    assert house.calls() == 2


def test_an_error_reaches_all_who_wait_and_the_next_one_asks_again(house, kite_twin):
    kite_twin.fault(kind="status", path="/quote", status=400, error_type="InputException", times=1)
    found = together(house, 10, lambda _: house.market.quote(ME, house.tatapower, QUOTE))
    assert len({id(error) for error in found}) == 1 and isinstance(found[0], Exception)
    assert house.market.quote(ME, house.tatapower, QUOTE).value.ltp > 0
    assert house.calls() == 2


def test_a_fresh_feed_costs_no_call_and_a_stale_one_falls_back(house):
    now = epoch_ms(house.clock.now())
    house.tick(now + 5_000)
    before = house.calls()
    assert house.market.quote(ME, house.tatapower, QUOTE).value.ltp == 401.5
    assert house.market.depth(ME, house.tatapower, DEPTH).value.quote.ltp == 401.5
    assert house.calls() == before
    house.market._quotes.forget(1)
    house.tick(now - 60_000)
    assert house.market.quote(ME, house.tatapower, QUOTE).value.ltp != 401.5
    assert house.calls() > before


def test_a_symbol_that_the_vendor_does_not_know_says_so_for_itself(house):
    ghost = type(house.tatapower)(
        **{name: getattr(house.tatapower, name) for name in house.tatapower.__struct_fields__}
        | {"symbol": "GHOST", "broker_symbol": "GHOST", "token": "1"}
    )
    quoted = house.market.quotes(ME, [house.tatapower, ghost], QUOTE)
    assert set(quoted.found) == {KEY} and isinstance(quoted.failed[ghost.key], Unavailable)


def test_a_long_range_is_read_in_the_vendors_spans_and_kept_when_a_part_fails(house, kite_twin):
    today = ist(house.clock.now()).date()
    first = today - dt.timedelta(days=2500)
    kite_twin.fault(kind="status", path="/instruments/historical", status=400, error_type="InputException")
    with pytest.raises(Incomplete, match="could not be read"):
        house.history.bars(CALLER, KEY, Interval.D, first, today)
    assert house.calls("/instruments/historical") == 2
    bars = house.history.bars(CALLER, KEY, Interval.D, first, today)
    stamps = [bar.timestamp for bar in bars.candles]
    assert stamps == sorted(set(stamps)) and bars.forming == stamps[-1]
    calls = house.calls("/instruments/historical")
    again = house.history.bars(CALLER, KEY, Interval.D, first, today)
    assert [bar.timestamp for bar in again.candles][: len(stamps) - 1] == stamps[:-1]
    assert house.calls("/instruments/historical") == calls + 1
