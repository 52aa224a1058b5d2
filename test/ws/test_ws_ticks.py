"""Ticks from the vendor to clients: fields, modes, snapshots, throttling, slow clients, order updates."""

from __future__ import annotations

import asyncio
import json
import socket

import msgspec
import pytest
import zmq

from domain.feed import (
    Notice,
    contracts_topic,
    key_topic,
    order_topic,
    pack,
    push_topic,
    session_topic,
    unpack,
)
from domain.orders import OrderUpdate
from test.support.order_messages import order_frame


def test_a_quote_tick_carries_every_field_of_the_contract_and_its_aliases(run, world):
    async def scenario():
        async with world() as w:
            client = await w.client()
            await client.subscribe("ALPHA", mode=2)
            await w.upstream("1")
            await w.vendor.tick("1", 101.5)
            message = await client.expect(type="market_data")
            assert list(message)[:4] == ["type", "symbol", "exchange", "mode"]
            assert (message["symbol"], message["exchange"], message["mode"], message["broker"]) == (
                "ALPHA", "NSE", 2, "vendor",
            )  # fmt: skip
            assert message["data"] == {
                "ltp": 101.5, "timestamp": 1_700_000_000_000, "ltt": 1_699_999_999_000, "open": 99.0,
                "high": 110.0, "low": 95.5, "close": 100.0, "volume": 1234, "change": 1.5, "change_percent": 1.5,
                "last_trade_quantity": 7, "last_quantity": 7, "avg_trade_price": 101.25, "average_price": 101.25,
            }  # fmt: skip

    run(scenario)


def test_each_subscribed_mode_gets_its_own_message_and_upstream_only_the_richest(run, world):
    async def scenario():
        async with world() as w:
            client = await w.client()
            for mode in (1, 2, 3):
                await client.subscribe("ALPHA", mode=mode)
            await wait_for_mode(w, 3)
            await w.vendor.tick("1", 101.5)
            seen = [await client.expect(type="market_data", mode=mode) for mode in (1, 2, 3)]
            assert set(seen[0]["data"]) == {"ltp", "timestamp", "ltt"}
            assert "depth" not in seen[1]["data"]
            assert seen[2]["data"]["depth"]["buy"][0] == {"price": 101.45, "quantity": 10, "orders": 2}
            assert len(seen[2]["data"]["depth"]["sell"]) == 5
            await client.ask(
                {"action": "unsubscribe", "symbol": "ALPHA", "exchange": "NSE", "mode": 3}, type="unsubscribe"
            )
            await wait_for_mode(w, 2)

    run(scenario)


async def wait_for_mode(w, mode):
    async with asyncio.timeout(5):
        while w.vendor.subscribed.get(("NSE", "1")) != mode:  # noqa: ASYNC110 - the vendor has no event
            await asyncio.sleep(0.005)


def test_a_poorer_packet_does_not_reach_a_richer_subscription(run, world):
    async def scenario():
        async with world() as w:
            client = await w.client()
            await client.subscribe("ALPHA", mode=3)
            await client.subscribe("ALPHA", mode=1)
            await w.upstream("1")
            await w.vendor.tick("1", 99.0, mode=1)
            await w.vendor.tick("1", 100.0, mode=3)
            assert (await client.expect(type="market_data", mode=3))["data"]["ltp"] == 100.0
            assert (await client.expect(type="market_data", mode=1))["data"]["ltp"] == 99.0

    run(scenario)


def test_tokens_are_routed_together_with_their_exchange(run, world):
    """P4; regression 9."""

    async def scenario():
        async with world() as w:
            client = await w.client()
            await client.subscribe("ALPHA")
            await w.upstream("1")
            await w.vendor.tick("1", 55.0, exchange="BSE")
            await w.vendor.tick("1", 101.0, exchange="NSE")
            assert (await client.expect(type="market_data"))["data"]["ltp"] == 101.0

    run(scenario)


def test_a_new_subscriber_gets_the_last_value_flagged_as_snapshot_after_its_acknowledgement(run, world):
    async def scenario():
        async with world() as w:
            first = await w.client()
            await first.subscribe("ALPHA")
            await w.upstream("1")
            await w.vendor.tick("1", 101.0)
            live = await first.expect(type="market_data")
            assert "snapshot" not in live
            second = await w.client()
            await second.send({"action": "subscribe", "symbol": "ALPHA", "exchange": "NSE", "mode": 1})
            kinds = [json.loads(await second.connection.recv()) for _ in range(2)]
            assert [message["type"] for message in kinds] == ["subscribe", "market_data"]
            assert (kinds[1]["snapshot"], kinds[1]["data"]) == (True, live["data"])

    run(scenario)


def test_the_last_value_survives_the_last_subscriber(run, world, wait):
    async def scenario():
        async with world() as w:
            first = await w.client()
            await first.subscribe("ALPHA")
            await w.upstream("1")
            await w.vendor.tick("1", 101.0)
            await first.expect(type="market_data")
            await first.connection.close()
            await wait(lambda: not w.vendor.subscribed)
            second = await w.client()
            await second.subscribe("ALPHA")
            assert (await second.expect(type="market_data"))["snapshot"] is True

    run(scenario)


def test_throttling_delivers_the_first_and_the_latest_value_of_a_window(run, world, wait):
    async def scenario():
        async with world(throttle_ms=150) as w:
            client = await w.client()
            await client.subscribe("ALPHA")
            await w.upstream("1")
            for price in range(100, 110):
                await w.vendor.tick("1", float(price))
            await wait(lambda: w.figures["ticks_in"] == 10)
            prices = [(await client.expect(type="market_data"))["data"]["ltp"] for _ in range(2)]
            assert prices == [100.0, 109.0]

    run(scenario)


def test_a_client_that_reads_nothing_neither_delays_others_nor_costs_memory_and_is_closed_with_1013(
    run, world, wait
):
    async def scenario():
        async with world(back_pressure=0.3, backlog=10, ping_interval=0) as w:
            quick = await w.client()
            await quick.subscribe("ALPHA", mode=3)
            slow = await stalled_client(w.process.port)
            await w.upstream("1")
            price = 100.0
            while not w.figures["conflated"]:
                for _ in range(50):
                    price += 0.05
                    await w.vendor.tick("1", round(price, 2))
                for step in range(49, -1, -1):
                    received = await quick.expect(type="market_data")
                    assert received["data"]["ltp"] == pytest.approx(price - step * 0.05)
            await wait(lambda: w.figures["slow_closed"] == 1)
            await wait(lambda: w.figures["clients"] == 1)
            slow.close()

    run(scenario)


async def stalled_client(port):
    """A raw socket that subscribes and then never reads; its small buffer fills soon."""
    import base64
    import os

    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, ("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    await loop.sock_sendall(
        raw,
        f"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode(),
    )
    await loop.sock_recv(raw, 1024)
    for message in (
        {"action": "authenticate", "api_key": "a" * 64},
        {"action": "subscribe", "symbol": "ALPHA", "exchange": "NSE", "mode": 3},
    ):
        payload = json.dumps(message).encode()
        await loop.sock_sendall(
            raw, bytes([0x81, 0x80 | 126, *len(payload).to_bytes(2, "big"), 0, 0, 0, 0]) + payload
        )
    return raw


PAPER = {
    "mode": "analyze", "broker": "sandbox", "quantity": 10, "price": 391.4, "product": "CNC", "pending_quantity": 10,
    "strategy": "s", "timestamp": 1_700_000_000_000,
}  # fmt: skip


def test_order_updates_reach_their_user_only_with_sequence_and_without_duplicates(run, world, wait):
    async def scenario():
        async with world() as w, app_side(w) as app:
            mine, other = await w.client(), await w.client(key="b" * 64)
            ack = await mine.ask(
                {"action": "subscribe_orders", "request_id": "excel-orders"}, type="subscribe_orders"
            )
            assert ack == {
                "type": "subscribe_orders", "status": "success", "message": "Subscribed to order updates",
                "request_id": "excel-orders",
            }  # fmt: skip
            await other.ask({"action": "subscribe_orders"}, type="subscribe_orders")
            for seq, orderid in ((1, "A"), (1, "A"), (2, "B")):
                app.send_multipart((order_topic(1), order_frame(seq, orderid=orderid, **PAPER)))
            first = await mine.expect(type="order_update")
            assert first == {
                "type": "order_update", "user_id": "user1", "mode": "analyze", "broker": "sandbox",
                "orderid": "A", "symbol": "ALPHA", "exchange": "NSE", "action": "BUY", "quantity": 10,
                "price": 391.4, "trigger_price": 0.0, "pricetype": "LIMIT", "product": "CNC",
                "order_status": "open", "filled_quantity": 0, "pending_quantity": 10, "average_price": 0.0,
                "rejection_reason": "", "strategy": "s", "timestamp": 1_700_000_000_000, "account_id": 7,
                "prev_seq": 0, "seq": 1,
            }  # fmt: skip
            assert (await mine.expect(type="order_update"))["orderid"] == "B"
            assert w.figures["order_updates"] == 2
            await mine.ask({"action": "unsubscribe_orders"}, type="unsubscribe_orders")
            app.send_multipart((order_topic(1), order_frame(3, orderid="C", **PAPER)))
            app.send_multipart((order_topic(2), order_frame(1, orderid="D", **PAPER)))
            assert (await other.expect(type="order_update"))["orderid"] == "D"
            assert not [message for message in mine.inbox if message["type"] == "order_update"]

    run(scenario)


def test_orders_the_broker_pushes_reach_the_app_when_it_asks_for_the_account(run, world, wait):
    async def scenario():
        async with world() as w, app_side(w) as app:
            app.setsockopt_sub(push_topic(7))
            await wait(lambda: w.vendor.sockets)
            await w.vendor.say({"order": "260105000001"})
            topic, frame = await app.receive()
            assert topic == push_topic(7)
            update = unpack(frame, OrderUpdate)[1]
            assert (update.source, update.row.order_id, str(update.row.price)) == (
                "push",
                "260105000001",
                "391.40",
            )

    run(scenario)


class AppSide:
    """The app's two bus sockets, plain and non-blocking."""

    def __init__(self, context, w):
        self._push = context.socket(zmq.PUSH)
        self._push.connect(w.process.ingress_endpoint)
        self._sub = context.socket(zmq.SUB)
        self._sub.connect(w.process.bus_endpoint)

    def send_multipart(self, frames):
        self._push.send_multipart(frames)

    def setsockopt_sub(self, topic):
        self._sub.setsockopt(zmq.SUBSCRIBE, topic)

    async def receive(self):
        async with asyncio.timeout(5):
            while True:
                try:
                    return self._sub.recv_multipart(zmq.NOBLOCK)
                except zmq.Again:
                    await asyncio.sleep(0.005)


class app_side:  # noqa: N801
    def __init__(self, w):
        self._w = w

    async def __aenter__(self):
        self._context = zmq.Context()
        return AppSide(self._context, self._w)

    async def __aexit__(self, *_):
        self._context.destroy(linger=0)


def test_a_revoked_key_closes_its_sockets_and_spares_others(run, world):
    async def scenario():
        async with world() as w, app_side(w) as app:
            mine, other = await w.client(), await w.client(key="b" * 64)
            del w.house.keys["a" * 64]
            app.send_multipart((key_topic(1), pack(1, Notice(kind="rotated", at_ms=1))))
            assert await mine.closed() == (4401, "no longer authorised")
            assert (await other.ask({"action": "ping"}, type="pong"))["status"] == "success"

    run(scenario)


async def make_second_active(w, app, rows):
    """The user trades with another broker from now on, of whose contracts `rows` are loaded."""
    vendor = w.house.plugins["vendor"]
    manifest = msgspec.structs.replace(vendor.manifest, id="second")
    w.house.plugins["second"] = msgspec.structs.replace(vendor, manifest=manifest)
    w.house.listings["second"] = type(w.house.listings["vendor"])(rows)
    w.house.keys["a" * 64] = msgspec.structs.replace(w.house.keys["a" * 64], account_id=9, broker="second")
    w.house.logins[9] = msgspec.structs.replace(w.house.logins[7], account_id=9, broker="second")
    app.send_multipart((session_topic(9), pack(1, Notice(kind="valid", at_ms=1))))


def test_another_active_broker_moves_the_subscriptions(run, world, wait):
    async def scenario():
        async with world() as w, app_side(w) as app:
            client = await w.client()
            await client.subscribe("ALPHA")
            await w.upstream("1")
            await make_second_active(w, app, w.house.listings["vendor"].rows.values())
            await wait(lambda: list(w.process.feed.figures()["accounts"]) == ["9"])
            await w.upstream("1")
            await w.vendor.tick("1", 77.0)
            assert (await client.expect(type="market_data"))["broker"] == "second"

    run(scenario)


def test_subscriptions_wait_for_the_contracts_of_a_broker_that_became_active(run, world, wait):
    async def scenario():
        async with world() as w, app_side(w) as app:
            client = await w.client()
            await client.subscribe("ALPHA", "BETA")
            await w.upstream("1", "2")
            await make_second_active(w, app, ())
            told = [await client.expect(status="error") for _ in range(2)]
            assert all("not streamed by second" in each["message"] for each in told)
            gone = await client.ask(
                {"action": "unsubscribe", "symbol": "BETA", "exchange": "NSE"}, type="unsubscribe"
            )
            assert gone["status"] == "success", gone
            w.house.listings["second"].rows.update(w.house.listings["vendor"].rows)
            app.send_multipart((contracts_topic("second"), pack(2, Notice(kind="success", at_ms=2))))
            await w.upstream("1")
            await w.vendor.tick("1", 77.0)
            tick = await client.expect(type="market_data")
            assert (tick["broker"], tick["symbol"]) == ("second", "ALPHA")

    run(scenario)
