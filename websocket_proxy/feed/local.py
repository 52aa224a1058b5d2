"""Runtime of a tick source without a socket (the practice exchange): it is asked at a fixed rhythm.

The source computes, so it is asked on a worker thread, one call at a time; what is wanted is a desired state of which
each round tells the source the difference.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from broker.core.manifest import Stream
from broker.core.roles import LocalTickSource
from domain.errors import OpenAlgoError
from domain.instruments import Instrument
from domain.market import Mode, Tick
from utils.clock import Clock
from utils.logging import get_logger
from websocket_proxy.feed.runtime import EventSink, RouteKey, SessionSource, State, StateSink, route_key
from websocket_proxy.options import FeedOptions, stream_capacity

log = get_logger(__name__)

_SLICE = 100
_DEFAULT_INTERVAL_MS = 500
_FAILING_ROUNDS = 3

_Wants = dict[RouteKey, tuple[Instrument, Mode]]


class LocalRuntime:
    """Asks the source what is due while the account has a session."""

    def __init__(
        self,
        source: LocalTickSource,
        terms: Stream,
        *,
        session: SessionSource,
        on_events: EventSink,
        on_state: StateSink,
        clock: Clock,
        options: FeedOptions,
    ) -> None:
        self._source = source
        self._interval = (terms.tick_interval_ms or _DEFAULT_INTERVAL_MS) / 1000
        self._session = session
        self._on_events = on_events
        self._on_state = on_state
        self._clock = clock
        self._session_check = options.backoff.session_check
        self._wanted: _Wants = {}
        self._told: _Wants = {}
        self._wake = asyncio.Event()
        self._session_is_stale = False
        self._task: asyncio.Task[None] | None = None
        self.capacity = stream_capacity(terms, options)
        self._rounds = 0
        self._failures = 0
        self._failing = 0

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="feed-local")

    def want(self, wants: Sequence[tuple[Instrument, Mode]]) -> list[Instrument]:
        refused: list[Instrument] = []
        for instrument, mode in wants:
            key = route_key(instrument)
            if key in self._wanted or len(self._wanted) < self.capacity:
                self._wanted[key] = (instrument, mode)
            else:
                refused.append(instrument)
        self._wake.set()  # first values come at once, not at the next beat
        return refused

    def drop(self, instruments: Sequence[Instrument]) -> None:
        for instrument in instruments:
            self._wanted.pop(route_key(instrument), None)

    def session_changed(self) -> None:
        self._session_is_stale = True
        self._wake.set()

    def beat(self) -> None: ...

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._on_state(State.STOPPED, "")

    def figures(self) -> dict[str, object]:
        return {
            "instruments": len(self._wanted),
            "capacity": self.capacity,
            "rounds": self._rounds,
            "failures": self._failures,
        }

    async def _run(self) -> None:
        while True:
            self._session_is_stale = False
            try:
                await self._session()
            except OpenAlgoError as error:
                self._on_state(State.NO_SESSION, error.message)
                await self._pause(self._session_check)
                continue
            self._on_state(State.LIVE, "")
            while not self._session_is_stale:
                await self._round()
                await self._pause(self._interval)

    async def _round(self) -> None:
        gone = [instrument for key, (instrument, _) in self._told.items() if key not in self._wanted]
        fresh = [want for key, want in self._wanted.items() if self._told.get(key) != want]
        wanted = dict(self._wanted)
        try:
            ticks = await asyncio.to_thread(self._ask, gone, fresh)
        except OpenAlgoError as error:
            self._fail(error.message)
            return
        except Exception as error:  # a source's bug must not end its supervision
            log.exception("The local tick source failed")
            self._fail(type(error).__name__)
            return
        if self._failing:
            self._failing = 0
            self._on_state(State.LIVE, "")
        self._told = wanted  # only now: what the source failed to take is told again
        self._rounds += 1
        for start in range(0, len(ticks), _SLICE):
            self._on_events(ticks[start : start + _SLICE])
            await asyncio.sleep(0)

    def _fail(self, reason: str) -> None:
        """A round failed; several in a row are told."""
        self._failures += 1
        self._failing += 1
        log.error("The local tick source failed", reason=reason)
        if self._failing >= _FAILING_ROUNDS:
            self._on_state(State.STALE, f"The tick source fails: {reason}")

    def _ask(self, gone: list[Instrument], fresh: list[tuple[Instrument, Mode]]) -> list[Tick]:
        if gone:
            self._source.unsubscribe(gone)
        if fresh:
            self._source.subscribe(fresh)
        return self._source.due(self._clock.now())

    async def _pause(self, seconds: float) -> None:
        """Wait for the next beat, or for news."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()
