"""Quotes and depth snapshots from the caller's broker: batched to its limit, and asked once for identical reads."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from domain.errors import InvalidInput, NotSupported, Unavailable
from domain.instruments import Instrument, InstrumentKey
from domain.market import Depth, Quote
from services.accounts.principal import Principal
from services.trading.desk import BrokerReads
from services.trading.router import InstrumentIndex, require_account
from services.trading.writes import Account
from utils.concurrency import SharedCalls, run_all

READ_SECONDS = 30.0
SNAPSHOT_SECONDS = 10.0
WORKERS = 4
MOST_SYMBOLS = 500


class QuoteResult(msgspec.Struct, frozen=True, kw_only=True):
    """One asked instrument: its quote, or why there is none. `unknown`: no such instrument."""

    key: InstrumentKey
    quote: Quote | None = None
    error: str | None = None
    unknown: bool = False


class Quotes:
    """Snapshots. Market data is asked of the real broker in every mode."""

    def __init__(self, desk: BrokerReads, instruments: InstrumentIndex) -> None:
        self._desk = desk
        self._instruments = instruments
        self._shared = SharedCalls()

    def quote(self, principal: Principal, key: InstrumentKey) -> Quote:
        """One quote. Raises UnknownInstrument, Unavailable when the broker has none now."""
        account = require_account(principal)
        instrument = self._instruments.resolve(account.broker, key.exchange, key.symbol)
        quote = self._batch(account, (instrument,)).get(instrument.key)
        if quote is None:
            raise Unavailable(
                f"The broker has no quote for {key.symbol} on {key.exchange.value}", code="NO_QUOTE"
            )
        return quote

    def quotes(self, principal: Principal, keys: Sequence[InstrumentKey]) -> list[QuoteResult]:
        """Quotes in the order asked. A symbol that is unknown or silent says so in its own result."""
        if len(keys) > MOST_SYMBOLS:
            raise InvalidInput(f"symbols: at most {MOST_SYMBOLS}", errors={"symbols": ["too many"]})
        account = require_account(principal)
        found: dict[InstrumentKey, Instrument] = {}
        wrong: dict[InstrumentKey, str] = {}
        for key in keys:
            try:
                found[key] = self._instruments.resolve(account.broker, key.exchange, key.symbol)
            except InvalidInput as error:
                wrong[key] = error.message
        got = self._all(account, list(found.values()))
        return [
            QuoteResult(
                key=key, quote=got.get(key), error=wrong.get(key) or _silent(key, got), unknown=key in wrong
            )
            for key in keys
        ]

    def depth(self, principal: Principal, key: InstrumentKey) -> Depth:
        """Quote and book of one instrument. Raises UnknownInstrument, NotSupported."""
        account = require_account(principal)
        instrument = self._instruments.resolve(account.broker, key.exchange, key.symbol)

        def ask() -> Depth:
            return self._desk.market(
                account, "depth", lambda plugin, session: plugin.market.depth(session, instrument)
            )

        return self._shared.run(("depth", account.account_id, instrument.key), ask, READ_SECONDS)

    def depth_levels(self, principal: Principal) -> int:
        """Levels that the caller's broker offers."""
        return self._desk.plugin(require_account(principal).broker).manifest.limits.depth_levels

    def _all(self, account: Account, instruments: list[Instrument]) -> dict[InstrumentKey, Quote]:
        size = max(1, self._desk.plugin(account.broker).manifest.limits.quote_batch)
        batches = [tuple(instruments[at : at + size]) for at in range(0, len(instruments), size)]
        merged: dict[InstrumentKey, Quote] = {}
        jobs = [lambda batch=batch: self._attempt(account, batch) for batch in batches]
        for answer in run_all(jobs, WORKERS, "quotes"):
            if isinstance(answer, Exception):
                raise answer
            merged |= answer
        return merged

    def _attempt(
        self, account: Account, batch: tuple[Instrument, ...]
    ) -> dict[InstrumentKey, Quote] | Exception:
        try:
            return self._batch(account, batch)
        except Exception as error:  # noqa: BLE001 - carried out of the worker and raised by the caller
            return error

    def _batch(self, account: Account, batch: tuple[Instrument, ...]) -> dict[InstrumentKey, Quote]:
        def ask() -> dict[InstrumentKey, Quote]:
            return self._desk.market(
                account, "quotes", lambda plugin, session: plugin.market.quotes(session, batch)
            )

        keys = tuple(item.key for item in batch)
        return self._shared.run(("quotes", account.account_id, keys), ask, READ_SECONDS)


def _silent(key: InstrumentKey, got: dict[InstrumentKey, Quote]) -> str | None:
    return None if key in got else "The broker has no quote for this symbol now"


class Snapshots:
    """Quote and book of one instrument: all that paper trading may ask a broker. Identical questions are one call."""

    def __init__(self, reads: BrokerReads) -> None:
        self._reads = reads
        self._shared = SharedCalls()

    def depth(self, account_id: int, broker: str, instrument: Instrument) -> Depth:
        """The book, or the quote alone where the broker shows no book. Raises Unavailable, SessionDead."""
        account = Account(account_id=account_id, broker=broker)
        return self._shared.run(
            (account_id, instrument.key), lambda: self._ask(account, instrument), SNAPSHOT_SECONDS
        )

    def _ask(self, account: Account, instrument: Instrument) -> Depth:
        try:
            return self._reads.market(
                account, "depth", lambda plugin, session: plugin.market.depth(session, instrument)
            )
        except NotSupported:
            quotes = self._reads.market(
                account, "quotes", lambda plugin, session: plugin.market.quotes(session, (instrument,))
            )
        if instrument.key not in quotes:
            raise Unavailable(f"The broker has no quote for {instrument.symbol}", code="NO_QUOTE")
        return Depth(quote=quotes[instrument.key])
