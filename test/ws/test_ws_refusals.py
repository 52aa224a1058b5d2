"""What a vendor refuses aloud is asked for again. Found by `test.sim.feed_faults` (seed 230)."""

from __future__ import annotations

import json

from websocket_proxy.feed import wire


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
