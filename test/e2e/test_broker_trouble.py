"""What goes wrong at a broker, through the real program: dead tokens, dropped sockets, lost answers, sudden death."""

from __future__ import annotations

import contextlib
import json
import queue
import random
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import websocket
from e2e_program import alive, eventually
from gateways import TwinGateway
from openalgo import api

SYMBOLS = ("RELIANCE", "SBIN")
SBIN = {"strategy": "trouble", "symbol": "SBIN", "exchange": "NSE", "action": "BUY", "product": "MIS"}
PLACE = {"path": "/orders/regular", "method": "POST"}


@pytest.fixture
def gateway(kite_gateway: TwinGateway) -> Iterator[TwinGateway]:
    kite_gateway.twin.clear_faults()
    yield kite_gateway
    kite_gateway.twin.clear_faults()
    if kite_gateway.desk.account(kite_gateway.account_id)["session"]["state"] != "valid":
        kite_gateway.desk.log_in(kite_gateway.account_id)


@pytest.fixture
def client(gateway: TwinGateway) -> Iterator[Any]:
    sdk = api(api_key=gateway.api_key, host=gateway.url, ws_url=gateway.websocket_url)
    yield sdk
    sdk.disconnect()


class Ticks:
    """What a subscribed client gets. `fresh` waits for two more ticks of each symbol."""

    def __init__(self, client: Any) -> None:
        self._arrived: queue.Queue[dict[str, Any]] = queue.Queue()
        assert client.connect()
        assert client.subscribe_quote(
            [{"exchange": "NSE", "symbol": symbol} for symbol in SYMBOLS], on_data_received=self._arrived.put
        )

    def count(self) -> int:
        return self._arrived.qsize()

    def fresh(self, seconds: float = 15) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._arrived.get_nowait()
        seen = dict.fromkeys(SYMBOLS, 0)

        def enough() -> bool:
            with contextlib.suppress(queue.Empty):
                while True:
                    seen[self._arrived.get_nowait()["symbol"]] += 1
            return min(seen.values()) >= 2

        eventually(enough, seconds, f"two ticks of each symbol, got {seen}")


@pytest.fixture
def ticks(client: Any) -> Ticks:
    found = Ticks(client)
    found.fresh()
    return found


def feed_state(gateway: TwinGateway) -> str:
    with contextlib.closing(websocket.create_connection(gateway.websocket_url, timeout=10)) as socket:
        socket.send(json.dumps({"action": "authenticate", "api_key": gateway.api_key}))
        assert json.loads(socket.recv())["status"] == "success"
        socket.send(json.dumps({"action": "get_broker_info"}))
        state: str = json.loads(socket.recv())["feed_state"]
        return state


def far_price(client: Any) -> float:
    """A price that rests: seven per cent below the last one."""
    answer = client.quotes(symbol="SBIN", exchange="NSE")
    assert answer["status"] == "success", answer
    return round(answer["data"]["ltp"] * 0.93, 0)


def rest(client: Any, price: float, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.placeorder(**SBIN, price_type="LIMIT", quantity=1, price=price, **more)
    return answer


def refusal(answer: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """HTTP status and body of an error, which the client hands on as text."""
    assert answer["status"] == "error", answer
    return answer["code"], json.loads(re.sub(r"^HTTP \d+: ", "", answer["message"]))


def test_a_dead_token_is_told_and_a_new_login_heals_orders_and_ticks(
    gateway: TwinGateway, client: Any, ticks: Ticks
) -> None:
    price = far_price(client)
    before = gateway.program.tree()
    gateway.twin.kill_tokens()
    for _ in range(2):
        status, body = refusal(rest(client, price))
        assert (status, body["code"]) == (503, "BROKER_SESSION_EXPIRED")
    assert gateway.desk.account(gateway.account_id)["session"]["state"] == "expired"
    eventually(lambda: feed_state(gateway) == "no_session", 5, "the feed says that it has no session")
    eventually(lambda: gateway.twin.state()["sockets"] == 0, 5, "the stream of the dead session is closed")

    gateway.desk.log_in(gateway.account_id)
    assert gateway.desk.account(gateway.account_id)["session"]["state"] == "valid"
    answer = rest(client, price)
    assert answer["status"] == "success", answer
    assert client.cancelorder(order_id=answer["orderid"], strategy="trouble")["status"] == "success"
    ticks.fresh()
    assert feed_state(gateway) == "live"
    assert len(alive(before)) == len(before)


def test_a_token_that_only_the_stream_finds_dead_is_told_too(
    gateway: TwinGateway, client: Any, ticks: Ticks
) -> None:
    assert client.cancelallorder(strategy="trouble")["status"] == "success"
    gateway.twin.kill_tokens()
    gateway.twin.disturb(action="drop")
    eventually(lambda: feed_state(gateway) == "no_session", 10, "the feed says that it has no session")

    def state() -> str:
        word: str = gateway.desk.account(gateway.account_id)["session"]["state"]
        return word

    eventually(lambda: state() == "expired", 5, "the account says so as well")
    gateway.desk.log_in(gateway.account_id)
    ticks.fresh()
    assert state() == "valid"


def test_a_call_of_the_old_session_does_not_end_the_new_one(gateway: TwinGateway, client: Any) -> None:
    gateway.twin.fault(kind="delay_before", path="/user/margins", method="GET", seconds=2)
    answers: queue.Queue[dict[str, Any]] = queue.Queue()
    late = threading.Thread(target=lambda: answers.put(client.funds()))
    late.start()
    eventually(lambda: not gateway.twin.state()["faults"], 5, "the call is under way")
    gateway.desk.log_in(gateway.account_id)
    late.join(10)
    status, body = refusal(answers.get(timeout=1))
    assert (status, body["code"]) == (503, "BROKER_SESSION_EXPIRED")
    assert gateway.desk.account(gateway.account_id)["session"]["state"] == "valid"
    assert client.funds()["status"] == "success"


def test_ticks_resume_after_the_broker_dropped_the_socket(
    gateway: TwinGateway, client: Any, ticks: Ticks
) -> None:
    gateway.twin.disturb(action="drop")
    eventually(lambda: gateway.twin.state()["sockets"] == 0, 5, "the socket is cut")
    eventually(lambda: gateway.twin.state()["sockets"] == 1, 10, "the stream dials again")
    ticks.fresh()


def test_ticks_resume_after_frames_that_break_the_layout(
    gateway: TwinGateway, client: Any, ticks: Ticks
) -> None:
    gateway.twin.disturb(action="garbage")
    ticks.fresh()
    assert feed_state(gateway) == "live"


def test_a_lost_answer_is_unknown_then_found_by_its_tag_and_never_sent_twice(
    gateway: TwinGateway, client: Any
) -> None:
    price = far_price(client)
    gateway.twin.fault(kind="drop_after", **PLACE)
    status, body = refusal(rest(client, price, client_order_id="lost-1"))
    assert (status, body["code"]) == (502, "OUTCOME_UNKNOWN")

    def intent() -> dict[str, Any]:
        (row,) = [row for row in gateway.intents() if row["tag"] == body["tag"]]
        return row

    eventually(lambda: intent()["state"] == "acked", 10, "the order is found in the book")
    (order,) = gateway.orders_at_broker(body["tag"])
    assert intent()["order_id"] == order["order_id"]
    again = rest(client, price, client_order_id="lost-1")
    assert (again["status"], again["orderid"]) == ("success", order["order_id"])
    assert len(gateway.orders_at_broker(body["tag"])) == 1
    shown = client.orderstatus(order_id=order["order_id"], strategy="trouble")["data"]
    assert (shown["order_status"], shown["quantity"]) == ("open", 1)
    assert client.cancelorder(order_id=order["order_id"], strategy="trouble")["status"] == "success"


def test_a_lost_answer_to_a_change_is_settled_by_the_book(gateway: TwinGateway, client: Any) -> None:
    price = far_price(client)
    order_id = rest(client, price)["orderid"]

    def settled(operation: str) -> bool:
        rows = [
            row for row in gateway.intents() if (row["operation"], row["order_id"]) == (operation, order_id)
        ]
        return [row["state"] for row in rows] == ["acked"]

    gateway.twin.fault(kind="drop_after", path="/orders/regular", method="PUT")
    change = {**SBIN, "price_type": "LIMIT", "quantity": 3, "price": price}
    status, body = refusal(client.modifyorder(order_id=order_id, **change))
    assert (status, body["code"]) == (502, "OUTCOME_UNKNOWN")
    eventually(lambda: settled("modify"), 10, "the change is found in the book")
    assert client.orderstatus(order_id=order_id)["data"]["quantity"] == 3
    gateway.twin.fault(kind="drop_after", path="/orders/regular", method="DELETE")
    status, body = refusal(client.cancelorder(order_id=order_id, strategy="trouble"))
    assert (status, body["code"]) == (502, "OUTCOME_UNKNOWN")
    eventually(lambda: settled("cancel"), 10, "the cancellation is found in the book")
    assert client.orderstatus(order_id=order_id)["data"]["order_status"] == "cancelled"


def test_an_order_placed_at_the_broker_itself_is_pushed_to_the_client(
    gateway: TwinGateway, client: Any
) -> None:
    assert client.cancelallorder(strategy="trouble")["status"] == "success"
    form = {
        "exchange": "NSE", "tradingsymbol": "SBIN", "transaction_type": "BUY", "product": "MIS", "validity": "DAY",
        "order_type": "LIMIT", "quantity": "2", "price": str(far_price(client)),
    }  # fmt: skip
    with contextlib.closing(websocket.create_connection(gateway.websocket_url, timeout=10)) as socket:
        for message in (
            {"action": "authenticate", "api_key": gateway.api_key},
            {"action": "subscribe_orders"},
        ):
            socket.send(json.dumps(message))
            assert json.loads(socket.recv())["status"] == "success"
        terminal = gateway.order_at_terminal(form)
        update = json.loads(socket.recv())
    assert (update["orderid"], update["order_status"], update["strategy"]) == (terminal, "open", "")
    assert client.cancelorder(order_id=terminal, strategy="trouble")["status"] == "success"


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"kind": "status", "status": 429}, 429, "THROTTLED"),
        ({"kind": "html", "status": 502, "times": -1}, 502, "UNAVAILABLE"),
        ({"kind": "drop_before", "times": -1}, 502, "UNAVAILABLE"),
    ],
)
def test_a_read_that_the_broker_cannot_serve_is_told_in_the_one_envelope(
    gateway: TwinGateway, client: Any, fault: dict[str, Any], status: int, code: str
) -> None:
    gateway.twin.fault(path="/portfolio/holdings", **fault)
    found, body = refusal(client.holdings())
    assert (found, body["status"], body["code"]) == (status, "error", code)
    assert "acted" not in body["message"]  # nothing was asked of the broker but to tell
    gateway.twin.clear_faults()
    assert client.holdings()["status"] == "success"


def test_an_order_that_never_reached_the_exchange_is_unknown_and_not_repeated(
    gateway: TwinGateway, client: Any
) -> None:
    gateway.twin.fault(kind="drop_before", **PLACE)
    price = far_price(client)
    for _ in range(3):
        status, body = refusal(rest(client, price, client_order_id="gone-1"))
        assert (status, body["code"]) == (502, "OUTCOME_UNKNOWN")
    assert gateway.orders_at_broker(body["tag"]) == []


class InFlight:
    """One order whose answer the broker holds: before it reaches the exchange, or after."""

    def __init__(
        self, gateway: TwinGateway, client: Any, price: float, key: str, dice: random.Random
    ) -> None:
        self.key, self.price = key, price
        self.hold = dice.choice(("delay_before", "delay_after"))
        known = {row["tag"] for row in gateway.intents()}
        gateway.twin.fault(kind=self.hold, seconds=dice.uniform(3, 8), **PLACE)
        self.thread = threading.Thread(target=rest, args=(client, price), kwargs={"client_order_id": key})
        self.thread.start()
        eventually(lambda: not gateway.twin.state()["faults"], 10, "the broker has the order")
        (self.tag,) = {row["tag"] for row in gateway.intents()} - known


@pytest.mark.parametrize("seed", [1, 2])
def test_death_while_the_broker_holds_the_answer_leaves_exactly_one_order(
    gateway: TwinGateway, client: Any, seed: int
) -> None:
    dice = random.Random(seed)
    price = far_price(client)
    flights = []
    for number in range(3):
        flights.append(InFlight(gateway, client, price, f"crash-{seed}-{number}", dice))
        time.sleep(dice.uniform(0, 0.4))  # the moment of death, not a wait for anything
    gateway.kill()
    for flight in flights:
        flight.thread.join(10)
    tags = {flight.tag for flight in flights}
    assert {row["state"] for row in gateway.intents() if row["tag"] in tags} == {"pending"}

    gateway.start_again()
    for flight in flights:  # a client that repeats at once, with its key
        answer = rest(client, price, client_order_id=flight.key)
        assert answer["status"] == "success" or refusal(answer)[1]["code"] == "OUTCOME_UNKNOWN", answer
    eventually(
        lambda: {row["state"] for row in gateway.intents() if row["tag"] in tags} == {"acked"},
        30,
        "every intent is settled",
    )
    for flight in flights:
        (order,) = gateway.orders_at_broker(flight.tag)
        again = rest(client, price, client_order_id=flight.key)
        assert (again["status"], again["orderid"]) == ("success", order["order_id"])
        assert client.cancelorder(order_id=order["order_id"], strategy="trouble")["status"] == "success"
    keys = [row["tag"] for row in gateway.intents() if row["operation"] == "place"]
    assert all(len(gateway.orders_at_broker(tag)) <= 1 for tag in keys)

    Ticks(client).fresh()


def test_no_secret_lies_in_the_open(gateway: TwinGateway) -> None:
    secrets = gateway.secrets()
    files = [path for path in gateway.program.data_dir.rglob("*") if path.is_file()]
    assert any(path.name == "openalgo.db" for path in files)
    assert {
        path.name for path in files for secret in secrets if secret.encode() in path.read_bytes()
    } == set()
    assert not [line for line in gateway.program.lines for secret in secrets if secret in line]
