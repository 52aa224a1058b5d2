"""Quotes and depth snapshots for a caller: names resolved, prices from the house's market data."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from domain.errors import InvalidInput, OpenAlgoError
from domain.instruments import Instrument, InstrumentKey
from domain.market import Quote
from services.accounts.principal import Principal
from services.market.live.calls import is_about_content
from services.market.live.service import MarketData, Quoted
from services.market.live.uses import DEPTH, QUOTE, SeenDepth, SeenQuote, Use
from services.trading.router import InstrumentIndex, require_account

MOST_SYMBOLS = 500


class QuoteResult(msgspec.Struct, frozen=True, kw_only=True):
    """One asked instrument: its quote, or why there is none. `unknown`: no such instrument.

    age_seconds, source: of the quote, as in `Seen`. failure: the broker could not be asked, so nobody knows.
    """

    key: InstrumentKey
    quote: Quote | None = None
    error: str | None = None
    unknown: bool = False
    age_seconds: float = 0.0
    source: str = ""
    failure: OpenAlgoError | None = None


class Quotes:
    """Snapshots. Market data is that of the real broker in every mode."""

    def __init__(self, market: MarketData, instruments: InstrumentIndex) -> None:
        self._market = market
        self._instruments = instruments

    def quote(self, principal: Principal, key: InstrumentKey) -> Quote:
        """One quote. Raises UnknownInstrument, Unavailable when the broker has none now."""
        return self.seen(principal, key).value

    def seen(self, principal: Principal, key: InstrumentKey) -> SeenQuote:
        """One quote with its age. Raises as `quote`."""
        account = require_account(principal)
        instrument = self._instruments.resolve(account.broker, key.exchange, key.symbol)
        return self._market.quote(account, instrument, QUOTE)

    def quotes(
        self, principal: Principal, keys: Sequence[InstrumentKey], use: Use = QUOTE
    ) -> list[QuoteResult]:
        """Quotes in the order asked. A symbol that is unknown, silent or not answered says so in its own result.

        Raises what the broker raised when it answered nothing at all.
        """
        if len(keys) > MOST_SYMBOLS:
            raise InvalidInput(f"symbols: at most {MOST_SYMBOLS}", errors={"symbols": ["too many"]})
        account = require_account(principal)
        known: dict[InstrumentKey, Instrument] = {}
        wrong: dict[InstrumentKey, str] = {}
        for key in keys:
            try:
                known[key] = self._instruments.resolve(account.broker, key.exchange, key.symbol)
            except InvalidInput as error:
                wrong[key] = error.message
        quoted = self._market.quotes(account, known.values(), use)
        if not quoted.found:
            _raise_failure(quoted)
        return [_result(key, quoted, wrong.get(key)) for key in keys]

    def depth(self, principal: Principal, key: InstrumentKey) -> SeenDepth:
        """Quote and book of one instrument. Raises UnknownInstrument, NotSupported, Unavailable."""
        account = require_account(principal)
        instrument = self._instruments.resolve(account.broker, key.exchange, key.symbol)
        return self._market.depth(account, instrument, DEPTH)

    def depth_levels(self, principal: Principal) -> int:
        """Levels that the caller's broker offers."""
        return self._market.manifest(require_account(principal).broker).limits.depth_levels


def _raise_failure(quoted: Quoted) -> None:
    """A broker that answered and has no quote is no failure."""
    for error in quoted.failed.values():
        if error.code != "NO_QUOTE":
            raise error.with_traceback(None)


def _result(key: InstrumentKey, quoted: Quoted, wrong: str | None) -> QuoteResult:
    if wrong is not None:
        return QuoteResult(key=key, error=wrong, unknown=True)
    seen = quoted.found.get(key)
    if seen is None:
        error = quoted.failed[key]
        is_known = error.code == "NO_QUOTE" or is_about_content(error)
        return QuoteResult(key=key, error=error.message, failure=None if is_known else error)
    return QuoteResult(key=key, quote=seen.value, age_seconds=seen.age_seconds, source=seen.source)
