"""The feed of a member against the twin: a market-data token that another login took is renewed, and ticks go on."""

import asyncio

import pytest
import requests

from domain.instruments import Exchange, InstrumentKey
from domain.market import Mode
from test.broker.day.house import Feed, House
from test.twins.kit.vendor import vendors

RELIANCE = InstrumentKey(Exchange.NSE, "RELIANCE")
NIFTY = InstrumentKey(Exchange.NSE_INDEX, "NIFTY")


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    running = vendors()["iifl"].start(tmp_path_factory.mktemp("twin"))
    running.rule(pace=[0.02, 0.05])
    yield running
    running.stop()


@pytest.fixture(scope="module")
def house(twin, tmp_path_factory):
    made = House(vendors()["iifl"], twin, tmp_path_factory.mktemp("house"))
    made.log_in()
    made.load_contracts()
    yield made
    made.close()


def steal(twin):
    """Somebody else logs the market-data application in."""
    keys = {"appKey": twin.credentials["api_key_market"], "secretKey": twin.credentials["api_secret_market"]}
    body = {**keys, "source": "WebAPI"}
    answer = requests.post(f"{twin.url}/apimarketdata/auth/login", json=body, timeout=5)
    assert answer.json()["type"] == "success"


def test_quotes_go_on_when_another_login_took_the_market_data_token(twin, house):
    steal(twin)
    row = house.by_key(RELIANCE)
    before = house.session(1).tokens
    assert house.plugin().market.quotes(house.session(1), [row])[RELIANCE].ltp > 0
    after = house.session(1).tokens
    assert (after["token"], after["market_token"] != before["market_token"]) == (before["token"], True)
    house.plugin().orders.order_book(house.session(1))


def test_ticks_go_on_when_another_login_took_the_market_data_token(twin, house):
    async def scenario():
        feed = Feed(house, [(RELIANCE, Mode.DEPTH), (NIFTY, Mode.QUOTE)])
        feed.start()
        try:
            await feed.ticks_anew()
            before = house.session(1).tokens["market_token"]
            await asyncio.to_thread(steal, twin)
            await asyncio.to_thread(house.plugin().market.quotes, house.session(1), [house.by_key(RELIANCE)])
            assert house.session(1).tokens["market_token"] != before
            feed.told_of_a_login()
            await feed.ticks_anew()
            assert feed.states[-1].state == "live"
        finally:
            await feed.close()

    asyncio.run(scenario())
