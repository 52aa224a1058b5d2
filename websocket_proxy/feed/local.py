"""Runtime of a tick source without a socket (the practice exchange): it is asked at a fixed rhythm."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from broker.core.manifest import Stream
from broker.core.roles import LocalTickSource
from domain.errors import OpenAlgoError, SessionDead
from domain.instruments import Instrument
from domain.market import Mode
from utils.clock import Clock
from utils.logging import get_logger
from websocket_proxy.feed.runtime import EventSink, RouteKey, SessionSource, State, StateSink, route_key
from websocket_proxy.options import FeedOptions, stream_capacity

log = get_logger(__name__)

_SLICE = 100
_DEFAULT_INTERVAL_MS = 500


class LocalRuntime:
    """Asks the source what is due while the account has a session."""

    def __init__(
        self,
        source: LocalTickSource,
        terms: Stream,
        *,
        session: SessionSource,
        on_event: EventSink,
        on_state: StateSink,
        clock: Clock,
        options: FeedOptions,
    ) -> None:
        self._source = source
        self._interval = (terms.tick_interval_ms or _DEFAULT_INTERVAL_MS) / 1000
        self._session = session
        self._on_event = on_event
        self._on_state = on_state
        self._clock = clock
        self._session_check = options.backoff.session_check
        self._wanted: set[RouteKey] = set()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.capacity = stream_capacity(terms, options)
        self._rounds = 0

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="feed-local")

    def want(self, wants: Sequence[tuple[Instrument, Mode]]) -> list[Instrument]:
        accepted: list[tuple[Instrument, Mode]] = []
        refused: list[Instrument] = []
        for instrument, mode in wants:
            key = route_key(instrument)
            if key not in self._wanted and len(self._wanted) >= self.capacity:
                refused.append(instrument)
                continue
            self._wanted.add(key)
            accepted.append((instrument, mode))
        if accepted:
            self._source.subscribe(accepted)
        return refused

    def drop(self, instruments: Sequence[Instrument]) -> None:
        held = [instrument for instrument in instruments if route_key(instrument) in self._wanted]
        if held:
            self._source.unsubscribe(held)
            self._wanted.difference_update(route_key(instrument) for instrument in held)

    def session_changed(self) -> None:
        self._changed.set()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._on_state(State.STOPPED, "")

    def figures(self) -> dict[str, int]:
        return {"instruments": len(self._wanted), "capacity": self.capacity, "rounds": self._rounds}

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            try:
                await self._session()
            except SessionDead as error:
                self._on_state(State.NO_SESSION, error.message)
                await self._changed_within(self._session_check)
                continue
            self._on_state(State.LIVE, "")
            while not self._changed.is_set():
                await self._round()
                await self._changed_within(self._interval)

    async def _round(self) -> None:
        try:
            ticks = self._source.due(self._clock.now())
        except OpenAlgoError as error:
            log.error("The local tick source failed", reason=error.message)
            return
        self._rounds += 1
        for start in range(0, len(ticks), _SLICE):
            for tick in ticks[start : start + _SLICE]:
                self._on_event(tick)
            await asyncio.sleep(0)

    async def _changed_within(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return
