"""The feed of the Zerodha plug-in against the twin: what it does when the broker falls mute, cuts, or ends a login."""

import asyncio

import pytest

from domain.instruments import Exchange, InstrumentKey
from domain.market import Mode
from test.broker.day.house import House, with_live_feed
from test.twins.kite.day import VENDORS

RELIANCE = InstrumentKey(Exchange.NSE, "RELIANCE")
NIFTY = InstrumentKey(Exchange.NSE_INDEX, "NIFTY")


@pytest.fixture(scope="module")
def house(_kite_process, tmp_path_factory):
    made = House(VENDORS[0], _kite_process, tmp_path_factory.mktemp("zerodha"), silence_seconds=1)
    made.log_in()
    made.load_contracts()
    yield made
    made.close()


@pytest.fixture
def run(kite_twin, house):
    """Run a scenario with a feed, which is live unless `at_once`: its instruments tick twice a second."""
    house.log_in()
    kite_twin.rule(pace=[0.02, 0.05])

    wants = [(RELIANCE, Mode.QUOTE), (NIFTY, Mode.QUOTE)]
    return lambda scenario, wants=wants, **how: with_live_feed(house, wants, scenario, **how)


def test_a_ticker_that_beats_but_brings_no_ticks_is_stood_in_for_by_quotes_until_it_ticks(run, kite_twin):
    """P4; regression 7."""

    async def scenario(feed):
        await feed.until(lambda: feed.states and feed.states[-1].alarm)
        assert "brings no ticks of what trades; prices are polled" in feed.states[-1].alarm
        assert {row.symbol for row in feed.data} == {"RELIANCE", "NIFTY"}
        assert all(row.polled for row in feed.data)
        assert (feed.figures["ticks"], feed.figures["reconnects"]) == (0, 1)
        await asyncio.to_thread(kite_twin.clear_faults)
        await feed.ticks_anew()
        await feed.until(
            lambda: feed.states and feed.states[-1].state == "live" and not feed.states[-1].alarm
        )
        await feed.until(lambda: feed.figures["watch"]["polling"] == 0)

    kite_twin.disturb(action="mute", seconds=60, later=True)
    run(scenario, at_once=True)


def test_books_are_polled_for_whoever_asked_for_depth_only(run, kite_twin):
    async def scenario(feed):
        await feed.until(lambda: any(row.symbol == "RELIANCE" for row in feed.data))
        book = next(row for row in feed.data if row.symbol == "RELIANCE")
        assert (book.mode, book.polled) == (Mode.DEPTH, True)
        assert len(book.bids) == len(book.asks) == 5
        assert book.bids[0].price < book.asks[0].price
        assert feed.states[-1].alarm in ("", "Connection 1 brings no ticks of what trades; prices are polled")

    kite_twin.disturb(action="mute", seconds=60, later=True)
    run(scenario, wants=[(RELIANCE, Mode.DEPTH), (NIFTY, Mode.DEPTH)], at_once=True)


def test_a_half_open_connection_is_replaced(run, kite_twin):
    async def scenario(feed):
        await asyncio.to_thread(kite_twin.disturb, action="drop", how="half_open")
        await feed.until(lambda: feed.figures["reconnects"] == 1)
        await feed.ticks_anew()
        await feed.until(lambda: feed.states and feed.states[-1].state == "live")

    run(scenario)


def test_a_token_that_died_waits_for_the_next_login_and_goes_on_with_everything(run, kite_twin):
    """P1; regression 2: Kite ends a token when its owner logs in elsewhere."""

    async def scenario(feed):
        await asyncio.to_thread(kite_twin.kill_tokens)
        await asyncio.to_thread(kite_twin.disturb, action="drop")
        await feed.until(lambda: feed.states and feed.states[-1].state == "no_session")
        assert feed.states[-1].reason == "The broker refused the stream login (HTTP 403)"
        await feed.until(
            lambda: feed.states and feed.states[-1].alarm.startswith("No market data in session")
        )
        await asyncio.to_thread(feed.house.log_in)
        feed.told_of_a_login()
        await feed.ticks_anew()
        await feed.until(
            lambda: feed.states and feed.states[-1].state == "live" and not feed.states[-1].alarm
        )

    run(scenario)
