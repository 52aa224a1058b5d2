import json
import subprocess
import sys
from pathlib import Path

import pytest
import websockets.sync.client as ws
from websockets.exceptions import ConnectionClosed, InvalidStatus

VENDOR_CLIENT = Path(__file__).with_name("vendor_ticker.py")


def dial(kite_twin, kite, token=None):
    query = f"api_key={kite.api_key}&access_token={token or kite.access_token}"
    return ws.connect(f"{kite_twin.ws_url}/?{query}", max_size=None)


def frames(socket, count, seconds=5):
    return [socket.recv(timeout=seconds) for _ in range(count)]


def sizes(frame):
    found, at = [], 2
    for _ in range(int.from_bytes(frame[:2], "big")):
        length = int.from_bytes(frame[at : at + 2], "big")
        found.append(length)
        at += 2 + length
    assert at == len(frame)
    return found


@pytest.fixture
def tokens(kite):
    found = kite.ltp(["NSE:TATAPOWER", "NSE:NIFTY 50"])
    return found["NSE:TATAPOWER"]["instrument_token"], found["NSE:NIFTY 50"]["instrument_token"]


@pytest.mark.parametrize(("mode", "lengths"), [("ltp", {8}), ("quote", {44, 28}), ("full", {184, 32})])
def test_each_mode_has_its_packets(kite, kite_twin, tokens, mode, lengths):
    with dial(kite_twin, kite) as socket:
        socket.send(json.dumps({"a": "subscribe", "v": list(tokens)}))
        socket.send(json.dumps({"a": "mode", "v": [mode, list(tokens)]}))
        seen = set()
        for _ in range(20):
            seen = {length for frame in frames(socket, 1) if len(frame) > 1 for length in sizes(frame)}
            if seen == lengths:
                break
        assert seen == lengths


def test_an_idle_socket_hears_heartbeats(kite, kite_twin):
    with dial(kite_twin, kite) as socket:
        assert frames(socket, 2) == [b"\x00", b"\x00"]


def test_a_dead_token_cannot_connect(kite, kite_twin):
    with pytest.raises(InvalidStatus) as refusal:
        dial(kite_twin, kite, token="dead")
    assert refusal.value.response.status_code == 403


def test_nonsense_from_the_client_is_answered_with_an_error(kite, kite_twin):
    with dial(kite_twin, kite) as socket:
        for text in (
            "no json",
            "[]",
            '{"a":"dance"}',
            '{"a":"mode","v":["loud",[1]]}',
            '{"a":"subscribe","v":7}',
        ):
            socket.send(text)
            answer = next(
                frame for frame in iter(lambda: socket.recv(timeout=5), None) if isinstance(frame, str)
            )
            assert json.loads(answer)["type"] == "error"


def test_silence_garbage_and_a_cut_line_on_demand(kite, kite_twin):
    with dial(kite_twin, kite) as socket:
        frames(socket, 1)
        kite_twin.disturb(action="silence", seconds=30)
        with pytest.raises(TimeoutError):
            frames(socket, 3, seconds=1.6)
        kite_twin.disturb(action="garbage")
        assert len(frames(socket, 4)) == 4
        kite_twin.disturb(action="drop")
        with pytest.raises(ConnectionClosed):
            frames(socket, 1)


def test_an_order_change_reaches_the_users_socket(kite, kite_twin):
    with dial(kite_twin, kite) as socket:
        order_id = kite.place_order("regular", "NSE", "TATAPOWER", "BUY", 5, "MIS", "MARKET")
        messages = []
        while not messages or messages[-1]["data"]["status"] != "COMPLETE":
            frame = socket.recv(timeout=5)
            if isinstance(frame, str):
                messages.append(json.loads(frame))
        assert {message["type"] for message in messages} == {"order"}
        assert messages[-1]["data"]["order_id"] == order_id
        assert messages[-1]["data"]["unfilled_quantity"] == 0


def test_the_vendors_own_ticker_reads_ticks_and_orders(kite, kite_twin, tokens):
    """In a process of its own: its event loop cannot be started twice."""
    vendor = subprocess.Popen(
        [sys.executable, str(VENDOR_CLIENT), kite.api_key, kite.access_token, kite_twin.ws_url, *map(str, tokens)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert vendor.stdout.readline() == "subscribed\n"
        kite.place_order("regular", "NSE", "TATAPOWER", "SELL", 5, "MIS", "MARKET")
        seen = json.loads(vendor.stdout.readline())
    finally:
        vendor.kill()
        vendor.wait()
        vendor.stdout.close()
    share, index = (seen["ticks"][str(token)] for token in tokens)
    assert share["mode"] == index["mode"] == "full"
    assert share["tradable"] and not index["tradable"]
    assert share["depth"]["buy"][0]["price"] < share["depth"]["sell"][0]["price"]
    assert share["ohlc"]["low"] <= share["last_price"] <= share["ohlc"]["high"]
    assert index["ohlc"]["low"] <= index["last_price"] <= index["ohlc"]["high"]
    assert seen["order"]["tradingsymbol"] == "TATAPOWER"
