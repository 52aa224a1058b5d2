"""One stream connection that heals itself: dial, log in, stream, and do it again when it breaks.

The broker session is asked for at every dial. The codec is sans-I/O and fresh per socket.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Coroutine, Mapping
from typing import Any

from websockets.exceptions import ConnectionClosed

from broker.core.manifest import Stream
from broker.core.roles import Session, StreamCodec
from domain.errors import OpenAlgoError, SessionDead
from domain.instruments import Instrument
from domain.market import Mode
from utils.clock import Clock
from utils.logging import get_logger
from websocket_proxy.feed.backoff import Backoff
from websocket_proxy.feed.runtime import EventSink, RouteKey, SessionSource, State, StateSink, route_key
from websocket_proxy.feed.sockets.counts import ConnectionCounts
from websocket_proxy.feed.sockets.dialing import dial
from websocket_proxy.feed.sockets.login import Login, Missing
from websocket_proxy.feed.wire import Desired, Ended, StreamWire
from websocket_proxy.options import FeedOptions

log = get_logger(__name__)


class StreamConnection:
    """Owns one vendor socket at a time and the instruments placed on it."""

    def __init__(
        self,
        name: str,
        codec: Callable[[], StreamCodec],
        terms: Stream,
        options: FeedOptions,
        *,
        session: SessionSource,
        clock: Clock,
        backoff: Backoff,
        on_events: EventSink,
        on_state: StateSink,
    ) -> None:
        self.name = name
        self._build_codec = codec
        self._terms = terms
        self._options = options
        self._login = Login(session, clock)
        self._backoff = backoff
        self._on_events = on_events
        self._on_state = on_state
        self._desired = Desired()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._wire: StreamWire | None = None
        self._in_use = False  # a session is
        self._order: asyncio.Queue[str] = asyncio.Queue(1)
        self._trouble = ""  # why the last socket ended, told until the next one stands
        self.counts = ConnectionCounts()

    def start(self) -> None:
        """Begin dialing."""
        self._task = asyncio.create_task(self._run(), name=f"feed-{self.name}")

    @property
    def load(self) -> int:
        """How many instruments are placed here."""
        return len(self._desired.wants)

    @property
    def wants(self) -> Mapping[RouteKey, tuple[Instrument, Mode]]:
        """What is placed here."""
        return self._desired.wants

    def want(self, instrument: Instrument, mode: Mode) -> None:
        """Serve an instrument at a mode, now and after every reconnect."""
        self._desired.wants[route_key(instrument)] = (instrument, mode)
        self._desired.changed.set()

    def drop(self, key: RouteKey) -> None:
        """Stop serving an instrument."""
        if self._desired.wants.pop(key, None) is not None:
            self._desired.changed.set()

    def session_changed(self) -> None:
        """A login or logout happened: ask for the session now instead of when the socket breaks."""
        self._changed.set()

    def beat(self) -> None:
        """Look at the clock: the broker's sessions end at an hour of its own, whether or not it closes the socket."""
        if self._in_use and self._login.has_ended:
            self._changed.set()

    async def ping(self, seconds: float) -> bool:
        """Whether the vendor answers a ping in time; some never do."""
        return self._wire is not None and await self._wire.ping(seconds)

    def resubscribe(self, keys: Collection[RouteKey] = ()) -> None:
        """Ask again for everything placed here, or for `keys`."""
        if self._wire is not None:
            self.counts.resubscribes += 1
            self._wire.forget(keys)

    def reconnect(self, reason: str) -> None:
        """Give the socket up and dial anew at once."""
        if self._wire is not None and self._order.empty():
            self._order.put_nowait(reason)

    async def stop(self) -> None:
        """Close the socket and end the task."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        refused: Session | None = None
        while True:
            self._changed.clear()
            session = await self._login.ask()
            if isinstance(session, Missing):
                self._on_state(session.state, session.reason)
                await self._changed_within(self._options.backoff.session_check)
                continue
            if session == refused:
                self._on_state(State.NO_SESSION, self._trouble)
                await self._changed_within(self._options.backoff.refused)
                refused = None
                continue
            self._in_use = True
            ended = await self._serve(session)
            self._in_use = False
            refused = session if ended.refused else None
            self._trouble = ended.reason
            if self._changed.is_set() and not ended.refused:
                self._backoff.reset()
                continue
            if ended.at_once:
                continue
            log.warning("A broker stream ended", connection=self.name, reason=ended.reason)
            if not ended.refused:
                self._on_state(State.DIALING, ended.reason)
                await self._changed_within(self._backoff.next())

    async def _serve(self, session: Session) -> Ended:
        """One socket's life."""
        self.counts.dials += 1
        self._on_state(State.DIALING, self._trouble)
        try:
            codec = self._build_codec()
            where = codec.dial(session)
            socket = await dial(where, self._terms.auth_deadline_seconds)
            async with socket:
                wire = StreamWire(
                    self.name, codec, socket, self._terms, desired=self._desired, counts=self.counts,
                    on_events=self._on_events, on_state=self._on_state, on_called=self.session_changed,
                )  # fmt: skip
                self._on_state(State.AUTHENTICATING, self._trouble)
                await wire.authenticate(session, answered=where.answers_login)
                self._wire = wire
                await self._stream(wire, session)
        except Ended as ended:
            return ended
        except ConnectionClosed as closed:
            code = str(closed.rcvd.code) if closed.rcvd is not None else "no close frame"
            return Ended(f"The broker closed the connection ({code})")
        except OpenAlgoError as error:
            return Ended(error.message, refused=isinstance(error, SessionDead))
        except Exception as error:  # a codec's bug must not end the supervision of its socket
            log.exception("A stream codec failed", connection=self.name)
            return Ended(f"The stream could not be read ({type(error).__name__})")
        finally:
            self._wire = None
        return Ended("A duty of the connection ended")

    async def _stream(self, wire: StreamWire, session: Session) -> None:
        began = asyncio.get_running_loop().time()
        work: list[Coroutine[Any, Any, None]] = [
            wire.read(), wire.write(), wire.watch(), self._mind(session), self._obey(),
        ]  # fmt: skip
        if self._terms.heartbeat_seconds:
            work.append(wire.beat())
        duties = [asyncio.create_task(duty, name=f"feed-{self.name}") for duty in work]
        try:
            done, _ = await asyncio.wait(duties, return_when=asyncio.FIRST_COMPLETED)
            for duty in done:
                duty.result()
        finally:
            for duty in duties:
                duty.cancel()
            await asyncio.gather(*duties, return_exceptions=True)
            self._backoff.lived(asyncio.get_running_loop().time() - began)

    async def _mind(self, session: Session) -> None:
        """End the socket when the account's session is no longer the one it was opened with."""
        while True:
            await self._changed.wait()
            self._changed.clear()  # before asking: what changes meanwhile is asked for again
            if await self._login.ask() != session:
                self._changed.set()
                raise Ended("The broker session changed")

    async def _obey(self) -> None:
        """End the socket when told to."""
        while not self._order.empty():  # meant for an earlier socket
            self._order.get_nowait()
        reason = await self._order.get()
        self._backoff.reset()
        raise Ended(reason, at_once=True)

    async def _changed_within(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
