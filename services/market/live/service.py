"""Prices for everybody inside: from the live cache while they are young enough, else from a shared call.

    service.quotes(account, instruments, QUOTE)      # found and failed, by key
    service.depth(account, instrument, PAPER)
    service.last(account, instrument, RISK)

A value is only ever shown to accounts of the broker it came from: ticks to all of them, as the feed serves them all,
answers to calls to the account that asked. An account without a valid session is shown nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from broker.core.manifest import Manifest
from domain.calendar import Calendar
from domain.errors import NotSupported, OpenAlgoError, Unavailable
from domain.instruments import Instrument, InstrumentKey
from domain.market import Depth, Quote
from domain.money import to_decimal
from services.events import ContractsChanged, Event, Events, SessionChanged
from services.market.feed_client import FeedClient
from services.market.live.calls import GATHER_SECONDS, BrokerCalls
from services.market.live.following import Following
from services.market.live.hours import MarketHours
from services.market.live.kept import KeptAnswers
from services.market.live.ticks import LiveTicks
from services.market.live.uses import PAPER, Seen, SeenDepth, SeenQuote, Use
from services.trading.desk import BrokerReads, HasAccount
from services.trading.writes import Account
from utils.clock import Clock

V = TypeVar("V")
READ_SECONDS = 30.0
SNAPSHOT_SECONDS = 10.0
# The feed's room belongs to those who subscribe; polled instruments take a tenth of it at most.
ROOM_SHARE = 10


class Quoted(msgspec.Struct, frozen=True):
    """Quotes by instrument, and why an instrument has none."""

    found: Mapping[InstrumentKey, SeenQuote]
    failed: Mapping[InstrumentKey, OpenAlgoError]


class MarketData:
    """Thread-safe. follow_limit: instruments of a broker that repeated questions may put on the feed."""

    def __init__(
        self, *, reads: BrokerReads, feed: FeedClient, calendar: Calendar, clock: Clock, events: Events,
        follow_limit: int, gather_seconds: float = GATHER_SECONDS,
    ) -> None:  # fmt: skip
        self._reads = reads
        self._follow_limit = follow_limit
        hours = MarketHours(calendar, lambda broker: self.manifest(broker).practice)
        self._ticks = LiveTicks(feed, hours, clock)
        self._quotes: KeptAnswers[Quote] = KeptAnswers(hours, clock)
        self._depths: KeptAnswers[Depth] = KeptAnswers(hours, clock)
        self.following = Following(feed, hours, clock, self._room)
        self._calls = BrokerCalls(reads, clock, self._quotes, self._depths, gather_seconds)
        events.subscribe((ContractsChanged, SessionChanged), self._heard, name="market-data")

    def quotes(
        self, account: HasAccount, instruments: Iterable[Instrument], use: Use, seconds: float = READ_SECONDS
    ) -> Quoted:
        """Quotes; those that have to be asked for come within `seconds` or not at all.

        Raises SessionDead and NotSupported. What fails is told by instrument.
        """
        self._reads.ready(account, "quotes")
        wanted = {instrument.key: instrument for instrument in instruments}
        self.following.asked(account.broker, wanted)
        found: dict[InstrumentKey, SeenQuote] = {}
        cold: list[Instrument] = []
        for key, instrument in wanted.items():
            tick = self._ticks.quote(account, instrument, use.seconds)
            seen = self._quotes.get(account, instrument, use.seconds, younger=_age(tick)) or tick
            if seen is None:
                cold.append(instrument)
            else:
                found[key] = seen
        failed: dict[InstrumentKey, OpenAlgoError] = {}
        if cold:
            self._ask(account, cold, seconds, found, failed)
        return Quoted(found, failed)

    def quote(
        self, account: HasAccount, instrument: Instrument, use: Use, seconds: float = READ_SECONDS
    ) -> SeenQuote:
        """One quote. Raises Unavailable when the broker has none, and what the broker raises."""
        quoted = self.quotes(account, [instrument], use, seconds)
        if instrument.key in quoted.failed:
            raise quoted.failed[instrument.key].with_traceback(None)
        return quoted.found[instrument.key]

    def depth(
        self, account: HasAccount, instrument: Instrument, use: Use, seconds: float = READ_SECONDS
    ) -> SeenDepth:
        """Quote and book. Raises Unavailable and what the broker raises."""
        self._reads.ready(account, "depth")
        self.following.asked(account.broker, {instrument.key: instrument})
        tick = self._ticks.depth(account, instrument, use.seconds) if self._feeds_books(account) else None
        seen = self._depths.get(account, instrument, use.seconds, younger=_age(tick)) or tick
        return seen or Seen(self._calls.depth(account, instrument, seconds), 0.0, "broker")

    def last(
        self, account: HasAccount, instrument: Instrument, use: Use, seconds: float = READ_SECONDS
    ) -> tuple[Decimal, float]:
        """(rupees, seconds ago) of the last trade that is known. Raises as `quote`.

        A price that stands because the market is closed counts as seen just now, as if the broker had been asked.
        """
        self._reads.ready(account, "quotes")
        tick = self._ticks.price(account, instrument, use.seconds)
        if tick is not None:
            self.following.asked(account.broker, {instrument.key: instrument})
            return to_decimal(tick.value), _counted(tick.age_seconds, use)
        quote = self.quote(account, instrument, use, seconds)
        return to_decimal(quote.value.ltp), _counted(quote.age_seconds, use)

    def snapshot(self, account_id: int, broker: str, instrument: Instrument) -> Depth:
        """The book for paper trading, or the quote alone where the broker shows no book. Raises as `depth`."""
        account = Account(account_id=account_id, broker=broker)
        try:
            return self.depth(account, instrument, PAPER, SNAPSHOT_SECONDS).value
        except NotSupported:
            return Depth(quote=self.quote(account, instrument, PAPER, SNAPSHOT_SECONDS).value)

    def close(self) -> None:
        """End the calls and give the feed's room back."""
        self._calls.close()
        self.following.close()

    def _ask(
        self, account: HasAccount, cold: Sequence[Instrument], seconds: float,
        found: dict[InstrumentKey, SeenQuote], failed: dict[InstrumentKey, OpenAlgoError],
    ) -> None:  # fmt: skip
        for key, answer in self._calls.quotes(account, cold, seconds).items():
            if answer is None:
                message = f"The broker has no quote for {key.symbol} on {key.exchange.value}"
                failed[key] = Unavailable(message, code="NO_QUOTE")
            elif isinstance(answer, OpenAlgoError):
                failed[key] = answer
            else:
                found[key] = Seen(answer, 0.0, "broker")

    def _feeds_books(self, account: HasAccount) -> bool:
        """Whether the feed's books are as deep as those of a call."""
        manifest = self.manifest(account.broker)
        deepest = max(manifest.stream.depth_levels, default=0) if manifest.stream else 0
        return deepest >= manifest.limits.depth_levels

    def _room(self, broker: str) -> int:
        stream = self.manifest(broker).stream
        if stream is None:
            return 0
        return min(self._follow_limit, stream.instruments_per_socket * stream.sockets // ROOM_SHARE)

    def manifest(self, broker: str) -> Manifest:
        """What the broker can do."""
        return self._reads.manifest(broker)

    def _heard(self, event: Event) -> None:
        if isinstance(event, ContractsChanged):
            if event.status == "success":
                self._ticks.contracts_changed(event.broker)
        elif isinstance(event, SessionChanged):
            self._quotes.forget(event.account_id)
            self._depths.forget(event.account_id)


def _counted(age_seconds: float, use: Use) -> float:
    return age_seconds if age_seconds <= use.seconds else 0.0


def _age(tick: Seen[V] | None) -> float:
    """How old an answer may be to be worth more than the tick."""
    return math.inf if tick is None else tick.age_seconds
