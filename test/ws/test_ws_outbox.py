"""What one client is written: frames shared, writes joined, ticks merged and answers kept when it is slow."""

from __future__ import annotations

import asyncio
import json
import math

import pytest
import zmq

from domain.feed import MarketData, order_topic
from domain.market import DepthLevel, Mode
from test.support.order_messages import order_frame
from websocket_proxy.proxy.flusher import Flusher
from websocket_proxy.proxy.frames import MarketFrames, text_frame


class App:
    """The app's sending half of the bus."""

    def __init__(self, w) -> None:
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.PUSH)
        self._socket.connect(w.process.ingress_endpoint)

    def say(self, *orders: bytes) -> None:
        for frame in orders:
            self._socket.send_multipart((order_topic(1), frame))

    def close(self) -> None:
        self._context.destroy(linger=0)


async def fill(w, app: App, condition) -> int:
    """Order updates of 10 KB each until the condition holds; how many."""
    seq = 0
    async with asyncio.timeout(10):
        while not condition():
            seq += 1
            app.say(order_frame(seq, orderid=str(seq), rejection_reason="x" * 10_000))
            await asyncio.sleep(0.001)
    return seq


def test_order_updates_outlive_a_pause_of_their_reader_in_order_and_without_a_gap(run, world, wait) -> None:
    async def scenario() -> None:
        async with world(ping_interval=0) as w:
            app = App(w)
            client = await w.client(max_queue=1)
            await client.ask({"action": "subscribe_orders"}, type="subscribe_orders")
            sent = await fill(w, app, lambda: w.figures["queued"] >= 5)
            figures = w.figures
            assert (figures["slow_now"], figures["queued"] >= figures["queued_most"] >= 5) == (1, True)
            numbers = [(await client.expect(type="order_update"))["seq"] for _ in range(sent)]
            assert numbers == list(range(1, sent + 1))
            await wait(lambda: w.figures["slow_now"] == 0)
            assert w.figures["dropped"] == w.figures["slow_closed"] == 0
            app.close()

    run(scenario)


def test_a_client_that_cannot_take_its_order_updates_is_closed_with_1013_and_the_loss_is_counted(
    run, world, wait
) -> None:
    async def scenario() -> None:
        async with world(ping_interval=0, backlog=20, back_pressure=60.0) as w:
            app = App(w)
            slow, quick = await w.client(max_queue=1), await w.client(key="b" * 64)
            await slow.ask({"action": "subscribe_orders"}, type="subscribe_orders")
            await fill(w, app, lambda: w.figures["slow_closed"])
            assert w.figures["dropped"] == 21
            assert (await quick.ask({"action": "ping"}, type="pong"))["status"] == "success"
            code, reason = await slow.closed()
            assert (code, reason) == (1013, "client too slow")
            numbers = [message["seq"] for message in slow.inbox if message.get("type") == "order_update"]
            assert numbers == list(range(1, len(numbers) + 1))
            app.close()

    run(scenario)


def test_one_frame_is_built_for_all_clients_and_one_write_joins_the_ticks_of_a_burst(
    run, world, wait
) -> None:
    async def scenario() -> None:
        async with world() as w:
            clients = [await w.client() for _ in range(3)]
            for client in clients:
                await client.subscribe("ALPHA", "BETA", mode=2)
            await w.upstream("1", "2")
            before = w.figures
            ticks = [["NSE", token, 3, float(price)] for price in range(100, 110) for token in ("1", "2")]
            await w.vendor.say({"ticks": ticks})
            for client in clients:
                prices = [(await client.expect(type="market_data"))["data"]["ltp"] for _ in ticks]
                assert prices == [price for _, _, _, price in ticks]
            after = w.figures
            assert after["frames_built"] - before["frames_built"] == len(ticks)
            assert after["delivered"] - before["delivered"] == 3 * len(ticks)
            assert after["writes"] - before["writes"] == 3

    run(scenario)


class Box:
    """Something to flush; remembers when."""

    def __init__(self, log: list[int], name: int) -> None:
        self._log = log
        self._name = name

    def flush(self) -> None:
        self._log.append(self._name)


def test_many_outboxes_are_written_in_slices_that_let_the_loop_breathe(run, wait) -> None:
    async def scenario() -> None:
        flusher, log = Flusher(), []
        for number in range(1000):
            flusher.mark(Box(log, number))
        seen = []
        while len(log) < 1000:
            await asyncio.sleep(0)
            seen.append(len(log))
        assert log == list(range(1000))
        assert seen[0] < 200
        flusher.mark(Box(log, 1000))
        await wait(lambda: len(log) == 1001)

    run(scenario)


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_text_frames_have_the_length_form_that_the_protocol_asks_for(size: int) -> None:
    from websockets.frames import Frame, Opcode

    payload = b"x" * size
    assert text_frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)


def fields(mode: Mode, levels: int = 5, **values) -> dict:
    data = MarketData(exchange="NSE", symbol="ALPHA", mode=mode.value, received_at_ms=5, **values)
    frame = MarketFrames("vendor", "NSE", "ALPHA", mode).frame(data, levels)
    return json.loads(frame[2 if frame[1] < 126 else 4 :])["data"]


def test_prices_have_at_most_four_decimals_whatever_arithmetic_made_them() -> None:
    for raw in (100.30000000000001, 0.1 + 0.2, 99_999.99994, 1e-9, -0.00004, 12_345_678.9, 1e15):
        assert fields(Mode.LTP, ltp=raw)["ltp"] == round(raw, 4)
    assert fields(Mode.QUOTE, ltp=100.1, close=100.3)["change"] == -0.2
    assert fields(Mode.LTP, ltp=math.inf)["ltp"] is None


def test_what_a_vendor_does_not_tell_is_zero_where_the_contract_needs_it_and_absent_elsewhere() -> None:
    assert fields(Mode.QUOTE, ltp=1.5) == {
        "ltp": 1.5, "timestamp": 5, "open": 0.0, "high": 0.0, "low": 0.0, "close": 0.0, "volume": 0,
        "change": 0.0, "change_percent": 0.0,
    }  # fmt: skip
    level = DepthLevel(1.25, 3)
    assert fields(Mode.DEPTH, levels=1, ltp=1.5, bids=(level, level), oi=0) == {
        "ltp": 1.5, "timestamp": 5, "oi": 0,
        "depth": {"buy": [{"price": 1.25, "quantity": 3, "orders": 0}], "sell": []},
    }  # fmt: skip
