"""Plain, non-blocking ZeroMQ sockets that the event loop watches and drains in batches.

Draining a descriptor costs a fraction of an awaitable receive per message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import zmq

from utils.logging import get_logger

log = get_logger(__name__)

MARKET_HWM = 20_000
CONTROL_HWM = 100_000
SUBSCRIPTION_HWM = 200_000  # a SUB that cannot queue its subscriptions on reconnect loses them silently
_BATCH = 500
_HEARTBEAT_MS = 5_000

Context = zmq.Context[zmq.Socket[bytes]]
Socket = zmq.Socket[bytes]
Frames = list[bytes]


def open_context() -> Context:
    """One per process; sockets that meet over inproc must share it. Ended by `close_context`."""
    return zmq.Context()


def close_context(context: Context) -> None:
    """Close what is left and end the I/O thread without waiting for peers."""
    context.destroy(linger=0)


def tcp_endpoint(host: str, port: int) -> str:
    """tcp://host:port; port 0 lets the system choose. An IPv6 address comes without brackets."""
    numeric = "127.0.0.1" if host == "localhost" else f"[{host}]" if ":" in host else host
    return f"tcp://{numeric}:{port or '*'}"


def bind(socket: Socket, endpoint: str) -> str:
    """Bind and answer the endpoint with its port. Raises zmq.ZMQError."""
    if endpoint.startswith("tcp://"):
        socket.setsockopt(zmq.HEARTBEAT_IVL, _HEARTBEAT_MS)
        socket.setsockopt(zmq.IPV6, int("[" in endpoint))
    socket.bind(endpoint)
    return socket.getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0")


def connect(socket: Socket, endpoint: str) -> None:
    """Connect; ZeroMQ keeps the connection up and tells subscriptions again."""
    socket.setsockopt(zmq.HEARTBEAT_IVL, _HEARTBEAT_MS)
    socket.setsockopt(zmq.IPV6, int("[" in endpoint))
    socket.connect(endpoint)


class Pump:
    """Hands every message of a socket to `handle`, in batches that leave the loop room for others.

    may_read: asked before each message; while it says no, messages wait in the socket and then at the sender.
    """

    def __init__(
        self,
        socket: Socket,
        handle: Callable[[Frames], None],
        may_read: Callable[[], bool] = lambda: True,
    ) -> None:
        self._socket = socket
        self._handle = handle
        self._may_read = may_read
        self._loop = asyncio.get_running_loop()
        self._descriptor = int(socket.getsockopt(zmq.FD))
        self._scheduled = False
        self._closed = False
        self.errors = 0
        self._loop.add_reader(self._descriptor, self._drain)
        self.check()

    def check(self) -> None:
        """Look soon: descriptors are edge-triggered, and any other call on the socket may have eaten the edge."""
        if not self._scheduled and not self._closed:
            self._scheduled = True
            self._loop.call_soon(self._drain_scheduled)

    def _drain_scheduled(self) -> None:
        self._scheduled = False
        self._drain()

    def _drain(self) -> None:
        for _ in range(_BATCH):
            if self._closed or not self._may_read():
                return
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            try:
                self._handle(frames)
            except Exception:
                self.errors += 1
                log.exception("A bus message could not be handled")
        self.check()

    def close(self) -> None:
        """Stop watching and close the socket."""
        if not self._closed:
            self._closed = True
            self._loop.remove_reader(self._descriptor)
            self._socket.close(linger=0)
