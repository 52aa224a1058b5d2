"""Quotes that were just asked for, kept warm for a second, so that a chain, its Greeks and its forward see the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping

import msgspec

from domain.errors import Unavailable
from domain.instruments import InstrumentKey
from domain.market import Quote
from services.accounts.principal import Principal
from services.market.live.uses import CHAIN
from services.market.quotes import MOST_SYMBOLS, Quotes
from services.trading.router import require_account
from utils import limits
from utils.clock import Clock
from utils.concurrency import Lock

WARM_SECONDS = 1.0
MOST_QUOTES = 20_000
Place = tuple[int, InstrumentKey]


class Snapshot(msgspec.Struct, frozen=True):
    """Quotes by instrument, those that the broker has; oldest_at: monotonic seconds at which the oldest arrived."""

    quotes: Mapping[InstrumentKey, Quote]
    oldest_at: float

    def quote(self, key: InstrumentKey) -> Quote:
        """One quote. Raises Unavailable when the broker has none."""
        found = self.quotes.get(key)
        if found is None:
            raise Unavailable(
                f"The broker has no quote for {key.symbol} on {key.exchange.value}", code="NO_QUOTE"
            )
        return found


class _Kept(msgspec.Struct, frozen=True):
    """A quote that was read. read_at, arrived_at: monotonic seconds."""

    read_at: float
    arrived_at: float
    quote: Quote | None


class QuoteBoard:
    """Asks only for what is not warm, all at once; at most 20,000 quotes, the oldest go first."""

    def __init__(self, quotes: Quotes, clock: Clock, warm_seconds: float = WARM_SECONDS) -> None:
        self._quotes = quotes
        self._clock = clock
        self._warm_seconds = warm_seconds
        self._lock = Lock()
        self._kept: OrderedDict[Place, _Kept] = OrderedDict()
        limits.watch(
            self._kept, name="quotes of options", kind="cache", bound=MOST_QUOTES, policy="drop_oldest", size=len,
        )  # fmt: skip

    def read(self, principal: Principal, keys: Iterable[InstrumentKey]) -> Snapshot:
        """Quotes of these instruments; a silent one is absent. Raises what kept the broker from answering for any."""
        account_id = require_account(principal).account_id
        wanted = list(dict.fromkeys(keys))
        now = self._clock.monotonic()
        oldest_warm = now - self._warm_seconds
        found: dict[InstrumentKey, Quote] = {}
        cold: list[InstrumentKey] = []
        oldest_at = now
        with self._lock:
            for key in wanted:
                kept = self._kept.get((account_id, key))
                if kept is None or kept.read_at < oldest_warm:
                    cold.append(key)
                elif kept.quote is not None:
                    found[key] = kept.quote
                    oldest_at = min(oldest_at, kept.arrived_at)
        for at in range(0, len(cold), MOST_SYMBOLS):
            for key, kept in self._ask(principal, account_id, cold[at : at + MOST_SYMBOLS], now).items():
                if kept.quote is not None:
                    found[key] = kept.quote
                    oldest_at = min(oldest_at, kept.arrived_at)
        return Snapshot(found, oldest_at)

    def quote(self, principal: Principal, key: InstrumentKey) -> Quote:
        """One quote, warm or fresh. Raises UnknownInstrument, Unavailable when the broker has none."""
        return self.read(principal, [key]).quote(key)

    def age_ms(self, snapshot: Snapshot) -> int:
        """How long ago the oldest quote arrived."""
        return max(0, round((self._clock.monotonic() - snapshot.oldest_at) * 1000))

    def _ask(
        self, principal: Principal, account_id: int, keys: list[InstrumentKey], now: float
    ) -> dict[InstrumentKey, _Kept]:
        results = self._quotes.quotes(principal, keys, CHAIN)
        failure = next((result.failure for result in results if result.failure is not None), None)
        if failure is not None:
            raise failure.with_traceback(None)
        read = {result.key: _Kept(now, now - result.age_seconds, result.quote) for result in results}
        with self._lock:
            for key, kept in read.items():
                place = account_id, key
                self._kept[place] = kept
                self._kept.move_to_end(place)
            while len(self._kept) > MOST_QUOTES:
                self._kept.popitem(last=False)
        return read
