"""The ticker's server: who may connect, the beat of all connections, and the switches for what befalls them."""

import asyncio
import json
import random
from dataclasses import dataclass, fields
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from kite_stream.connection import Connection
from kite_stream.faults import Standing, StreamFaults
from kite_stream.garbage import garbage

PACE = (0.25, 1.0)
DIAL = "ticker"
HALF_OPEN_SECONDS = 30.0


@dataclass
class Limits:
    """What the ticker refuses. dead_token: what becomes of sockets whose token died: stay, close, cut or silence.

    A socket too many meets HTTP 429 at the handshake; an instrument or a request too many an error message, and
    nothing of that request is done.
    """

    instruments_per_socket: int = 3000
    sockets_per_key: int = 3
    subscribes_per_second: int | None = None
    dead_token: str = "stay"

    def set(self, **values):
        """Change some. Raises ValueError for an unknown name or word."""
        names = {each.name for each in fields(self)}
        if not values.keys() <= names or values.get("dead_token", "stay") not in _DEATHS:
            raise ValueError(f"unknown limits in {sorted(values)}")
        for name, value in values.items():
            setattr(self, name, value)

    def reset(self):
        """As Kite documents them."""
        self.set(**{each.name: each.default for each in fields(self)})


class Ticker:
    """The server. `sessions.user_of(api_key, access_token)` decides who may connect.

    `pace`: seconds between beats, and between heartbeats of a connection without ticks.
    `dials` holds faults of the handshake, under the path "ticker" (see faults.py).
    """

    def __init__(self, market, sessions, dials, seed=1, pace=PACE):
        self._market = market
        self._sessions = sessions
        self._dice = random.Random(seed)
        self.dials = dials
        self.faults = StreamFaults(self._dice)
        self.limits = Limits()
        self.connections = set()
        self.admitted = 0
        self.refused = 0
        self.asked = 0
        self.pace = pace
        self._server = None
        self._beats = None

    async def start(self, host, port):
        """Listen; answers the port."""
        self._server = await serve(
            self._serve, host, port, process_request=self._admit, compression=None, ping_interval=None
        )
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
        numbers = None if later else frozenset(each.number for each in self._chosen(socket))
        until = asyncio.get_running_loop().time() + float(seconds)
        self.faults.add(Standing(kind, until, numbers, frozenset(tokens), **values))

    def calm(self):
        """End standing faults; half-open connections end."""
        self.faults.clear()
        for connection in self._chosen(None):
            if connection.is_gone:
                connection.cut()

    def garbage(self, kind="layout", socket=None):
        """Send garbage of a kind (see garbage.py). Raises ValueError for an unknown one."""
        frames = garbage(kind, self._dice)
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
        for connection in self._chosen(socket):
            connection.forget(list(tokens) or list(connection.modes))

    def tell(self, user, data):
        """Send an order message to a user's connections."""
        text = json.dumps({"type": "order", "data": data})
        at = asyncio.get_running_loop().time()
        for connection in self._chosen(None):
            if connection.user == user:
                connection.tell(text, at)

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
        query = parse_qs(urlsplit(request.path).query)
        credentials = query.get("api_key", [""])[0], query.get("access_token", [""])[0]
        user = self._sessions.user_of(*credentials)
        if user is None:
            return self._refuse(socket, HTTPStatus.FORBIDDEN, "403 Forbidden")
        held = sum(each.credentials[0] == credentials[0] for each in self.connections)
        if held >= self.limits.sockets_per_key:
            return self._refuse(socket, HTTPStatus.TOO_MANY_REQUESTS, "429 Too Many Requests")
        socket.credentials, socket.user = credentials, user
        return None

    def _refuse(self, socket, status, text):
        self.refused += 1
        return socket.respond(status, f"{text}\n")

    async def _serve(self, socket):
        self.admitted += 1
        connection = Connection(self.admitted, socket, self._market, self.faults, self.limits)
        self.connections.add(connection)
        try:
            async for message in socket:
                self.asked += 1
                error = connection.obey(message)
                if error:
                    connection.send(json.dumps({"type": "error", "data": error}))
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
            now = self._market.clock.now()
            for connection in self._chosen(None):
                if self.limits.dead_token == "stay" or self._sessions.user_of(*connection.credentials):
                    connection.beat(now, loop.time(), heartbeat)
                else:
                    _DEATHS[self.limits.dead_token](connection)


_DROPS = ("cut", "reset", "close", "half_open")
_DEATHS = {
    "stay": lambda connection: None,
    "close": lambda connection: connection.close(1000),
    "cut": Connection.cut,
    "silence": lambda connection: None,
}
