"""One client of a stream: its tokens and modes, and what is due to it."""

import asyncio
import math
from collections import deque
from http import HTTPStatus

from test.twins.kit.stream.line import Line


class Connection(Line):
    """A vendor fills `credentials_of` and `obey`, and those of greeting, ticks, orders, heartbeat, farewell it has.

    number: this connection's, from 1. socket: the open WebSocket. stream: the StreamServer.
    `modes`: subscriptions by vendor token.
    """

    def __init__(self, number, socket, stream):
        super().__init__(number, socket, stream.faults)
        self.modes = {}
        self._stream = stream
        self._market = stream.market
        self._limits = stream.limits
        self._source = stream.market.ticks()
        self._listed = {}
        self._places = {}
        self._asked_at = deque()
        self._sent_at = -math.inf
        self._has_said_farewell = False

    unknown = HTTPStatus.FORBIDDEN
    """What a handshake with credentials that nobody has meets."""

    @classmethod
    def onward(cls, request):
        """Where a handshake that is admitted must go on, for a vendor with addresses of one use; None: it stays."""
        return

    @classmethod
    def credentials_of(cls, request):
        """(key, token) of a handshake (`request.path` with its query, `request.headers`).

        None where the wire signs in with a message: then `obey` calls `sign_in`.
        """
        raise NotImplementedError

    def obey(self, message):
        """Carry out a client's frame, text or bytes; answers the frames that go back."""
        raise NotImplementedError

    def greeting(self):
        """Frames as soon as the socket is open."""
        return []

    def ticks(self, due):
        """The frames that tell ticks, [(tick, listed)] at their modes."""
        return []

    def orders(self, data):
        """The frames that tell what Twin.order_message made of an order change; none on a price socket."""
        return []

    def heartbeat(self):
        """The frame of a connection without ticks, None for none."""
        return

    def farewell(self):
        """Frames that tell that the token died, when the rule `dead_token` says "tell"."""
        return []

    @property
    def credentials(self):
        """(key, token), None before the sign-in."""
        return self.socket.credentials

    @property
    def user(self):
        """Whose connection it is, None before the sign-in."""
        return self.socket.user

    def is_of(self, wire, key):
        """Whether it is a connection of an application on a wire."""
        return isinstance(self, wire) and self.credentials is not None and self.credentials[0] == key

    def sign_in(self, key, token):
        """Whether the token lives and the application has no socket too many; then ticks and orders come."""
        user = self._stream.sessions.user_of(key, token)
        if user is not None and self._stream.is_full(type(self), key):
            return False
        if user is not None:
            self.socket.credentials, self.socket.user = (key, token), user
        return user is not None

    def is_too_fast(self):
        """Count a request; whether it is one too many in a second."""
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

    def want(self, tokens, mode):
        """Subscribe, or change the mode of, the tokens that the market has; False, and nothing done, for too many."""
        found = {token: self._market.listing.by_token(token) for token in tokens}
        known = {token: listed for token, listed in found.items() if listed is not None}
        if len(self._listed | known) > self._limits.instruments_per_socket:
            return False
        self._listed |= known
        for token, listed in known.items():
            self.modes[token] = mode
            self._places[listed.instrument.broker_exchange, listed.instrument.token] = (token, listed)
        self._source.subscribe([(listed.instrument, mode) for listed in known.values()])
        return True

    def forget(self, tokens):
        """End subscriptions, at the client's wish or by the vendor's mistake."""
        gone = [self._listed.pop(token) for token in tokens if token in self._listed]
        for listed in gone:
            del self.modes[listed.token]
            del self._places[listed.instrument.broker_exchange, listed.instrument.token]
        self._source.unsubscribe([listed.instrument for listed in gone])

    def beat(self, now, at, heartbeat_seconds):
        """Send what is due: ticks, a heartbeat, or nothing."""
        if self.is_gone or self.user is None or self._faults.is_silent(self.number, at):
            return
        due = [
            (tick, listed) for tick, token, listed in self.due(now)
            if not self._faults.is_mute(self.number, token, at)
        ]  # fmt: skip
        if due:
            self._sent_at = at
            for frame in self.ticks(due):
                self.send(frame)
            if self._market.sink is not None:
                self._market.sink(due)
        elif at - self._sent_at >= heartbeat_seconds:
            self._sent_at = at
            frame = self.heartbeat()
            if frame is not None:
                self.send(frame)

    def due(self, now):
        """(tick, vendor token, listed) of every subscription whose time has come."""
        for tick in self._source.due(now):
            token, listed = self._places[tick.broker_exchange, tick.token]
            yield tick, token, listed

    def tell(self, data, at):
        """Tell an order change unless silent."""
        self.say(self.orders(data), at)

    def end_of_token(self, at):
        """Say farewell, once."""
        if not self._has_said_farewell:
            self._has_said_farewell = True
            self.say(self.farewell(), at)

    async def end(self):
        """End its tasks; its tick source watches nothing any more."""
        self.forget(list(self.modes))
        await super().end()
