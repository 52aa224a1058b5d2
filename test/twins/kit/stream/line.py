"""The way out of a connection's frames, through the faults that stand."""

import asyncio
import socket as sockets
import struct
from collections import deque

from websockets.exceptions import ConnectionClosed

from test.twins.kit.stream.garbage import Raw

SEND_SECONDS = 5.0
MOST_WAITING = 10_000


class Line:
    """One open WebSocket. number: this connection's, from 1."""

    def __init__(self, number, socket, faults):
        self.number = number
        self.socket = socket
        self.is_gone = False
        self._faults = faults
        self._held = None
        self._due_at = 0.0
        self._waiting = deque()
        self._news = asyncio.Event()
        self._closing = None
        self._sender = asyncio.create_task(self._send_all())

    def say(self, frames, at):
        """Let frames go out unless silent."""
        if not self._faults.is_silent(self.number, at):
            for frame in frames:
                self.send(frame)

    def send(self, frame):
        """Let a frame go out, as the faults have it."""
        at = asyncio.get_running_loop().time()
        for each in self._faults.garbled(self.number, at, frame):
            if self._faults.swaps(self.number, at) and self._held is None:
                self._held = each
                continue
            self._queue(each, at)
            if self._faults.doubles(self.number, at):
                self._queue(each, at)
            if self._held is not None:
                held, self._held = self._held, None
                self._queue(held, at)

    def _queue(self, frame, at):
        self._due_at = max(self._due_at, at + self._faults.lag(self.number, at))
        self._waiting.append((self._due_at, frame))
        self._news.set()
        if len(self._waiting) > MOST_WAITING:
            self.socket.transport.abort()

    def send_as_is(self, frames):
        """Let frames go out past the faults."""
        at = asyncio.get_running_loop().time()
        self._waiting.extend((at, frame) for frame in frames)
        self._news.set()

    async def _send_all(self):
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                due_at, frame = self._waiting.popleft()
                wait = due_at - asyncio.get_running_loop().time()
                if wait > 0:
                    await asyncio.sleep(wait)
                if not self.is_gone:
                    await self._send(frame)

    async def _send(self, frame):
        if isinstance(frame, Raw):
            self.socket.transport.write(frame)
            return
        try:
            async with asyncio.timeout(SEND_SECONDS):  # wait_for may swallow the cancellation of the sender
                await self.socket.send(frame)
        except (ConnectionClosed, TimeoutError):
            self.socket.transport.abort()

    def cut(self):
        """End the TCP connection without a goodbye."""
        self.socket.transport.abort()

    def reset(self):
        """End it with a reset (RST)."""
        raw = self.socket.transport.get_extra_info("socket")
        if raw is not None and not self.socket.transport.is_closing():
            raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.transport.abort()

    def close(self, code):
        """End it as the protocol has it."""
        if self._closing is None:
            self._closing = asyncio.create_task(self.socket.close(code))

    def vanish(self):
        """Half-open: the connection stands, but nobody reads or answers at this end any more."""
        self.is_gone = True
        self.socket.transport.pause_reading()

    async def end(self):
        """End its tasks."""
        self._sender.cancel()
        await asyncio.gather(self._sender, *filter(None, [self._closing]), return_exceptions=True)
