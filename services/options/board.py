"""Quotes that were just asked for, kept warm for a second, so that a chain, its Greeks and its forward see the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping

import msgspec

from domain.errors import Unavailable
from domain.instruments import InstrumentKey
from domain.market import Quote
from services.accounts.principal import Principal
from services.market.quotes import MOST_SYMBOLS, Quotes
from services.trading.router import require_account
from utils.clock import Clock
from utils.concurrency import Lock

WARM_SECONDS = 1.0
MOST_QUOTES = 20_000
Place = tuple[int, InstrumentKey]


class Snapshot(msgspec.Struct, frozen=True):
    """Quotes by instrument, those that the broker has; asked_at: monotonic seconds of the oldest."""

    quotes: Mapping[InstrumentKey, Quote]
    asked_at: float

    def quote(self, key: InstrumentKey) -> Quote:
        """One quote. Raises Unavailable when the broker has none."""
        found = self.quotes.get(key)
        if found is None:
            raise Unavailable(
                f"The broker has no quote for {key.symbol} on {key.exchange.value}", code="NO_QUOTE"
            )
        return found


class QuoteBoard:
    """Asks the broker only for what is not warm, all in one call; at most 20,000 quotes, the oldest go first."""

    def __init__(self, quotes: Quotes, clock: Clock, warm_seconds: float = WARM_SECONDS) -> None:
        self._quotes = quotes
        self._clock = clock
        self._warm_seconds = warm_seconds
        self._lock = Lock()
        self._kept: OrderedDict[Place, tuple[float, Quote | None]] = OrderedDict()

    def read(self, principal: Principal, keys: Iterable[InstrumentKey]) -> Snapshot:
        """Quotes of these instruments. Raises what the broker raised; a silent instrument is absent."""
        account_id = require_account(principal).account_id
        wanted = list(dict.fromkeys(keys))
        now = self._clock.monotonic()
        oldest_warm = now - self._warm_seconds
        found: dict[InstrumentKey, Quote] = {}
        cold: list[InstrumentKey] = []
        asked_at = now
        with self._lock:
            for key in wanted:
                kept = self._kept.get((account_id, key))
                if kept is None or kept[0] < oldest_warm:
                    cold.append(key)
                    continue
                asked_at = min(asked_at, kept[0])
                if kept[1] is not None:
                    found[key] = kept[1]
        for at in range(0, len(cold), MOST_SYMBOLS):
            found |= self._ask(principal, account_id, cold[at : at + MOST_SYMBOLS], now)
        return Snapshot(found, asked_at)

    def quote(self, principal: Principal, key: InstrumentKey) -> Quote:
        """One quote, warm or fresh. Raises UnknownInstrument, Unavailable when the broker has none."""
        return self.read(principal, [key]).quote(key)

    def age_ms(self, snapshot: Snapshot) -> int:
        """How long ago the oldest quote was asked for."""
        return max(0, round((self._clock.monotonic() - snapshot.asked_at) * 1000))

    def _ask(
        self, principal: Principal, account_id: int, keys: list[InstrumentKey], now: float
    ) -> dict[InstrumentKey, Quote]:
        results = self._quotes.quotes(principal, keys)
        with self._lock:
            for result in results:
                place = account_id, result.key
                self._kept[place] = now, result.quote
                self._kept.move_to_end(place)
            while len(self._kept) > MOST_QUOTES:
                self._kept.popitem(last=False)
        return {result.key: result.quote for result in results if result.quote is not None}
