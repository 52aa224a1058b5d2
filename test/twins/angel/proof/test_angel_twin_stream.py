"""The Angel twin's two sockets."""

import contextlib
import json
import struct

import pytest
from websockets.exceptions import InvalidStatus

from test.support.waiting import wait_for
from test.twins.angel.client import ask


def frames(socket, wanted, seconds=5):
    """Frames until one is as wanted."""
    while True:
        frame = socket.recv(timeout=seconds)
        if wanted(frame):
            return frame


def of_size(size):
    return lambda frame: isinstance(frame, bytes) and len(frame) == size


@pytest.mark.parametrize(("mode", "size"), [(1, 51), (2, 123), (3, 379)])
def test_each_mode_has_its_packet(client, mode, size):
    token = client.token("SBIN-EQ")
    with client.dial() as socket:
        socket.send(ask(mode, [token]))
        packet = frames(socket, of_size(size))
    told, place, name, _, _, price = struct.unpack_from("<BB25sqqq", packet)
    assert (told, place, name.rstrip(b"\0").decode()) == (mode, 1, token)
    assert price / 100 == pytest.approx(client.last_price(), rel=0.01)
    if mode == 3:
        flags = [struct.unpack_from("<H", packet, 147 + 20 * level)[0] for level in range(10)]
        assert flags == [1] * 5 + [0] * 5


def test_a_ping_meets_a_pong_on_both_sockets(client):
    for path in ("/smart-stream", "/smart-order-update"):
        with client.dial(path) as socket:
            socket.send("ping")
            assert frames(socket, lambda frame: frame == "pong")


def test_currency_prices_have_seven_decimals(client):
    symbol, row = next(
        (symbol, row) for (place, symbol), row in client.master().items()
        if place == "CDS" and row["instrumenttype"] == "FUTCUR" and row["name"] == "USDINR"
    )  # fmt: skip
    assert float(row["tick_size"]) == 25000 and symbol.endswith("FUT")
    with client.dial() as socket:
        socket.send(ask(1, [row["token"]], place=13))
        packet = frames(socket, of_size(51))
    assert 10 < struct.unpack_from("<q", packet, 43)[0] / 10_000_000 < 500


@pytest.mark.parametrize(
    "request_text",
    [
        "no json",
        "[]",
        ask(9, ["3045"]),
        ask(1, ["3045"], place=99),
        ask(1, ["3045"], action=7),
        '{"action":1}',
    ],
)
def test_a_request_with_a_mistake_meets_an_error(client, request_text):
    with client.dial() as socket:
        socket.send(request_text)
        assert json.loads(frames(socket, lambda frame: isinstance(frame, str)))["errorCode"] == "E1001"


def test_a_token_too_many_is_refused_whole(client, twin):
    twin.rule(instruments_per_socket=1)
    with client.dial() as socket:
        socket.send(ask(1, [client.token("SBIN-EQ"), client.token("INFY-EQ")], name="abc"))
        told = json.loads(frames(socket, lambda frame: isinstance(frame, str)))
    assert (told["correlationID"], told["errorCode"]) == ("abc", "E1002")
    assert "Limit" in told["errorMessage"]


def test_stopping_needs_the_mode_that_was_asked(client, twin):
    token = client.token("SBIN-EQ")

    def modes():
        return [socket["modes"] for socket in twin.state()["stream"]]

    with client.dial() as socket:
        socket.send(ask(2, [token]))
        wait_for(lambda: any(modes()))
        socket.send(ask(1, [token], action=0))
        socket.send("ping")
        frames(socket, lambda frame: frame == "pong")
        assert any(modes())
        socket.send(ask(2, [token], action=0))
        wait_for(lambda: not any(modes()))


@pytest.mark.parametrize("name", ["Authorization", "x-api-key", "x-client-code", "x-feed-token"])
def test_a_handshake_needs_all_its_headers(client, name):
    with pytest.raises(InvalidStatus) as refusal:
        client.dial(**{name: "wrong"})
    assert refusal.value.response.status_code == 403


def test_a_fourth_socket_of_a_kind_is_refused(client):
    with contextlib.ExitStack() as open_ones:
        for path in ("/smart-stream", "/smart-stream", "/smart-stream", "/smart-order-update"):
            open_ones.enter_context(client.dial(path))
        with pytest.raises(InvalidStatus) as refusal:
            client.dial()
    assert refusal.value.response.status_code == 429


def test_the_order_socket_says_that_it_is_there_and_then_what_becomes_of_an_order(client):
    with client.dial("/smart-order-update") as socket:
        assert json.loads(socket.recv(timeout=5))["order-status"] == "AB00"
        order_id = client.post("/order/v1/placeOrder", client.order(quantity="2"))["data"]["orderid"]
        told = [json.loads(socket.recv(timeout=5))]
        while told[-1]["order-status"] != "AB05":
            told.append(json.loads(socket.recv(timeout=5)))
    assert {frame["orderData"]["orderid"] for frame in told} == {order_id}
    assert (told[-1]["orderData"]["filledshares"], told[-1]["orderData"]["orderstatus"]) == ("2", "complete")


def test_every_push_of_a_stop_order_tells_its_variety(client):
    price = round(client.last_price() * 1.03)
    terms = {"ordertype": "STOPLOSS_LIMIT", "triggerprice": str(price), "price": str(price + 1)}
    with client.dial("/smart-order-update") as socket:
        socket.recv(timeout=5)
        body = client.order(variety="STOPLOSS", **terms)
        order_id = client.post("/order/v1/placeOrder", body)["data"]["orderid"]
        client.post("/order/v1/cancelOrder", {"variety": "STOPLOSS", "orderid": order_id})
        told = [json.loads(socket.recv(timeout=5))]
        while told[-1]["order-status"] != "AB02":
            told.append(json.loads(socket.recv(timeout=5)))
    assert {frame["orderData"]["variety"] for frame in told} == {"STOPLOSS"}
    assert told[0]["order-status"] == "AB10"
