"""Calls for market data: shared by all who ask the same at the same time, in batches of the broker's size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from broker.core.manifest import Manifest
from broker.core.roles import Plugin, Session
from domain.errors import (
    BadVendorData,
    NotSent,
    NotSupported,
    OpenAlgoError,
    Refused,
    SessionDead,
    Throttled,
    Unavailable,
    UnmappedValue,
)
from domain.instruments import Instrument, InstrumentKey
from domain.market import Depth, Quote
from services.market.live.kept import KeptAnswers
from services.trading import broker_time
from services.trading.desk import HasAccount
from utils.clock import Clock
from utils.concurrency import Lock, QueueFull
from utils.gathering import Gatherer

T = TypeVar("T")
V = TypeVar("V")
Answers = dict[InstrumentKey, V | OpenAlgoError | None]
QuoteGatherer = Gatherer[InstrumentKey, Instrument, Quote]
DepthGatherer = Gatherer[InstrumentKey, Instrument, Depth]

# What many callers ask at the same moment becomes one call; a round trip to a broker takes ten times as long.
GATHER_SECONDS = 0.004
MOST_CALLS = 4
# One name that a broker chokes on must not cost the others their price; each look closer is a call.
MOST_PARTS = 8
# A caller who found nothing at hand may come with his question just after its answer: that answer is his too.
JUST_NOW_SECONDS = 0.25


class MarketReads(Protocol):
    """The part of a desk that asks for market data."""

    def manifest(self, broker: str) -> Manifest:
        """What the broker can do."""

    def market(self, account: HasAccount, operation: str, call: Callable[[Plugin, Session], T]) -> T:
        """Ask under the account's session."""


class BrokerCalls:
    """quotes, depths: where every answer is kept, whether or not somebody still waits for it."""

    def __init__(
        self, reads: MarketReads, clock: Clock, quotes: KeptAnswers[Quote], depths: KeptAnswers[Depth],
        gather_seconds: float = GATHER_SECONDS,
    ) -> None:  # fmt: skip
        self._reads = reads
        self._clock = clock
        self._kept_quotes = quotes
        self._kept_depths = depths
        self._gather_seconds = gather_seconds
        self._lock = Lock()
        self._quotes: dict[int, QuoteGatherer] = {}
        self._depths: dict[int, DepthGatherer] = {}

    def quotes(
        self, account: HasAccount, instruments: Sequence[Instrument], seconds: float
    ) -> Answers[Quote]:
        """Quotes by key: None where the broker has none, an error where it could not be asked within `seconds`."""
        with self._lock:
            gatherer = self._quotes.get(account.account_id)
            if gatherer is None:
                gatherer = self._quotes[account.account_id] = self._quote_gatherer(account)
        return self._get(gatherer, instruments, seconds)

    def depth(self, account: HasAccount, instrument: Instrument, seconds: float) -> Depth:
        """Quote and book. Raises Unavailable and what the broker raises."""
        with self._lock:
            gatherer = self._depths.get(account.account_id)
            if gatherer is None:
                gatherer = self._depths[account.account_id] = self._depth_gatherer(account)
        found = self._get(gatherer, [instrument], seconds)[instrument.key]
        if isinstance(found, OpenAlgoError):
            raise found.with_traceback(None)
        if found is None:
            raise Unavailable(f"The broker has no book for {instrument.symbol}", code="NO_QUOTE")
        return found

    def close(self) -> None:
        """End the threads; who waits is let go."""
        with self._lock:
            every: list[QuoteGatherer | DepthGatherer] = [*self._quotes.values(), *self._depths.values()]
            self._quotes.clear()
            self._depths.clear()
        for gatherer in every:
            gatherer.close()

    def _get(
        self, gatherer: Gatherer[InstrumentKey, Instrument, V], instruments: Sequence[Instrument], seconds: float
    ) -> Answers[V]:  # fmt: skip
        wanted = {instrument.key: instrument for instrument in instruments}
        try:
            with broker_time.measured(self._clock):
                answers = gatherer.get(wanted, seconds)
        except QueueFull:
            raise Throttled("Too many questions about prices wait for the broker") from None
        return {key: _told(answer) for key, answer in answers.items()}

    def _quote_gatherer(self, account: HasAccount) -> QuoteGatherer:
        manifest = self._reads.manifest(account.broker)
        return Gatherer(
            lambda batch: self._ask_quotes(account, batch), name="quotes", size=manifest.limits.quote_batch,
            calls=_calls(manifest), window=self._window(manifest),
        )  # fmt: skip

    def _depth_gatherer(self, account: HasAccount) -> DepthGatherer:
        manifest = self._reads.manifest(account.broker)
        return Gatherer(
            lambda batch: self._ask_depth(account, batch[0]), name="depth", size=1, calls=_calls(manifest)
        )

    def _window(self, manifest: Manifest) -> float:
        """A broker inside this process answers sooner than a second question comes."""
        return self._gather_seconds if manifest.hosts and manifest.limits.quote_batch > 1 else 0.0

    def _ask_depth(self, account: HasAccount, instrument: Instrument) -> Mapping[InstrumentKey, Depth]:
        kept = self._kept_depths.get(account, instrument, JUST_NOW_SECONDS)
        if kept is not None:
            return {instrument.key: kept.value}
        found = self._reads.market(
            account, "depth", lambda plugin, session: plugin.market.depth(session, instrument)
        )
        self._kept_depths.put(account, instrument, found)
        self._kept_quotes.put(account, instrument, found.quote)
        return {instrument.key: found}

    def _ask_quotes(
        self, account: HasAccount, batch: Sequence[Instrument]
    ) -> dict[InstrumentKey, Quote | Exception]:
        """One call; a batch that the broker refuses for what is in it is halved until the culprit is alone."""
        answers: dict[InstrumentKey, Quote | Exception] = {
            row.key: kept.value
            for row in batch
            if (kept := self._kept_quotes.get(account, row, JUST_NOW_SECONDS)) is not None
        }
        cold = [row for row in batch if row.key not in answers]
        parts: list[Sequence[Instrument]] = [cold] if cold else []
        calls = 0
        while parts:
            part = parts.pop()
            calls += 1
            try:
                answers |= self._quotes_of(account, part)
            except OpenAlgoError as error:
                if calls == 1 and not is_about_content(error):
                    raise
                if len(part) > 1 and calls + len(parts) + 2 <= MOST_PARTS and is_about_content(error):
                    half = len(part) // 2
                    parts += [part[half:], part[:half]]
                else:
                    answers |= dict.fromkeys((item.key for item in part), error)
        return answers

    def _quotes_of(self, account: HasAccount, part: Sequence[Instrument]) -> Mapping[InstrumentKey, Quote]:
        found = self._reads.market(
            account, "quotes", lambda plugin, session: plugin.market.quotes(session, part)
        )
        for instrument in part:
            if instrument.key in found:
                self._kept_quotes.put(account, instrument, found[instrument.key])
        return found


def _calls(manifest: Manifest) -> int:
    """Calls at once: where the broker takes one a second, the next batch gathers while one waits for its second."""
    rate = manifest.limits.rates.get("quote")
    if rate is None or rate.per_second is None:
        return MOST_CALLS
    return max(1, min(MOST_CALLS, int(rate.per_second)))


def is_about_content(error: OpenAlgoError) -> bool:
    """Whether the broker answered and chokes on what was asked, so that another question may fare better."""
    if isinstance(error, (Throttled, SessionDead, NotSent, NotSupported)):
        return False
    return isinstance(error, (Refused, BadVendorData, UnmappedValue))


def _told(answer: V | Exception | None) -> V | OpenAlgoError | None:
    """What callers may see; a plug-in's bug must reach everybody who asked as an error of the read."""
    if isinstance(answer, TimeoutError):
        return Unavailable("The broker did not answer in time")
    if isinstance(answer, Exception) and not isinstance(answer, OpenAlgoError):
        return Unavailable(f"The broker's answer cannot be read: {type(answer).__name__}")
    return answer
