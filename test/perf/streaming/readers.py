"""The benchmark's clients: real sockets, read as fast as one core allows, every message checked.

    python test/perf/streaming/readers.py <core>

Orders are lines of JSON on standard input. A frame seen for the first time is decoded and compared field by field
with what the generator sent; the same bytes at another client are looked up, and every client checks the sequence of
every instrument it follows. Latency is from the moment a tick was due to its arrival here.
"""

from __future__ import annotations

import contextlib
import gc
import json
import select
import socket
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import wire
from pinning import pin

_CHUNK = 262_144
_STEPS = 20_000  # histogram cells a second
_CELLS = 10 * _STEPS
_REMEMBERED = 300_000
_TICK = b'{"type":"market_data"'
_HELLO = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def masked(payload: bytes, opcode: int = 1) -> bytes:
    """A client frame with a zero mask."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, 0x80 | size))
    elif size < 65_536:
        head = bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 0xFF)) + size.to_bytes(8, "big")
    return head + bytes(4) + payload


class Row:
    """What is counted between a start and a stop."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.rate = order.get("rate", 1.0)
        self.first = order.get("first", 0)
        self.begin = order.get("begin", 0.0)
        self.count = order.get("count", 1)
        self.messages = self.chunks = self.skipped = self.bad = self.repeated = self.snapshots = 0
        self.cells = [0] * (_CELLS + 1)
        self.cpu = time.process_time()
        self.samples: list[tuple[int, float]] = []

    def answer(self) -> dict[str, Any]:
        """Counts, and latencies in milliseconds."""
        return {
            "messages": self.messages, "skipped": self.skipped, "bad": self.bad, "repeated": self.repeated,
            "snapshots": self.snapshots, "frames_per_read": round(self.messages / max(1, self.chunks), 1),
            "p50": self.percentile(0.5), "p99": self.percentile(0.99), "p999": self.percentile(0.999),
            "cpu": time.process_time() - self.cpu, "samples": self.samples,
        }  # fmt: skip

    def percentile(self, share: float) -> float:
        """Latency that `share` of the messages did not exceed."""
        left = self.messages * share
        for cell, amount in enumerate(self.cells):
            left -= amount
            if left <= 0:
                return round((cell + 1) / _STEPS * 1000, 2)
        return float("inf")


class Client:
    """One socket: bytes not yet cut into frames, and the last sequence of each instrument."""

    def __init__(self, port: int, receive_buffer: int = 0) -> None:
        self.socket = socket.socket()
        if receive_buffer:  # one that can stall: the system would take megabytes for it
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(_HELLO)
        greeting = b""
        while b"\r\n\r\n" not in greeting:
            greeting += self.socket.recv(4096)
        head, _, self.left = greeting.partition(b"\r\n\r\n")
        if b" 101 " not in head:
            raise SystemExit(f"refused: {head!r}")
        self.last: dict[int, int] = {}
        self.acked = 0
        self.closed = ""
        self.orders = 0

    def say(self, message: dict[str, Any]) -> None:
        self.socket.sendall(masked(json.dumps(message).encode()))


class Readers:
    """All clients of this process."""

    def __init__(self) -> None:
        self.clients: dict[int, Client] = {}
        self.poll = select.epoll()
        self.poll.register(sys.stdin.fileno(), select.EPOLLIN)
        self.known: dict[bytes, tuple[int, int, float]] = {}
        self.row = Row({})
        self.examples: list[str] = []
        self.sampled = 0

    def loop(self) -> None:
        """Until standard input ends."""
        stdin = sys.stdin.fileno()
        while True:
            for descriptor, _ in self.poll.poll():
                if descriptor != stdin:
                    self.receive(descriptor)
                elif not (line := sys.stdin.readline()):
                    return
                else:
                    print(json.dumps(self.obey(json.loads(line))), flush=True)

    def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """One order; its answer."""
        if order["do"] == "start":
            self.known.clear()
            self.row = Row(order)
            self.sampled = order.get("sample", 0)
            return {}
        if order["do"] == "stop":
            closed = [client.closed for client in self.clients.values() if client.closed]
            return {**self.row.answer(), "closed": closed, "examples": self.examples[:5]}
        if order["do"] == "stall":
            for descriptor in list(self.clients)[: order["clients"]]:
                change = self.poll.unregister if order["stalled"] else self._watch
                change(descriptor)
            return {}
        if order["do"] == "drop":
            for client in self.clients.values():
                with contextlib.suppress(KeyError, FileNotFoundError):
                    self.poll.unregister(client.socket.fileno())
                client.socket.close()
            self.clients.clear()
            return {}
        return self.connect(order)

    def connect(self, order: dict[str, Any]) -> dict[str, Any]:
        """Open `clients` sockets; client i follows `symbols` instruments of `count`, beginning at i * `shift`."""
        for index in range(order["clients"]):
            client = Client(order["port"], 0 if index else order.get("first_buffer", 0))
            client.say({"action": "authenticate", "api_key": "k"})
            numbers = [(index * order["shift"] + n) % order["count"] for n in range(order["symbols"])]
            for start in range(0, len(numbers), 1000):
                wanted = [
                    {"symbol": wire.symbol(n), "exchange": "NSE"} for n in numbers[start : start + 1000]
                ]
                client.say({"action": "subscribe", "mode": order["mode"], "symbols": wanted})
            self.clients[client.socket.fileno()] = client
            self._watch(client.socket.fileno())
            self._until(client, len(numbers))
        return {"clients": len(self.clients)}

    def _until(self, client: Client, acked: int) -> None:
        deadline = time.monotonic() + 20
        while client.acked < acked and not client.closed and time.monotonic() < deadline:
            for descriptor, _ in self.poll.poll(0.05):
                if descriptor in self.clients:
                    self.receive(descriptor)
        if client.acked < acked:
            raise SystemExit(f"not subscribed: {client.acked} of {acked} {client.closed}")

    def _watch(self, descriptor: int) -> None:
        self.clients[descriptor].socket.setblocking(False)
        self.poll.register(descriptor, select.EPOLLIN)

    def receive(self, descriptor: int) -> None:
        """Read once and check every whole frame."""
        client = self.clients[descriptor]
        data = self._data(client)
        if not data:
            client.closed = client.closed or "end"
            self.poll.unregister(descriptor)
            return
        now = time.monotonic()
        row, known, cells, last = self.row, self.known, self.row.cells, client.last
        data = client.left + data
        place, end = 0, len(data)
        row.chunks += 1
        while place + 4 <= end:
            size, head = data[place + 1], 2
            if size == 126:
                size, head = data[place + 2] << 8 | data[place + 3], 4
            stop = place + head + size
            if stop > end:
                break
            frame = data[place:stop]
            place = stop
            found = known.get(frame)
            if found is None:
                found = self.read(client, frame, head)
                if found is None:
                    continue
            number, seq, due = found
            before = last.get(number, seq - 1)
            last[number] = seq
            if seq > before + 1:
                row.skipped += seq - before - 1
            elif seq <= before:
                row.repeated += 1
            row.messages += 1
            age = int((now - due) * _STEPS)
            cells[age if 0 <= age < _CELLS else _CELLS] += 1
            if self.sampled and (number + seq) % self.sampled == 0:
                row.samples.append((seq * row.count + number, now))
        client.left = data[place:]

    def _data(self, client: Client) -> bytes:
        try:
            return client.socket.recv(_CHUNK)
        except OSError as error:
            client.closed = client.closed or type(error).__name__
            return b""

    def read(self, client: Client, frame: bytes, head: int) -> tuple[int, int, float] | None:
        """Decode a frame not seen before: a tick's number, sequence and due time, None for anything else."""
        payload = frame[head:]
        opcode = frame[0] & 15
        if opcode not in (1, 8, 9):
            raise SystemExit(f"not a frame: {frame[:80]!r}")
        if opcode == 9:
            client.socket.sendall(masked(payload, 10))
            return None
        if opcode == 8:
            client.closed = f"{int.from_bytes(payload[:2], 'big')} {payload[2:].decode()}"
            return None
        message = json.loads(payload)
        if not payload.startswith(_TICK):
            client.acked += len(message.get("subscriptions", ()))
            return None
        if "snapshot" in message:
            self.row.snapshots += 1
            return None
        wrong = wire.faults(message)
        if wrong:
            self.row.bad += 1
            self.examples.append(f"{wrong} {payload[:300].decode()}")
        number, seq, row = int(message["symbol"][1:]), message["data"]["volume"], self.row
        due = row.begin + (seq * row.count + number - row.first) / row.rate
        if len(self.known) > _REMEMBERED:
            self.known.clear()
        self.known[frame] = found = (number, seq, due)
        return found


if __name__ == "__main__":
    pin(int(sys.argv[1]))
    gc.disable()
    Readers().loop()
