"""What a vendor refuses aloud is asked for again. Found by `test.sim.feed_faults` (seed 230)."""

from __future__ import annotations

import asyncio
import json
import threading

import msgspec

from websocket_proxy.feed import wire
from websocket_proxy.proxy.broadcast import Change


def test_a_subscription_that_the_vendor_refused_is_asked_for_again(run, world, wait, monkeypatch):
    """A depth reader of an instrument whose `mode` message met a rate limit was never served."""
    monkeypatch.setattr(wire, "AGAIN_SECONDS", 0.05)

    async def scenario():
        async with world() as w:
            refused = []
            obey = w.vendor._handle

            async def refuse_twice(connection, message):
                if "sub" in message and len(refused) < 2:
                    refused.append(message)
                    await connection.send(json.dumps({"control": "error", "detail": "Too many requests"}))
                else:
                    await obey(connection, message)

            w.vendor._handle = refuse_twice
            client = await w.client()
            await client.subscribe("ALPHA", mode=3)
            await w.upstream("1")
            assert len(refused) == 2
            assert len(w.vendor.logins) == 1
            await w.vendor.tick("1", 42.0)
            assert (await client.expect(type="market_data"))["mode"] == 3

    run(scenario)


def test_a_login_that_is_told_meanwhile_does_not_spoil_a_subscription(run, world, wait):
    """Found by `test.sim.feed_faults` (seed 39): the refreshed caller was equal, but not the same object."""

    async def scenario():
        async with world() as w:
            looking, go = threading.Event(), threading.Event()
            find, refresh = w.house.find, w.house.refresh
            refreshed = []

            def slow(broker_id, keys):
                looking.set()
                go.wait(5)
                return find(broker_id, keys)

            def anew(principal, api_key, address):
                refreshed.append(msgspec.structs.replace(refresh(principal, api_key, address)))
                return refreshed[-1]

            w.house.find, w.house.refresh = slow, anew
            client = await w.client()
            asked = asyncio.create_task(client.subscribe("ALPHA"))
            await wait(looking.is_set)
            w.process.server._on_change(Change("session", "7"))
            await wait(lambda: refreshed and w.process.server._refreshing.done())
            go.set()
            assert (await asked)["status"] == "success"

    run(scenario)
