"""The web worker: a connection's next request finds its thread, and those who pause hold up nobody."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

THREADS = 4
SERVER = f"""
import threading
from gunicorn.app.base import BaseApplication

def answer(environ, start_response):
    body = str(threading.get_ident()).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]

class Server(BaseApplication):
    def load_config(self):
        self.cfg.set("bind", "127.0.0.1:0")
        self.cfg.set("worker_class", "services.ops.launch.web_worker.LingeringWorker")
        self.cfg.set("threads", {THREADS})
        self.cfg.set("keepalive", 30)
        self.cfg.set("graceful_timeout", 1)
        self.cfg.set("control_socket_disable", True)
        self.cfg.set("when_ready", lambda server: print(server.LISTENERS[0].getsockname()[1], flush=True))

    def load(self):
        return answer

Server().run()
"""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert server.stdout is not None
    with server:
        yield int(server.stdout.readline())
        server.send_signal(signal.SIGTERM)
    assert server.returncode == 0


def ask(connection: http.client.HTTPConnection) -> bytes:
    connection.request("GET", "/")
    return connection.getresponse().read()


def test_requests_in_a_row_stay_with_their_thread(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    ask(connection)
    assert len({ask(connection) for _ in range(20)}) == 1
    connection.close()


def test_more_open_connections_than_threads_are_all_served(port: int) -> None:
    connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=10) for _ in range(THREADS * 5)]
    for _ in range(3):
        for connection in connections:
            assert ask(connection).isdigit()
    for connection in connections:
        connection.close()
