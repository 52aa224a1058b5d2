"""Our feed at the Dhan twin: what may befall the sockets, and silence that means nothing."""

import asyncio

import pytest

from domain.errors import Refused, Throttled
from test.broker.day.house import House, with_live_feed
from test.broker.day.script import SHARE, WANTS
from test.twins.dhan.garbage import KINDS
from test.twins.kit.stream.garbage import ENDING
from test.twins.kit.vendor import vendors


@pytest.fixture(scope="module")
def index(_dhan_process, tmp_path_factory):
    """The contracts of the twin, loaded once."""
    house = House(vendors()["dhan"], _dhan_process, tmp_path_factory.mktemp("contracts"))
    house.log_in()
    house.load_contracts()
    house.close()
    return house.index


@pytest.fixture
def house(twin, tmp_path, index):
    """Builds a house that is logged in; its stream differs from the manifest's as told."""
    made = []

    def build(**stream):
        made.append(House(vendors()["dhan"], twin, tmp_path, **stream))
        made[-1].index = index
        made[-1].log_in()
        return made[-1]

    yield build
    for each in made:
        each.close()


@pytest.fixture
def served(house):
    """Runs a coroutine function with a live feed."""

    return lambda scenario, **stream: with_live_feed(house(**stream), WANTS, scenario)


def test_garbage_of_every_kind_costs_no_subscription(served, twin):
    async def scenario(feed):
        for kind in KINDS:
            await asyncio.to_thread(twin.disturb, action="garbage", kind=kind)
            await feed.ticks_anew()
        dials = feed.figures["dials"]
        assert dials - 1 <= len(ENDING)  # only what breaks the WebSocket itself costs a socket

    served(scenario)


def test_lost_subscriptions_and_cut_sockets_come_back(served, twin):
    wanted = {(key.symbol, int(mode)) for key, mode in WANTS}

    async def scenario(feed):
        for disturbance in (
            {"action": "forget"},
            *({"action": "drop", "how": how} for how in ("cut", "reset")),
        ):
            await asyncio.to_thread(twin.disturb, **disturbance)
            feed.data.clear()
            await feed.until(
                lambda: {(row.symbol, row.mode) for row in feed.data if not row.polled} >= wanted, seconds=30
            )

    served(scenario)


def test_a_silent_feed_that_answers_pings_keeps_its_socket(served, twin):
    async def scenario(feed):
        await asyncio.to_thread(twin.disturb, action="silence", seconds=1.0)
        await feed.until(lambda: feed.figures["pings"] > 0)
        await feed.ticks_anew()
        assert feed.figures["silences"] == 0

    served(scenario, silence_seconds=0.2)


def test_the_farewell_of_a_dead_token_ends_the_session(served, twin):
    async def scenario(feed):
        twin.rule(dead_token="tell")
        await asyncio.to_thread(twin.kill_tokens)
        await feed.until(lambda: feed.states and feed.states[-1].state == "no_session")
        assert "807" in feed.states[-1].reason

    served(scenario)


def test_refusals_reach_the_caller_with_their_code(twin, house):
    built = house()
    session, market = built.session(1), built.plugin().market
    twin.rule(rates=True)
    share = built.by_key(SHARE)
    market.quotes(session, [share])
    with pytest.raises(Throttled):
        market.quotes(session, [share])
    twin.fault(
        kind="status", path="/v2/orders", method="GET", status=403, error_type="DH-902", message="no plan"
    )
    with pytest.raises(Refused) as caught:
        built.plugin().orders.order_book(session)
    assert caught.value.vendor_code == "DH-902"
