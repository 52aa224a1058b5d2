"""Faults on the way to the practice exchange."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

Fault = Callable[[Any, Any, Any], Any]


class FaultyDesk:
    """The exchange's desk with a fault in place of one call: fault(real desk, session, command)."""

    def __init__(self, real: Any, fault: Fault) -> None:
        self._real = real
        self._fault = fault

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def place(self, session: Any, command: Any) -> Any:
        return self._fault(self._real, session, command)


@contextmanager
def faulty_place(services: Any) -> Iterator[Callable[[Fault], None]]:
    """What puts a fault in place of `place`, until the block ends."""
    host = services.brokers
    real = host.plugin("simulator")

    def use(fault: Fault) -> None:
        host._plugins["simulator"] = msgspec.structs.replace(real, orders=FaultyDesk(real.orders, fault))

    yield use
    host._plugins["simulator"] = real
