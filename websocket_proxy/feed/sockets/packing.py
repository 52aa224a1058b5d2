"""Fewer sockets for a demand that shrank: which instruments move, and whose ticks count while they do.

Make before break: an instrument is asked for at its new socket first and left at the old one when the new one ticks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping

import msgspec

from domain.instruments import Instrument
from domain.market import Mode, Tick
from websocket_proxy.feed.connection import StreamConnection
from websocket_proxy.feed.runtime import RouteKey, route_key
from websocket_proxy.options import FeedOptions


class Move(msgspec.Struct):
    """An instrument on its way. settled: the new socket serves it, the old one was told to stop."""

    source: int
    target: int
    settled: bool = False


class Packer:
    """Moves instruments from one socket of a pool to others. `home` says where each instrument lives.

    release: leave an instrument at a socket. arrived: it is asked for at a socket, or settled there.
    """

    def __init__(
        self,
        sockets: Mapping[int, StreamConnection],
        home: dict[RouteKey, int],
        per_socket: int,
        options: FeedOptions,
        *,
        is_live: Callable[[int], bool],
        release: Callable[[int, RouteKey], None],
        arrived: Callable[[int, RouteKey, bool], None],
    ) -> None:
        self._sockets = sockets
        self._home = home
        self._per_socket = per_socket
        self._options = options
        self._is_live = is_live
        self._release = release
        self._arrived = arrived
        self._moves: dict[RouteKey, Move] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        return len(self._moves)

    def later(self) -> None:
        """The demand shrank: see after a while whether fewer sockets would do."""
        if len(self._sockets) > 1:
            self._after(self._options.idle_seconds, "pack", self._pack)

    def stop(self) -> None:
        """Nothing moves any more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._moves.clear()

    def drains(self, number: int) -> bool:
        """Whether a socket is being emptied."""
        return any(move.source == number for move in self._moves.values())

    def want(self, instrument: Instrument, mode: Mode) -> None:
        """The mode of an instrument changed at its home: where it is going, too."""
        move = self._moves.get(route_key(instrument))
        if move is not None and not move.settled:
            self._sockets[move.target].want(instrument, mode)

    def drop(self, key: RouteKey) -> None:
        """Nobody wants the instrument any more."""
        move = self._moves.pop(key, None)
        if move is not None and not move.settled:
            self._release(move.target, key)

    def passes(self, number: int, tick: Tick) -> bool:
        """Of a moving instrument the old socket's ticks count until the new one has brought its first."""
        key = (tick.broker_exchange, tick.token)
        move = self._moves.get(key)
        if move is None:
            return True
        if number == move.target and not move.settled:
            self._settle(key, move)
        return number == move.target or not move.settled

    def _settle(self, key: RouteKey, move: Move) -> None:
        move.settled = True
        self._home[key] = move.target
        self._arrived(move.target, key, True)
        self._release(move.source, key)

    def _pack(self) -> None:
        """Empty a socket that the demand no longer needs; looked at again until nothing is left to do."""
        if not self._moves:
            held = {number: list(socket.wants) for number, socket in self._sockets.items()}
            live = [number for number in held if self._is_live(number)]
            for key, source, target in plan_moves(held, live, self._per_socket):
                self._moves[key] = Move(source, target)
                self._sockets[target].want(*self._sockets[source].wants[key])
                self._arrived(target, key, False)
            if self._moves:
                self._after(self._options.move_seconds, "finish", self._finish)
        self.later()

    def _finish(self) -> None:
        """The rest of a move: quiet instruments follow when their new socket stands, else they stay."""
        for key, move in list(self._moves.items()):
            if move.settled:
                continue
            if self._is_live(move.target):
                self._settle(key, move)
            else:
                self.drop(key)
        # Frames of the old socket may still be under way.
        self._after(self._options.move_seconds, "forget", self._moves.clear)

    def _after(self, seconds: float, name: str, work: Callable[[], None]) -> None:
        def due() -> None:
            self._timers.pop(name, None)
            work()

        if name not in self._timers:
            self._timers[name] = asyncio.get_running_loop().call_later(seconds, due)


def plan_moves(
    held: Mapping[int, Collection[RouteKey]], live: Collection[int], per_socket: int
) -> list[tuple[RouteKey, int, int]]:
    """(instrument, from, to) that empty the least loaded socket, none when that would not fit well.

    held: instruments by socket. Only live sockets take instruments. A tenth of a socket stays free, so that the next
    few subscriptions do not open again what was just closed. Socket 0 is never emptied.
    """
    if len(held) < 2:
        return []
    source = min((number for number in held if number), key=lambda number: (len(held[number]), -number))
    if not held[source]:
        return []
    room = {
        number: per_socket - len(keys)
        for number, keys in sorted(held.items())
        if number != source and number in live
    }
    total = sum(len(keys) for keys in held.values())
    slack = per_socket // 10
    if total + slack > (len(held) - 1) * per_socket or sum(room.values()) < len(held[source]):
        return []
    places = [number for number, free in room.items() for _ in range(free)]
    return [(key, source, target) for key, target in zip(held[source], places, strict=False)]
