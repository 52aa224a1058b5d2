"""A vendor that speaks Kite's binary ticker and sends on schedule, whoever keeps up. Commands come on standard input.

    python test/perf/streaming/vendor.py <core>

It prints its port. An order with `rate` (ticks a second), `seconds`, `first` (tick number), `begin` (monotonic) and
`mode` (quote or full packets) runs one row; the answer says what was sent and how late.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import wire
from pinning import commands, pin

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_STEP = 0.0005


class Socket(asyncio.Protocol):
    """One of the feed's sockets: what it subscribed to, and a heartbeat byte so that it counts as alive."""

    def __init__(self, open_sockets: list[Socket]) -> None:
        self.wanted: set[int] = set()
        self._sockets = open_sockets
        self._buffer = b""
        self._upgraded = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self in self._sockets:
            self._sockets.remove(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded and b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            key = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
            proof = base64.b64encode(hashlib.sha1(key.split(b":")[1].strip() + _GUID).digest())
            self.transport.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + proof + b"\r\n\r\n"
            )
            self._upgraded = True
            self._sockets.append(self)
            self.beat()
        while self._upgraded and (message := self._message()) is not None:
            self._handle(*message)

    def beat(self) -> None:
        """Kite's one-byte heartbeat, each second."""
        if not self.transport.is_closing():
            self.transport.write(b"\x82\x01\x00")
            asyncio.get_running_loop().call_later(1.0, self.beat)

    def _message(self) -> tuple[int, bytes] | None:
        """One masked client frame."""
        buffer = self._buffer
        if len(buffer) < 6:
            return None
        size, head = buffer[1] & 127, 2
        if size >= 126:
            width = 2 if size == 126 else 8
            size, head = int.from_bytes(buffer[2 : 2 + width], "big"), 2 + width
        end = head + 4 + size
        if len(buffer) < end:
            return None
        mask = (buffer[head : head + 4] * (size // 4 + 1))[:size]
        text = int.from_bytes(buffer[head + 4 : end], "big") ^ int.from_bytes(mask, "big")
        self._buffer = buffer[end:]
        return buffer[0] & 15, text.to_bytes(size, "big")

    def _handle(self, opcode: int, payload: bytes) -> None:
        if opcode == 9:
            self.transport.write(bytes((0x8A, len(payload))) + payload)
        elif opcode == 8:
            self.transport.close()
        elif opcode == 1:
            message = json.loads(payload)
            numbers = {value // 256 - 1 for value in message["v"] if isinstance(value, int)}
            if message["a"] == "subscribe":
                self.wanted |= numbers
            elif message["a"] == "unsubscribe":
                self.wanted -= numbers


async def run(order: dict[str, Any], sockets: list[Socket]) -> dict[str, Any]:
    """Send one row's ticks when they are due; the sockets' buffers are never waited for."""
    build = wire.full if order["mode"] == "full" else wire.quote
    home = {number: socket for socket in sockets for number in socket.wanted}
    count, rate, begin, first = len(home), order["rate"], order["begin"], order["first"]
    total = (
        max(1, round(rate * order["seconds"] / count)) * count
    )  # whole rounds: the next row begins with the next
    sent, late = 0, []
    await asyncio.sleep(max(0.0, begin - time.monotonic()))
    while sent < total:
        now = time.monotonic()
        due = min(total, int((now - begin) * rate) + 1)
        batches: dict[Socket, list[bytes]] = {}
        for tick in range(first + sent, first + due):
            number = tick % count
            batches.setdefault(home[number], []).append(build(number, tick // count))
        for socket, packets in batches.items():
            socket.transport.write(wire.frame(packets))
        if due > sent:
            late.append(time.monotonic() - begin - sent / rate)
        sent = due
        await asyncio.sleep(_STEP)
    late.sort()
    return {"sent": sent, "late_p99_ms": late[int(len(late) * 0.99)] * 1000 if late else 0.0}


async def main() -> None:
    pin(int(sys.argv[1]))
    gc.disable()
    sockets: list[Socket] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Socket(sockets), "127.0.0.1", 0)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    async for order in commands():
        if "rate" in order:
            answer = await run(order, sockets)
        else:
            answer = {"sockets": len(sockets), "wanted": sum(len(socket.wanted) for socket in sockets)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
