"""Socket.IO over a real socket: who may enter, and who hears what."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import socketio
import zmq

from domain.feed import FeedState, feed_topic, pack
from services import events


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


def test_what_became_of_a_gtt_is_heard_by_its_owner(signed_in: Any, services: Any, listen: Any) -> None:
    ada = listen(signed_in.cookie)
    services.events.publish(
        events.GttMoved(
            user_id=1, account_id=1, broker="instant", mode="live", source="gtt", strategy="swing",
            event="triggered", trigger_id="GTT-1", symbol="SBIN", exchange="NSE", held_by="gateway", order_id="42",
        )
    )  # fmt: skip
    event, data = ada.next()
    wanted = {
        "event": "triggered", "symbol": "SBIN", "exchange": "NSE", "trigger_id": "GTT-1",
        "triggered_order_id": "42", "mode": "live",
    }  # fmt: skip
    assert (event, {name: data[name] for name in wanted}) == ("gtt_event", wanted)


def test_a_switch_of_everything_is_told_to_all_and_ones_own_to_nobody_else(
    signed_in: Any, services: Any, listen: Any, new_browser: Any
) -> None:
    services.users.add("bob", "bob@example.com", "Battery-Staple7!")
    other = new_browser(signed_in.app)
    other.post("/ui/api/login", {"username": "bob", "password": "Battery-Staple7!"})
    ada, bob = listen(signed_in.cookie), listen(other.cookie)
    own = {"kind": "strategy", "strategy": "orb-15", "engaged": True, "reason": "runaway"}
    assert signed_in.post("/ui/api/risk/kill-switch", own).status_code == 200
    every = {"kind": "all", "engaged": True, "reason": "enough"}
    assert other.post("/ui/api/risk/kill-switch", every).status_code == 403
    assert signed_in.post("/ui/api/risk/kill-switch", every).status_code == 200
    said = {"kind": "kill_switch", "engaged": True, "by": "ada"}
    assert ada.next() == ("risk_changed", {**said, "scope": "strategy:1:orb-15", "reason": "runaway"})
    told = ("risk_changed", {**said, "scope": "all", "reason": "enough"})
    assert (ada.next(), bob.next()) == (told, told)


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


SINCE = 1_700_000_000_000


class Bus:
    """The streaming process as the app sees it: it comes, speaks of feeds, and goes."""

    def __init__(self) -> None:
        self._context = zmq.Context()
        self._seq = 0
        self._socket = self._bind("tcp://127.0.0.1:0")
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0")

    @property
    def port(self) -> int:
        return int(self.endpoint.rsplit(":", 1)[1])

    def wait_for_the_app(self) -> None:
        while self._socket.poll(5000):
            if self._socket.recv() == b"\x01sys|feed|":
                return
        raise AssertionError("the app never asked for feed states")

    def say(self, account_id: int, state: str, reason: str = "", alarm: str = "") -> None:
        self._seq += 1
        body = FeedState(
            account_id=account_id, broker="instant", state=state, reason=reason, at_ms=SINCE + 1, since_ms=SINCE,
            alarm=alarm,
        )  # fmt: skip
        self._socket.send_multipart((feed_topic(account_id), pack(self._seq, body)))

    def go(self) -> None:
        self._socket.close(linger=0)

    def come_back(self) -> None:
        self._socket = self._bind(self.endpoint)

    def close(self) -> None:
        self._context.destroy(linger=0)

    def _bind(self, endpoint: str) -> Any:
        socket = self._context.socket(zmq.XPUB)
        socket.bind(endpoint)
        return socket


@pytest.fixture
def bus() -> Iterator[Bus]:
    made = Bus()
    yield made
    made.close()


@pytest.fixture
def services(make_services: Any, bus: Bus) -> Any:
    return make_services(ZMQ_PORT=str(bus.port))


def add_account(browser: Any, label: str = "Mine") -> int:
    answer = browser.post("/ui/api/accounts", {"broker": "instant", "label": label})
    account_id: int = answer.get_json()["data"]["id"]
    return account_id


def told(
    account_id: int, state: str, reason: str = "", since_ms: int | None = None
) -> tuple[str, dict[str, Any]]:
    data = {"account_id": account_id, "state": state, "reason": reason, "since_ms": since_ms}
    return "feed_state", data


def test_a_desk_hears_how_the_feed_of_its_account_is_doing(
    signed_in: Any, services: Any, listen: Any, bus: Bus
) -> None:
    account_id = add_account(signed_in)
    ada = listen(signed_in.cookie)
    gone = told(account_id, "unreachable", "The streaming process cannot be reached")
    assert ada.next() == gone
    services.feed_client.start()
    bus.wait_for_the_app()
    assert ada.next() == told(account_id, "idle")
    bus.say(account_id, "live")
    assert ada.next() == told(account_id, "live", since_ms=SINCE)
    ready = signed_in.get("/health/ready").get_json()
    assert ready["feeds"] == [{"state": "live", "since": "2023-11-15T03:43:20+05:30"}]
    late = listen(signed_in.cookie)
    assert late.next() == told(account_id, "live", since_ms=SINCE)
    bus.go()
    assert ada.next() == gone
    bus.come_back()
    bus.wait_for_the_app()
    assert ada.next() == told(account_id, "idle")
    bus.say(account_id, "stale", "no tick for 30 s")
    assert ada.next() == told(account_id, "stale", "no tick for 30 s", SINCE)


def test_a_desk_hears_when_its_feed_needs_somebody_and_when_it_is_well_again(
    signed_in: Any, services: Any, listen: Any, bus: Bus
) -> None:
    def heard(name: str) -> Any:
        while True:
            event, data = ada.next()
            if event == name:
                return data

    account_id = add_account(signed_in)
    ada = listen(signed_in.cookie)
    services.feed_client.start()
    bus.wait_for_the_app()
    bus.say(account_id, "stale", "mute", alarm="Connection 1 brings no ticks")
    told = {"broker": "instant", "message": "Connection 1 brings no ticks"}
    assert heard("feed_alarm") == {**told, "over": False}
    bus.say(account_id, "live")
    assert heard("feed_alarm") == {**told, "over": True}


def test_a_feed_of_another_account_at_the_same_broker_serves_the_desk(
    signed_in: Any, services: Any, listen: Any, bus: Bus
) -> None:
    account_id = add_account(signed_in)
    services.feed_client.start()
    bus.wait_for_the_app()
    bus.say(account_id + 7, "live")
    ada = listen(signed_in.cookie)
    while (heard := ada.next()) != told(account_id, "live", since_ms=SINCE):
        assert heard in (told(account_id, "unreachable", heard[1]["reason"]), told(account_id, "idle"))


def test_another_active_account_brings_the_state_of_its_feed(
    signed_in: Any, services: Any, listen: Any
) -> None:
    first, second = add_account(signed_in, "One"), add_account(signed_in, "Two")
    ada = listen(signed_in.cookie)
    assert ada.next()[1]["account_id"] == first
    signed_in.post(f"/ui/api/accounts/{second}/activate")
    assert ada.next()[1]["account_id"] == second


def test_other_windows_of_the_user_hear_of_changed_lists_and_preferences(signed_in: Any, listen: Any) -> None:
    ada = listen(signed_in.cookie)
    signed_in.write("PUT", "/ui/api/preferences/documents/theme", {"value": "light"})
    lists = [{"id": "a", "name": "A", "groups": []}]
    signed_in.write("PUT", "/ui/api/watchlists", {"version": 0, "lists": lists})
    assert ada.next() == ("preference_changed", {"area": "documents", "key": "theme", "version": 1})
    assert ada.next() == ("watchlists_changed", {"version": 1})
