"""The real transport: httpx's machinery, sent through httpcore's pools directly, half the price of a client call.

The only importer of httpx. How far a request got is known from httpcore's trace events.
"""

from __future__ import annotations

import logging
import zlib
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpcore
import httpx
import msgspec

from broker.core.http import Request, Response
from domain.errors import NotSent, OutcomeUnknown
from utils.clock import Clock, SystemClock
from utils.concurrency import Lock, local
from utils.limits import lru_cache

_SENDING = ("http11.send_request_headers.started", "http2.send_request_headers.started")
_HEADERS_WRITTEN = ("http11.send_request_headers.complete", "http2.send_request_headers.complete")


class _Call(local):
    """The deadline of the call that runs in this thread; the pool offers no other way to hand it to the socket."""

    deadline: float | None = None


class _Stream(httpcore.NetworkStream):
    """A socket whose every operation ends at the call's deadline, however slowly the peer drips."""

    def __init__(self, inner: httpcore.NetworkStream, call: _Call, clock: Clock) -> None:
        self._inner = inner
        self._call = call
        self._clock = clock

    def _left(self, timeout: float | None, error: type[Exception]) -> float | None:
        if self._call.deadline is None:
            return timeout
        left = self._call.deadline - self._clock.monotonic()
        if left <= 0:
            raise error("deadline")
        return left if timeout is None else min(timeout, left)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._call, self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    """Opens TCP connections whose streams know the call's deadline."""

    def __init__(self, call: _Call, clock: Clock) -> None:
        self._call = call
        self._clock = clock

    def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        return _Stream(super().connect_tcp(*args, **kwargs), self._call, self._clock)


class _Progress:
    """How far one request got, told by httpcore's trace events."""

    __slots__ = ("headers_written", "sending")

    def __init__(self) -> None:
        self.sending = False
        self.headers_written = False

    def __call__(self, event: str, info: dict[str, Any]) -> None:
        if event in _SENDING:
            self.sending = True
        elif event in _HEADERS_WRITTEN:
            self.headers_written = True


class HttpxTransport:
    """The real transport: keep-alive pools, one per origin so that a hung vendor starves nobody else.

    connections: most sockets per origin; further calls wait for a socket until their deadline (then NotSent).
    keepalive_seconds: idle sockets are dropped after this; short, because a vendor's silent close is the one way to
    an unnecessary OutcomeUnknown.
    """

    def __init__(
        self, *, connections: int = 16, keepalive_seconds: float = 30.0, connect_seconds: float = 4.0,
        http2: bool = False, clock: Clock | None = None,
    ) -> None:  # fmt: skip
        self._connections = connections
        self._keepalive_seconds = keepalive_seconds
        self._connect_seconds = connect_seconds
        self._http2 = http2
        self._clock = clock or SystemClock()
        self._call = _Call()
        self._pools: dict[str, httpcore.ConnectionPool] = {}
        self._tls: Any = None
        self._closed = False
        self._lock = Lock()
        # httpcore's debug records contain answer headers, and those may contain cookies.
        logging.getLogger("httpcore").setLevel(logging.WARNING)

    def send(self, request: Request) -> Response:
        """See Transport. Costs about 150 microseconds of CPU on a warm connection."""
        origin, path = _split(request.url)
        progress = _Progress()
        self._call.deadline = self._clock.monotonic() + request.timeout
        try:
            return self._exchange(request, origin, path, progress)
        except httpcore.LocalProtocolError:
            if progress.headers_written:
                raise OutcomeUnknown(
                    f"The exchange with {origin.host} broke after the request left"
                ) from None
            raise NotSent(f"The request to {origin.host} could not be written as HTTP") from None
        except _FAILURES as error:
            kind = type(error).__name__
            if progress.sending:
                raise OutcomeUnknown(f"No whole answer from {origin.host} ({kind})") from None
            raise NotSent(f"{origin.host} could not be reached ({kind}); nothing was sent") from None
        finally:
            self._call.deadline = None

    def _exchange(self, request: Request, origin: _Origin, path: str, progress: _Progress) -> Response:
        connect = min(self._connect_seconds, request.timeout)
        timeouts = {
            "connect": connect, "pool": request.timeout, "read": request.timeout, "write": request.timeout}  # fmt: skip
        target = path + ("?" + urlencode(request.params, quote_via=quote) if request.params else "")
        wire = httpcore.Request(
            request.method.encode("ascii"),
            httpcore.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=target),
            headers=_headers(request, origin), content=request.body,
            extensions={"timeout": timeouts, "trace": progress})  # fmt: skip
        answer = self._pool(origin).handle_request(wire)
        try:
            headers = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers
            }
            body = _read(answer, headers.get("content-encoding", ""), request.max_bytes)
        finally:
            answer.close()
        return Response(answer.status, headers, body)

    def _pool(self, origin: _Origin) -> httpcore.ConnectionPool:
        pool = self._pools.get(origin.key)
        if pool is not None:
            return pool
        with self._lock:
            if self._closed:
                raise NotSent(f"Nothing was sent to {origin.host}: the program is ending")
            if origin.key not in self._pools:
                if origin.scheme == "https" and self._tls is None:
                    self._tls = httpx.create_ssl_context()
                self._pools[origin.key] = httpcore.ConnectionPool(
                    ssl_context=self._tls, max_connections=self._connections,
                    max_keepalive_connections=self._connections, keepalive_expiry=self._keepalive_seconds,
                    http2=self._http2, network_backend=_Backend(self._call, self._clock))  # fmt: skip
            return self._pools[origin.key]

    def close(self) -> None:
        """Close every socket for good: a later call is not sent."""
        with self._lock:
            self._closed = True
            pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            pool.close()


class _TooLarge(Exception):
    """The answer is larger than the request allows."""


class _BadEncoding(Exception):
    """The answer's content coding is unknown or broken."""


_FAILURES = (
    httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ConnectionNotAvailable,
    httpcore.UnsupportedProtocol, UnicodeError, _TooLarge, _BadEncoding)  # fmt: skip


class _Origin(msgspec.Struct, frozen=True):
    """Scheme, host and port of a URL, with the Host header's text and the pool's key."""

    scheme: str
    host: str
    port: int
    authority: bytes
    key: str


def _split(url: str) -> tuple[_Origin, str]:
    scheme_end = url.find("://")
    path_start = url.find("/", scheme_end + 3)
    if path_start < 0:
        return _origin(url), "/"
    return _origin(url[:path_start]), url[path_start:]


@lru_cache(maxsize=256)
def _origin(base: str) -> _Origin:
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a request needs an absolute http or https URL")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return _Origin(
        parts.scheme, parts.hostname, port, parts.netloc.encode("ascii"), f"{parts.scheme}://{parts.netloc}"
    )


def _headers(request: Request, origin: _Origin) -> list[tuple[bytes, bytes]]:
    lines = [(b"Host", origin.authority), (b"User-Agent", b"OpenAlgo"), (b"Accept-Encoding", b"gzip")]
    lines += [(name.encode("ascii"), value.encode("latin-1")) for name, value in request.headers.items()]
    if request.body is not None:
        lines.append((b"Content-Length", b"%d" % len(request.body)))
    elif request.method in ("POST", "PUT"):
        lines.append((b"Content-Length", b"0"))
    return lines


def _read(answer: httpcore.Response, coding: str, limit: int) -> bytes:
    if coding not in ("", "identity", "gzip", "deflate"):
        raise _BadEncoding(coding)
    unpack = zlib.decompressobj(47) if coding in ("gzip", "deflate") else None
    parts: list[bytes] = []
    size = 0
    for chunk in answer.iter_stream():
        try:
            part = chunk if unpack is None else unpack.decompress(chunk, limit - size + 1)
        except zlib.error:
            raise _BadEncoding(coding) from None
        size += len(part)
        if size > limit:
            raise _TooLarge
        parts.append(part)
    if unpack is not None and ((size and not unpack.eof) or unpack.unused_data):
        raise _BadEncoding(coding)  # cut short, or more members than the one that was read
    return b"".join(parts)
