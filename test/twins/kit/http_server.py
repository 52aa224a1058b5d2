"""A small HTTP/1.1 server with keep-alive for twins. A handler may answer, or have the connection dropped or reset."""

import asyncio
import json
import socket
import struct
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, unquote, urlsplit

HEAD_LIMIT = 64 * 1024
BODY_LIMIT = 16 * 1024 * 1024
REASONS = {status.value: status.phrase for status in HTTPStatus}


@dataclass
class Request:
    """One request; header names are lower case, query and form values are lists in order of appearance."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    def one(self, name):
        """First query value, None when absent."""
        values = self.query.get(name)
        return values[0] if values else None

    def json(self):
        """The body as a JSON object. Raises ValueError for anything else."""
        found = json.loads(self.body or b"{}")
        if not isinstance(found, dict):
            raise ValueError("the body is no JSON object")
        return found

    def form(self):
        """First value of each urlencoded body field."""
        return {
            name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()
        }


@dataclass
class Answer:
    """One response."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    def encode(self):
        """Bytes on the wire."""
        lines = [
            f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Unknown')}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


RESET = Answer(0)
"""What a handler answers to have the connection reset (RST)."""


class HttpServer:
    """Serves `handle`, a coroutine function from Request to Answer, to RESET, or to None for a dropped connection."""

    def __init__(self, handle):
        self._handle = handle
        self._server = None
        self._connections = set()

    async def start(self, host, port):
        """Listen; answers the port."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=HEAD_LIMIT)
        return self._server.sockets[0].getsockname()[1]

    async def stop(self):
        """Close the listener and every connection."""
        self._server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._connections.add(task)
        try:
            while await self._turn(reader, writer):
                pass
        except (
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            ConnectionError,
            asyncio.CancelledError,
        ):
            pass
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _turn(self, reader, writer):
        """One request and its answer; whether the connection goes on."""
        request = await _read(reader)
        answer = await self._handle(request)
        if answer is RESET:
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if answer is None or answer is RESET:
            return False
        writer.write(answer.encode())
        await writer.drain()
        return request.headers.get("connection", "").lower() != "close"


async def _read(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    length = int(headers.get("content-length", "0"))
    if length > BODY_LIMIT:
        raise ConnectionError("body too large")
    body = await reader.readexactly(length) if length else b""
    url = urlsplit(target)
    return Request(method, unquote(url.path), parse_qs(url.query, keep_blank_values=True), headers, body)
