"""A stream's server: who may connect, the beat of all connections, and the switches for what befalls them."""

import asyncio
import random
from dataclasses import asdict, dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from test.twins.kit.stream.faults import Standing, StreamFaults
from test.twins.kit.stream.garbage import MAKERS, garbage

PACE = (0.25, 1.0)
DIAL = "stream"
HALF_OPEN_SECONDS = 30.0


@dataclass
class Limits:
    """What a stream refuses; a vendor's own are the defaults that its twin starts with.

    dead_token: what becomes of sockets whose token died: stay, close, cut, silence, or tell (the vendor's farewell,
    then silence). A socket too many meets HTTP 429 at the handshake.
    """

    instruments_per_socket: int
    sockets_per_key: int
    subscribes_per_second: int | None = None
    dead_token: str = "stay"

    def __post_init__(self):
        self._first = asdict(self)

    def set(self, **values):
        """Change some. Raises ValueError for an unknown name or word."""
        if not values.keys() <= self._first.keys() or values.get("dead_token", "stay") not in _DEATHS:
            raise ValueError(f"unknown limits in {sorted(values)}")
        for name, value in values.items():
            setattr(self, name, value)

    def reset(self):
        """As the vendor documents them."""
        self.set(**self._first)


class StreamServer:
    """The server. `sessions.user_of(key, token)` decides who may connect.

    paths: the Connection class by path of the handshake; "" stands for all others. limits: the vendor's.
    dials: holds faults of the handshake, under the path "stream" (see kit/faults.py). makers: garbage by kind.
    pace: seconds between beats, and between heartbeats of a connection without ticks. ping_seconds: between pings of
    the WebSocket protocol itself, None for a vendor that sends none.
    """

    def __init__(
        self, market, sessions, dials, paths, limits, *, seed=1, pace=PACE, makers=MAKERS, ping_seconds=None
    ):  # fmt: skip
        self.market = market
        self.sessions = sessions
        self._paths = paths
        self._dice = random.Random(seed)
        self._makers = makers
        self.dials = dials
        self.faults = StreamFaults(self._dice, makers)
        self.limits = limits
        self.connections = set()
        self.admitted = 0
        self.refused = 0
        self.asked = 0
        self.pace = pace
        self._ping_seconds = ping_seconds
        self._server = None
        self._beats = None

    async def start(self, host, port):
        """Listen; answers the port."""
        self._server = await serve(
            self._serve, host, port, process_request=self._admit, compression=None,
            ping_interval=self._ping_seconds,
        )  # fmt: skip
        self._beats = asyncio.create_task(self._beat())
        return self._server.sockets[0].getsockname()[1]

    async def stop(self):
        """Close the listener and every connection."""
        self._beats.cancel()
        self.calm()
        self._server.close()
        await self._server.wait_closed()

    def count(self):
        """Connections that are open."""
        return len(self.connections)

    def show(self):
        """The open connections as plain values, the oldest first."""
        return [
            {"number": each.number, "user": each.user, "gone": each.is_gone,
             "modes": {str(token): mode.name.lower() for token, mode in each.modes.items()}}
            for each in self._chosen(None)
        ]  # fmt: skip

    def disturb(self, kind, seconds=10.0, socket=None, later=False, tokens=(), **values):
        """Let a fault stand (see faults.py), on the connections that are open, `later`: also on those to come.

        socket: the number of one connection. Raises ValueError or TypeError for unknown words.
        """
        tokens = frozenset(tuple(each) if isinstance(each, list) else each for each in tokens)
        numbers = None if later else frozenset(each.number for each in self._chosen(socket))
        until = asyncio.get_running_loop().time() + float(seconds)
        self.faults.add(Standing(kind, until, numbers, tokens, **values))

    def calm(self):
        """End standing faults; half-open connections end."""
        self.faults.clear()
        for connection in self._chosen(None):
            if connection.is_gone:
                connection.cut()

    def garbage(self, kind=None, socket=None):
        """Send garbage of a kind, the vendor's first when not said. Raises ValueError for an unknown one."""
        frames = garbage(self._makers, kind or next(iter(self._makers)), self._dice)
        for connection in self._chosen(socket):
            connection.send_as_is(frames)

    def drop(self, how="cut", socket=None, code=1001):
        """End connections: cut (no goodbye), reset (RST), close (with `code`) or half_open (nobody there any more)."""
        if how not in _DROPS:
            raise ValueError(f"unknown way to drop {how!r}")
        for connection in self._chosen(socket):
            if how == "close":
                connection.close(code)
            elif how == "half_open":
                connection.vanish()
                asyncio.get_running_loop().call_later(HALF_OPEN_SECONDS, connection.cut)
            else:
                getattr(connection, how)()

    def forget(self, tokens=(), socket=None):
        """Lose subscriptions, all without `tokens`; the client is told nothing."""
        chosen = [tuple(each) if isinstance(each, list) else each for each in tokens]
        for connection in self._chosen(socket):
            connection.forget(chosen or list(connection.modes))

    def tell(self, user, data):
        """Tell an order change to a user's connections."""
        at = asyncio.get_running_loop().time()
        for connection in self._chosen(None):
            if connection.user == user:
                connection.tell(data, at)

    def is_full(self, wire, key):
        """Whether an application has as many connections of a wire as it may."""
        return sum(each.is_of(wire, key) for each in self.connections) >= self.limits.sockets_per_key

    def _chosen(self, socket):
        found = sorted(self.connections, key=lambda each: each.number)
        return [each for each in found if socket in (None, each.number)]

    async def _admit(self, socket, request):
        await self.dials.delay("GET", DIAL, "delay_before")
        if self.dials.take("GET", DIAL, "drop_before"):
            socket.transport.abort()
        fault = self.dials.take("GET", DIAL, "status", "html")
        if fault is not None:
            return self._refuse(socket, HTTPStatus(fault.status), fault.message)
        wire = self._paths.get(urlsplit(request.path).path, self._paths.get(""))
        if wire is None:
            return self._refuse(socket, HTTPStatus.NOT_FOUND, "404 Not Found")
        socket.wire, socket.credentials, socket.user = wire, wire.credentials_of(request), None
        if socket.credentials is None:
            return None
        socket.user = self.sessions.user_of(*socket.credentials)
        if socket.user is None:
            return self._refuse(socket, wire.unknown, f"{wire.unknown.value} {wire.unknown.phrase}")
        if self.is_full(wire, socket.credentials[0]):
            return self._refuse(socket, HTTPStatus.TOO_MANY_REQUESTS, "429 Too Many Requests")
        if (address := wire.onward(request)) is not None:
            answer = socket.respond(HTTPStatus.FOUND, "")
            answer.headers["Location"] = address
            return answer
        return None

    def _refuse(self, socket, status, text):
        self.refused += 1
        return socket.respond(status, f"{text}\n")

    async def _serve(self, socket):
        self.admitted += 1
        connection = socket.wire(self.admitted, socket, self)
        self.connections.add(connection)
        at = asyncio.get_running_loop().time
        try:
            connection.say(connection.greeting(), at())
            async for message in socket:
                self.asked += 1
                connection.say(connection.obey(message), at())
        except ConnectionClosed:
            pass
        finally:
            self.connections.discard(connection)
            await connection.end()

    async def _beat(self):
        loop = asyncio.get_running_loop()
        while True:
            beat, heartbeat = self.pace
            await asyncio.sleep(beat)
            now = self.market.clock.now()
            for connection in self._chosen(None):
                if self._is_alive(connection):
                    connection.beat(now, loop.time(), heartbeat)
                else:
                    _DEATHS[self.limits.dead_token](connection, loop.time())

    def _is_alive(self, connection):
        found = connection.credentials
        return self.limits.dead_token == "stay" or found is None or self.sessions.user_of(*found) is not None


_DROPS = ("cut", "reset", "close", "half_open")
_DEATHS = {
    "stay": lambda connection, at: None,
    "close": lambda connection, at: connection.close(1000),
    "cut": lambda connection, at: connection.cut(),
    "silence": lambda connection, at: None,
    "tell": lambda connection, at: connection.end_of_token(at),
}
