"""Protected exits through the Zerodha plug-in, over HTTP, at a Kite that bars MARKET and SL-M without protection."""

from decimal import Decimal

import pytest

from broker.core.budget import Budgets
from broker.core.contracts import check
from broker.core.registry import PLUGIN_FOLDER, ContextParts, load_plugins
from broker.core.transport import HttpxTransport
from domain.errors import Refused
from domain.instruments import Exchange, InstrumentKey
from domain.orders import CancelOrder, OrderTerms, PlaceOrder, PriceType, Product, Side
from services.market.index import InstrumentIndex
from test.sim.exits_gateway import Bus, Gateway
from test.stores import open_stores
from test.twins.kit.vendor import redirected
from utils.clock import ManualClock, SystemClock, ist
from utils.ids import SystemIds

KEY = InstrumentKey(Exchange.NSE, "TATAPOWER")


class Lookup:
    """The contract master, which comes after the plug-in."""

    index = None

    def __getattr__(self, name):
        return getattr(self.index, name)


class Host:
    """The plug-in host with one plug-in and its option."""

    def __init__(self, plugin, option):
        self._plugin = plugin
        self._option = option

    def plugin(self, _broker):
        return self._plugin

    def manifest(self, _broker):
        return self._plugin.manifest

    def option(self, _broker, _name):
        return self._option


class Quiet:
    """The gateway's exchange is Kite: nothing is pushed here."""

    on_change = None


class Desk:
    """A gateway over the plug-in; `sent` are the order forms' price types that Kite saw."""

    def __init__(self, twin, folder, option):
        clock = SystemClock()
        registry = load_plugins((PLUGIN_FOLDER,))
        manifest = registry.manifests()["zerodha"]
        self._transport = HttpxTransport(clock=clock)
        lookup = Lookup()
        parts = ContextParts(
            transport=self._transport, instruments=lookup, clock=clock, ids=SystemIds(), data_dir=folder,
            hosts={"rest": twin.url, "login": twin.url, "ws": twin.ws_url}, settings={"market_protection": option},
            budgets=Budgets(manifest.limits.rates, clock), alarm=None,
        )  # fmt: skip
        self.plugin = registry.build("zerodha", parts)
        self.session = self._login(twin)
        today = ist(clock.now()).date()
        listed = check(self.plugin.contracts.parse(self.plugin.contracts.fetch(self.session)), None, today)
        lookup.index = InstrumentIndex(listed.instruments)
        self.instrument = lookup.index.by_key(KEY)
        self.clock = ManualClock(clock.now())
        self.bus = Bus()
        self._stores = open_stores(folder)
        self.gateway = Gateway(
            stores=self._stores, clock=self.clock, brokers=Host(self.plugin, option), exchange=Quiet(),
            ids=SystemIds(), instruments={KEY: self.instrument}, bus=self.bus,
        )  # fmt: skip
        self.gateway.sessions.session = lambda _account: self.session

    def _login(self, twin):
        step = self.plugin.auth.begin(twin.credentials, "http://127.0.0.1/callback", "s")
        answers = redirected(twin, step, twin.credentials)
        return self.plugin.auth.complete(1, twin.credentials, answers)

    def terms(self, **changes):
        facts = {
            "symbol": "TATAPOWER", "exchange": Exchange.NSE, "side": Side.BUY, "quantity": 10,
            "price_type": PriceType.MARKET, "product": Product.MIS, **changes,
        }  # fmt: skip
        return OrderTerms(**facts)

    def row(self, tag):
        book = self.plugin.orders.order_book(self.session)
        return next(row for row in book if row.tag == tag)

    def quote(self):
        return self.plugin.market.quotes(self.session, [self.instrument])[KEY]

    def close(self):
        self.gateway.close()
        self._stores.close()
        self._transport.close()


@pytest.fixture
def desk(kite_twin, tmp_path):
    made = []
    kite_twin.demand_protection()

    def make(option):
        made.append(Desk(kite_twin, tmp_path, option))
        return made[-1]

    yield make
    kite_twin.demand_protection(False)
    for each in made:
        each.close()


def test_with_its_own_limits_kite_never_sees_a_market_order(desk, kite_twin):
    one = desk("0")
    command = PlaceOrder(terms=one.terms(), instrument=one.instrument, tag="OABARE0000000001")
    with pytest.raises(Refused, match="without market protection"):
        one.plugin.orders.place(one.session, command)

    tag = one.gateway.exit(1, one.terms())
    row = one.row(tag)
    assert (row.price_type, row.status.value, row.filled_quantity) == (PriceType.LIMIT, "complete", 10)

    trigger = (Decimal(str(one.quote().ltp)) * Decimal("0.97")).quantize(Decimal("0.1"))
    tag = one.gateway.exit(1, one.terms(side=Side.SELL, price_type=PriceType.SL_M, trigger_price=trigger))
    row = one.row(tag)
    assert (row.price_type, row.trigger_price) == (PriceType.SL, trigger)
    one.plugin.orders.cancel(one.session, CancelOrder(order_id=row.order_id, row=row))
    mine = [
        each
        for each in kite_twin.state()["orders"][kite_twin.user]
        if each["tag"] in one.bus.ended or each["tag"] == tag
    ]
    assert {each["order_type"] for each in mine} <= {"LIMIT", "SL"}


def test_with_kites_own_protection_a_market_order_leaves_as_it_was_asked(desk, kite_twin):
    one = desk("-1")
    tag = one.gateway.exit(1, one.terms())
    row = one.row(tag)
    assert (row.price_type, row.status.value) == (PriceType.MARKET, "complete")
    (shown,) = [each for each in kite_twin.state()["orders"][kite_twin.user] if each["tag"] == tag]
    assert shown["market_protection"] == -1
