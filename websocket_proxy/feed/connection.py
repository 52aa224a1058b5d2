"""One stream connection: dial, authenticate, subscribe, watch for silence, and do it again when it breaks.

The codec is sans-I/O and fresh per socket. What is wanted is kept as a desired state; the writer sends the
difference to what the socket was told, so a reconnect resubscribes by forgetting what was told.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from broker.core.manifest import Stream
from broker.core.roles import Control, Session, StreamCodec
from domain.errors import BadVendorData, OpenAlgoError, SessionDead
from domain.instruments import Instrument
from domain.market import Mode, Tick
from utils.logging import get_logger
from websocket_proxy.feed.backoff import Backoff
from websocket_proxy.feed.runtime import EventSink, RouteKey, SessionSource, State, StateSink, route_key
from websocket_proxy.options import FeedOptions

log = get_logger(__name__)

_LOGIN_REFUSALS = (401, 403)
_FRAME_BYTES = 4 * 1024 * 1024
_PING_SECONDS = 20.0


class _Ended(Exception):
    """The socket is done; `refused` when the vendor did not accept the login."""

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.refused = refused


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
        self.wanted: dict[RouteKey, tuple[Instrument, Mode]] = {}
        self._told: dict[RouteKey, tuple[Instrument, Mode]] = {}
        self._work = asyncio.Event()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ready_at = 0.0
        self._heard_at = 0.0
        self._ticked_at = 0.0
        self.dials = 0
        self.bad_frames = 0
        self.silences = 0

    def start(self) -> None:
        """Begin dialing."""
        self._task = asyncio.create_task(self._run(), name=f"feed-{self.name}")

    def want(self, instrument: Instrument, mode: Mode) -> None:
        """Serve an instrument at a mode, now and after every reconnect."""
        self.wanted[route_key(instrument)] = (instrument, mode)
        self._work.set()

    def drop(self, key: RouteKey) -> None:
        """Stop serving an instrument."""
        if self.wanted.pop(key, None) is not None:
            self._work.set()

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
        refused_session: Session | None = None
        while True:
            self._changed.clear()
            session = await self._obtain(refused_session)
            if session is None:
                await self._changed_within(self._options.backoff.session_check)
                continue
            if session == refused_session:
                await self._changed_within(self._options.backoff.refused)
                refused_session = None
                continue
            ended = await self._serve(session)
            refused_session = session if ended.refused else None
            if ended.refused:
                continue
            if self._changed.is_set():
                self._backoff.reset()
                self._on_state(State.ROLLOVER, "broker session changed")
                continue
            log.warning("A broker stream ended", connection=self.name, reason=ended.reason)
            self._on_state(State.DIALING, ended.reason)
            await self._changed_within(self._backoff.next())

    async def _obtain(self, refused: Session | None) -> Session | None:
        try:
            session = await self._session()
        except SessionDead as error:
            self._on_state(State.NO_SESSION, error.message)
            return None
        except OpenAlgoError as error:
            self._on_state(State.NO_SESSION, f"session could not be read: {error.message}")
            return None
        if session == refused:
            self._on_state(State.NO_SESSION, "the broker refused the stream login")
        return session

    async def _serve(self, session: Session) -> _Ended:
        """One socket's life."""
        self._told.clear()
        self._ready_at = 0.0
        self.dials += 1
        self._on_state(State.DIALING, "")
        codec = self._build_codec()
        loop = asyncio.get_running_loop()
        try:
            socket = await self._dial(codec, session)
            async with socket:
                await self._authenticate(codec, socket, session)
                return await self._stream(codec, socket, session)
        except _Ended as ended:
            return ended
        except ConnectionClosed as closed:
            return _Ended(f"closed by the broker ({_close_code(closed)})")
        except OpenAlgoError as error:
            return _Ended(error.message)
        except Exception as error:  # a codec's bug must not end the supervision of its socket
            log.exception("A stream codec failed", connection=self.name)
            return _Ended(f"codec failed: {type(error).__name__}")
        finally:
            if self._ready_at:
                self._backoff.lived(loop.time() - self._ready_at)

    async def _dial(self, codec: StreamCodec, session: Session) -> ClientConnection:
        deadline = self._terms.auth_deadline_seconds
        try:
            dial = codec.dial(session)
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
            )
        except InvalidStatus as error:
            status = error.response.status_code
            raise _Ended(f"handshake refused: HTTP {status}", refused=status in _LOGIN_REFUSALS) from None
        except InvalidURI:
            raise _Ended("the stream address is not a WebSocket URL") from None  # the text would show tokens
        except (OSError, TimeoutError, InvalidHandshake) as error:
            raise _Ended(f"no connection: {type(error).__name__}") from None
        except OpenAlgoError as error:
            raise _Ended(error.message, refused=isinstance(error, SessionDead)) from None

    async def _authenticate(self, codec: StreamCodec, socket: ClientConnection, session: Session) -> None:
        self._on_state(State.AUTHENTICATING, "")
        opening = codec.opening(session)
        for frame in opening:
            await socket.send(frame)
        ready = not opening
        try:
            async with asyncio.timeout(self._terms.auth_deadline_seconds):
                while not ready:
                    ready = await self._receive(codec, socket)
        except TimeoutError:
            raise _Ended("the broker did not answer the stream login in time") from None
        now = asyncio.get_running_loop().time()
        self._ready_at = self._heard_at = self._ticked_at = now
        self._on_state(State.LIVE, "")

    async def _stream(self, codec: StreamCodec, socket: ClientConnection, session: Session) -> _Ended:
        duties = [
            asyncio.create_task(self._read(codec, socket), name=f"feed-{self.name}-read"),
            asyncio.create_task(self._write(codec, socket), name=f"feed-{self.name}-write"),
            asyncio.create_task(self._watch(), name=f"feed-{self.name}-watch"),
            asyncio.create_task(self._mind_session(session), name=f"feed-{self.name}-session"),
        ]
        if self._terms.heartbeat_seconds:
            duties.append(asyncio.create_task(self._beat(codec, socket), name=f"feed-{self.name}-beat"))
        try:
            done, _ = await asyncio.wait(duties, return_when=asyncio.FIRST_COMPLETED)
            for duty in done:
                duty.result()
            return _Ended("a duty of the connection ended")
        finally:
            for duty in duties:
                duty.cancel()
            await asyncio.gather(*duties, return_exceptions=True)

    async def _read(self, codec: StreamCodec, socket: ClientConnection) -> None:
        while True:
            await self._receive(codec, socket)

    async def _receive(self, codec: StreamCodec, socket: ClientConnection) -> bool:
        """Handle one frame; whether it means that the login was accepted."""
        frame = await socket.recv()
        now = self._heard_at = asyncio.get_running_loop().time()
        try:
            events = codec.decode(frame)
        except BadVendorData as error:
            self.bad_frames += 1
            log.warning("An unreadable stream frame", connection=self.name, reason=error.message)
            return False
        ready = False
        for event in events:
            if isinstance(event, Tick):
                self._ticked_at = now
                ready = True
                self._on_event(event)
            elif isinstance(event, Control):
                ready = self._control(event) or ready
                if event.reply is not None:
                    await socket.send(event.reply)
            else:
                self._on_event(event)
        return ready

    def _control(self, event: Control) -> bool:
        if event.kind == "auth_failed":
            raise _Ended(event.detail or "the broker refused the stream login", refused=True)
        if event.kind in ("error", "notice"):
            log.warning(
                "The broker's stream says", connection=self.name, kind=event.kind, detail=event.detail
            )
        return event.kind == "ready"

    async def _write(self, codec: StreamCodec, socket: ClientConnection) -> None:
        while True:
            self._work.clear()
            for frame in self._difference(codec):
                await socket.send(frame)
            await self._work.wait()

    def _difference(self, codec: StreamCodec) -> list[str | bytes]:
        gone = [instrument for key, (instrument, _) in self._told.items() if key not in self.wanted]
        fresh = [want for key, want in self.wanted.items() if self._told.get(key) != want]
        self._told = dict(self.wanted)
        frames: list[str | bytes] = []
        size = self._terms.batch
        for start in range(0, len(gone), size):
            frames += codec.unsubscribe(gone[start : start + size])
        for start in range(0, len(fresh), size):
            frames += codec.subscribe(fresh[start : start + size])
        return frames

    async def _beat(self, codec: StreamCodec, socket: ClientConnection) -> None:
        while True:
            await asyncio.sleep(self._terms.heartbeat_seconds or _PING_SECONDS)
            frame = codec.heartbeat()
            if frame is not None:
                await socket.send(frame)

    async def _watch(self) -> None:
        """Silence kills the socket; heartbeats without ticks get one resubscription and a warning."""
        loop = asyncio.get_running_loop()
        reminded = False
        step = min(self._terms.silence_seconds, self._options.mute_seconds) / 4
        while True:
            await asyncio.sleep(step)
            now = loop.time()
            if now - self._heard_at >= self._terms.silence_seconds:
                self.silences += 1
                self._on_state(State.STALE, "nothing received")
                raise _Ended(f"silent for {self._terms.silence_seconds:g} s")
            mute = bool(self.wanted) and now - self._ticked_at >= self._options.mute_seconds
            if mute and not reminded:
                log.warning("A broker stream lives but brings no ticks", connection=self.name)
                self._told.clear()
                self._work.set()
            reminded = mute

    async def _mind_session(self, session: Session) -> None:
        """End the socket when the account's session is no longer the one it was opened with."""
        while True:
            await self._changed.wait()
            try:
                current: Session | None = await self._session()
            except OpenAlgoError:
                current = None
            if current != session:
                raise _Ended("broker session changed")
            self._changed.clear()

    async def _changed_within(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()


def _close_code(closed: ConnectionClosed) -> str:
    return str(closed.rcvd.code) if closed.rcvd is not None else "no close frame"
