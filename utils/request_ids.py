"""The id of the request that this thread works for: set at the edge, found in every log row and record behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Leaves room for the number of a further order call of the same request (columns hold 40 characters).
_SHAPE = re.compile(r"[A-Za-z0-9-]{8,36}")


class _Request:
    """A request and how many order calls it has made."""

    __slots__ = ("calls", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.calls = 0


_current: ContextVar[_Request | None] = ContextVar("openalgo_request", default=None)


def is_request_id(text: str) -> bool:
    """Whether text that came from outside may serve as an id: 8 to 36 letters, digits and hyphens."""
    return _SHAPE.fullmatch(text) is not None


def begin(text: str) -> None:
    """This thread works for a request now; empty text for none."""
    _current.set(_Request(text) if text else None)


def current() -> str:
    """The id of the request, empty outside of one."""
    request = _current.get()
    return "" if request is None else request.text


def of_next_call() -> str:
    """The id under which the next order call of this request is told: the request's own, then numbered ones."""
    request = _current.get()
    if request is None:
        return ""
    request.calls += 1
    return request.text if request.calls == 1 else f"{request.text}-{request.calls}"[:40]


@contextmanager
def carried(text: str) -> Iterator[None]:
    """This thread works for a request inside the block; for work that was handed to another thread."""
    token = _current.set(_Request(text) if text else None)
    try:
        yield
    finally:
        _current.reset(token)
