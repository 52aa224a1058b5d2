"""One stream connection that heals itself: dial, log in, stream, and do it again when it breaks.

The broker session is asked for at every dial. The codec is sans-I/O and fresh per socket.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from broker.core.manifest import Stream
from broker.core.roles import Session, StreamCodec
from domain.errors import OpenAlgoError, SessionDead
from domain.instruments import Instrument
from domain.market import Mode
from utils.logging import get_logger
from websocket_proxy.feed.backoff import Backoff
from websocket_proxy.feed.counts import ConnectionCounts
from websocket_proxy.feed.runtime import EventSink, RouteKey, SessionSource, State, StateSink, route_key
from websocket_proxy.feed.wire import Desired, Ended, StreamWire
from websocket_proxy.options import FeedOptions
from websocket_proxy.wirelog import quiet_logger

log = get_logger(__name__)

_LOGIN_REFUSALS = (401, 403)
_FRAME_BYTES = 4 * 1024 * 1024
_PING_SECONDS = 20.0


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
        backoff: Backoff,
        on_event: EventSink,
        on_state: StateSink,
    ) -> None:
        self.name = name
        self._build_codec = codec
        self._terms = terms
        self._options = options
        self._session = session
        self._backoff = backoff
        self._on_event = on_event
        self._on_state = on_state
        self._desired = Desired()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
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
            session = await self._obtain()
            if session is None:
                await self._changed_within(self._options.backoff.session_check)
                continue
            if session == refused:
                self._on_state(State.NO_SESSION, "the broker refused the stream login")
                await self._changed_within(self._options.backoff.refused)
                refused = None
                continue
            ended = await self._serve(session)
            refused = session if ended.refused else None
            if self._changed.is_set() and not ended.refused:
                self._backoff.reset()
                self._on_state(State.ROLLOVER, "broker session changed")
                continue
            log.warning("A broker stream ended", connection=self.name, reason=ended.reason)
            if not ended.refused:
                self._on_state(State.DIALING, ended.reason)
                await self._changed_within(self._backoff.next())

    async def _obtain(self) -> Session | None:
        try:
            return await self._session()
        except OpenAlgoError as error:
            self._on_state(State.NO_SESSION, error.message)
            return None

    async def _serve(self, session: Session) -> Ended:
        """One socket's life."""
        self.counts.dials += 1
        self._on_state(State.DIALING, "")
        try:
            codec = self._build_codec()
            socket = await self._dial(codec, session)
            async with socket:
                wire = StreamWire(
                    self.name, codec, socket, self._terms, mute_seconds=self._options.mute_seconds,
                    desired=self._desired, counts=self.counts, on_event=self._on_event, on_state=self._on_state,
                )  # fmt: skip
                await wire.authenticate(session)
                await self._stream(wire, session)
        except Ended as ended:
            return ended
        except ConnectionClosed as closed:
            code = str(closed.rcvd.code) if closed.rcvd is not None else "no close frame"
            return Ended(f"closed by the broker ({code})")
        except OpenAlgoError as error:
            return Ended(error.message, refused=isinstance(error, SessionDead))
        except Exception as error:  # a codec's bug must not end the supervision of its socket
            log.exception("A stream codec failed", connection=self.name)
            return Ended(f"codec failed: {type(error).__name__}")
        return Ended("a duty of the connection ended")

    async def _dial(self, codec: StreamCodec, session: Session) -> ClientConnection:
        deadline = self._terms.auth_deadline_seconds
        dial = codec.dial(session)
        try:
            return await connect(
                dial.url,
                additional_headers=dict(dial.headers),
                subprotocols=[Subprotocol(name) for name in dial.subprotocols] or None,
                compression=None,
                open_timeout=deadline,
                close_timeout=1.0,
                ping_interval=_PING_SECONDS,
                ping_timeout=None,  # the silence watchdog judges: some vendors answer no pings
                max_size=_FRAME_BYTES,
                logger=quiet_logger("vendor"),
            )
        except InvalidStatus as error:
            status = error.response.status_code
            raise Ended(f"handshake refused: HTTP {status}", refused=status in _LOGIN_REFUSALS) from None
        except InvalidURI:
            raise Ended("the stream address is not a WebSocket URL") from None  # the text would show tokens
        except (OSError, TimeoutError, InvalidHandshake) as error:
            raise Ended(f"no connection: {type(error).__name__}") from None

    async def _stream(self, wire: StreamWire, session: Session) -> None:
        began = asyncio.get_running_loop().time()
        work: list[Coroutine[Any, Any, None]] = [wire.read(), wire.write(), wire.watch(), self._mind(session)]
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
            try:
                current: Session | None = await self._session()
            except OpenAlgoError:
                current = None
            if current != session:
                self._changed.set()
                raise Ended("broker session changed")

    async def _changed_within(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
