"""Requests whose end is ambiguous: the real server, with the program's own options, answers nothing hidden there."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ENVIRON = "{'APP_KEY': 'a' * 64, 'API_KEY_PEPPER': 'b' * 64, 'DATABASE_URL': 'sqlite:///x.db'}"
SERVER = f"""
import sys
from pathlib import Path
from gunicorn.app.base import BaseApplication
from services.ops.launch.web_server import _gunicorn_options
from utils.settings import load_settings

def answer(environ, start_response):
    body = environ["PATH_INFO"].encode() + b" " + environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]

class Server(BaseApplication):
    def load_config(self):
        for name, value in _gunicorn_options(load_settings(Path(sys.argv[1]) / ".env", {ENVIRON})).items():
            self.cfg.set(name, value)
        self.cfg.set("bind", "127.0.0.1:0")
        self.cfg.set("threads", 4)
        self.cfg.set("when_ready", lambda server: print(server.LISTENERS[0].getsockname()[1], flush=True))

    def load(self):
        return answer

Server().run()
"""
HIDDEN = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = "5\r\nhello\r\n0\r\n\r\n" + HIDDEN
AMBIGUOUS = {
    "length and chunks": ("Content-Length: 5\r\nTransfer-Encoding: chunked", CHUNKED),
    "chunks and length": ("Transfer-Encoding: chunked\r\nContent-Length: 5", CHUNKED),
    "two lengths": ("Content-Length: 5\r\nContent-Length: 55", "hello" + HIDDEN),
    "two lengths in one": ("Content-Length: 5, 55", "hello" + HIDDEN),
    "a length with a sign": ("Content-Length: +5", "hello" + HIDDEN),
    "a negative length": ("Content-Length: -5", "hello" + HIDDEN),
    "a length with an underscore": ("Content-Length: 0_5", "hello" + HIDDEN),
    "an unknown coding": ("Transfer-Encoding: xchunked", CHUNKED),
    "chunks that are not last": ("Transfer-Encoding: chunked, identity", CHUNKED),
    "chunks twice": ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", CHUNKED),
    "a blank before the colon": ("Transfer-Encoding : chunked", CHUNKED),
    "a folded header": ("Transfer-Encoding:\r\n chunked", CHUNKED),
    "a bare line feed": ("X: y\nTransfer-Encoding: chunked", CHUNKED),
    "a size that is no number": ("Transfer-Encoding: chunked", "0x5\r\nhello\r\n0\r\n\r\n" + HIDDEN),
    "a chunk without its end": ("Transfer-Encoding: chunked", "5\r\nhelloX0\r\n\r\n" + HIDDEN),
}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("smuggling")
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    assert server.stdout is not None
    with server:
        yield int(server.stdout.readline())
        server.send_signal(signal.SIGTERM)


def told(port: int, headers: str, rest: str) -> bytes:
    """All that the server says until it hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(f"POST /first HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n{rest}".encode())
        found = b""
        try:
            while part := line.recv(4096):
                found += part
        except ConnectionResetError:
            pass  # it hung up without reading the rest
        return found


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_an_ambiguous_request_is_refused_and_what_hides_in_it_is_not_answered(port: int, name: str) -> None:
    answer = told(port, *AMBIGUOUS[name])
    assert b"/hidden" not in answer
    assert answer[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 501", b"")
    assert b"/first" not in answer


def test_a_plain_request_and_the_one_behind_it_are_answered(port: int) -> None:
    """What the others are compared with."""
    last = "GET /second HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = told(port, "Content-Length: 5", "hello" + last)
    assert b"/first hello" in answer and b"/second " in answer
