"""An event loop in virtual time with connections in memory: whole days pass in seconds, and repeat."""

from __future__ import annotations

import asyncio
import datetime as dt
import heapq
from collections.abc import Callable
from typing import Any

Deliver = Callable[[], None]
LATENCY = 0.002


class VirtualLoop(asyncio.BaseEventLoop):
    """Time passes only when everything waits. Work for other threads is done at once, in no time.

    `create_server` and `create_connection` join protocols in memory: what a side writes arrives `LATENCY` later.
    """

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._clock_resolution = 1e-6
        self._selector = self
        self._servers: dict[int, MemoryServer] = {}

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now

    def select(self, timeout: float | None) -> list[Any]:
        """What a selector does: wait. Nothing comes from outside, so waiting without an end is for ever."""
        if timeout is None:
            raise RuntimeError("everything waits and nothing will ever happen")
        self._now += max(0.0, timeout)
        return []

    def _process_events(self, event_list: list[Any]) -> None: ...

    def _write_to_self(self) -> None: ...

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """Call it here."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    async def create_server(self, protocol_factory: Any, host: Any = None, port: Any = None, **_: Any) -> Any:
        """Listen in memory; port 0 picks a free one."""
        number = port or 20_000 + len(self._servers)
        self._servers[number] = MemoryServer(self, protocol_factory, number)
        return self._servers[number]

    async def create_connection(
        self, protocol_factory: Any, host: Any = None, port: Any = None, **_: Any
    ) -> Any:
        """Connect in memory. Raises ConnectionRefusedError where nobody listens."""
        await asyncio.sleep(LATENCY)
        server = self._servers.get(port)
        if server is None or not server.is_serving():
            raise ConnectionRefusedError(f"nobody listens at {port}")
        ours, theirs = MemoryTransport(self), MemoryTransport(self)
        ours.peer, theirs.peer = theirs, ours
        server.transports.append(theirs)
        protocol = protocol_factory()
        theirs.begin(server.factory())
        ours.begin(protocol)
        return ours, protocol


class MemoryServer:
    """What `create_server` answers."""

    def __init__(self, loop: VirtualLoop, factory: Any, port: int) -> None:
        self.factory = factory
        self.transports: list[MemoryTransport] = []
        self.port = port
        self._loop = loop
        self._open = True

    @property
    def sockets(self) -> tuple[MemoryServer, ...]:
        """Itself stands for its socket."""
        return (self,)

    family = 2

    def getsockname(self) -> tuple[str, int]:
        """Host and port."""
        return "127.0.0.1", self.port

    def get_loop(self) -> VirtualLoop:
        """Its loop."""
        return self._loop

    def is_serving(self) -> bool:
        """Whether it accepts."""
        return self._open

    def close(self) -> None:
        """Accept no more."""
        self._open = False

    async def wait_closed(self) -> None:
        """Nothing to wait for."""


class MemoryTransport(asyncio.Transport):
    """One end of a connection."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.peer: MemoryTransport
        self._loop = loop
        self._protocol: Any = None
        self._inbox: list[tuple[float, int, bytes | None]] = []
        self._order = 0
        self._is_closing = self._is_lost = self._is_paused = False

    def begin(self, protocol: Any) -> None:
        """Tell the protocol that it is connected."""
        self._protocol = protocol
        protocol.connection_made(self)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """It arrives at the other end, unless either is closed."""
        if data and not self._is_closing:
            self.peer._arrives(bytes(data))

    def _arrives(self, data: bytes | None) -> None:
        self._order += 1
        heapq.heappush(self._inbox, (self._loop.time() + LATENCY, self._order, data))
        self._loop.call_later(LATENCY, self._deliver)

    def _deliver(self) -> None:
        while self._inbox and not self._is_paused and not self._is_lost:
            if self._inbox[0][0] > self._loop.time() + 1e-9:
                break
            data = heapq.heappop(self._inbox)[2]
            if data is None:
                self._end_of_stream()
            else:
                self._protocol.data_received(data)

    def _end_of_stream(self) -> None:
        if not self._protocol.eof_received():
            self._is_closing = True
            self._loop.call_soon(self._lose, None)

    def close(self) -> None:
        """Say goodbye."""
        if not self._is_closing:
            self._is_closing = True
            self.peer._arrives(None)
            self._loop.call_soon(self._lose, None)

    def abort(self) -> None:
        """Break off."""
        self.close()

    def _lose(self, error: Exception | None) -> None:
        if not self._is_lost:
            self._is_lost = True
            self._inbox.clear()
            self._protocol.connection_lost(error)

    def is_closing(self) -> bool:
        """Whether it is closed or about to be."""
        return self._is_closing

    def pause_reading(self) -> None:
        """Let what arrives wait."""
        self._is_paused = True

    def resume_reading(self) -> None:
        """Take what waits."""
        self._is_paused = False
        self._deliver()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def get_write_buffer_size(self) -> int:
        """Memory takes everything at once."""
        return 0

    def can_write_eof(self) -> bool:
        """As TCP can."""
        return True

    def write_eof(self) -> None:
        """The other end hears that no more comes."""
        self.peer._arrives(None)

    def set_protocol(self, protocol: Any) -> None:
        """Another protocol from now on."""
        self._protocol = protocol

    def get_protocol(self) -> Any:
        """The protocol."""
        return self._protocol


class VirtualClock:
    """The wall clock and the monotonic clock of a loop's time."""

    def __init__(self, loop: VirtualLoop, start: dt.datetime) -> None:
        self._loop = loop
        self._start = start.astimezone(dt.UTC)

    def now(self) -> dt.datetime:
        return self._start + dt.timedelta(seconds=self._loop.time())

    def leap(self, seconds: float) -> None:
        """Step the wall clock forward; the monotonic one knows nothing of it."""
        self._start += dt.timedelta(seconds=seconds)

    def monotonic(self) -> float:
        return self._loop.time()
