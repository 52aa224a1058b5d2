"""An answer that is only read in part is no answer."""

from __future__ import annotations

import gzip
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from broker.core.http import Request
from broker.core.transport import HttpxTransport
from domain.errors import OutcomeUnknown


class TwoMembers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = gzip.compress(b"first half,") + gzip.compress(b"second half")
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


def test_a_compressed_body_of_two_members_is_never_cut_to_the_first() -> None:
    server = HTTPServer(("127.0.0.1", 0), TwoMembers)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    transport = HttpxTransport()
    try:
        with pytest.raises(OutcomeUnknown):
            transport.send(Request(method="GET", url=f"http://127.0.0.1:{server.server_port}/", timeout=5))
    finally:
        thread.join(5)
        transport.close()
        server.server_close()
