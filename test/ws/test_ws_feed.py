"""The vendor side: pooling, capacity, reconnecting, sessions, silence, demand, leaks."""

from __future__ import annotations

import asyncio
import gc
import os
import threading

import msgspec
import zmq

from domain.feed import Notice, contracts_topic, market_topic, pack, session_topic


def test_a_second_socket_opens_when_the_first_is_full_and_the_capacity_plus_first_is_refused(
    run, world, wait
):
    async def scenario():
        async with world() as w:
            client = await w.client()
            ack = await client.subscribe("ALPHA", "BETA", "GAMMA", "DELTA", "EPSILON", "ZETA", "ETA")
            statuses = [item["status"] for item in ack["subscriptions"]]
            assert statuses == ["success"] * 6 + ["error"]
            assert "limit of 6" in ack["subscriptions"][-1]["message"]
            await w.upstream("1", "2", "3", "4", "5", "6")
            assert sorted(len(held) for held in w.vendor.sockets.values()) == [3, 3]

    run(scenario)


def test_demand_of_other_consumers_counts_and_their_overflow_is_reported_to_clients(run, world, wait):
    async def scenario():
        async with world() as w:
            context = zmq.Context()
            other = context.socket(zmq.SUB)
            other.connect(w.process.bus_endpoint)
            for symbol in ("ALPHA", "BETA", "GAMMA", "DELTA", "EPSILON", "ZETA"):
                other.setsockopt(zmq.SUBSCRIBE, market_topic("vendor", "NSE", symbol, 1))
            await w.upstream("1", "2", "3", "4", "5", "6")
            client = await w.client()
            assert (await client.subscribe("ETA"))["status"] == "success"
            refusal = await client.expect(status="error")
            assert (refusal["code"], refusal["symbol"]) == ("SUBSCRIPTION_ERROR", "ETA")
            other.setsockopt(zmq.UNSUBSCRIBE, market_topic("vendor", "NSE", "ALPHA", 1))
            await w.upstream("2", "3", "4", "5", "6", "7")
            context.destroy(linger=0)

    run(scenario)


def test_an_emptied_extra_socket_is_closed_after_a_while(run, world, wait):
    async def scenario():
        async with world() as w:
            client = await w.client()
            await client.subscribe("ALPHA", "BETA", "GAMMA", "DELTA")
            await wait(lambda: len(w.vendor.sockets) == 2)
            await client.ask(
                {"action": "unsubscribe", "symbol": "DELTA", "exchange": "NSE", "mode": 1}, type="unsubscribe"
            )
            await wait(lambda: len(w.vendor.sockets) == 1)
            await w.upstream("1", "2", "3")

    run(scenario)


def test_upstream_is_left_when_the_last_of_several_consumers_leaves(run, world, wait):
    async def scenario():
        async with world() as w:
            first, second = await w.client(), await w.client()
            await first.subscribe("ALPHA", "BETA")
            await second.subscribe("ALPHA")
            await w.upstream("1", "2")
            await first.connection.close()
            await w.upstream("1")
            await second.ask({"action": "unsubscribe_all"}, type="unsubscribe")
            await wait(lambda: not w.vendor.sockets)
            assert w.process.feed.figures()["accounts"] == {}

    run(scenario)


def test_a_consumer_that_vanishes_takes_its_demand_with_it(run, world, wait):
    async def scenario():
        async with world() as w:
            context = zmq.Context()
            other = context.socket(zmq.SUB)
            other.connect(w.process.bus_endpoint)
            other.setsockopt(zmq.SUBSCRIBE, market_topic("vendor", "NSE", "ALPHA", 2))
            await w.upstream("1")
            context.destroy(linger=0)
            await wait(lambda: not w.vendor.subscribed)

    run(scenario)


def test_a_dropped_socket_is_redialled_and_everything_resubscribed(run, world, wait):
    async def scenario():
        async with world() as w:
            client = await w.client()
            await client.subscribe("ALPHA", "BETA", mode=2)
            await w.upstream("1", "2")
            for _ in range(3):
                dials = len(w.vendor.logins)
                await w.vendor.cut()
                await wait(lambda before=dials: len(w.vendor.logins) > before)
                await w.upstream("1", "2")
            await w.vendor.tick("2", 42.0)
            assert (await client.expect(type="market_data"))["symbol"] == "BETA"

    run(scenario)


def test_the_session_is_asked_for_at_every_connect_and_a_new_login_resumes_the_feed(run, world, wait):
    async def scenario():
        async with world() as w:
            client = await w.client()
            await client.subscribe("ALPHA")
            await w.upstream("1")
            w.house.logins[7] = msgspec.structs.replace(w.house.logins[7], tokens={"token": "t2"})
            await tell(w, session_topic(7), "valid")
            await wait(lambda: w.vendor.logins == ["t1", "t2"])
            await w.upstream("1")
            await w.vendor.tick("1", 42.0)
            await client.expect(type="market_data")

    run(scenario)


def test_logout_ends_the_feed_and_login_brings_it_back_with_all_subscriptions(run, world, wait):
    async def scenario():
        async with world() as w:
            client = await w.client()
            await client.subscribe("ALPHA", "BETA")
            await w.upstream("1", "2")
            session = w.house.logins.pop(7)
            del w.house.logins[8]
            await tell(w, session_topic(7), "revoked")
            await wait(lambda: not w.vendor.sockets)
            await state_is(client, "no_session", "disconnected")
            assert (await client.subscribe("GAMMA"))["status"] == "success"
            w.house.logins[7] = session
            await tell(w, session_topic(7), "valid")
            await w.upstream("1", "2", "3")
            await state_is(client, "live", "connected")

    run(scenario)


def test_another_account_of_the_broker_takes_over_when_the_serving_one_logs_out(run, world, wait):
    async def scenario():
        async with world() as w:
            client = await w.client()
            await client.subscribe("ALPHA", "BETA")
            await w.upstream("1", "2")
            del w.house.logins[7]
            await tell(w, session_topic(7), "expired")
            await wait(lambda: w.vendor.logins == ["t1", "t8"])
            await w.upstream("1", "2")
            await w.vendor.tick("1", 42.0)
            await client.expect(type="market_data")

    run(scenario)


def test_an_unrelated_session_notice_leaves_the_socket_alone(run, world, wait):
    async def scenario():
        async with world() as w:
            client = await w.client()
            await client.subscribe("ALPHA")
            await w.upstream("1")
            asked = w.house.asked
            await tell(w, session_topic(7), "valid")
            await wait(lambda: w.house.asked > asked)
            await w.vendor.tick("1", 42.0)
            await client.expect(type="market_data")
            assert w.vendor.logins == ["t1"]

    run(scenario)


def test_a_refused_stream_login_is_not_hammered_and_says_so(run, world, wait):
    async def scenario():
        async with world() as w:
            w.vendor.deny = True
            del w.house.logins[8]
            client = await w.client()
            await client.subscribe("ALPHA")
            await state_is(client, "no_session", "disconnected")
            assert len(w.vendor.logins) == 1
            w.vendor.deny = False
            await w.upstream("1")

    run(scenario)


def test_a_vendor_that_does_not_answer_the_login_is_left_at_the_deadline(run, world, wait):
    async def scenario():
        async with world() as base:
            terms = msgspec.structs.replace(
                base.house.plugins["vendor"].manifest.stream, auth_deadline_seconds=0.1
            )
        async with world(terms) as w:
            w.vendor.answer_login = False
            client = await w.client()
            await client.subscribe("ALPHA")
            await wait(lambda: len(w.vendor.logins) >= 2)
            w.vendor.answer_login = True
            await w.upstream("1")

    run(scenario)


def test_a_silent_socket_is_detected_and_replaced(run, world, wait):
    async def scenario():
        async with world() as base:
            terms = msgspec.structs.replace(base.house.plugins["vendor"].manifest.stream, silence_seconds=0.2)
        async with world(terms) as w:
            client = await w.client()
            await client.subscribe("ALPHA")
            await w.upstream("1")
            await wait(lambda: w.process.feed.figures()["accounts"]["7"]["silences"] >= 1)
            await wait(lambda: len(w.vendor.logins) >= 2)
            talking = asyncio.create_task(keep_ticking(w))
            assert (await client.expect(type="market_data"))["data"]["ltp"] == 42.0
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)

    run(scenario)


def test_a_silent_vendor_that_answers_pings_keeps_its_socket(run, world, wait):
    async def scenario():
        async with world() as base:
            terms = msgspec.structs.replace(
                base.house.plugins["vendor"].manifest.stream, silence_seconds=0.2, answers_pings=True
            )
        async with world(terms) as w:
            client = await w.client()
            await client.subscribe("ALPHA")
            await w.upstream("1")
            await wait(lambda: w.process.feed.figures()["accounts"]["7"]["pings"] >= 3)
            assert w.process.feed.figures()["accounts"]["7"]["silences"] == 0
            assert len(w.vendor.logins) == 1

    run(scenario)


def test_a_new_contract_master_moves_subscriptions_to_the_new_tokens(run, world, wait):
    async def scenario():
        async with world() as w:
            client = await w.client()
            await client.subscribe("ALPHA", "BETA")
            await w.upstream("1", "2")
            rows = w.house.listings["vendor"].rows
            key = next(key for key in rows if key.symbol == "ALPHA")
            rows[key] = msgspec.structs.replace(rows[key], token="91")
            await tell(w, contracts_topic("vendor"), "loaded")
            await w.upstream("91", "2")
            await w.vendor.tick("91", 42.0)
            assert (await client.expect(type="market_data"))["symbol"] == "ALPHA"

    run(scenario)


def test_fifty_connect_cycles_leave_no_descriptor_thread_or_task_behind(run, world, wait):
    def resources():
        gc.collect()
        return len(os.listdir("/proc/self/fd")), threading.active_count()

    async def scenario():
        async with world() as w:
            settled = 0
            for cycle in range(51):
                client = await w.client()
                await client.subscribe("ALPHA", "DELTA", mode=3)
                await client.ask({"action": "subscribe_orders"}, type="subscribe_orders")
                await w.upstream("1", "4")
                await client.connection.close()
                await wait(lambda: w.figures["clients"] == 0 and not w.vendor.subscribed)
                await wait(lambda: not w.vendor.sockets)
                if cycle == 0:
                    settled = (*resources(), len(asyncio.all_tasks()))
            await wait(lambda: len(asyncio.all_tasks()) <= settled[2])
            after = resources()
            assert after[0] <= settled[0]
            assert after[1] <= settled[1] + 8  # the default executor fills up to its bound
            assert w.process.feed.figures()["instruments_wanted"] == 0
            assert w.figures["topics"] == 0

    run(scenario)


async def keep_ticking(w):
    while True:
        await w.vendor.tick("1", 42.0)
        await asyncio.sleep(0.02)


async def tell(w, topic, kind):
    context = zmq.Context()
    push = context.socket(zmq.PUSH)
    push.connect(w.process.ingress_endpoint)
    push.send_multipart((topic, pack(1, Notice(kind=kind, at_ms=1))))
    push.close(linger=1000)
    context.term()


async def state_is(client, feed_state, adapter_status):
    async with asyncio.timeout(8):
        while True:
            info = await client.ask({"action": "get_broker_info"}, type="broker_info")
            if (info["feed_state"], info["adapter_status"]) == (feed_state, adapter_status):
                return
            await asyncio.sleep(0.01)
