"""Spreads an account's instruments over as many sockets as the vendor and the settings allow."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence

from broker.core.manifest import Stream
from broker.core.roles import StreamCodec, StreamEvent
from domain.instruments import Instrument
from domain.market import Mode, Tick
from utils.clock import Clock
from websocket_proxy.feed.backoff import Backoff
from websocket_proxy.feed.connection import StreamConnection
from websocket_proxy.feed.runtime import EventSink, RouteKey, SessionSource, State, StateSink, route_key
from websocket_proxy.feed.sockets.counts import PoolCounts
from websocket_proxy.feed.sockets.packing import Packer
from websocket_proxy.feed.sockets.standing import Standing, overall
from websocket_proxy.feed.watch.guard import FeedGuard
from websocket_proxy.options import FeedOptions, stream_capacity


class SocketPool:
    """Grows when its sockets are full, shrinks when fewer would do for a while; the first socket stays.

    Instruments go to the first socket with room. What stays wanted misses no tick when the pool grows or shrinks.
    """

    def __init__(
        self,
        name: str,
        codec: Callable[[], StreamCodec],
        terms: Stream,
        options: FeedOptions,
        *,
        session: SessionSource,
        clock: Clock,
        guard: FeedGuard,
        on_events: EventSink,
        on_state: StateSink,
    ) -> None:
        self._name = name
        self._codec = codec
        self._terms = terms
        self._options = options
        self._session = session
        self._clock = clock
        self._guard = guard
        self._on_events = on_events
        self._on_state = on_state
        self._per_socket = min(terms.instruments_per_socket, options.symbols_per_socket)
        self._limit = min(terms.sockets, options.sockets)
        self.capacity = stream_capacity(terms, options)
        self._sockets: dict[int, StreamConnection] = {}
        self._states: dict[int, Standing] = {}
        self._home: dict[RouteKey, int] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._lingering: dict[int, asyncio.TimerHandle] = {}
        self._counts = PoolCounts()
        self._packer = Packer(
            self._sockets, self._home, self._per_socket, options,
            is_live=lambda number: self._states[number].state is State.LIVE, release=self._release,
            arrived=self._arrived,
        )  # fmt: skip
        self._random = random.Random()  # noqa: S311 - jitter, not a secret

    def start(self) -> None:
        self._open(0)
        self._guard.start()

    def want(self, wants: Sequence[tuple[Instrument, Mode]]) -> list[Instrument]:
        refused = []
        for instrument, mode in wants:
            key = route_key(instrument)
            number = self._home.get(key)
            if number is None:
                number = self._room()
                if number is None:
                    refused.append(instrument)
                    continue
                self._home[key] = number
                self._guard.placed(instrument, number)
                self._keep(number)
            self._sockets[number].want(instrument, mode)
            self._packer.want(instrument, mode)
        return refused

    def drop(self, instruments: Sequence[Instrument]) -> None:
        for instrument in instruments:
            key = route_key(instrument)
            number = self._home.pop(key, None)
            if number is None:
                continue
            self._guard.removed(key)
            self._packer.drop(key)
            self._release(number, key)
        self._packer.later()

    def session_changed(self) -> None:
        for socket in self._sockets.values():
            socket.session_changed()

    def beat(self) -> None:
        for socket in self._sockets.values():
            socket.beat()
        troubles = self._guard.beat(self._sockets)
        for number, standing in self._states.items():
            standing.trouble = troubles.get(number, "")
        self._tell()

    async def stop(self) -> None:
        for handle in self._lingering.values():
            handle.cancel()
        self._packer.stop()
        await self._guard.stop()
        await asyncio.gather(*(socket.stop() for socket in self._sockets.values()), *self._closing)
        self._sockets.clear()
        self._on_state(State.STOPPED, "")

    def figures(self) -> dict[str, object]:
        return {
            "instruments": len(self._home),
            "capacity": self.capacity,
            "sockets": len(self._sockets),
            "moving": len(self._packer),
            "watch": self._guard.figures(),
            **self._counts.total([socket.counts for socket in self._sockets.values()]),
            "connections": {
                str(number): {
                    "state": str(self._states[number].state),
                    "reason": self._states[number].why,
                    "instruments": socket.load,
                    **socket.counts.figures(),
                }
                for number, socket in self._sockets.items()
            },
        }

    def _room(self) -> int | None:
        """A socket with room: one that stays before one that is being emptied, a new one last."""
        free = [number for number, socket in self._sockets.items() if socket.load < self._per_socket]
        if free:
            return min(free, key=lambda number: (self._packer.drains(number), number))
        unused = [number for number in range(self._limit) if number not in self._sockets]
        if unused:
            self._open(unused[0])
            return unused[0]
        return None

    def _open(self, number: int) -> StreamConnection:
        socket = StreamConnection(
            f"{self._name}#{number + 1}",
            self._codec,
            self._terms,
            self._options,
            session=self._session,
            clock=self._clock,
            backoff=Backoff(self._options.backoff, self._random),
            on_events=lambda events: self._hear(number, events),
            on_state=lambda state, reason: self._report(number, state, reason),
        )
        self._sockets[number] = socket
        self._states[number] = Standing()
        self._guard.opened(number)
        socket.start()
        return socket

    def _hear(self, number: int, events: Sequence[StreamEvent]) -> None:
        if self._packer:
            events = [
                event for event in events if not isinstance(event, Tick) or self._packer.passes(number, event)
            ]
        self._on_events(events)

    def _arrived(self, number: int, key: RouteKey, settled: bool) -> None:
        """An instrument is asked for at another socket, or lives there from now on."""
        self._keep(number)
        if settled:
            self._guard.placed(self._sockets[number].wants[key][0], number)

    def _release(self, number: int, key: RouteKey) -> None:
        self._sockets[number].drop(key)
        if number and not self._sockets[number].load:
            self._linger(number)

    def _linger(self, number: int) -> None:
        self._keep(number)
        loop = asyncio.get_running_loop()
        self._lingering[number] = loop.call_later(self._options.idle_seconds, self._close_idle, number)

    def _keep(self, number: int) -> None:
        handle = self._lingering.pop(number, None)
        if handle is not None:
            handle.cancel()

    def _close_idle(self, number: int) -> None:
        self._lingering.pop(number, None)
        socket = self._sockets[number]
        if socket.load:
            return
        del self._sockets[number]
        del self._states[number]
        self._counts.close(socket.counts)
        self._guard.closed(number)
        closing = asyncio.create_task(socket.stop(), name=f"feed-close-{socket.name}")
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    def _report(self, number: int, state: State, reason: str) -> None:
        standing = self._states.get(number)
        if standing is None:
            return
        standing.said, standing.reason = state, reason
        standing.settled = standing.settled or state is State.LIVE or bool(reason)
        self._guard.said(number, state, reason)
        self._tell()

    def _tell(self) -> None:
        if self._states:
            state, reason = overall(list(self._states.values()))
            self._on_state(state, reason or self._guard.alarm)
