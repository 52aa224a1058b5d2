"""The HTTP seam: two methods, and one answer to the only question that matters after a failure: did bytes leave?

Everything that talks to a vendor sees `Transport`; broker.core.transport holds the real one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from domain.errors import NotSent
from utils.concurrency import Lock

RESPONSE_LIMIT = 8 * 1024 * 1024


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request. `timeout`: seconds for the whole call. `max_bytes`: largest answer, decoded.

    Never printed whole: URL query, headers and body may carry secrets.
    """

    method: str
    url: str
    headers: Mapping[str, str] = {}
    params: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    timeout: float = 7.0
    max_bytes: int = RESPONSE_LIMIT

    def __repr__(self) -> str:
        return f"Request({self.method} {self.url.partition('?')[0]}, details hidden)"


class Response(msgspec.Struct, frozen=True):
    """A whole answer. Header names are lower-case; the body is decoded from its transfer coding."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"Response({self.status}, {len(self.body)} bytes)"


class Transport(Protocol):
    """Sends one request. Redirects are answers, never followed."""

    def send(self, request: Request) -> Response:
        """The whole answer. Raises NotSent (no byte left) or OutcomeUnknown (bytes left, no whole answer)."""

    def close(self) -> None:
        """Give the sockets back."""


class LateTransport:
    """Builds the real transport at the first request: a process that sends none does not pay for its libraries."""

    def __init__(self, build: Callable[[], Transport]) -> None:
        self._build = build
        self._lock = Lock()
        self._real: Transport | None = None
        self._closed = False

    def send(self, request: Request) -> Response:
        with self._lock:
            if self._closed:
                raise NotSent("Nothing was sent: the program is ending")
            if self._real is None:
                self._real = self._build()
            real = self._real
        return real.send(request)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            real, self._real = self._real, None
        if real is not None:
            real.close()
