"""One open vendor socket: its login, its reading, writing, heartbeat and watchdog.

What is wanted is a desired state that outlives the socket; the writer sends the difference to what this socket was
told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from broker.core.manifest import Stream
from broker.core.roles import Control, Outgoing, Session, SideCall, StreamCodec
from domain.errors import OpenAlgoError
from domain.instruments import Instrument
from domain.market import Mode, Tick
from utils.logging import get_logger
from websocket_proxy.feed.runtime import EventSink, RouteKey, State, StateSink
from websocket_proxy.feed.sockets.counts import ConnectionCounts
from websocket_proxy.feed.sockets.side_calls import made

log = get_logger(__name__)

AGAIN_SECONDS = 2.0
"""From the first refusal of a connection to asking again."""
_LONGEST_AGAIN = 60.0
_SPACING, _LONGEST_SPACING = 0.1, 1.0
_BEAT_SECONDS = 20.0
_PONG_SECONDS = 5.0


class Ended(Exception):
    """The socket is done. refused: the vendor did not accept the login. at_once: dial again without a pause."""

    def __init__(self, reason: str, *, refused: bool = False, at_once: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.refused = refused
        self.at_once = at_once


class Desired:
    """What a connection should serve, by vendor identity; `changed` wakes the writer."""

    def __init__(self) -> None:
        self.wants: dict[RouteKey, tuple[Instrument, Mode]] = {}
        self.changed = asyncio.Event()


class StreamWire:
    """Runs one socket until something ends it; every way out is an exception."""

    def __init__(
        self,
        name: str,
        codec: StreamCodec,
        socket: ClientConnection,
        terms: Stream,
        *,
        desired: Desired,
        counts: ConnectionCounts,
        on_events: EventSink,
        on_state: StateSink,
        on_called: Callable[[], None] = lambda: None,
    ) -> None:
        """on_called: told after a call beside the socket, which may have renewed the session's tokens."""
        self._name = name
        self._codec = codec
        self._socket = socket
        self._terms = terms
        self._desired = desired
        self._counts = counts
        self._on_events = on_events
        self._on_state = on_state
        self._on_called = on_called
        self._session: Session | None = None
        self._told: dict[RouteKey, tuple[Instrument, Mode]] = {}
        self._heard_at = 0.0
        self._again_at: float | None = None
        self._again_after = AGAIN_SECONDS
        self._spacing = 0.0

    async def authenticate(self, session: Session, *, answered: bool = True) -> None:
        """Log in within the manifest's deadline, where the vendor answers a login. Raises Ended or ConnectionClosed."""
        self._session = session
        opening = self._codec.opening(session)
        for frame in opening:
            await self._socket.send(frame)
        ready = not opening or not answered
        try:
            async with asyncio.timeout(self._terms.auth_deadline_seconds):
                while not ready:
                    ready = await self._receive()
        except TimeoutError:
            raise Ended("The broker did not answer the stream login in time") from None
        self._heard_at = asyncio.get_running_loop().time()
        self._on_state(State.LIVE, "")

    async def read(self) -> None:
        """Hand on every event."""
        while True:
            await self._receive()

    async def write(self) -> None:
        """Tell the vendor what is wanted, whenever that changes."""
        while True:
            self._desired.changed.clear()
            for frame in self._difference():
                if isinstance(frame, SideCall):
                    await self._make(frame)
                else:
                    await self._socket.send(frame)
                await asyncio.sleep(self._spacing)
            await self._desired.changed.wait()

    async def _make(self, call: SideCall) -> None:
        """Ask beside the socket; what is refused there is asked for again later, like what is refused on it."""
        assert self._session is not None
        events = await made(call, self._session, self._name)
        self._on_called()
        if events is None:
            self._was_refused()
        else:
            self._on_events(events)

    async def beat(self) -> None:
        """Send the vendor's application-level heartbeat, where it wants one."""
        while True:
            await asyncio.sleep(self._terms.heartbeat_seconds or _BEAT_SECONDS)
            frame = self._codec.heartbeat()
            if frame is not None:
                await self._socket.send(frame)

    async def watch(self) -> None:
        """End a socket on which nothing comes, not even heartbeats; whether ticks should is judged elsewhere.

        What was refused is asked for again when its time has come.
        """
        loop = asyncio.get_running_loop()
        step = min(self._terms.silence_seconds / 10, AGAIN_SECONDS / 4)
        while True:
            await asyncio.sleep(step)
            if self._again_at is not None and loop.time() >= self._again_at:
                self._again_at = None
                self.forget(())
            if loop.time() - self._heard_at >= self._terms.silence_seconds and not await self._answers():
                self._counts.silences += 1
                self._on_state(State.STALE, "Nothing is received")
                raise Ended(f"Nothing was received for {self._terms.silence_seconds:g} s")

    async def _answers(self) -> bool:
        """Whether a silent vendor is there all the same, where pings can tell."""
        if not (self._terms.answers_pings and await self.ping(_PONG_SECONDS)):
            return False
        self._heard_at = asyncio.get_running_loop().time()
        return True

    async def ping(self, seconds: float) -> bool:
        """Whether the vendor answers a ping in time."""
        self._counts.pings += 1
        try:
            async with asyncio.timeout(seconds):
                await (await self._socket.ping())
        except (ConnectionClosed, TimeoutError):
            return False
        return True

    def forget(self, keys: Collection[RouteKey]) -> None:
        """Take these (everything when empty) for never asked, so that they are asked for again."""
        for key in list(keys or self._told):
            self._told.pop(key, None)
        self._desired.changed.set()

    async def _receive(self) -> bool:
        """Handle one frame; whether it means that the login was accepted."""
        frame = await self._socket.recv()
        self._heard_at = asyncio.get_running_loop().time()
        try:
            events = self._codec.decode(frame)
        except OpenAlgoError as error:
            if self._counts.bad_frame():
                log.warning(
                    "An unreadable stream frame", connection=self._name, reason=error.message,
                    so_far=self._counts.bad_frames,
                )  # fmt: skip
            return False
        except Exception:  # one frame that a codec cannot take must not cost the others their feed
            if self._counts.bad_frame():
                log.exception(
                    "A stream codec failed on a frame", connection=self._name, so_far=self._counts.bad_frames
                )
            return False
        ready = False
        for event in events:
            if isinstance(event, Tick):
                ready = True
            elif isinstance(event, Control):
                ready = self._control(event) or ready
                if event.reply is not None:
                    await self._socket.send(event.reply)
        self._on_events(events)
        return ready

    def _control(self, event: Control) -> bool:
        if event.kind == "auth_failed":
            raise Ended(f"The broker refused the stream login: {event.detail}".rstrip(": "), refused=True)
        if event.kind == "closed":
            raise Ended(f"The broker ended the stream: {event.detail}".rstrip(": "))
        if event.kind in ("error", "notice"):
            log.warning("A broker's stream says", connection=self._name, kind=event.kind, detail=event.detail)
        if event.kind == "error":
            self._was_refused()
        return event.kind == "ready"

    def _was_refused(self) -> None:
        """The vendor says that it did not do something, not what: ask for all again, later and slower each time."""
        if self._again_at is None:
            self._again_at = asyncio.get_running_loop().time() + self._again_after
            self._again_after = min(2 * self._again_after, _LONGEST_AGAIN)
            self._spacing = min(2 * self._spacing or _SPACING, _LONGEST_SPACING)

    def _difference(self) -> list[Outgoing]:
        wants = self._desired.wants
        gone = [instrument for key, (instrument, _) in self._told.items() if key not in wants]
        fresh = [want for key, want in wants.items() if self._told.get(key) != want]
        self._told = dict(wants)
        frames: list[Outgoing] = []
        size = self._terms.batch
        for start in range(0, len(gone), size):
            frames += self._codec.unsubscribe(gone[start : start + size])
        for start in range(0, len(fresh), size):
            frames += self._asking(fresh[start : start + size])
        return frames

    def _asking(self, wants: list[tuple[Instrument, Mode]]) -> Sequence[Outgoing]:
        """Frames that ask for these; one that the codec cannot ask for must not cost the others their feed."""
        try:
            return self._codec.subscribe(wants)
        except Exception:
            if len(wants) > 1:
                return [frame for want in wants for frame in self._asking([want])]
            self._counts.bad_frame()
            log.exception("A stream codec cannot ask for an instrument", symbol=wants[0][0].symbol)
            return []
