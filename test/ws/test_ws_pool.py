"""How an account's instruments spread over sockets, and that growing and shrinking cost those who stay nothing."""

from __future__ import annotations

import asyncio
import contextlib
import itertools

import msgspec
import pytest
import zmq
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.feed import FeedRefusal, MarketData, market_topic, unpack
from websocket_proxy.feed.sockets.packing import plan_moves
from websocket_proxy.options import BackoffTerms, FeedOptions

QUICK = FeedOptions(
    idle_seconds=0.05,
    move_seconds=0.3,
    backoff=BackoffTerms(first=0.01, longest=0.05, recovered_after=10, refused=0.2, session_check=0.2),
)


async def leave(client, *symbols):
    items = [{"symbol": symbol, "exchange": "NSE", "mode": 1} for symbol in symbols]
    await client.ask({"action": "unsubscribe", "symbols": items}, type="unsubscribe")


@contextlib.asynccontextmanager
async def ticking(w):
    """Numbered ticks of every instrument, on every socket that asks for it, as a broker sends them."""

    async def talk():
        number = 0
        while True:
            number += 1
            for connection, held in list(w.vendor.sockets.items()):
                rows = [[*key, mode, float(number)] for key, mode in held.items()]
                if rows:
                    await connection.send(msgspec.json.encode({"ticks": rows}).decode())
            await asyncio.sleep(0.01)

    task = asyncio.create_task(talk())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_a_shrunken_demand_moves_to_fewer_sockets_and_no_tick_is_missed(run, world, wait):
    async def scenario():
        context = zmq.Context()
        async with world(feed=QUICK) as w:
            watched, others = context.socket(zmq.SUB), context.socket(zmq.SUB)
            for consumer in (watched, others):
                consumer.connect(w.process.bus_endpoint)
            for symbol in ("ALPHA", "BETA", "GAMMA"):
                others.setsockopt(zmq.SUBSCRIBE, market_topic("vendor", "NSE", symbol, 1))
            await w.upstream("1", "2", "3")
            watched.setsockopt(zmq.SUBSCRIBE, market_topic("vendor", "NSE", "DELTA", 1))
            await w.upstream("1", "2", "3", "4")
            assert len(w.vendor.sockets) == 2
            async with ticking(w):
                prices = []
                await wait(lambda: len(drain(watched, prices)) > 3)
                for symbol in ("ALPHA", "GAMMA"):
                    others.setsockopt(zmq.UNSUBSCRIBE, market_topic("vendor", "NSE", symbol, 1))
                await wait(lambda: drain(watched, prices) and len(w.vendor.sockets) == 1)
                await w.upstream("2", "4")
                last = prices[-1]
                await wait(lambda: drain(watched, prices)[-1] > last + 3)
            # Every number is there; the first of the new socket may repeat the last of the old.
            steps = {after - before for before, after in itertools.pairwise(prices)}
            assert steps <= {0.0, 1.0}
            figures = w.process.feed.figures()["accounts"]["7"]
            assert (figures["sockets"], figures["dials"]) == (1, 2)
            context.destroy(linger=0)

    run(scenario)


def refusals(consumer, reasons):
    """The reasons of the refusals that have arrived by now, added to those known; an empty one takes them back."""
    with contextlib.suppress(zmq.Again):
        while True:
            reasons.append(unpack(consumer.recv_multipart(zmq.NOBLOCK)[1], FeedRefusal)[1].reason)
    return reasons


def drain(consumer, prices):
    """The prices that have arrived by now, added to those known."""
    with contextlib.suppress(zmq.Again):
        while True:
            prices.append(unpack(consumer.recv_multipart(zmq.NOBLOCK)[1], MarketData)[1].ltp)
    return prices


def test_a_quiet_instrument_moves_too(run, world, wait):
    async def scenario():
        async with world(feed=QUICK) as w:
            client = await w.client()
            await client.subscribe("ALPHA", "BETA", "GAMMA", "DELTA")
            await wait(lambda: len(w.vendor.sockets) == 2)
            await leave(client, "ALPHA", "BETA")
            await wait(lambda: len(w.vendor.sockets) == 1)
            await w.upstream("3", "4")
            await w.vendor.tick("4", 42.0)
            assert (await client.expect(type="market_data"))["symbol"] == "DELTA"

    run(scenario)


def test_what_is_unsubscribed_or_asked_deeper_while_it_moves_ends_up_as_asked(run, world, wait):
    async def scenario():
        async with world(feed=msgspec.structs.replace(QUICK, move_seconds=0.5)) as w:
            client = await w.client()
            await client.subscribe("ALPHA", "BETA", "GAMMA", "DELTA", "EPSILON")
            await w.upstream("1", "2", "3", "4", "5")
            await leave(client, "ALPHA", "BETA")
            await wait(lambda: w.process.feed.figures()["accounts"]["7"]["moving"] == 2)
            await client.subscribe("DELTA", mode=3)
            await leave(client, "EPSILON")
            await wait(lambda: len(w.vendor.sockets) == 1)
            await wait(lambda: w.vendor.subscribed == {("NSE", "3"): 1, ("NSE", "4"): 3})

    run(scenario)


def test_the_mode_asked_of_the_broker_goes_down_when_the_richest_consumer_leaves(run, world, wait):
    """P4; regression 8."""

    async def scenario():
        async with world() as w:
            rich, poor = await w.client(), await w.client()
            await poor.subscribe("ALPHA", mode=1)
            await rich.subscribe("ALPHA", mode=3)
            await wait(lambda: w.vendor.subscribed == {("NSE", "1"): 3})
            await rich.connection.close()
            await wait(lambda: w.vendor.subscribed == {("NSE", "1"): 1})
            await w.vendor.tick("1", 42.0, mode=1)
            tick = await poor.expect(type="market_data")
            assert (tick["mode"], tick["data"]["ltp"], "volume" in tick["data"]) == (1, 42.0, False)

    run(scenario)


def test_whoever_asks_for_what_the_feed_refuses_is_told_and_it_is_forgotten_once_served(run, world, wait):
    async def scenario():
        async with world() as w:
            context = zmq.Context()
            other = context.socket(zmq.SUB)
            other.connect(w.process.bus_endpoint)
            for symbol in ("ALPHA", "BETA", "GAMMA", "DELTA", "EPSILON", "ZETA"):
                other.setsockopt(zmq.SUBSCRIBE, market_topic("vendor", "NSE", symbol, 1))
            await w.upstream("1", "2", "3", "4", "5", "6")
            first, second = await w.client(), await w.client()
            for client in (first, second):
                assert (await client.subscribe("ETA"))["status"] == "success"
                refusal = await client.expect(status="error")
                assert (refusal["code"], refusal["symbol"]) == ("SUBSCRIPTION_ERROR", "ETA")
                assert "the feed is full (6 instruments)" in refusal["message"]
            listener = context.socket(zmq.SUB)
            listener.connect(w.process.bus_endpoint)
            listener.setsockopt(zmq.SUBSCRIBE, b"sys|refused|vendor|")
            listener.setsockopt(zmq.SUBSCRIBE, market_topic("vendor", "NSE", "ETA", 1))
            reasons = []
            await wait(lambda: refusals(listener, reasons))  # told again, for this consumer's sake
            other.setsockopt(zmq.UNSUBSCRIBE, market_topic("vendor", "NSE", "ALPHA", 1))
            await w.upstream("2", "3", "4", "5", "6", "7")
            await wait(lambda: refusals(listener, reasons)[-1] == "")
            third = await w.client()
            await third.subscribe("ETA")
            await third.send({"action": "ping"})
            await third.expect(type="pong")
            for client in (first, second, third):
                assert not [message for message in client.inbox if message.get("status") == "error"]
            context.destroy(linger=0)

    run(scenario)


def test_growth_leaves_the_first_socket_alone(run, world, wait):
    async def scenario():
        async with world() as w:
            client = await w.client()
            await client.subscribe("ALPHA", "BETA", "GAMMA")
            await w.upstream("1", "2", "3")
            asked = len(w.vendor.frames)
            await client.subscribe("DELTA")
            await w.upstream("1", "2", "3", "4")
            assert [frame for frame in w.vendor.frames[asked:] if "login" not in frame] == [
                {"sub": [["NSE", "4", 1]]}
            ]

    run(scenario)


@pytest.mark.parametrize(
    ("held", "live", "per_socket", "moves"),
    [
        ({0: "ab"}, {0}, 3, []),
        ({0: "ab", 1: "c"}, {0, 1}, 3, [("c", 1, 0)]),
        ({0: "abc", 1: "d"}, {0, 1}, 3, []),
        ({0: "ab", 1: "c"}, {1}, 3, []),  # no place that stands
        ({0: "a", 1: "bc", 2: "d"}, {0, 1, 2}, 3, [("d", 2, 0)]),
        ({0: "", 1: "bc"}, {0, 1}, 3, [("b", 1, 0), ("c", 1, 0)]),
        ({0: range(9), 1: range(9, 10)}, {0, 1}, 10, []),  # a tenth stays free
        ({0: range(8), 1: range(8, 9)}, {0, 1}, 10, [(8, 1, 0)]),
    ],
)
def test_moves_empty_the_least_loaded_socket_when_the_others_have_room(held, live, per_socket, moves):
    assert plan_moves({number: list(keys) for number, keys in held.items()}, live, per_socket) == moves


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 8), min_size=1, max_size=5),
    st.sets(st.integers(0, 4)),
)
def test_no_plan_overfills_a_socket_or_leaves_half_of_one(loads, live):
    held = {number: [(number, at) for at in range(load)] for number, load in enumerate(loads)}
    moves = plan_moves(held, live, 8)
    after = {number: set(keys) for number, keys in held.items()}
    for key, source, target in moves:
        assert target in live
        after[source].remove(key)
        after[target].add(key)
    assert all(len(keys) <= 8 for keys in after.values())
    if moves:
        assert len({source for _, source, _ in moves}) == 1
        assert not after[moves[0][1]]
