"""One client of the ticker: its tokens and modes, what is due to it, and the way out of its frames."""

import asyncio
import json
import socket as sockets
import struct
from collections import deque

from websockets.exceptions import ConnectionClosed

from domain.market import Mode
from kite_stream.garbage import Raw
from kite_stream.packets import HEARTBEAT, frame_of, packet

MODES = {"ltp": Mode.LTP, "quote": Mode.QUOTE, "full": Mode.DEPTH}
SEND_SECONDS = 5.0
MOST_WAITING = 10_000


class Connection:
    """`market.ticks()` makes the source of its ticks (see LocalTicks); `market.sink` is told each that goes out."""

    def __init__(self, number, socket, market, faults, limits):
        self.number = number
        self.socket = socket
        self.credentials = socket.credentials
        self.user = socket.user
        self.modes = {}
        self.is_gone = False
        self._market = market
        self._faults = faults
        self._limits = limits
        self._source = market.ticks()
        self._listed = {}
        self._places = {}
        self._asked_at = deque()
        self._sent_at = 0.0
        self._held = None
        self._due_at = 0.0
        self._waiting = deque()
        self._news = asyncio.Event()
        self._closing = None
        self._sender = asyncio.create_task(self._send_all())

    def obey(self, text):
        """Carry out a client message; answers the text of an error, or None."""
        try:
            message = json.loads(text)
            action, value = message.get("a"), message.get("v")
            if self._is_too_fast():
                return "Too many requests"
            if action == "mode":
                mode, tokens = MODES.get(value[0]), value[1]
                return "Unknown mode" if mode is None else self._want(tokens, mode)
            if action == "subscribe":
                return self._want(value, Mode.QUOTE)
            if action == "unsubscribe":
                self.forget(value)
                return None
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            return "Invalid message"
        return "Unknown action"

    def _is_too_fast(self):
        most = self._limits.subscribes_per_second
        if most is None:
            return False
        at = asyncio.get_running_loop().time()
        while self._asked_at and at - self._asked_at[0] >= 1.0:
            self._asked_at.popleft()
        if len(self._asked_at) >= most:
            return True
        self._asked_at.append(at)
        return False

    def _want(self, tokens, mode):
        found = {token: self._market.listing.by_token(token) for token in tokens}
        known = {token: listed for token, listed in found.items() if listed is not None}
        if len(self._listed | known) > self._limits.instruments_per_socket:
            return "Too many instruments"
        self._listed |= known
        for token, listed in known.items():
            self.modes[token] = mode
            self._places[listed.instrument.broker_exchange, listed.instrument.token] = (token, listed)
        self._source.subscribe([(listed.instrument, mode) for listed in known.values()])
        return None

    def forget(self, tokens):
        """End subscriptions, at the client's wish or by the vendor's mistake."""
        gone = [self._listed.pop(token) for token in tokens if token in self._listed]
        for listed in gone:
            del self.modes[listed.token]
            del self._places[listed.instrument.broker_exchange, listed.instrument.token]
        self._source.unsubscribe([listed.instrument for listed in gone])

    def beat(self, now, at, heartbeat_seconds):
        """Send what is due: ticks, a heartbeat, or nothing."""
        if self.is_gone or self._faults.is_silent(self.number, at):
            return
        due = []
        for tick in self._source.due(now):
            token, listed = self._places[tick.broker_exchange, tick.token]
            if not self._faults.is_mute(self.number, token, at):
                due.append((tick, listed))
        if due:
            self._sent_at = at
            self.send(frame_of([packet(tick, listed) for tick, listed in due]))
            if self._market.sink is not None:
                self._market.sink(due)
        elif at - self._sent_at >= heartbeat_seconds:
            self._sent_at = at
            self.send(HEARTBEAT)

    def tell(self, text, at):
        """Send an order message unless silent."""
        if not self._faults.is_silent(self.number, at):
            self.send(text)

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
        """End its tasks; its tick source watches nothing any more."""
        self.forget(list(self.modes))
        self._sender.cancel()
        await asyncio.gather(self._sender, *filter(None, [self._closing]), return_exceptions=True)
