"""The feed lives through what befalls Noren's one socket."""

import asyncio

import pytest

from domain.instruments import Exchange, InstrumentKey
from domain.market import Mode
from test.broker.day.house import Feed, House
from test.twins.kit.vendor import vendors
from test.twins.noren.stream import GARBAGE

SBIN, NIFTY = InstrumentKey(Exchange.NSE, "SBIN"), InstrumentKey(Exchange.NSE_INDEX, "NIFTY")
WANTS = ((SBIN, Mode.DEPTH), (SBIN, Mode.LTP), (NIFTY, Mode.QUOTE))
SURVIVED = [kind for kind in GARBAGE if kind not in ("utf8", "framing", "huge")]


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A house at a twin that runs as Flattrade, logged in, with contracts."""
    folder = tmp_path_factory.mktemp("noren")
    vendor = vendors()["flattrade"]
    twin = vendor.start(folder / "twin")
    twin.rule(pace=[0.02, 0.05])
    house = House(vendor, twin, folder)
    house.log_in()
    house.load_contracts()
    yield twin, house
    house.close()
    twin.stop()


@pytest.fixture
def through(lived):
    """Ticks of everything before and after something befalls the socket; answers the feed's figures."""
    twin, house = lived

    async def story(befall):
        feed = Feed(house, WANTS)
        feed.start()
        try:
            await feed.ticks_anew()
            await asyncio.to_thread(befall, twin)
            await feed.ticks_anew()
            return feed.figures
        finally:
            await feed.close()

    yield lambda befall: asyncio.run(story(befall))
    twin.clear_faults()


@pytest.mark.parametrize("kind", SURVIVED)
def test_frames_that_the_layout_must_never_bring_cost_no_tick(through, kind):
    through(lambda twin: twin.disturb(action="garbage", kind=kind))


@pytest.mark.parametrize("how", ["cut", "reset", "close"])
def test_a_lost_socket_is_dialled_again_and_everything_asked_for_anew(through, how):
    through(lambda twin: twin.disturb(action="drop", how=how))


def test_lost_subscriptions_are_asked_for_again(through):
    through(lambda twin: twin.disturb(action="forget"))


def test_frames_in_another_order_or_twice_stay_prices(through):
    def befall(twin):
        twin.disturb(action="reorder", seconds=1)
        twin.disturb(action="duplicate", seconds=1)

    through(befall)
