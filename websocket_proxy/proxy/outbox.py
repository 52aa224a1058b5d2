"""What waits to be written to one client. Answers and order updates never drop; ticks merge when the client is slow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

from utils.logging import get_logger

log = get_logger(__name__)

SLOW_CLIENT = 1013


class Counters:
    """Figures of the client side; plain integers that only the event loop's thread touches."""

    def __init__(self) -> None:
        self.accepted = 0
        self.refused = 0
        self.auth_failures = 0
        self.messages_in = 0
        self.bad_messages = 0
        self.ticks_in = 0
        self.frames_built = 0
        self.frames_out = 0
        self.writes = 0
        self.bytes_out = 0
        self.merged = 0
        self.gaps = 0
        self.slow_episodes = 0
        self.slow_closed = 0
        self.order_updates = 0

    def figures(self) -> dict[str, int]:
        """All of them by name."""
        return dict(vars(self))


class Flusher:
    """Collects outboxes with news and writes each once per turn of the event loop."""

    def __init__(self) -> None:
        self._dirty: set[Outbox] = set()
        self._loop = asyncio.get_running_loop()

    def mark(self, outbox: Outbox) -> None:
        """This outbox has something to write."""
        if not self._dirty:
            self._loop.call_soon(self._flush)
        self._dirty.add(outbox)

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, set()
        for outbox in dirty:
            outbox.flush()


class Outgoing(Protocol):
    """The part of an outbox that producers use."""

    def send(self, frame: bytes) -> None:
        """Queue an answer or order update."""

    def offer(self, topic: bytes, frame: bytes) -> None:
        """Queue a tick of a topic."""


class Outbox:
    """Joins all frames of a loop turn into one write; holds them back while the socket's buffer is full.

    backlog: ticks that wait in full before they are merged to the latest per topic; also the bound of waiting
    answers, past which the client is closed. patience: seconds of back-pressure before the client is closed.
    """

    def __init__(
        self,
        connection: ServerConnection,
        flusher: Flusher,
        counters: Counters,
        *,
        backlog: int,
        patience: float,
        spawn: Callable[[asyncio.Task[None]], None],
    ) -> None:
        self._connection = connection
        self._flusher = flusher
        self._counters = counters
        self._backlog = backlog
        self._patience = patience
        self._spawn = spawn
        self._ready: list[bytes] = []
        self._answers: list[bytes] = []
        self._waiting: list[tuple[bytes, bytes]] = []
        self._latest: dict[bytes, bytes] | None = None
        self._blocked = False
        self._closed = False

    def send(self, frame: bytes) -> None:
        """Queue an answer or order update: always delivered, in order."""
        if self._closed:
            return
        if not self._blocked:
            self._ready.append(frame)
            self._flusher.mark(self)
            return
        self._answers.append(frame)
        if len(self._answers) > self._backlog:
            self._give_up("too many answers waiting")

    def offer(self, topic: bytes, frame: bytes) -> None:
        """Queue a tick; a slow client gets the latest of each topic."""
        if self._closed:
            return
        if not self._blocked:
            self._ready.append(frame)
            self._flusher.mark(self)
        elif self._latest is not None:
            self._counters.merged += topic in self._latest
            self._latest[topic] = frame
        else:
            self._waiting.append((topic, frame))
            if len(self._waiting) >= self._backlog:
                self._latest = dict(self._waiting)
                self._counters.merged += len(self._waiting) - len(self._latest)
                self._waiting = []

    def forget(self, topic: bytes) -> None:
        """Drop waiting ticks of a topic that is no longer subscribed."""
        if self._latest is not None:
            self._latest.pop(topic, None)
        elif self._waiting:
            self._waiting = [entry for entry in self._waiting if entry[0] != topic]

    def flush(self) -> None:
        """Write what is ready in one go."""
        if self._blocked or not self._ready:
            return
        frames, self._ready = self._ready, []
        if self._connection.state is not State.OPEN:
            self.close()
            return
        data = b"".join(frames) if len(frames) > 1 else frames[0]
        self._connection.transport.write(data)
        self._counters.frames_out += len(frames)
        self._counters.writes += 1
        self._counters.bytes_out += len(data)
        if self._connection.paused:
            self._blocked = True
            self._counters.slow_episodes += 1
            self._spawn(asyncio.create_task(self._await_room(), name="ws-slow-client"))

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
        self._blocked = False
        held = self._latest.values() if self._latest is not None else (frame for _, frame in self._waiting)
        self._ready += [*self._answers, *held]
        self._answers, self._waiting, self._latest = [], [], None
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
        self._closed = True
        self._ready, self._answers, self._waiting, self._latest = [], [], [], None
