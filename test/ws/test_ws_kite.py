"""The Zerodha plug-in's stream through the real runtime, against a server that speaks Kite's binary wire."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from broker.core.registry import ContextParts, load_plugins
from utils.clock import SystemClock
from utils.ids import SystemIds

TOKEN = 1594 * 256 + 1


class Kite:
    """Remembers what it was asked; sends frames when told."""

    def __init__(self):
        self.url = ""
        self.asked = []
        self.queries = []
        self.sockets = set()
        self.refuse = False

    def admit(self, connection, request):
        self.queries.append(parse_qs(urlsplit(request.path).query))
        return connection.respond(403, "Forbidden\n") if self.refuse else None

    async def serve(self, connection):
        self.sockets.add(connection)
        with contextlib.suppress(ConnectionClosed):
            async for frame in connection:
                self.asked.append(json.loads(frame))
        self.sockets.discard(connection)

    async def send(self, frame):
        for connection in list(self.sockets):
            await connection.send(frame)


def quote_packet(ltp):
    """44 bytes: token, ltp, last quantity, average, volume, buy and sell quantity, open, high, low, close."""
    return struct.pack(">IiiiIIIiiii", TOKEN, ltp, 5, ltp, 1000, 10, 20, 150000, 156000, 149000, 152000)


def full_packet(ltp):
    depth = b"".join(struct.pack(">IiHH", 10 + level, ltp - level * 5, 3, 0) for level in range(10))
    return quote_packet(ltp) + struct.pack(">IIIII", 1_700_000_000, 0, 0, 0, 1_700_000_001) + depth


def frame_of(*packets):
    body = b"".join(struct.pack(">H", len(packet)) + packet for packet in packets)
    return struct.pack(">H", len(packets)) + body


@pytest.fixture
def kite_world(world, tmp_path):
    @contextlib.asynccontextmanager
    async def build() -> AsyncIterator[tuple]:
        kite = Kite()
        async with (
            serve(kite.serve, "127.0.0.1", 0, process_request=kite.admit, compression=None) as server,
            world() as w,
        ):
            kite.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
            rows = w.house.listings["vendor"].rows
            key = next(key for key in rows if key.symbol == "ALPHA")
            rows[key] = msgspec.structs.replace(rows[key], token=str(TOKEN))
            parts = ContextParts(
                transport=None, instruments=None, clock=SystemClock(), ids=SystemIds(), data_dir=tmp_path,
                hosts={"ws": kite.url},
            )  # fmt: skip
            plugin = load_plugins().build("zerodha", parts)
            w.house.plugins["zerodha"] = plugin
            w.house.listings["zerodha"] = w.house.listings["vendor"]
            w.house.keys["a" * 64] = msgspec.structs.replace(w.house.keys["a" * 64], broker="zerodha")
            w.house.logins[7] = msgspec.structs.replace(
                w.house.logins[7],
                broker="zerodha",
                credentials={"api_key": "k1"},
                tokens={"access_token": "t1"},
            )
            yield kite, w

    return build


def test_kite_ticks_reach_clients_in_the_modes_they_asked_for(run, kite_world, wait):
    async def scenario():
        async with kite_world() as (kite, w):
            client = await w.client()
            await client.subscribe("ALPHA", mode=2)
            await wait(lambda: len(kite.asked) == 2)
            assert kite.asked == [{"a": "subscribe", "v": [TOKEN]}, {"a": "mode", "v": ["quote", [TOKEN]]}]
            assert kite.queries == [{"api_key": ["k1"], "access_token": ["t1"]}]
            await kite.send(b"\x00")
            await kite.send(frame_of(quote_packet(155000)))
            tick = await client.expect(type="market_data", mode=2)
            assert (tick["broker"], tick["data"]["ltp"], tick["data"]["close"]) == ("zerodha", 1550.0, 1520.0)
            assert (tick["data"]["change"], tick["data"]["volume"]) == (30.0, 1000)
            await client.subscribe("ALPHA", mode=3)
            await wait(lambda: {"a": "mode", "v": ["full", [TOKEN]]} in kite.asked)
            await kite.send(frame_of(full_packet(155500)))
            deep = await client.expect(type="market_data", mode=3)
            assert deep["data"]["timestamp"] == 1_700_000_001_000
            assert deep["data"]["depth"]["buy"][0] == {"price": 1555.0, "quantity": 10, "orders": 3}
            assert (await client.expect(type="market_data", mode=2))["data"]["ltp"] == 1555.0
            await client.ask({"action": "unsubscribe_all"}, type="unsubscribe")
            await wait(lambda: kite.asked[-1] == {"a": "unsubscribe", "v": [TOKEN]})

    run(scenario)


def test_a_frame_that_cannot_be_read_costs_only_itself(run, kite_world, wait):
    async def scenario():
        async with kite_world() as (kite, w):
            client = await w.client()
            await client.subscribe("ALPHA", mode=2)
            await wait(lambda: len(kite.asked) == 2)
            for bad in (
                b"\x00\x01\x00\x05abcde",
                b"\xff" * 40,
                '{"type":"order","data":{"order_id":1}}',
                "no json",
            ):
                await kite.send(bad)
            await kite.send(frame_of(quote_packet(100)))
            assert (await client.expect(type="market_data"))["data"]["ltp"] == 1.0
            assert len(kite.queries) == 1
            assert w.process.feed.figures()["accounts"]["7"]["bad_frames"] >= 3

    run(scenario)


def test_a_flood_of_garbage_is_counted_whole_and_logged_a_few_times(run, kite_world, wait, monkeypatch):
    logged = []
    monkeypatch.setattr("websocket_proxy.feed.wire.log.warning", lambda text, **_: logged.append(text))

    async def scenario():
        async with kite_world() as (kite, w):
            client = await w.client()
            await client.subscribe("ALPHA", mode=2)
            await wait(lambda: len(kite.asked) == 2)
            for _ in range(300):
                await kite.send(b"\xff" * 40)
            await kite.send(frame_of(quote_packet(100)))
            await client.expect(type="market_data")
            assert w.process.feed.figures()["accounts"]["7"]["bad_frames"] == 300
            assert 1 <= logged.count("An unreadable stream frame") <= 9

    run(scenario)


def test_a_handshake_refused_with_403_waits_for_a_new_login_and_logs_no_token(run, kite_world, wait, caplog):
    async def scenario():
        async with kite_world() as (kite, w):
            kite.refuse = True
            client = await w.client()
            await client.subscribe("ALPHA")
            async with asyncio.timeout(5):
                while (await client.ask({"action": "get_broker_info"}, type="broker_info"))[
                    "feed_state"
                ] != "no_session":
                    pass
            assert len(kite.queries) == 1
            kite.refuse = False
            w.house.logins[7] = msgspec.structs.replace(w.house.logins[7], tokens={"access_token": "t2"})
            await wait(lambda: kite.sockets)
            assert kite.queries[-1]["access_token"] == ["t2"]

    with caplog.at_level("DEBUG"):
        run(scenario)
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("websockets.")]
    assert ours
    assert not [text for text in ours if "access_token" in text or "a" * 64 in text]
