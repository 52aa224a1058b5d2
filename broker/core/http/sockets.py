"""Kept-alive connections to vendors: one pool per origin, so that a hung vendor starves nobody else."""

from __future__ import annotations

import select
import socket
import ssl
from collections import deque
from functools import lru_cache
from urllib.parse import urlsplit

import certifi
import h11
import msgspec

from utils.clock import Clock
from utils.concurrency import BoundedSemaphore, Lock

# Largest status line with headers.
HEAD_LIMIT = 100 * 1024
CHUNK = 64 * 1024


class TransportError(Exception):
    """An exchange ended early. The name of the subclass is told to whoever reads the message."""


class PoolTimeout(TransportError):
    """No socket came free in time."""


class ConnectTimeout(TransportError):
    """The peer did not take the connection in time."""


class ConnectError(TransportError):
    """The peer could not be reached, or its certificate is not valid."""


class WriteTimeout(TransportError):
    """The peer did not take the request in time."""


class WriteError(TransportError):
    """The connection broke while the request was written."""


class ReadTimeout(TransportError):
    """The whole answer did not come in time."""


class ReadError(TransportError):
    """The connection broke while the answer was read."""


class Origin(msgspec.Struct, frozen=True):
    """Scheme, host and port of a URL, with the Host header's text."""

    scheme: str
    host: str
    port: int
    authority: bytes


@lru_cache(maxsize=256)
def origin_of(base: str) -> Origin:
    """The origin of `scheme://host[:port]`. Raises ValueError when it is not an absolute http or https URL."""
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a request needs an absolute http or https URL")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return Origin(parts.scheme, parts.hostname, port, parts.netloc.encode("ascii"))


class Connection:
    """One socket and its protocol state. Every operation ends at the deadline, however slowly the peer drips."""

    def __init__(self, origin: Origin, seconds: float, tls: ssl.SSLContext | None) -> None:
        """Connect within `seconds`. Raises ConnectTimeout or ConnectError."""
        self.protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_LIMIT)
        self.idle_until = 0.0
        try:
            self._socket = socket.create_connection((origin.host, origin.port), seconds)
        except TimeoutError as error:
            raise ConnectTimeout from error
        except (OSError, UnicodeError) as error:
            raise ConnectError from error
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls is not None:
                self._socket = tls.wrap_socket(self._socket, server_hostname=origin.host)
        except OSError as error:
            self._socket.close()
            raise (ConnectTimeout if isinstance(error, TimeoutError) else ConnectError) from error
        self._readable = select.poll()
        self._readable.register(self._socket, select.POLLIN)

    def write(self, data: bytes, seconds: float) -> None:
        """Hand all bytes to the kernel. Raises WriteTimeout or WriteError."""
        if seconds <= 0:
            raise WriteTimeout
        self._socket.settimeout(seconds)
        try:
            self._socket.sendall(data)
        except TimeoutError as error:
            raise WriteTimeout from error
        except OSError as error:
            raise WriteError from error

    def read(self, seconds: float) -> bytes:
        """Some bytes, empty at the end of the stream. Raises ReadTimeout or ReadError."""
        if seconds <= 0:
            raise ReadTimeout
        self._socket.settimeout(seconds)
        try:
            return self._socket.recv(CHUNK)
        except TimeoutError as error:
            raise ReadTimeout from error
        except OSError as error:
            raise ReadError from error

    def finish_exchange(self) -> bool:
        """Whether both sides are done and the connection can carry another exchange."""
        protocol = self.protocol
        if (
            protocol.our_state is not h11.DONE
            or protocol.their_state is not h11.DONE
            or protocol.trailing_data[0]
        ):
            return False
        protocol.start_next_cycle()
        return True

    @property
    def has_news(self) -> bool:
        """Whether an idle connection has something to read: then the peer closed it, or it is out of step."""
        return bool(self._readable.poll(0))

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()


class Pool:
    """The connections of one origin: at most `size` at a time, idle ones kept for `keepalive_seconds`."""

    def __init__(
        self, origin: Origin, size: int, keepalive_seconds: float, connect_seconds: float, clock: Clock
    ) -> None:
        self._origin = origin
        self._keepalive_seconds = keepalive_seconds
        self._connect_seconds = connect_seconds
        self._clock = clock
        self._room = BoundedSemaphore(size)
        self._idle: deque[Connection] = deque()
        self._tls = ssl.create_default_context(cafile=certifi.where()) if origin.scheme == "https" else None
        self._lock = Lock()
        self._closed = False

    def take(self, deadline: float) -> Connection:
        """A connection that looks alive, to be given back. Raises PoolTimeout, ConnectTimeout or ConnectError."""
        if not self._room.acquire(timeout=max(0.0, deadline - self._clock.monotonic())):
            raise PoolTimeout
        try:
            while self._idle:
                connection = self._idle.pop()
                if connection.idle_until > self._clock.monotonic() and not connection.has_news:
                    return connection
                connection.close()
            left = deadline - self._clock.monotonic()
            if left <= 0:
                raise ConnectTimeout
            return Connection(self._origin, min(self._connect_seconds, left), self._tls)
        except BaseException:
            self._room.release()
            raise

    def give_back(self, connection: Connection, *, reusable: bool) -> None:
        """The exchange is over."""
        if reusable:
            connection.idle_until = self._clock.monotonic() + self._keepalive_seconds
            with self._lock:
                reusable = not self._closed
                if reusable:
                    self._idle.append(connection)
        if not reusable:
            connection.close()
        self._room.release()

    def close(self) -> None:
        """Close idle sockets now, those in use when they are given back."""
        with self._lock:
            self._closed = True
            idle = list(self._idle)
            self._idle.clear()
        for connection in idle:
            connection.close()
