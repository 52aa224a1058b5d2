"""The silence watchdog at work: a real socket that falls mute, quotes that stand in, and the way back."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
import zmq

from broker.core.manifest import RateClass
from domain.errors import SessionDead, Unavailable
from domain.feed import FeedState, MarketData, market_topic, unpack
from domain.market import Depth, DepthLevel, Mode, Quote
from utils.concurrency import Lock
from websocket_proxy.feed.watch.poller import pause_of
from websocket_proxy.feed.watch.terms import WatchTerms
from websocket_proxy.options import BackoffTerms, FeedOptions

QUICK = WatchTerms(
    first=0.1, audit=5, mute=5, ping=0.05, resubscribe=0.05, reconnect=0.1, proof=0.05, quiet=0.1, down=0.1, alarm=0.2,
    signed_out=0.1, retry=5, poll=0.02,
)  # fmt: skip
OPTIONS = FeedOptions(
    idle_seconds=0.05, beat_seconds=0.01, watch=QUICK,
    backoff=BackoffTerms(first=0.01, longest=0.05, recovered_after=10, refused=0.2, session_check=0.2),
)  # fmt: skip


class Quotes:
    """The vendor's quotes: each call sees another trade, until the market stands still."""

    def __init__(self):
        self._lock = Lock()
        self.volume = 1000
        self.trades = True
        self.error = None
        self.batches = []

    def quotes(self, session, instruments):
        with self._lock:
            self.batches.append([row.symbol for row in instruments])
            if self.error is not None:
                raise self.error
            self.volume += self.trades
            quote = Quote(ltp=100.0 + self.volume / 100, volume=self.volume, prev_close=100.0, open=99.0)
            return {row.key: quote for row in instruments}


class Books(Quotes):
    """Besides, the book of one instrument a call."""

    def depth(self, session, instrument):
        quote = self.quotes(session, [instrument])[instrument.key]
        return Depth(quote=quote, bids=(DepthLevel(99.5, 10, 1),), asks=(DepthLevel(100.5, 20, 2),))


class BookBatches(Books):
    """Besides, the books of a batch."""

    def depths(self, session, instruments):
        return {row.key: self.depth(session, row) for row in instruments}


def watched(w, quotes, batch=2, depth="absent"):
    """The vendor trades around the clock and answers quotes, two instruments at a time."""
    plugin = w.house.plugins["vendor"]
    manifest = plugin.manifest
    limits = msgspec.structs.replace(manifest.limits, quote_batch=batch)
    manifest = msgspec.structs.replace(
        manifest, practice=True, capabilities={"quotes": "native", "depth": depth}, limits=limits
    )
    w.house.plugins["vendor"] = msgspec.structs.replace(plugin, manifest=manifest, market=quotes)


class Listener:
    """Hears feed states, and market data of one instrument."""

    def __init__(self, w, symbol="ALPHA", modes=tuple(Mode)):
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.SUB)
        self._socket.connect(w.process.bus_endpoint)
        self._socket.setsockopt(zmq.SUBSCRIBE, b"sys|feed|7|")
        for mode in modes:
            self._socket.setsockopt(zmq.SUBSCRIBE, market_topic("vendor", "NSE", symbol, mode))
        self.states = []
        self.data = []

    def hear(self):
        while True:
            try:
                topic, frame = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return self
            if topic.startswith(b"sys|"):
                self.states.append(unpack(frame, FeedState)[1])
            else:
                self.data.append(unpack(frame, MarketData)[1])

    @property
    def state(self):
        return self.hear().states[-1] if self.hear().states else None

    def close(self):
        self._context.destroy(linger=0)


async def keep_ticking(w, token):
    while True:
        await w.vendor.tick(token, 42.0)
        await asyncio.sleep(0.005)


def watch_figures(w):
    return w.process.feed.figures()["accounts"]["7"]["watch"]


def test_a_mute_connection_is_pinged_asked_dialled_polled_alarmed_and_all_of_it_is_taken_back(
    run, world, wait
):
    async def scenario():
        async with world(feed=OPTIONS) as w:
            quotes = Quotes()
            watched(w, quotes)
            listener = Listener(w)
            await wait(lambda: listener.state and listener.state.alarm)
            said = listener.state
            assert (said.state, said.alarm) == ("stale", said.reason)
            assert "brings no ticks of what trades; prices are polled, order books are not" in said.alarm
            figures = w.process.feed.figures()["accounts"]["7"]
            steps = {
                name: figures["watch"][name] for name in ("pings", "resubscribes", "reconnects", "alarms")
            }
            assert steps == {"pings": 1, "resubscribes": 1, "reconnects": 1, "alarms": 1}
            assert (figures["dials"], figures["reconnects"], figures["ticks"]) == (2, 1, 0)
            assert figures["polled"] > 1
            assert {row.mode for row in listener.hear().data} == {1, 2}  # no book is made up
            assert all(row.polled for row in listener.data)
            shown = {row.mode: row for row in listener.data}
            assert (shown[1].volume, shown[2].open) == (None, 99.0)
            assert shown[2].volume > 1000
            talking = asyncio.create_task(keep_ticking(w, "1"))
            await wait(lambda: (listener.state.state, listener.state.alarm) == ("live", ""))
            await wait(lambda: watch_figures(w)["polling"] == 0)
            await wait(lambda: listener.hear().data[-1].polled is False)
            assert listener.state.reason == ""
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)
            listener.close()

    run(scenario)


@pytest.mark.parametrize("quotes", [Books(), BookBatches()])
def test_whoever_asked_for_depth_only_gets_polled_books(run, world, wait, quotes):
    async def scenario():
        async with world(feed=OPTIONS) as w:
            quotes.batches.clear()
            watched(w, quotes, depth="native")
            listeners = [Listener(w, symbol, [Mode.DEPTH]) for symbol in ("ALPHA", "BETA")]
            await wait(lambda: all(each.hear().data for each in listeners))
            for row in (listener.data[0] for listener in listeners):
                assert (row.mode, row.polled) == (3, True)
                assert (row.bids[0].price, row.asks[0].quantity) == (99.5, 20)
            await wait(lambda: listeners[0].state.alarm.endswith("prices are polled"))
            for each in listeners:
                each.close()

    run(scenario)


def test_books_that_come_one_by_one_take_turns_with_the_quotes_of_all(run, world, wait):
    async def scenario():
        async with world(feed=OPTIONS) as w:
            quotes = Books()
            watched(w, quotes, batch=3, depth="native")
            listeners = [Listener(w, symbol, [Mode.DEPTH]) for symbol in ("ALPHA", "BETA")]
            others = Listener(w, "GAMMA", [Mode.QUOTE])
            await wait(lambda: sum(len(batch) == 1 for batch in quotes.batches) >= 4)
            singles = [batch[0] for batch in quotes.batches if len(batch) == 1][:4]
            assert sorted(set(singles)) == ["ALPHA", "BETA"]
            assert singles[:2] == singles[2:]
            assert sum(len(batch) == 3 for batch in quotes.batches) >= 3
            for each in (*listeners, others):
                each.close()

    run(scenario)


def test_a_market_that_stands_still_is_neither_dialled_anew_nor_alarmed(run, world, wait):
    async def scenario():
        async with world(feed=OPTIONS) as w:
            quotes = Quotes()
            quotes.trades = False
            watched(w, quotes)
            listener = Listener(w)
            await wait(lambda: watch_figures(w)["pings"] >= 2 if w.process.feed.figures()["accounts"] else 0)
            assert len(w.vendor.logins) == 1
            assert not any(said.alarm for said in listener.hear().states)
            listener.close()

    run(scenario)


def test_quotes_stand_in_for_a_connection_that_cannot_be_made_and_are_batched_by_the_manifest(
    run, world, wait
):
    async def scenario():
        async with world(feed=OPTIONS) as w:
            quotes = Quotes()
            watched(w, quotes)
            w.vendor.answer_login = False
            listener, others = Listener(w), [Listener(w, "BETA"), Listener(w, "GAMMA")]
            await wait(lambda: listener.hear().data)
            assert listener.data[-1].polled
            await wait(lambda: listener.state.alarm)
            assert "is down" in listener.state.alarm
            await wait(lambda: {len(batch) for batch in quotes.batches} == {1, 2})
            for each in (listener, *others):
                each.close()

    run(scenario)


def test_quotes_that_fail_too_are_told(run, world, wait):
    async def scenario():
        async with world(feed=OPTIONS) as w:
            quotes = Quotes()
            quotes.error = Unavailable("out of order")
            watched(w, quotes)
            w.vendor.answer_login = False
            listener = Listener(w)
            await wait(lambda: listener.state and listener.state.alarm)
            assert watch_figures(w)["poll_failures"] >= 1
            quotes.error = SessionDead("the session is over")
            asked = w.house.asked
            await wait(lambda: w.house.asked > asked)
            listener.close()

    run(scenario)


def test_nobody_logged_in_while_the_market_is_open_is_told(run, world, wait):
    async def scenario():
        async with world(feed=OPTIONS) as w:
            quotes = Quotes()
            watched(w, quotes)
            w.house.logins.clear()
            listener = Listener(w)
            await wait(lambda: listener.state and listener.state.alarm)
            assert listener.state.state == "no_session"
            assert listener.state.alarm.startswith("No market data in session: The account is not connected")
            assert quotes.batches == []
            listener.close()

    run(scenario)


@pytest.mark.parametrize(
    ("rates", "pause"),
    [
        ({"quote": RateClass(per_second=1)}, 2.0),
        ({"quote": RateClass(per_second=10)}, 1.0),
        ({"quote": RateClass(per_second=10, per_minute=60)}, 2.0),
        ({"other": RateClass(per_second=0.5)}, 4.0),
        ({}, 1.0),
    ],
)
def test_polling_leaves_half_of_the_brokers_rate_to_others(rates, pause):
    assert pause_of(rates, 1.0) == pause
