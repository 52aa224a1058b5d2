"""Quotes and books over REST where the stream is silent: in the manifest's batches, at half of the rate at most."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from broker.core.manifest import Limits, RateClass
from broker.core.roles import BookSource, MarketData, Session
from broker.core.stream import batches
from domain.errors import OpenAlgoError
from domain.instruments import Instrument, InstrumentKey
from domain.market import Depth, Quote
from utils.clock import Clock
from utils.logging import get_logger
from websocket_proxy.feed.runtime import SessionSource

log = get_logger(__name__)

_MARGIN_SECONDS = 3.0

Quotes = Mapping[InstrumentKey, Quote]
Books = Mapping[InstrumentKey, Depth]
_Ask = Callable[[Session, Sequence[Instrument]], tuple[Quotes, Books]]


class Poller:
    """Asks for what `wanted` names as long as it names anything; `wake` tells it to look.

    Books of `wanted_books` come with the quotes where the plug-in is a BookSource; elsewhere one is asked for after
    each call for quotes, in turn. on_answer(batch, quotes, books, asked at) and on_failure(error) hear of every call.
    The app has a budget of its own for the same account, which is why half of the rate is left to it.
    """

    def __init__(
        self,
        market: MarketData,
        limits: Limits,
        session: SessionSource,
        clock: Clock,
        *,
        shortest_pause: float,
        wanted: Callable[[], Sequence[Instrument]],
        wanted_books: Callable[[], Sequence[Instrument]],
        on_answer: Callable[[Sequence[Instrument], Quotes, Books, float], None],
        on_failure: Callable[[OpenAlgoError], None],
    ) -> None:
        self._market = market
        self._limits = limits
        self._session = session
        self._clock = clock
        self._wanted = wanted
        self._wanted_books = wanted_books
        self._turn = 0
        self._on_answer = on_answer
        self._on_failure = on_failure
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.pause = pause_of(limits.rates, shortest_pause)
        self.calls = 0
        self.failures = 0

    def start(self) -> None:
        """Begin inside a running loop."""
        self._task = asyncio.create_task(self._run(), name="feed-poller")

    def wake(self) -> None:
        """Something is wanted."""
        self._wake.set()

    async def stop(self) -> None:
        """End; a call that is under way is not waited for."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            wanted = self._wanted()
            if not wanted:
                self._wake.clear()
                await self._wake.wait()
                continue
            for batch in batches(wanted, max(1, self._limits.quote_batch)):
                books, comes_along = self._wanted_books(), isinstance(self._market, BookSource)
                await self._attempt(self._quotes_with_books if books and comes_along else self._quotes, batch)
                if books and not comes_along:
                    self._turn += 1
                    await self._attempt(self._book, [books[self._turn % len(books)]])

    async def _attempt(self, ask: _Ask, batch: Sequence[Instrument]) -> None:
        try:
            await self._ask(ask, batch)
        except OpenAlgoError as error:
            self.failures += 1
            self._on_failure(error)
        except Exception as error:  # a plug-in's bug must not end the polling
            self.failures += 1
            log.exception("Quotes could not be polled")
            self._on_failure(OpenAlgoError(f"quotes failed: {type(error).__name__}"))
        await asyncio.sleep(self.pause)

    async def _ask(self, ask: _Ask, batch: Sequence[Instrument]) -> None:
        session: Session = await self._session()
        asked_at = self._clock.monotonic()
        self.calls += 1
        try:
            async with asyncio.timeout(self._limits.read_timeout_seconds + _MARGIN_SECONDS):
                quotes, books = await asyncio.to_thread(ask, session, batch)
        except TimeoutError:
            raise OpenAlgoError("The broker did not answer quotes in time") from None
        self._on_answer(batch, quotes, books, asked_at)

    def _quotes(self, session: Session, batch: Sequence[Instrument]) -> tuple[Quotes, Books]:
        return self._market.quotes(session, batch), {}

    def _quotes_with_books(self, session: Session, batch: Sequence[Instrument]) -> tuple[Quotes, Books]:
        assert isinstance(self._market, BookSource)
        found = self._market.depths(session, batch)
        return {key: book.quote for key, book in found.items()}, found

    def _book(self, session: Session, batch: Sequence[Instrument]) -> tuple[Quotes, Books]:
        (instrument,) = batch
        found = self._market.depth(session, instrument)
        return {instrument.key: found.quote}, {instrument.key: found}


def pause_of(rates: Mapping[str, RateClass], shortest: float) -> float:
    """Seconds between two calls: twice what the broker's limits for quotes ask for, and at least `shortest`."""
    rate = rates.get("quote") or rates.get("other")
    gaps = [shortest]
    if rate is not None and rate.per_second:
        gaps.append(2 / rate.per_second)
    if rate is not None and rate.per_minute:
        gaps.append(120 / rate.per_minute)
    return max(gaps)
