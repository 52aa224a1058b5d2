"""Every fuzz target, once."""

from __future__ import annotations

from functools import cache

from test.fuzz.target import Target
from test.fuzz.targets import brokers, edges, files, http, signin, streaming, webhooks, wires


@cache
def all_targets() -> tuple[Target, ...]:
    """In the order of their names."""
    rooms = (brokers, edges, files, http, signin, streaming, webhooks, wires)
    found = [target for room in rooms for target in room.targets()]
    return tuple(sorted(found, key=lambda target: target.name))
