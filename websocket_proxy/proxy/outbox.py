"""What waits to be written to one client. Answers and order updates never drop; ticks merge when the client is slow.

Frames go to the connection's transport as they are; the socket library stays in charge of handshake, pings, closing and
the limits of the write buffer, and is asked for its state before every write (adr/0050).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

from utils.logging import get_logger
from websocket_proxy.proxy.counters import Counters
from websocket_proxy.proxy.flusher import Flusher

log = get_logger(__name__)

SLOW_CLIENT = 1013


class Outgoing(Protocol):
    """The part of an outbox that producers use."""

    def send(self, frame: bytes) -> None:
        """Queue an answer or order update."""

    def offer(self, topic: bytes, frame: bytes) -> None:
        """Queue a tick of a topic."""


class SlowClients:
    """Outboxes that wait for room in their sockets."""

    def __init__(self) -> None:
        self.waiting: set[Outbox] = set()

    def figures(self) -> dict[str, int]:
        """How many there are, and how many frames wait for all and for the worst of them."""
        depths = [outbox.depth for outbox in self.waiting]
        return {"slow_now": len(depths), "queued": sum(depths), "queued_most": max(depths, default=0)}


class Outbox:
    """Joins all frames of a loop turn into one write; holds them back while the socket's buffer is full.

    backlog: ticks that wait in full before they are merged to the latest per topic; also the bound of waiting
    answers, past which the client is closed. patience: seconds of back-pressure before the client is closed.
    """

    __slots__ = (
        "__weakref__", "_answers", "_backlog", "_closed", "_connection", "_counters", "_flows", "_flusher", "_latest",
        "_patience", "_ready", "_slow", "_spawn", "_waiting",
    )  # fmt: skip

    def __init__(
        self,
        connection: ServerConnection,
        flusher: Flusher,
        counters: Counters,
        slow: SlowClients,
        *,
        backlog: int,
        patience: float,
        spawn: Callable[[asyncio.Task[None]], None],
    ) -> None:
        self._connection = connection
        self._flusher = flusher
        self._counters = counters
        self._slow = slow
        self._backlog = backlog
        self._patience = patience
        self._spawn = spawn
        self._ready: list[bytes] = []
        self._answers: list[bytes] = []
        self._waiting: list[tuple[bytes, bytes]] = []
        self._latest: dict[bytes, bytes] | None = None
        self._flows = True  # neither closed nor waiting for room
        self._closed = False

    @property
    def depth(self) -> int:
        """Frames that wait."""
        ticks = len(self._waiting) if self._latest is None else len(self._latest)
        return len(self._ready) + len(self._answers) + ticks

    def send(self, frame: bytes) -> None:
        """Queue an answer or order update: always delivered, in order."""
        if self._flows:
            self._append(frame)
        elif not self._closed:
            self._answers.append(frame)
            if len(self._answers) > self._backlog:
                self._give_up("too many answers waiting")

    def offer(self, topic: bytes, frame: bytes) -> None:
        """Queue a tick; a slow client gets the latest of each topic."""
        if self._flows:
            ready = self._ready
            if not ready:
                self._flusher.mark(self)
            ready.append(frame)
        elif not self._closed:
            self._put_aside(topic, frame)

    def _append(self, frame: bytes) -> None:
        if not self._ready:
            self._flusher.mark(self)
        self._ready.append(frame)

    def _put_aside(self, topic: bytes, frame: bytes) -> None:
        if self._latest is not None:
            self._counters.conflated += topic in self._latest
            self._latest[topic] = frame
            return
        self._waiting.append((topic, frame))
        if len(self._waiting) >= self._backlog:
            self._latest = dict(self._waiting)
            self._counters.conflated += len(self._waiting) - len(self._latest)
            self._waiting = []

    def forget(self, topic: bytes) -> None:
        """Drop waiting ticks of a topic that is no longer subscribed."""
        if self._latest is not None:
            self._latest.pop(topic, None)
        elif self._waiting:
            self._waiting = [entry for entry in self._waiting if entry[0] != topic]

    def flush(self) -> None:
        """Write what is ready in one go."""
        if not self._flows or not self._ready:
            return
        frames, self._ready = self._ready, []
        connection = self._connection
        if connection.state is not State.OPEN:
            self._counters.dropped += len(frames)
            self.close()
            return
        data = b"".join(frames) if len(frames) > 1 else frames[0]
        connection.transport.write(data)
        counters = self._counters
        counters.delivered += len(frames)
        counters.writes += 1
        counters.bytes_out += len(data)
        if connection.paused:
            self._flows = False
            counters.slow_episodes += 1
            self._slow.waiting.add(self)
            self._spawn(asyncio.create_task(self._await_room(), name="ws-slow-client"))

    async def drained(self) -> None:
        """Return once the client has room for more, or is given up; for who sends much at a time."""
        self.flush()
        while not self._flows and not self._closed:
            try:
                await self._connection.drain()
            except OSError:
                return
            await asyncio.sleep(0)

    async def _await_room(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await self._connection.drain()
        except TimeoutError:
            self._give_up(f"reads nothing for {self._patience:g} s")
            return
        except OSError:
            self.close()
            return
        self._slow.waiting.discard(self)
        if self._closed:
            return
        held = self._latest.values() if self._latest is not None else (frame for _, frame in self._waiting)
        self._ready += [*self._answers, *held]
        self._answers, self._waiting, self._latest = [], [], None
        self._flows = True
        self.flush()

    def _give_up(self, reason: str) -> None:
        if self._closed:
            return
        self.close()
        self._counters.slow_closed += 1
        log.warning("A slow client was disconnected", reason=reason)
        self._spawn(asyncio.create_task(self._disconnect(), name="ws-slow-close"))

    async def _disconnect(self) -> None:
        try:
            async with asyncio.timeout(1.0):
                await self._connection.close(SLOW_CLIENT, "client too slow")
        except TimeoutError:
            self._connection.transport.abort()

    def close(self) -> None:
        """Accept and keep nothing more."""
        self._counters.dropped += self.depth
        self._closed, self._flows = True, False
        self._slow.waiting.discard(self)
        self._ready, self._answers, self._waiting, self._latest = [], [], [], None
