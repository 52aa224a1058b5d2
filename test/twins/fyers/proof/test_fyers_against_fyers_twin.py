"""The plug-in and the feed at the twin, where the trading day does not go: faults, scales, acknowledgements, GTTs."""

import asyncio
from decimal import Decimal
from itertools import pairwise

import pytest

from broker.simulator.prices.quotes import Prices
from broker.simulator.universe import Universe
from domain.gtt import GttLeg, GttStatus, GttTerms, PlaceGtt, TriggerType
from domain.instruments import Exchange, InstrumentKey, InstrumentType
from domain.market import Mode
from domain.orders import PriceType, Product, Side
from test.broker.day.house import CLOCK, Feed, House
from test.twins.kit.vendor import vendors

SHARE = InstrumentKey(Exchange.NSE, "SBIN")
NIFTY = InstrumentKey(Exchange.NSE_INDEX, "NIFTY")


@pytest.fixture(scope="module")
def _house(_fyers_process, tmp_path_factory):
    found = House(vendors()["fyers"], _fyers_process, tmp_path_factory.mktemp("house"), heartbeat_seconds=0.2)
    found.log_in()
    found.load_contracts()
    yield found
    found.close()


@pytest.fixture
def house(_house, twin):
    yield _house
    assert _house.alarms == []


def near(house, exchange, *kinds):
    """A contract of the exchange with the nearest expiry."""
    rows = [
        row for row in house.all(exchange) if row.instrument_type in kinds and row.expiry > CLOCK.now().date()
    ]
    return min(rows, key=lambda row: (row.expiry, row.symbol)).key


def run(house, wants, story):
    """A story about a feed, inside a loop."""
    feed = Feed(house, wants)

    async def whole():
        feed.start()
        try:
            await feed.ticks_anew()
            await story(feed)
        finally:
            await feed.close()

    asyncio.run(whole())


def test_prices_of_every_scale_are_the_exchanges(house):
    prices, universe = Prices(1), Universe(Prices(1), 1)
    keys = [
        SHARE, NIFTY, InstrumentKey(Exchange.BSE, "SBIN"), InstrumentKey(Exchange.BSE_INDEX, "SENSEX"),
        near(house, Exchange.NFO, InstrumentType.FUT), near(house, Exchange.BFO, InstrumentType.FUT),
        near(house, Exchange.CDS, InstrumentType.FUT), near(house, Exchange.MCX, InstrumentType.FUT),
    ]  # fmt: skip

    async def story(feed):
        for tick in feed.data:
            contract = universe.resolve(tick.exchange, tick.symbol)
            true = prices.quote(contract, prices.vertex(contract, CLOCK.now())).ltp
            assert tick.ltp == pytest.approx(true, rel=0.01), tick

    run(house, [(key, Mode.QUOTE) for key in keys], story)


def test_lost_subscriptions_garbage_and_dropped_sockets_cost_no_tick_for_long(house, twin):
    async def story(feed):
        await asyncio.to_thread(twin.disturb, action="forget")
        await feed.ticks_anew()
        for kind in ("layout", "truncated", "count_high", "unknown", "stranger", "noise", "text"):
            await asyncio.to_thread(twin.disturb, action="garbage", kind=kind)
        await feed.ticks_anew()
        for how in ("cut", "close"):
            await asyncio.to_thread(twin.disturb, action="drop", how=how)
            await feed.ticks_anew()

    run(house, [(SHARE, Mode.DEPTH), (NIFTY, Mode.QUOTE)], story)


def test_data_is_acknowledged_as_often_as_the_vendor_asked(house, twin):
    async def story(feed):
        def acknowledged():
            return [numbers for numbers in twin.state()["acknowledged"] if len(numbers) > 2]

        while not (found := await asyncio.to_thread(acknowledged)):
            await feed.ticks_anew()
        numbers = found[0]
        assert all(after - before == 4 for before, after in pairwise(numbers)), numbers

    run(house, [(SHARE, Mode.QUOTE)], story)


def test_a_mode_that_changes_brings_and_takes_the_book(house, twin):
    async def modes():
        return [
            socket["modes"] for socket in (await asyncio.to_thread(twin.state))["stream"] if socket["modes"]
        ]

    for mode, told in ((Mode.QUOTE, "quote"), (Mode.DEPTH, "depth")):

        async def story(feed, told=told):
            assert [list(found.values()) for found in await modes()] == [[told]]

        run(house, [(SHARE, mode)], story)


def test_a_gtt_that_fired_is_triggered_and_its_order_is_in_the_book(house, twin):
    plugin, session = house.plugin(), house.session(1)
    row = house.by_key(SHARE)
    last = Decimal(str(plugin.market.quotes(session, [row])[SHARE].ltp))
    low, high = (Decimal(int(last * factor)) for factor in (Decimal("0.95"), Decimal("1.05")))
    terms = GttTerms(
        trigger_type=TriggerType.OCO, symbol="SBIN", exchange=Exchange.NSE, side=Side.BUY, quantity=3,
        price_type=PriceType.LIMIT, product=Product.CNC, stop=GttLeg(trigger_price=low, price=low),
        target=GttLeg(trigger_price=high, price=high),
    )  # fmt: skip
    name = plugin.gtt.place(session, PlaceGtt(terms=terms, instrument=row, last_price=last))
    (found,) = [gtt for gtt in plugin.gtt.book(session) if gtt.trigger_id == name]
    assert (found.status, found.trigger_prices) == (GttStatus.ACTIVE, (low, high))
    order_id = twin.control("POST", "/twin/gtts", {"id": name, "leg": 2})
    (found,) = [gtt for gtt in plugin.gtt.book(session) if gtt.trigger_id == name]
    assert found.status is GttStatus.TRIGGERED
    (order,) = [order for order in plugin.orders.order_book(session) if order.order_id == order_id]
    assert (order.price, order.quantity, order.side) == (low, 3, Side.BUY)
