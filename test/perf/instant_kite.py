"""A Kite Connect endpoint that answers at once: the floor against which our own overhead is measured.

It keeps orders in a list, serves N synthetic contracts and does no matching. Run as a script:
    python test/perf/instant_kite.py --port 21000 --contracts 100000
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from collections.abc import Iterator

HEADER = (
    "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,lot_size,"
    "instrument_type,segment,exchange"
)


def contract_rows(count: int) -> Iterator[str]:
    """CSV rows: 2,000 NSE equities, then NFO option chains until `count` is reached."""
    equities = min(count, 2000)
    for number in range(equities):
        name = "TATAPOWER" if number == 0 else f"EQ{number:05d}"
        yield f"{(number + 1) * 256 + 1},{number + 1},{name},{name},0.0,,0.0,0.05,1,EQ,NSE,NSE"
    produced, root = equities, 0
    while produced < count:
        root += 1
        for strike in range(100, 100 + 250):
            for kind in ("CE", "PE"):
                if produced >= count:
                    return
                produced += 1
                yield (
                    f"{produced * 256 + 2},{produced},ROOT{root}30DEC{strike}{kind},ROOT{root},0.0,2030-12-26,"
                    f"{strike}.0,0.05,50,{kind},NFO-OPT,NFO"
                )


class InstantKite(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, one order book for all connections."""

    orders: list[dict[str, object]] = []
    contracts: bytes = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.buffer[:end]
            length = 0
            lower = head.lower()
            at = lower.find(b"content-length:")
            if at >= 0:
                length = int(lower[at + 15 :].split(b"\r\n", 1)[0])
            if len(self.buffer) < end + 4 + length:
                return
            body = self.buffer[end + 4 : end + 4 + length]
            self.buffer = self.buffer[end + 4 + length :]
            method, path = head.split(b" ", 2)[:2]
            self.answer(method.decode(), path.decode(), body)

    def answer(self, method: str, path: str, body: bytes) -> None:
        route = path.split("?", 1)[0]
        if route.startswith("/orders/") and method == "POST":
            order_id = str(261121000000000 + len(self.orders))
            self.orders.append({"order_id": order_id, "form": body})
            self.send(b'{"status":"success","data":{"order_id":"%s"}}' % order_id.encode())
        elif route == "/instruments":
            self.send(self.contracts, b"text/csv")
        elif route == "/session/token":
            user = {
                "user_id": "AB1234",
                "user_name": "Perf",
                "access_token": "perf-token",
                "public_token": "p",
            }
            self.send(
                json.dumps(
                    {"status": "success", "data": user | {"api_key": "k", "refresh_token": ""}}
                ).encode()
            )
        elif route == "/user/profile":
            self.send(b'{"status":"success","data":{"user_id":"AB1234","user_name":"Perf"}}')
        else:
            self.send(b'{"status":"success","data":[]}')

    def send(self, body: bytes, kind: bytes = b"application/json") -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind, len(body))
        self.transport.write(head + body)


async def serve(port: int, contracts: int) -> None:
    """Listen on loopback until SIGTERM."""
    InstantKite.contracts = "\n".join([HEADER, *contract_rows(contracts)]).encode() + b"\n"
    loop = asyncio.get_running_loop()
    server = await loop.create_server(InstantKite, "127.0.0.1", port)
    stopped = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stopped.set)
    print(f"listening on {port}", flush=True)
    async with server:
        await stopped.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=21000)
    parser.add_argument("--contracts", type=int, default=100_000)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, arguments.contracts))
