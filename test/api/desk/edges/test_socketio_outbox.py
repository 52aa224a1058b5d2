"""What waits for a browser that does not read is bounded; the browser is cut off and the others notice nothing."""

from __future__ import annotations

import base64
import os
import queue
import socket
from typing import Any

import pytest
import socketio

from blueprints.realtime import outbox
from test.support.waiting import wait_for


class Packet:
    def __init__(self, data: str) -> None:
        self.data = data


def test_beyond_its_frames_an_outbox_is_emptied_cut_once_and_takes_nothing_more() -> None:
    cuts: list[int] = []
    inner: queue.Queue[Any] = queue.Queue()
    box = outbox.Outbox(inner, lambda: cuts.append(1), frames=3, characters=1000)
    for number in range(10):
        box.put(Packet(str(number)))
    assert (cuts, inner.qsize(), box.is_cut) == ([1], 1, True)
    assert box.get(block=False) is None


def test_beyond_its_characters_too() -> None:
    cuts: list[int] = []
    box = outbox.Outbox(queue.Queue(), lambda: cuts.append(1), frames=100, characters=1000)
    box.put(Packet("x" * 600))
    box.get()
    box.put(Packet("x" * 600))
    assert cuts == []
    box.put(Packet("x" * 600))
    assert cuts == [1]


def test_a_browser_that_does_not_read_is_cut_off_and_the_others_hear_on(
    signed_in: Any, address: str, services: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_FRAMES", 12)
    clients = signed_in.app.extensions["openalgo_socketio_clients"]
    heard: list[Any] = []
    listener = socketio.Client(reconnection=False)
    listener.on("big", heard.append)
    listener.connect(address, headers={"Cookie": f"session={signed_in.cookie}"}, transports=["websocket"])
    with _stalled(address, signed_in.cookie):
        wait_for(lambda: len(clients) == 2)
        server = signed_in.app.extensions["socketio"]
        sent = 0
        while clients.cut_off == 0 and sent < 2_000:
            server.emit("big", {"text": "x" * 250_000}, to="everyone")
            sent += 1
            wait_for(lambda sent=sent: len(heard) == sent)
        assert clients.cut_off == 1
        wait_for(lambda: len(clients) == 1)
        server.emit("big", {"text": "last"}, to="everyone")
        wait_for(lambda: heard[-1:] == [{"text": "last"}])
    listener.eio.ws.shutdown()


def _stalled(address: str, cookie: str) -> socket.socket:
    """A browser that enters and then never reads."""
    host, port = address.removeprefix("http://").split(":")
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(5)
    line.connect((host, int(port)))
    key = base64.b64encode(os.urandom(16)).decode()
    line.sendall(
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Cookie: session={cookie}\r\n\r\n".encode()
    )
    assert b"101" in line.recv(4096)
    # Socket.IO's "connect to the default namespace", masked with zeros.
    line.sendall(b"\x81\x82\x00\x00\x00\x0040")
    return line
