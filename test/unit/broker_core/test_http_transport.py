"""The transport against a real socket server that can fail at every point of an exchange."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from broker.core.http import LateTransport, Request
from broker.core.transport import HttpxTransport
from domain.errors import NotSent, OutcomeUnknown

Handler = Callable[[socket.socket, bytes], None]


class ScriptedServer:
    """Reads whole requests and lets a handler answer on the raw socket; keeps connections until told otherwise."""

    def __init__(self) -> None:
        self.handler: Handler = reply(200, b"ok")
        self.requests: list[bytes] = []
        self.connections = 0
        self.reset_on_accept = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            while request := read_request(client):
                self.requests.append(request)
                self.handler(client, request)
        except OSError:
            return
        finally:
            client.close()

    def close(self) -> None:
        self._listener.close()
        for client in self._open:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)


def read_request(client: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = client.recv(65536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


def reply(status: int, body: bytes, *headers: bytes) -> Handler:
    lines = [b"HTTP/1.1 %d X" % status, b"Content-Length: %d" % len(body), *headers]
    return lambda client, _request: client.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)


def hang_up(client: socket.socket, _request: bytes) -> None:
    client.shutdown(socket.SHUT_RDWR)


def stay_silent(_client: socket.socket, _request: bytes) -> None:
    return None


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.close()


@pytest.fixture
def transport() -> Iterator[HttpxTransport]:
    transport = HttpxTransport(connections=2, connect_seconds=0.5)
    yield transport
    transport.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def order(url: str, **changes: object) -> Request:
    fields: dict[str, object] = {
        "method": "POST", "url": url + "/orders", "body": b"a=1", "timeout": 2.0,
        "headers": {"Authorization": "token key:SECRET"},
    }  # fmt: skip
    return Request(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_request_arrives_exactly_as_described(server: ScriptedServer, transport: HttpxTransport) -> None:
    request = order(server.url, params=(("i", "NSE:M&M"), ("i", "NSE:NIFTY 50")))
    answer = transport.send(request)
    assert (answer.status, answer.body) == (200, b"ok")
    line, *_ = server.requests[0].split(b"\r\n")
    assert line == b"POST /orders?i=NSE%3AM%26M&i=NSE%3ANIFTY%2050 HTTP/1.1"
    assert b"Authorization: token key:SECRET" in server.requests[0]
    assert b"Host: 127.0.0.1:%d" % server.port in server.requests[0]
    assert server.requests[0].endswith(b"\r\n\r\na=1")


def test_one_connection_serves_many_calls(server: ScriptedServer, transport: HttpxTransport) -> None:
    for _ in range(5):
        transport.send(order(server.url))
    assert (server.connections, len(server.requests)) == (1, 5)


def test_a_refused_connection_is_not_sent(transport: HttpxTransport) -> None:
    with pytest.raises(NotSent):
        transport.send(order(f"http://127.0.0.1:{free_port()}"))


def test_an_unknown_host_is_not_sent(transport: HttpxTransport) -> None:
    with pytest.raises(NotSent):
        transport.send(order("http://no-such-host.invalid"))


def test_a_failed_tls_handshake_is_not_sent(server: ScriptedServer, transport: HttpxTransport) -> None:
    with pytest.raises(NotSent):
        transport.send(order(server.url.replace("http:", "https:"), timeout=1.0))
    assert server.requests == []


def test_a_connect_timeout_is_not_sent(transport: HttpxTransport) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        with pytest.raises(NotSent, match="ConnectTimeout"):
            transport.send(order(f"http://127.0.0.1:{address[1]}", timeout=1.0))
        for filler in fillers:
            filler.close()


def test_a_header_that_is_not_http_is_not_sent_and_not_shown(
    server: ScriptedServer, transport: HttpxTransport
) -> None:
    with pytest.raises(NotSent) as caught:
        transport.send(order(server.url, headers={"Authorization": "token SECRET\r\nX: y"}))
    assert "SECRET" not in str(caught.value) and caught.value.__cause__ is None
    assert server.requests == []


def test_waiting_for_a_free_socket_past_the_deadline_is_not_sent(
    server: ScriptedServer, transport: HttpxTransport
) -> None:
    server.handler = stay_silent
    errors: list[Exception] = []

    def call() -> None:
        with pytest.raises(OutcomeUnknown) as caught:
            transport.send(order(server.url, timeout=1.0))
        errors.append(caught.value)

    callers = [threading.Thread(target=call) for _ in range(2)]
    for caller in callers:
        caller.start()
    wait_until(lambda: len(server.requests) == 2)
    with pytest.raises(NotSent, match="PoolTimeout"):
        transport.send(order(server.url, timeout=0.3))
    server.close()
    for caller in callers:
        caller.join(5)
    assert len(errors) == 2


def test_a_silent_server_leaves_the_outcome_unknown_within_the_deadline(
    server: ScriptedServer, transport: HttpxTransport
) -> None:
    server.handler = stay_silent
    started = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        transport.send(order(server.url, timeout=0.4))
    assert time.monotonic() - started < 1.5
    assert len(server.requests) == 1


def test_a_server_that_drips_its_answer_is_cut_off_at_the_deadline(
    server: ScriptedServer, transport: HttpxTransport
) -> None:
    stop = threading.Event()

    def drip(client: socket.socket, _request: bytes) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n" + b"X-Pad: y\r\n" * 100:
            if stop.wait(0.05):
                return
            client.sendall(bytes((byte,)))

    server.handler = drip
    started = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        transport.send(order(server.url, timeout=0.6))
    stop.set()
    assert time.monotonic() - started < 1.5


def test_a_disconnect_after_the_request_leaves_the_outcome_unknown(
    server: ScriptedServer, transport: HttpxTransport
) -> None:
    server.handler = hang_up
    with pytest.raises(OutcomeUnknown):
        transport.send(order(server.url))


def test_half_an_answer_leaves_the_outcome_unknown(server: ScriptedServer, transport: HttpxTransport) -> None:
    def half(client: socket.socket, request: bytes) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        hang_up(client, request)

    server.handler = half
    with pytest.raises(OutcomeUnknown):
        transport.send(order(server.url))


def test_an_answer_that_is_not_http_leaves_the_outcome_unknown(
    server: ScriptedServer, transport: HttpxTransport
) -> None:
    server.handler = lambda client, _request: client.sendall(b"SSH-2.0-OpenSSH\r\n\r\n")
    with pytest.raises(OutcomeUnknown):
        transport.send(order(server.url))


def test_a_socket_the_server_closed_while_idle_is_replaced_silently(
    server: ScriptedServer, transport: HttpxTransport
) -> None:
    closed = threading.Event()

    def answer_and_close(client: socket.socket, request: bytes) -> None:
        reply(200, b"ok")(client, request)
        hang_up(client, request)
        closed.set()

    server.handler = answer_and_close
    transport.send(order(server.url))
    assert closed.wait(2)
    server.handler = reply(200, b"again")
    assert transport.send(order(server.url)).body == b"again"
    assert server.connections == 2


def test_a_broken_exchange_does_not_poison_the_next_one(
    server: ScriptedServer, transport: HttpxTransport
) -> None:
    server.handler = reply(200, b"x" * 200)
    with pytest.raises(OutcomeUnknown):
        transport.send(order(server.url, max_bytes=100))
    server.handler = reply(200, b"fresh")
    assert transport.send(order(server.url)).body == b"fresh"


def test_redirects_are_answers(server: ScriptedServer, transport: HttpxTransport) -> None:
    server.handler = reply(302, b"", b"Location: http://127.0.0.1:1/elsewhere")
    answer = transport.send(order(server.url))
    assert (answer.status, len(server.requests)) == (302, 1)
    assert answer.headers["location"].endswith("elsewhere")


def test_a_compressed_answer_is_unpacked_within_the_limit(
    server: ScriptedServer, transport: HttpxTransport
) -> None:
    server.handler = reply(200, gzip.compress(b"a" * 5000), b"Content-Encoding: gzip")
    assert transport.send(order(server.url)).body == b"a" * 5000
    with pytest.raises(OutcomeUnknown):
        transport.send(order(server.url, max_bytes=4999))


def test_a_cut_or_unknown_compression_is_no_answer(server: ScriptedServer, transport: HttpxTransport) -> None:
    server.handler = reply(200, gzip.compress(b"a" * 5000)[:-9], b"Content-Encoding: gzip")
    with pytest.raises(OutcomeUnknown):
        transport.send(order(server.url))
    server.handler = reply(200, b"whatever", b"Content-Encoding: br")
    with pytest.raises(OutcomeUnknown):
        transport.send(order(server.url))


def test_secrets_stay_out_of_text_forms_and_logs(
    server: ScriptedServer, transport: HttpxTransport, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    request = order(server.url + "/x?access_token=SECRET", params=(("access_token", "SECRET"),))
    server.handler = reply(200, b"ok", b"Set-Cookie: session=SECRET")
    answer = transport.send(request)
    assert "SECRET" not in repr(request) + repr(answer) + caplog.text


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "condition not met in time"
        threading.Event().wait(0.005)


def test_a_closed_transport_opens_no_socket_for_a_call_that_comes_late(server: ScriptedServer) -> None:
    for transport in (LateTransport(HttpxTransport), HttpxTransport()):
        transport.send(order(server.url))
        transport.close()
        opened = server.connections
        with pytest.raises(NotSent, match="ending"):
            transport.send(order(server.url))
        assert server.connections == opened
