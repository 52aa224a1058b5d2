"""The app's end of the bus against the real streaming process."""

from __future__ import annotations

import asyncio
import os
import threading

import pytest

from domain.feed import market_topic
from domain.instruments import Exchange, InstrumentKey
from domain.market import Mode
from services.market.feed_client import FeedClient
from test.support.order_messages import order_message
from utils.clock import SystemClock
from websocket_proxy.bus.keys import make_keys

ALPHA, BETA = InstrumentKey(Exchange.NSE, "ALPHA"), InstrumentKey(Exchange.NSE, "BETA")


class Opened:
    """A started client of a world, closed at the end off the loop."""

    def __init__(self, w, **handlers):
        self._feed = FeedClient(w.process.bus_endpoint, w.process.ingress_endpoint, SystemClock(), **handlers)

    async def __aenter__(self):
        self._feed.start()
        return self._feed

    async def __aexit__(self, *_):
        await asyncio.to_thread(self._feed.close)


def test_a_watch_is_demand_and_keeps_the_last_value_with_its_age(run, world, wait):
    async def scenario():
        async with world() as w, Opened(w) as feed:
            assert feed.last("vendor", ALPHA) is None
            watch = feed.watch("vendor", [ALPHA, BETA], Mode.QUOTE)
            second = feed.watch("vendor", [ALPHA], Mode.QUOTE)
            await w.upstream("1", "2")
            await w.vendor.tick("1", 101.5)
            value = await wait(lambda: feed.last("vendor", ALPHA))
            assert (value.data.ltp, value.data.volume) == (101.5, 1234)
            assert 0 <= value.age_seconds < 5
            watch.close()
            watch.close()
            await w.upstream("1")
            assert feed.last("vendor", ALPHA) is not None
            second.close()
            await wait(lambda: not w.vendor.subscribed)
            assert feed.last("vendor", ALPHA) is None

    run(scenario)


def test_a_second_consumer_gets_the_last_value_at_once_and_the_first_no_repetition(run, world, wait):
    async def scenario():
        async with world() as w, Opened(w) as feed:
            client = await w.client()
            await client.subscribe("ALPHA", mode=2)
            await w.upstream("1")
            await w.vendor.tick("1", 101.5)
            await client.expect(type="market_data")
            feed.watch("vendor", [ALPHA], Mode.QUOTE)
            assert (await wait(lambda: feed.last("vendor", ALPHA))).data.ltp == 101.5
            await w.vendor.tick("1", 102.0)
            assert (await client.expect(type="market_data"))["data"]["ltp"] == 102.0
            assert w.figures["ticks_in"] == 2

    run(scenario)


def test_a_client_that_left_gets_no_order_updates(run, world, wait):
    async def scenario():
        async with world() as w, Opened(w) as feed:
            gone, stays = await w.client(), await w.client()
            for client in (gone, stays):
                await client.ask({"action": "subscribe_orders"}, type="subscribe_orders")
            await gone.connection.close()
            await wait(lambda: w.figures["clients"] == 1)
            feed.publish_order(1, 1, order_message())
            await stays.expect(type="order_update")
            assert w.figures["order_updates"] == 1

    run(scenario)


def test_ticks_and_pushes_reach_their_handlers_and_a_failing_handler_harms_nobody(run, world, wait):
    async def scenario():
        ticks, pushes = [], []

        def on_push(account_id, update):
            pushes.append((account_id, update.row.order_id))
            if len(pushes) == 1:
                raise ValueError("boom")

        async with world() as w:
            handlers = {"on_tick": lambda broker, data: ticks.append((broker, data.ltp)), "on_push": on_push}
            async with Opened(w, **handlers) as feed:
                feed.watch("vendor", [ALPHA], Mode.LTP)
                feed.follow_orders([7])
                await w.upstream("1")
                await w.vendor.tick("1", 55.0)
                for order_id in ("A", "B"):
                    await w.vendor.say({"order": order_id})
                await wait(lambda: len(pushes) == 2 and ticks)
                assert ticks == [("vendor", 55.0)]
                assert pushes == [(7, "A"), (7, "B")]

    run(scenario)


def test_published_orders_reach_websocket_clients_even_when_sent_before_the_connection_stands(run, world):
    async def scenario():
        async with world() as w:
            client = await w.client()
            await client.ask({"action": "subscribe_orders"}, type="subscribe_orders")
            async with Opened(w) as feed:
                for number in range(1, 201):
                    feed.publish_order(1, number, order_message(orderid=str(number)))
                received = [(await client.expect(type="order_update"))["seq"] for _ in range(200)]
                assert received == list(range(1, 201))

    run(scenario)


def test_a_published_key_change_reaches_the_proxy(run, world):
    async def scenario():
        async with world() as w, Opened(w) as feed:
            client = await w.client()
            del w.house.keys["a" * 64]
            feed.publish_key(1, "rotated")
            assert (await client.closed())[0] == 4401

    run(scenario)


def test_the_state_of_the_feed_is_known_and_forgotten_when_the_process_goes(run, world, wait):
    reachable = []

    async def scenario():
        async with world() as w, Opened(w, on_reachable=reachable.append) as feed:
            feed.watch("vendor", [ALPHA])
            state = await wait(lambda: (s := feed.feed_state(7)) and s.state == "live" and s)
            assert state.broker == "vendor"
            await wait(lambda: feed.connected)
            assert feed.serving("vendor", 7).state == feed.serving("vendor", 8).state == "live"
            assert feed.serving("another", 7).state == "idle"
            await w.process.stop()
            await wait(lambda: not feed.connected)
            assert feed.feed_state(7) is None
            assert feed.serving("vendor", 7).state == "unreachable"
            assert reachable == [True, False]

    run(scenario)


def test_the_outgoing_queue_is_bounded(run):
    from domain.errors import Unavailable
    from services.market.feed_client import wires

    feed = FeedClient("tcp://127.0.0.1:1", "tcp://127.0.0.1:1", SystemClock())
    for number in range(wires.OUTGOING):
        feed.publish_order(1, number, order_message())
    with pytest.raises(Unavailable):
        feed.publish_order(1, 0, order_message())


def test_starting_and_closing_leaves_no_descriptor_or_thread_behind():
    def cycle():
        feed = FeedClient(
            "tcp://127.0.0.1:1", "tcp://127.0.0.1:1", SystemClock(),
            on_tick=lambda *_: None, on_push=lambda *_: None,
        )  # fmt: skip
        feed.start()
        feed.watch("vendor", [ALPHA])
        feed.publish_key(1, "x")
        feed.close()

    cycle()
    before = len(os.listdir("/proc/self/fd")), threading.active_count()
    for _ in range(5):
        cycle()
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == before


def test_the_app_is_heard_and_hears_on_a_guarded_bus_and_counts_what_it_missed(run, world, wait, tmp_path):
    async def scenario():
        keys = make_keys(tmp_path)
        async with world(bus_host="0.0.0.0", key_file=keys) as w:
            w.process.bus_endpoint = w.process.bus_endpoint.replace("0.0.0.0", "127.0.0.1")
            w.process.ingress_endpoint = w.process.ingress_endpoint.replace("0.0.0.0", "127.0.0.1")
            async with Opened(w, key_file=keys) as client:
                await heard_and_counted(w, client, wait)

    run(scenario)


async def heard_and_counted(w, client, wait):
    watch = client.watch("vendor", [ALPHA], Mode.LTP)
    await w.upstream("1")
    await w.vendor.tick("1", 101.5)
    await wait(lambda: client.last("vendor", ALPHA, Mode.LTP))
    reader = await w.client()
    await reader.ask({"action": "subscribe_orders"}, type="subscribe_orders")
    client.publish_order(1, 1, order_message(orderid="A"))
    assert (await reader.expect(type="order_update"))["orderid"] == "A"
    assert client.gaps == 0
    w.process._bus._values.of(market_topic("vendor", "NSE", "ALPHA", Mode.LTP)).seq += 3
    await w.vendor.tick("1", 102.5)
    await wait(lambda: client.gaps == 3)
    watch.close()
