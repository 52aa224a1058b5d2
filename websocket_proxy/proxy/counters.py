"""Figures of the client side."""

from __future__ import annotations


class Counters:
    """Plain integers that only the event loop's thread touches.

    delivered: frames written to sockets. conflated: ticks that a later one of the same topic replaced while a client
    was slow. dropped: frames that waited for a client which went. gaps: numbers missing in a topic's sequence.
    renewals: times the last values were asked for again after gaps. restarts: topics that began to count anew.
    slow_closed: clients closed because they took too little.
    """

    def __init__(self) -> None:
        self.accepted = 0
        self.refused = 0
        self.auth_failures = 0
        self.messages_in = 0
        self.bad_messages = 0
        self.ticks_in = 0
        self.frames_built = 0
        self.delivered = 0
        self.writes = 0
        self.bytes_out = 0
        self.conflated = 0
        self.dropped = 0
        self.gaps = 0
        self.renewals = 0
        self.restarts = 0
        self.slow_episodes = 0
        self.slow_closed = 0
        self.order_updates = 0

    def figures(self) -> dict[str, int]:
        """All of them by name."""
        return dict(vars(self))
