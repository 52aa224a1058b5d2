"""Order updates over the WebSocket: whatever the bus loses and however often the line drops, one complete stream."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
import os
import random
import socket
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import zmq
from sqlalchemy import text

from database.stores import Stores, StoreUrls
from domain.feed import order_topic, pack
from domain.instruments import Exchange
from domain.orders import OrderRow, OrderStatus, PriceType, Product, Side
from domain.streams.orders import Scope
from services.market.feed_client import FeedClient
from services.trading.updates.replays import OrderReplays
from services.trading.updates.stream import Kept, OrderStream, Owner
from test.ws.conftest import STREAM, VendorCodec
from utils.clock import ManualClock, SystemClock, epoch_ms
from websocket_proxy.proxy import orders as channels

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)


class Desk:
    """The app's side: changes go to a real store, and to the buses of some proxies unless they are `lost`."""

    def __init__(self, folder: Any) -> None:
        self.stores = Stores(StoreUrls(), folder)
        self.stores.logs.metadata.create_all(self.stores.logs.engine)
        self.replays = OrderReplays(self.stores.logs)
        self._context = zmq.Context()
        self._buses: list[zmq.Socket[bytes]] = []
        self.lost = lambda: False
        self.start()

    def start(self, **kept: int) -> None:
        nobody: Any = SimpleNamespace(has_listeners=lambda _kind: False)
        self.stream = OrderStream(
            publisher=self, bus=nobody, clock=ManualClock(NOW), store=self.stores.logs, kept=Kept(**kept)
        )

    def serve(self, process: Any) -> None:
        bus = self._context.socket(zmq.PUSH)
        bus.connect(process.ingress_endpoint)
        self._buses.append(bus)

    def publish_order(self, user_id: int, seq: int, message: Any) -> None:
        for bus in self._buses:
            if not self.lost():
                bus.send_multipart((order_topic(user_id), pack(seq, message)))

    def change(self, order_id: str, user_id: int = 1, account_id: int = 7, mode: str = "live") -> None:
        owner = Owner(user_id=user_id, username=f"user{user_id}", account_id=account_id, broker="vendor")
        row = OrderRow(
            order_id=order_id, symbol="ALPHA", exchange=Exchange.NSE, side=Side.BUY, quantity=10,
            price_type=PriceType.LIMIT, product=Product.MIS, status=OrderStatus.OPEN, price=Decimal("391.40"),
        )  # fmt: skip
        self.stream.append(owner, mode, "vendor", row, strategy="s", source="push", at_ms=epoch_ms(NOW))

    def tell(self) -> None:
        while self.stream.write():
            pass

    def journal(self, **scope: Any) -> list[tuple[int, str]]:
        """(number, order id) of everything stored."""
        reader = self.replays.reader(Scope(user_id=scope.pop("user_id", 1), **scope), 0)
        return [(sent.seq, sent.message.orderid) for sent in reader.next(100_000)]

    def close(self) -> None:
        self._context.destroy(linger=0)
        self.stores.close()


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setattr(channels, "TAIL_SECONDS", 0.05)
    made = Desk(tmp_path)
    yield made
    made.close()


async def take(client, found, until):
    """Order updates as (number, order id), up to and with the one numbered `until`."""
    while not found or found[-1][0] < until:
        message = await client.expect(type="order_update")
        found.append((message["seq"], message["orderid"]))


def ask(after, **more):
    return {"action": "subscribe_orders", "after": after, **more}


def test_a_client_that_names_no_number_is_served_as_ever(run, world, desk):
    async def scenario():
        async with world(history=desk.replays) as w:
            desk.change("before")
            desk.tell()
            desk.serve(w.process)
            client = await w.client()
            ack = await client.ask({"action": "subscribe_orders"}, type="subscribe_orders")
            assert ack == {
                "type": "subscribe_orders", "status": "success", "message": "Subscribed to order updates",
            }  # fmt: skip
            desk.change("then")
            desk.tell()
            assert (await client.expect(type="order_update"))["orderid"] == "then"

    run(scenario)


def test_null_asks_for_the_number_from_which_on_everything_comes(run, world, desk):
    async def scenario():
        async with world(history=desk.replays) as w:
            desk.change("before")
            desk.tell()
            desk.serve(w.process)
            client = await w.client()
            ack = await client.ask(ask(None, request_id=4), type="subscribe_orders")
            assert (ack["seq"], ack["gap"], ack["request_id"]) == (desk.journal()[-1][0], False, 4)
            desk.change("then")
            desk.tell()
            found = []
            await take(client, found, desk.journal()[-1][0])
            assert [order_id for _, order_id in found] == ["then"]

    run(scenario)


@pytest.mark.parametrize("seed", range(3))
def test_a_line_that_drops_at_random_points_gives_the_whole_journal_once_and_in_order(run, world, desk, seed):
    dice = random.Random(seed)

    async def scenario():
        desk.lost = lambda: dice.random() < 0.3
        async with world(history=desk.replays) as w:
            desk.serve(w.process)
            found, client = [], None
            for number in range(40):
                for part in range(dice.randint(0, 8)):
                    desk.change(f"{number}.{part}", mode=dice.choice(("live", "analyze")))
                if dice.random() < 0.7:
                    desk.tell()
                if client is None:
                    client = await w.client()
                    after = found[-1][0] if found else 0
                    assert (await client.ask(ask(after), type="subscribe_orders"))["gap"] is False
                journal = desk.journal()
                if journal and dice.random() < 0.5:
                    await take(client, found, dice.choice(journal)[0])
                if dice.random() < 0.4:
                    client.connection.transport.abort()  # whatever is on its way is lost
                    client = None
            desk.tell()
            if client is None:
                client = await w.client()
                await client.send(ask(found[-1][0] if found else 0))
            await take(client, found, desk.journal()[-1][0])
            assert found == desk.journal()
            await client.connection.close()

    run(scenario)


def test_every_live_client_gets_everything_although_the_bus_loses_most_of_it(run, world, desk):
    dice = random.Random(1)

    async def scenario():
        desk.lost = lambda: dice.random() < 0.8
        async with world(history=desk.replays) as w:
            desk.serve(w.process)
            plain, counting = await w.client(), await w.client()
            await plain.ask({"action": "subscribe_orders"}, type="subscribe_orders")
            await counting.ask(ask(None), type="subscribe_orders")
            for number in range(60):
                desk.change(str(number))
                desk.tell()
                if number % 20 == 0:
                    await asyncio.sleep(0)
            for client in (plain, counting):
                found = []
                await take(client, found, desk.journal()[-1][0])
                assert found == desk.journal()

    run(scenario)


def test_what_was_stored_and_never_told_reaches_clients_of_every_proxy(run, world, desk):
    """The app is killed between the two; the second proxy hears nothing of this bus at all."""

    async def scenario():
        async with world(history=desk.replays) as one, world(history=desk.replays) as two:
            desk.serve(one.process)
            clients = [await one.client(), await two.client()]
            for client in clients:
                await client.ask(ask(None), type="subscribe_orders")
            desk.change("told")
            desk.tell()
            desk.lost = lambda: True
            desk.change("stored")
            desk.tell()
            for client in clients:
                found = []
                await take(client, found, desk.journal()[-1][0])
                assert found == desk.journal()

    run(scenario)


def test_a_number_behind_what_is_kept_is_a_gap_after_which_everything_comes(run, world, desk):
    async def scenario():
        desk.start(rows=3)
        async with world(history=desk.replays) as w:
            desk.serve(w.process)
            for number in range(8):
                desk.change(str(number))
            desk.tell()
            first, last = desk.journal()[0][0], desk.journal()[-1][0]
            desk.stream.sweep()
            client = await w.client()
            ack = await client.ask(ask(first), type="subscribe_orders")
            assert (ack["gap"], ack["seq"], ack["status"]) == (True, last, "success")
            desk.change("then")
            desk.tell()
            assert (await client.expect(type="order_update"))["orderid"] == "then"

    run(scenario)


def test_a_hole_that_opens_while_a_client_catches_up_is_told_to_it(run, world, desk, monkeypatch):
    monkeypatch.setattr(channels, "PAGE", 2)

    async def scenario():
        async with world(history=desk.replays) as w:
            for number in range(6):
                desk.change(str(number))
            desk.tell()
            numbers = [seq for seq, _ in desk.journal()]
            with desk.stores.logs.unit() as unit:
                unit.session.execute(
                    text("DELETE FROM order_stream_events WHERE seq=:seq"), {"seq": numbers[3]}
                )
            client = await w.client()
            assert (await client.ask(ask(0), type="subscribe_orders"))["gap"] is False
            gap = await client.expect(type="order_gap")
            assert (gap["seq"], gap["code"]) == (numbers[-1], "ORDER_GAP")

    run(scenario)


def test_a_client_may_follow_one_account_or_one_mode_and_never_anothers(run, world, desk):
    async def scenario():
        async with world(history=desk.replays) as w:
            desk.serve(w.process)
            desk.change("live")
            desk.change("paper", mode="analyze")
            desk.change("second", account_id=9)
            desk.change("theirs", user_id=2, account_id=8)
            desk.tell()
            for scope, wanted in (
                ({"account_id": 7}, ["live", "paper"]),
                ({"account_id": 7, "order_mode": "analyze"}, ["paper"]),
                ({"order_mode": "live"}, ["live", "second"]),
                ({"account_id": 8}, []),
            ):
                client = await w.client()
                await client.ask(ask(0, **scope), type="subscribe_orders")
                got = [(await client.expect(type="order_update"))["orderid"] for _ in wanted]
                assert got == wanted, scope
            desk.change("live 2")
            desk.change("theirs 2", user_id=2, account_id=8)
            desk.tell()
            await client.ask(ask(None, account_id=7), type="subscribe_orders")
            desk.change("paper 2", mode="analyze")
            desk.tell()
            found = []
            await take(client, found, desk.journal()[-1][0])
            # The bus may still be telling of the change before, which then counts as not told yet.
            assert [order_id for _, order_id in found] in (["paper 2"], ["live 2", "paper 2"])

    run(scenario)


@pytest.mark.parametrize(
    "message",
    [ask("7"), ask(-1), ask(1.5), ask(True), ask(1, account_id="x"), ask(1, order_mode="dry"), ask([1])],
)
def test_a_number_that_is_none_is_refused_and_the_socket_stays(run, world, desk, message):
    async def scenario():
        async with world(history=desk.replays) as w:
            client = await w.client()
            answer = await client.ask(message, status="error")
            assert answer["code"] == "INVALID_PARAMETERS"
            assert (await client.ask(ask(None), type="subscribe_orders"))["gap"] is False

    run(scenario)


async def stalled(port):
    """A raw socket that asks for the whole stream and reads nothing."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, ("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    head = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    head += f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    await loop.sock_sendall(raw, head.encode())
    await loop.sock_recv(raw, 1024)
    for message in ({"action": "authenticate", "api_key": "a" * 64}, ask(0)):
        payload = json.dumps(message).encode()
        size = bytes([0x81, 0x80 | 126, *len(payload).to_bytes(2, "big"), 0, 0, 0, 0])
        await loop.sock_sendall(raw, size + payload)
    return raw


def test_a_client_that_reads_nothing_of_a_long_stream_delays_nobody_and_is_closed_in_the_end(
    run, world, desk, wait
):
    async def scenario():
        options = {"back_pressure": 0.5, "backlog": 400, "ping_interval": 0}
        async with world(history=desk.replays, **options) as w:
            desk.serve(w.process)
            for number in range(3000):
                desk.change(str(number))
            desk.tell()
            slow = await stalled(w.process.port)
            await wait(lambda: w.figures["slow_episodes"])
            quick = await w.client()
            await quick.ask(ask(None), type="subscribe_orders")
            for number in range(20):
                desk.change(f"quick {number}")
                desk.tell()
                found = await quick.expect(type="order_update")
                assert found["orderid"] == f"quick {number}"
            await wait(lambda: w.figures["slow_closed"] == 1)
            assert w.figures["order_updates"] < 3000  # it was not fed into memory
            slow.close()

    run(scenario)


def test_a_vendor_that_says_nothing_to_a_login_is_live_once_it_was_sent(run, world, desk, wait):
    class Quiet(VendorCodec):
        def dial(self, session):
            return msgspec.structs.replace(super().dial(session), answers_login=False)

    async def scenario():
        terms = msgspec.structs.replace(STREAM, order_updates="own_socket")
        url = []
        roles = {"stream": lambda: VendorCodec(url[0]), "order_codec": lambda: Quiet(url[0])}
        async with world(stream=terms, roles=roles) as w:
            w.vendor.answer_login = False
            url.append(w.vendor.url)
            states = []
            feed = FeedClient(w.process.bus_endpoint, w.process.ingress_endpoint, SystemClock())
            feed.on_order_state = lambda state: states.append(state.state)
            feed.start()
            try:
                feed.follow_orders([7])
                await wait(lambda: "live" in states)
                await wait(lambda: len(w.vendor.logins) == 1)
            finally:
                await asyncio.to_thread(feed.close)

    run(scenario)


def test_a_vendor_with_a_socket_for_orders_pushes_over_it_and_its_state_is_told(run, world, desk, wait):
    """Dialled when the app follows the account, healed when it breaks, closed when nobody follows any more."""

    async def scenario():
        terms = msgspec.structs.replace(STREAM, order_updates="own_socket")
        url = []
        roles = dict.fromkeys(("stream", "order_codec"), lambda: VendorCodec(url[0]))
        async with world(stream=terms, roles=roles) as w:
            url.append(w.vendor.url)
            updates, states = [], []
            feed = FeedClient(w.process.bus_endpoint, w.process.ingress_endpoint, SystemClock())
            feed.on_push(lambda account_id, update: updates.append((account_id, update.row.order_id)))
            feed.on_order_state = lambda state: states.append((state.account_id, state.state))
            feed.start()
            try:
                feed.follow_orders([7])
                await wait(lambda: (7, "live") in states)
                await w.vendor.say({"order": "260105000001"})
                await wait(lambda: updates == [(7, "260105000001")])
                await w.vendor.cut()
                await wait(lambda: states.count((7, "live")) == 2)
                await w.vendor.say({"order": "260105000002"})
                await wait(lambda: len(updates) == 2)
                assert [state for _, state in states].index("dialing") < states.index((7, "live"))
                assert len(w.vendor.sockets) == 1  # nobody wanted market data
                feed.follow_orders([])
                await wait(lambda: not w.vendor.sockets)
            finally:
                await asyncio.to_thread(feed.close)

    run(scenario)
