"""Every fault of the twin's ticker, switched on over its control port and seen by a client."""

import contextlib
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests
import websockets.sync.client as ws
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

WATCHER = Path(__file__).with_name("vendor_watcher.py")
SHARE, INDEX = "NSE:RELIANCE", "NSE:NIFTY 50"
BEATS = [0.02, 0.05]
QUIET = [0.02, 60.0]


@pytest.fixture
def tokens(kite, kite_twin):
    found = kite.ltp([SHARE, INDEX])
    kite_twin.rule(pace=BEATS)
    return found[SHARE]["instrument_token"], found[INDEX]["instrument_token"]


@pytest.fixture
def dial(kite, kite_twin):
    with contextlib.ExitStack() as stack:

        def connect(**options):
            query = f"api_key={kite.api_key}&access_token={kite.access_token}"
            options = {"max_size": 1_000_000, "ping_interval": None, "close_timeout": 0.2, **options}
            return stack.enter_context(ws.connect(f"{kite_twin.ws_url}/?{query}", **options))

        yield connect
        kite_twin.clear_faults()


def subscribe(socket, *tokens):
    socket.send(json.dumps({"a": "subscribe", "v": list(tokens)}))


def texts(socket, count):
    """The next text frames."""
    found = []
    while len(found) < count:
        frame = socket.recv(timeout=5)
        if isinstance(frame, str):
            found.append(json.loads(frame)["data"])
    return found


def ticked(socket, *tokens, seconds=5.0):
    """Wait until each has ticked."""
    missing, deadline = set(tokens), time.monotonic() + seconds
    while missing:
        missing -= tokens_of(socket.recv(timeout=max(0.01, deadline - time.monotonic())))


def tokens_of(frame):
    found, at = set(), 2
    while at < len(frame) and len(frame) > 1:
        found.add(int.from_bytes(frame[at + 2 : at + 6], "big"))
        at += 2 + int.from_bytes(frame[at : at + 2], "big")
    return found


def heard(socket, seconds):
    """What comes within `seconds`."""
    found, deadline = [], time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        try:
            found.append(socket.recv(timeout=left))
        except TimeoutError:
            break
    return found


def test_mute_keeps_the_heartbeat_and_takes_the_ticks(kite_twin, dial, tokens):
    socket = dial()
    subscribe(socket, *tokens)
    ticked(socket, *tokens)
    kite_twin.disturb(action="mute", seconds=30)
    heard(socket, 0.1)
    assert set(heard(socket, 0.7)) == {b"\x00"}


def test_one_instrument_can_be_mute_alone(kite_twin, dial, tokens):
    socket = dial()
    subscribe(socket, *tokens)
    ticked(socket, *tokens)
    kite_twin.disturb(action="mute", seconds=30, tokens=[tokens[0]])
    heard(socket, 0.1)
    assert set().union(*map(tokens_of, heard(socket, 1.2))) == {tokens[1]}


def test_silence_of_one_socket_leaves_the_other(kite_twin, dial, tokens):
    first, second = dial(), dial()
    heard(second, 0.1)
    numbers = [each["number"] for each in kite_twin.state()["stream"]]
    kite_twin.disturb(action="silence", seconds=30, socket=numbers[-2])
    heard(first, 0.1)
    assert heard(first, 0.3) == []
    assert heard(second, 0.3)


def test_subscriptions_can_be_forgotten_until_they_are_asked_for_again(kite_twin, dial, tokens):
    socket = dial()
    subscribe(socket, *tokens)
    ticked(socket, *tokens)
    kite_twin.disturb(action="forget", tokens=[tokens[0]])
    assert str(tokens[0]) not in kite_twin.state()["stream"][-1]["modes"]
    heard(socket, 0.1)
    assert set().union(*map(tokens_of, heard(socket, 0.7))) == {tokens[1]}
    subscribe(socket, tokens[0])
    ticked(socket, tokens[0])


def test_late_frames_are_late(kite_twin, dial, tokens):
    kite_twin.rule(pace=QUIET)
    socket = dial()
    socket.send("no json")
    texts(socket, 1)
    kite_twin.disturb(action="delay", seconds=30, lag=0.4)
    sent = time.monotonic()
    socket.send("no json")
    texts(socket, 1)
    assert time.monotonic() - sent >= 0.4


def test_frames_can_come_twice(kite_twin, dial, tokens):
    kite_twin.rule(pace=QUIET)
    socket = dial()
    kite_twin.disturb(action="duplicate", seconds=30, later=True)
    socket.send("no json")
    socket.send('{"a":"dance"}')
    assert texts(socket, 4) == ["Invalid message"] * 2 + ["Unknown action"] * 2


def test_frames_can_change_places(kite_twin, dial, tokens):
    kite_twin.rule(pace=QUIET)
    socket = dial()
    # A connection's first heartbeat must be out: it would change places with the first answer.
    assert socket.recv(timeout=5) == b"\x00"
    kite_twin.disturb(action="reorder", seconds=30)
    socket.send("no json")
    socket.send('{"a":"dance"}')
    assert texts(socket, 2) == ["Unknown action", "Invalid message"]


@pytest.mark.parametrize(
    ("kind", "fits"),
    [
        ("truncated", lambda frame: 2 < len(frame) < 198),
        ("count_high", lambda frame: int.from_bytes(frame[:2], "big") > 1 and len(frame) == 12),
        ("count_low", lambda frame: frame[:2] == b"\x00\x01" and len(frame) == 22),
        ("unknown_length", lambda frame: int.from_bytes(frame[2:4], "big") in (1, 7, 9, 45, 183, 185)),
        ("stranger", lambda frame: int.from_bytes(frame[2:4], "big") == 8),
        ("empty", lambda frame: frame == b""),
        ("noise", lambda frame: frame[:1] == b"\xff"),
        ("text", lambda frame: frame == "no json"),
    ],
)
def test_garbage_that_a_connection_survives(kite_twin, dial, tokens, kind, fits):
    kite_twin.rule(pace=QUIET)
    socket = dial()
    socket.send("{}")
    texts(socket, 1)
    kite_twin.disturb(action="garbage", kind=kind)
    assert fits(next(frame for frame in iter(lambda: socket.recv(timeout=5), None) if frame != b"\x00"))


@pytest.mark.parametrize(("kind", "code"), [("utf8", 1007), ("framing", 1002), ("huge", 1009)])
def test_garbage_that_ends_a_connection(kite_twin, dial, tokens, kind, code):
    socket = dial()
    heard(socket, 0.1)
    kite_twin.disturb(action="garbage", kind=kind)
    with pytest.raises(ConnectionClosed) as ended:
        heard(socket, 5)
    assert ended.value.sent.code == code


def test_frames_can_be_garbled_for_a_while(kite_twin, dial, tokens):
    socket = dial()
    heard(socket, 0.1)
    kite_twin.disturb(action="garble", seconds=30, share=1.0)
    heard(socket, 0.1)
    frames = heard(socket, 0.3)
    assert frames
    assert b"\x00" not in frames


@pytest.mark.parametrize(("how", "received"), [("cut", None), ("reset", None), ("close", 1001)])
def test_a_connection_can_be_ended_in_three_ways(kite_twin, dial, tokens, how, received):
    socket = dial()
    heard(socket, 0.1)
    kite_twin.disturb(action="drop", how=how)
    with pytest.raises(ConnectionClosed) as ended:
        heard(socket, 5)
    assert (ended.value.rcvd.code if ended.value.rcvd else None) == received
    if how == "reset":
        assert isinstance(ended.value.__cause__, ConnectionResetError)


def test_a_half_open_connection_stands_but_answers_nothing(kite_twin, dial, tokens):
    socket = dial()
    heard(socket, 0.1)
    assert socket.ping().wait(5)
    kite_twin.disturb(action="drop", how="half_open")
    heard(socket, 0.1)
    pong = socket.ping()
    assert heard(socket, 0.3) == []
    assert not pong.is_set()
    assert kite_twin.state()["stream"][-1]["gone"]
    kite_twin.clear_faults()
    with pytest.raises(ConnectionClosed):
        heard(socket, 5)


def test_an_instrument_too_many_is_refused_and_nothing_of_the_request_done(kite_twin, dial, tokens):
    kite_twin.rule(instruments_per_socket=1)
    socket = dial()
    subscribe(socket, *tokens)
    assert texts(socket, 1) == ["Too many instruments"]
    assert kite_twin.state()["stream"][-1]["modes"] == {}


def test_a_request_too_many_in_a_second_is_refused(kite_twin, dial, tokens):
    kite_twin.rule(subscribes_per_second=2)
    socket = dial()
    for _ in range(3):
        subscribe(socket, *tokens)
    assert texts(socket, 1) == ["Too many requests"]


def test_a_fourth_socket_of_a_key_is_refused(kite_twin, dial, tokens):
    for _ in range(3):
        heard(dial(), 0.06)
    with pytest.raises(InvalidStatus) as refusal:
        dial()
    assert refusal.value.response.status_code == 429


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_handshake_can_be_refused(kite_twin, dial, tokens, status):
    kite_twin.fault(kind="status", path="stream", status=status)
    with pytest.raises(InvalidStatus) as refusal:
        dial()
    assert refusal.value.response.status_code == status
    dial()


def test_a_handshake_can_be_cut_or_slow(kite_twin, dial, tokens):
    kite_twin.fault(kind="drop_before", path="stream")
    with pytest.raises((InvalidMessage, ConnectionError, EOFError)):
        dial()
    kite_twin.fault(kind="delay_before", path="stream", seconds=1)
    with pytest.raises(TimeoutError):
        dial(open_timeout=0.2)


def test_a_handshake_that_was_slow_takes_no_later_fault(kite_twin, dial, tokens):
    other = dial()
    kite_twin.fault(kind="delay_before", path="stream", seconds=0.4)
    with pytest.raises(TimeoutError):
        dial(open_timeout=0.1)
    kite_twin.clear_faults()
    kite_twin.fault(kind="status", path="stream", status=403)
    heard(other, 0.4)
    with pytest.raises(InvalidStatus):
        dial()


@pytest.mark.parametrize(("what", "code"), [("close", 1000), ("cut", None)])
def test_sockets_of_a_dead_token_end_as_the_rule_has_it(kite_twin, dial, tokens, what, code):
    kite_twin.rule(dead_token=what)
    socket = dial()
    heard(socket, 0.1)
    kite_twin.kill_tokens()
    with pytest.raises(ConnectionClosed) as ended:
        heard(socket, 5)
    assert (ended.value.rcvd.code if ended.value.rcvd else None) == code


def test_sockets_of_a_dead_token_can_fall_silent(kite_twin, dial, tokens):
    kite_twin.rule(dead_token="silence")
    socket = dial()
    heard(socket, 0.1)
    kite_twin.kill_tokens()
    heard(socket, 0.1)
    assert heard(socket, 0.3) == []


def test_an_unknown_switch_is_refused(kite_twin):
    for path, values in (
        ("stream", {"action": "dance"}),
        ("stream", {"action": "garbage", "kind": "gold"}),
        ("stream", {"action": "drop", "how": "softly"}),
        ("rules", {"dead_token": "sing"}),
        ("rules", {"sockets": 3}),
    ):
        assert requests.post(f"{kite_twin.url}/twin/{path}", json=values, timeout=5).status_code == 400


def test_the_vendors_own_ticker_meets_403_comes_through_and_comes_back_after_a_close(kite, kite_twin, tokens):
    kite_twin.fault(kind="status", path="stream", status=403)
    vendor = subprocess.Popen(
        [sys.executable, str(WATCHER), kite.api_key, kite.access_token, kite_twin.ws_url, str(tokens[0])],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip

    told = []

    def until(*words):
        while line := vendor.stdout.readline():
            told.append(json.loads(line))
            if told[-1][: len(words)] == list(words):
                return told[-1]
        raise AssertionError(f"no {words} among {told} before the vendor's client ended")

    # The pipe ends with the client: a word that does not come fails with all that came, not with the runner's patience.
    patience = threading.Timer(40, vendor.kill)
    patience.start()
    try:
        assert "403" in until("error")[2]
        until("connected")
        until("ticks", "full")
        # On a starved machine the client gives a socket up by itself: the drop met none then and is due again.
        while kite_twin.disturb(action="drop", how="close") or until("closed")[1] != 1001:
            until("ticks", "full")
        until("ticks", "full")
    finally:
        patience.cancel()
        vendor.kill()
        vendor.wait()
        vendor.stdout.close()
