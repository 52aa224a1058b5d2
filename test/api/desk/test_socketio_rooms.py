"""Socket.IO over a real socket: who may enter, and who hears what."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import socketio
from werkzeug.serving import WSGIRequestHandler, make_server

from services import events


class Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        return None


@pytest.fixture
def address(app: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)
    server.server_close()


class Listener:
    """A desk's socket: everything it hears goes into a queue."""

    def __init__(self, address: str, cookie: str | None) -> None:
        self.heard: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.ended = threading.Event()
        self.client = socketio.Client(reconnection=False)
        self.client.on("*", lambda event, data: self.heard.put((event, data)))
        self.client.on("disconnect", lambda *_: self.ended.set())
        headers = {"Cookie": f"session={cookie}"} if cookie else {}
        self.client.connect(address, headers=headers, transports=["websocket"], wait_timeout=5)

    def next(self) -> tuple[str, Any]:
        return self.heard.get(timeout=5)


@pytest.fixture
def listen(address: str) -> Iterator[Callable[[str | None], Listener]]:
    opened: list[Listener] = []

    def make(cookie: str | None) -> Listener:
        listener = Listener(address, cookie)
        opened.append(listener)
        return listener

    yield make
    for listener in opened:
        listener.client.disconnect()


def placed(user_id: int) -> events.OrderPlaced:
    return events.OrderPlaced(
        user_id=user_id, account_id=1, broker="instant", mode="live", source="ui", strategy="Desk", order_id="42",
        symbol="SBIN", exchange="NSE", action="BUY", quantity=1, price_type="MARKET", product="CNC",
    )  # fmt: skip


def test_a_stranger_is_refused(signed_in: Any, listen: Any) -> None:
    for cookie in (None, "0" * 64):
        with pytest.raises(socketio.exceptions.ConnectionError):
            listen(cookie)


def test_a_user_hears_their_own_orders_only(
    signed_in: Any, services: Any, listen: Any, new_browser: Any
) -> None:
    services.users.add("bob", "bob@example.com", "Battery-Staple7!")
    other = new_browser(signed_in.app)
    other.post("/ui/api/login", {"username": "bob", "password": "Battery-Staple7!"})
    ada, bob = listen(signed_in.cookie), listen(other.cookie)
    services.events.publish(placed(1))
    services.events.publish(events.ModeChanged(mode="analyze"))
    event, data = ada.next()
    assert (event, data["orderid"], data["product_type"]) == ("order_event", "42", "CNC")
    assert ada.next() == ("app_mode_changed", {"analyze_mode": True})
    assert bob.next() == ("app_mode_changed", {"analyze_mode": True})


def test_a_connected_account_is_announced(signed_in: Any, listen: Any) -> None:
    ada = listen(signed_in.cookie)
    account = signed_in.post("/ui/api/accounts", {"broker": "instant", "label": "Mine"}).get_json()["data"]
    signed_in.post(f"/ui/api/accounts/{account['id']}/connect")
    event, data = ada.next()
    assert event == "account_update"
    assert (data["account"]["id"], data["account"]["session"]["state"]) == (account["id"], "valid")


def test_signing_out_ends_the_sockets_of_that_browser(
    signed_in: Any, listen: Any, new_browser: Any, password: str
) -> None:
    other = new_browser(signed_in.app)
    other.post("/ui/api/login", {"username": "ada", "password": password})
    here, there = listen(signed_in.cookie), listen(other.cookie)
    signed_in.post("/ui/api/logout")
    assert here.ended.wait(5)
    assert not there.ended.is_set()


def test_a_browser_signed_out_from_elsewhere_is_told_why(signed_in: Any, services: Any, listen: Any) -> None:
    ada = listen(signed_in.cookie)
    services.web_sessions.revoke_all(1, "The password was changed")
    assert ada.next() == ("force_logout", {"message": "The password was changed"})
    assert ada.ended.wait(5)


def test_the_number_of_sockets_per_user_is_bounded(signed_in: Any, listen: Any) -> None:
    clients = signed_in.app.extensions["openalgo_socketio_clients"]
    clients._most_per_user = 2
    listen(signed_in.cookie)
    listen(signed_in.cookie)
    with pytest.raises(socketio.exceptions.ConnectionError):
        listen(signed_in.cookie)
    assert len(clients) == 2
