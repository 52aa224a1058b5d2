"""Which contract is meant: underlyings, expiries, strikes and offsets, answered from the contract master only.

A symbol's text is never taken apart, so names with digits and signs (360ONE, M&M, NIFTYNXT50) need no care.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from domain.errors import InvalidInput, NotFound, UnknownInstrument
from domain.instruments import Exchange, Instrument, InstrumentKey, InstrumentType, compact_expiry
from domain.market import Quote
from domain.money import plain, to_decimal
from domain.options import (
    SPOT_EXCHANGES,
    Offset,
    options_exchange,
    parse_offset,
    strike_at,
    strike_by_interval,
)
from services.accounts.principal import Principal
from services.market.instruments import Instruments
from services.trading.router import require_account

MOST_CANDIDATES = 5
CALL, PUT = InstrumentType.CE, InstrumentType.PE


class NotListed(NotFound):
    """The contract master has no such options. `candidates`: what it has instead, nearest first."""

    code = "NOT_LISTED"

    def __init__(self, message: str, candidates: Sequence[str] = ()) -> None:
        near = f". Listed: {', '.join(candidates)}" if candidates else ""
        super().__init__(f"{message}{near}")
        self.details = {"candidates": list(candidates)}


class Underlying(msgspec.Struct, frozen=True, kw_only=True):
    """What options are written on. root: the name that its options carry in the contract master.

    options_exchange: where they are listed. future: the dated future that the caller named, if he named one.
    """

    root: str
    exchange: Exchange
    options_exchange: Exchange
    future: Instrument | None = None

    @property
    def expiry(self) -> dt.date | None:
        """The expiry that is embedded in the name, None when the caller must say it."""
        return self.future.expiry if self.future else None


class ChosenOption(msgspec.Struct, frozen=True, kw_only=True):
    """One contract. instrument: with lot, tick, freeze, strike and expiry. underlying_ltp: rupees, of `reference`."""

    instrument: Instrument
    underlying: Underlying
    reference: InstrumentKey
    underlying_ltp: float


class LastPrices(Protocol):
    """Where the price of an underlying comes from."""

    def quote(self, principal: Principal, key: InstrumentKey) -> Quote:
        """One quote. Raises Unavailable when the broker has none."""


class OptionSelection:
    """Finds option contracts of one broker's contract master."""

    def __init__(self, instruments: Instruments, quotes: LastPrices) -> None:
        self._instruments = instruments
        self._quotes = quotes

    def underlying(self, broker: str, name: str, exchange: Exchange) -> Underlying:
        """The underlying of this name: a root such as NIFTY or TATAPOWER, or a dated future such as NIFTY29DEC26FUT.

        exchange: the underlying's or the options'. Raises InvalidInput, UnknownInstrument with candidates.
        """
        listed = options_exchange(exchange)
        future = self._find(broker, InstrumentKey(listed, name))
        if future is not None and future.instrument_type is InstrumentType.FUT:
            return Underlying(root=future.name, exchange=exchange, options_exchange=listed, future=future)
        if future is not None and future.instrument_type is InstrumentType.PERPFUT:
            return Underlying(root=future.name, exchange=exchange, options_exchange=listed)
        if not self._instruments.expiries(broker, listed, name, "options"):
            roots = self._instruments.underlyings(broker, listed)
            near = [root for root in roots if root.startswith(name[:3])][:MOST_CANDIDATES]
            raise UnknownInstrument(exchange.value, name, tuple(near))
        return Underlying(root=name, exchange=exchange, options_exchange=listed)

    def expiries(self, broker: str, underlying: Underlying) -> list[dt.date]:
        """Live option expiries, ascending."""
        return self._instruments.expiries(broker, underlying.options_exchange, underlying.root, "options")

    def expiry(self, broker: str, underlying: Underlying, expiry: dt.date | None) -> dt.date:
        """The given expiry, else the embedded one. Raises InvalidInput for none, NotListed for one without options."""
        wanted = expiry or underlying.expiry
        days = self.expiries(broker, underlying)
        if wanted is None:
            shown = ", ".join(compact_expiry(day) for day in days[:MOST_CANDIDATES])
            raise InvalidInput(
                f"Expiry date required (DDMMMYY) for {underlying.root}; listed: {shown}",
                errors={"expiry_date": ["is required"]},
                code="EXPIRY_REQUIRED",
            )
        if wanted not in days:
            near = sorted(days, key=lambda day: abs(day - wanted))[:MOST_CANDIDATES]
            raise NotListed(
                f"No strikes found for {underlying.root} expiring {compact_expiry(wanted)} "
                f"on {underlying.options_exchange.value}",
                [compact_expiry(day) for day in near],
            )
        return wanted

    def strikes(self, broker: str, underlying: Underlying, expiry: dt.date) -> list[Decimal]:
        """Every strike that lists a call or a put, ascending."""
        chain = underlying.options_exchange, underlying.root, expiry
        found = {strike for kind in (CALL, PUT) for strike in self._instruments.strikes(broker, *chain, kind)}
        return sorted(found)

    def menu(self, broker: str, name: str, exchange: Exchange) -> tuple[Underlying, list[dt.date]]:
        """What a picker offers for an underlying: where its options are listed and when they expire."""
        underlying = self.underlying(broker, name, exchange)
        return underlying, self.expiries(broker, underlying)

    def legs(
        self, broker: str, underlying: Underlying, expiry: dt.date
    ) -> dict[tuple[Decimal, InstrumentType], Instrument]:
        """Contracts of an expiry by strike and type."""
        chain = underlying.options_exchange, underlying.root, expiry
        rows = [row for kind in (CALL, PUT) for row in self._instruments.chain(broker, *chain, kind)]
        return {(row.strike, row.instrument_type): row for row in rows if row.strike is not None}

    def reference(self, broker: str, underlying: Underlying, expiry: dt.date) -> Instrument:
        """What is quoted as the underlying: the spot or index; without one, a future.

        The future is the one that was named, else the first to expire on or after the options do, else the nearest
        one. Crypto uses its perpetual. Raises NotListed.
        """
        listed = underlying.options_exchange
        spots = SPOT_EXCHANGES.get(listed, ())
        for exchange in sorted(spots, key=lambda each: each is not underlying.exchange):
            found = self._find(broker, InstrumentKey(exchange, underlying.root))
            if found is not None:
                return found
        if underlying.future is not None:
            return underlying.future
        perpetual = self._instruments.chain(broker, listed, underlying.root, None, InstrumentType.PERPFUT)
        if perpetual:
            return perpetual[0]
        days = self._instruments.expiries(broker, listed, underlying.root, "futures")
        if not days:
            raise NotListed(f"Nothing is listed that could be quoted as the underlying {underlying.root}")
        day = next((day for day in days if day >= expiry), days[0])
        return self._instruments.chain(broker, listed, underlying.root, day, InstrumentType.FUT)[0]

    def future(self, broker: str, underlying: Underlying, expiry: dt.date) -> Instrument | None:
        """The future that expires with the options, None when none is listed."""
        rows = self._instruments.chain(
            broker, underlying.options_exchange, underlying.root, expiry, InstrumentType.FUT
        )
        return rows[0] if rows else None

    def resolve_option(
        self,
        principal: Principal,
        *,
        underlying: str,
        exchange: Exchange,
        option_type: InstrumentType,
        expiry: dt.date | None = None,
        offset: str | Offset | None = None,
        strike: Decimal | None = None,
        strike_int: int | None = None,
        underlying_ltp: float | None = None,
    ) -> ChosenOption:
        """The contract at an offset from the money, or of an explicit strike.

        underlying: root or dated future, in upper case; exchange: the underlying's (or the options'). option_type:
        CE or PE. expiry: None takes the embedded one. Exactly one of offset (ATM, ITMn, OTMn) and strike (rupees).
        strike_int: count multiples of it instead of listed strikes. underlying_ltp: pass the first answer's to choose
        all legs of a strategy by one price; None asks the broker for a quote.
        Raises InvalidInput (expiry missing, bad or out-of-range offset), UnknownInstrument (underlying),
        NotListed (expiry, strike), Unavailable (no quote, contracts not loaded), SessionDead.
        """
        if option_type not in (CALL, PUT) or (offset is None) == (strike is None):
            raise InvalidInput("An option is chosen by CE or PE and either an offset or a strike")
        wanted = parse_offset(offset) if isinstance(offset, str) else offset
        broker = require_account(principal).broker
        found = self.underlying(broker, underlying, exchange)
        day = self.expiry(broker, found, expiry)
        reference = self.reference(broker, found, day)
        ltp = underlying_ltp
        if ltp is None:
            ltp = self._quotes.quote(principal, reference.key).ltp
        if wanted is not None:
            strike = self._strike(broker, found, day, to_decimal(ltp), wanted, option_type, strike_int)
        assert strike is not None
        return ChosenOption(
            instrument=self._contract(broker, found, day, strike, option_type), underlying=found,
            reference=reference.key, underlying_ltp=ltp,
        )  # fmt: skip

    def _strike(
        self, broker: str, underlying: Underlying, expiry: dt.date, price: Decimal, offset: Offset,
        option_type: InstrumentType, strike_int: int | None,
    ) -> Decimal:  # fmt: skip
        if strike_int is not None:
            return strike_by_interval(strike_int, price, offset, option_type)
        return strike_at(self.strikes(broker, underlying, expiry), price, offset, option_type)

    def _contract(
        self,
        broker: str,
        underlying: Underlying,
        expiry: dt.date,
        strike: Decimal,
        option_type: InstrumentType,
    ) -> Instrument:
        rows = self._instruments.chain(
            broker, underlying.options_exchange, underlying.root, expiry, option_type
        )
        for row in rows:
            if row.strike == strike:
                return row
        near = sorted(rows, key=lambda row: (abs((row.strike or strike) - strike), row.symbol))
        raise NotListed(
            f"{underlying.root} {compact_expiry(expiry)} has no {option_type.value} of strike {plain(strike)}",
            [row.symbol for row in near[:MOST_CANDIDATES]],
        )

    def _find(self, broker: str, key: InstrumentKey) -> Instrument | None:
        index = self._instruments.index(broker)
        return index.by_key(key) if index else None
