"""The order stream over Socket.IO: rooms per account and mode, resumed behind a number without a hole or a repeat."""

from __future__ import annotations

import base64
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import socketio

from blueprints.realtime import orders as rooms
from domain.instruments import Exchange
from domain.orders import OrderRow, OrderStatus, PriceType, Product, Side
from domain.streams.orders import Scope, Sent
from services.trading.updates.stream import Owner
from test.support.order_messages import order_message

PATIENCE = 20.0
MESSAGE = order_message(user_id="ada", broker="instant", symbol="SBIN")


class Stream:
    """Changes of orders, as the trading room appends them."""

    def __init__(self, services: Any) -> None:
        self._services = services
        services.trading.stream.start()

    def change(self, order_id: str, account_id: int = 7, mode: str = "live", user_id: int = 1) -> None:
        owner = Owner(user_id=user_id, username="ada", account_id=account_id, broker="instant")
        row = OrderRow(
            order_id=order_id, symbol="SBIN", exchange=Exchange.NSE, side=Side.BUY, quantity=10,
            price_type=PriceType.LIMIT, product=Product.MIS, status=OrderStatus.OPEN, price=Decimal("968.30"),
        )  # fmt: skip
        at_ms = int(self._services.clock.now().timestamp() * 1000)
        self._services.trading.stream.append(
            owner, mode, "instant", row, strategy="s", source="push", at_ms=at_ms
        )

    def journal(self, **scope: Any) -> list[tuple[int, str]]:
        reader = self._services.order_replays.reader(Scope(user_id=1, **scope), 0)
        return [(sent.seq, sent.message.orderid) for sent in reader.next(100_000)]

    def settle(self, count: int) -> list[tuple[int, str]]:
        until(lambda: len(self.journal()) >= count)
        return self.journal()


def until(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Desk:
    """A browser tab: what it hears of orders, over as many connections as it takes."""

    def __init__(self, address: str, cookie: str) -> None:
        self._address, self._cookie = address, cookie
        self.heard: list[tuple[int, str]] = []
        self.client: socketio.Client | None = None

    def connect(self, auth: Any = None) -> None:
        client = self.client = socketio.Client(reconnection=False)
        # This library handles every message on a thread of its own; browsers handle them in order.
        handle = client.eio._trigger_event
        client.eio._trigger_event = lambda *args, **options: handle(*args, **options | {"run_async": False})

        def hear(data: dict[str, Any]) -> None:
            if self.client is client:
                self.heard.append((data["seq"], data["orderid"]))

        client.on("order_update", hear)
        headers = {"Cookie": f"session={self._cookie}"}
        client.connect(self._address, headers=headers, auth=auth, transports=["websocket"], wait_timeout=10)

    def resume(self, **asked: Any) -> dict[str, Any]:
        """A new connection that goes on behind the last number heard."""
        self.connect({"orders": "resume"})
        return self.ask(after=self.heard[-1][0] if self.heard else 0, **asked)

    def ask(self, **asked: Any) -> dict[str, Any]:
        assert self.client is not None
        found: dict[str, Any] = self.client.call("subscribe_orders", asked, timeout=10)
        return found

    def drop(self) -> None:
        """The line is cut: whatever is on its way is lost."""
        client, self.client = self.client, None
        if client is not None:
            client.eio.ws.shutdown()


@pytest.fixture
def stream(services: Any) -> Stream:
    return Stream(services)


@pytest.fixture
def desk(address: str, signed_in: Any) -> Iterator[Callable[[], Desk]]:
    opened: list[Desk] = []

    def make() -> Desk:
        opened.append(Desk(address, signed_in.cookie))
        return opened[-1]

    yield make
    for each in opened:
        each.drop()


def test_a_desk_whose_line_drops_at_random_points_hears_the_whole_journal_once_and_in_order(
    stream: Stream, desk: Any
) -> None:
    dice = random.Random(4)
    tabs = [desk(), desk()]
    changes = 0
    for number in range(30):
        for part in range(dice.randint(0, 12)):
            stream.change(f"{number}.{part}", mode=dice.choice(("live", "analyze")))
            changes += 1
        for tab in tabs:
            if tab.client is None:
                answer = tab.resume()
                assert (answer["status"], answer["gap"]) == ("success", False)
            if dice.random() < 0.35:
                tab.drop()
    journal = stream.settle(changes)
    for tab in tabs:
        if tab.client is None:
            tab.resume()
        until(lambda tab=tab: tab.heard and tab.heard[-1] == journal[-1])
        assert tab.heard == journal


def test_a_desk_that_resumes_while_orders_pour_in_hears_each_once(stream: Stream, desk: Any) -> None:
    pouring = threading.Thread(target=lambda: [stream.change(str(number)) for number in range(800)])
    tabs = [desk() for _ in range(3)]
    for tab in tabs:
        tab.connect({"orders": "resume"})
    pouring.start()
    for tab in tabs:
        assert tab.ask(after=0)["gap"] is False
    for _ in range(3):  # as a desk does that found a number missing
        assert tabs[0].ask(after=tabs[0].heard[-1][0] if tabs[0].heard else 0)["gap"] is False
    pouring.join()
    journal = stream.settle(800)
    for tab in tabs:
        until(lambda tab=tab: tab.heard and tab.heard[-1] == journal[-1])
    assert list(dict.fromkeys(tabs[0].heard)) == journal  # it asked for some twice
    assert all(tab.heard == journal for tab in tabs[1:])


class Late:
    """A store in which three pages of changes appear while a desk that found none waits for its turn."""

    def __init__(self) -> None:
        self.left = [[Sent(seq, MESSAGE) for seq in seqs] for seqs in ([], [1, 2], [3, 4], [5])]
        self.at, self.scope = 0, Scope(user_id=1)

    def reader(self, _scope: Scope, _after: int) -> Late:
        return self

    def next(self, _limit: int) -> list[Sent]:
        page = self.left.pop(0) if self.left else []
        self.at = page[-1].seq if page else self.at
        return page


def test_what_the_rooms_heard_while_a_desk_waited_for_its_turn_is_given_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[int] = []
    monkeypatch.setattr(rooms, "join_room", lambda *_room, **_options: None)
    said = SimpleNamespace(emit=lambda _event, frame, to: given.append(frame["seq"]))
    answer = rooms.OrderRooms(said, Late())._resume("tab", Scope(user_id=1), 0)  # type: ignore[arg-type]
    assert given == [1, 2, 3, 4, 5]
    assert (answer["seq"], answer["count"], answer["gap"]) == (5, 5, False)


def test_a_desk_follows_one_account_in_one_mode_from_where_it_was_or_is_told_of_a_gap(
    stream: Stream, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream.change("live")
    stream.change("paper", mode="analyze")
    stream.change("second", account_id=8)
    last = stream.settle(3)[-1][0]
    tab = desk()
    tab.connect({"orders": "resume"})
    for wrong in ({"after": "x"}, {"after": -1}, {"mode": "dry"}, {"account_id": "7"}, {"after": 1.5}):
        assert tab.ask(**wrong)["status"] == "error"
    assert tab.ask(after=0, account_id=7, mode="live")["count"] == 1
    stream.change("second 2", account_id=8)
    stream.change("paper 2", mode="analyze")
    stream.change("live 2")
    until(lambda: len(tab.heard) == 2)
    assert [order_id for _, order_id in tab.heard] == ["live", "live 2"]

    assert tab.ask(after=last + 10_000_000)["gap"] is True
    monkeypatch.setattr(rooms, "PAGE", 2)
    monkeypatch.setattr(rooms, "MOST_MISSED", 4)
    journal = stream.settle(6)
    answer = tab.ask(after=0)
    assert (answer["gap"], answer["seq"]) == (True, journal[-1][0])
    stream.change("then")
    until(lambda: tab.heard[-1][1] == "then")


def test_a_desk_that_asks_for_nothing_hears_its_users_orders_though_another_reads_nothing(
    stream: Stream, desk: Any, address: str, signed_in: Any
) -> None:
    port = int(address.rpartition(":")[2])
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    raw.sendall(
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Cookie: session={signed_in.cookie}\r\n\r\n".encode()
    )
    raw.recv(2048)
    raw.sendall(bytes([0x81, 0x82, 0, 0, 0, 0]) + b"40")  # enters, and reads nothing from now on
    tab = desk()
    tab.connect()
    for number in range(1000):
        stream.change(str(number), account_id=7 + number % 2, mode=("live", "analyze")[number % 3 == 0])
        stream.change("theirs", user_id=2, account_id=9)
    journal = stream.settle(1000)
    until(lambda: len(tab.heard) == 1000)
    assert tab.heard == journal
    raw.close()
