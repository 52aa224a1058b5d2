"""Greeks of single contracts, alone or up to fifty at once; forwards and quotes are those that chains use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from domain.calendar import Calendar
from domain.errors import InvalidInput, NotFound, OpenAlgoError, UnknownInstrument
from domain.instruments import Exchange, Instrument, InstrumentKey, InstrumentType
from domain.options import SPOT_EXCHANGES, Premium, premium
from services.accounts.principal import Principal
from services.market.instruments import Instruments
from services.options.board import QuoteBoard
from services.options.chains import OptionChains
from services.options.expiry import expiry_instant, require_alive, years_left
from services.options.forward import Forward, Listing, own_forward, parity_keys
from services.options.listings import Listings
from services.trading.router import require_account
from utils.clock import Clock

if TYPE_CHECKING:
    from services.options.valuation import Valued


class GreeksAsked(msgspec.Struct, frozen=True, kw_only=True):
    """One option. rate: percent a year. forward_price: rupees, None (or 0) to resolve it.

    underlying, underlying_exchange: an instrument whose price the caller wants as the forward's source; either may be
    left out. expiry_time: the caller's own Indian time of day.
    """

    key: InstrumentKey
    rate: float = 0.0
    forward_price: float | None = None
    underlying: str | None = None
    underlying_exchange: Exchange | None = None
    expiry_time: dt.time | None = None


class OptionGreeks(msgspec.Struct, frozen=True, kw_only=True):
    """One valued option. rate: percent a year. years: calendar time left / 365."""

    instrument: Instrument
    forward: Forward
    premium: Premium
    rate: float
    years: float
    valued: Valued

    @property
    def intrinsic(self) -> float:
        """Rupees that exercise at the forward would give."""
        strike = float(self.instrument.strike or 0)
        is_call = self.instrument.instrument_type is InstrumentType.CE
        return max(self.forward.price - strike if is_call else strike - self.forward.price, 0.0)


class NoImpliedVolatility(InvalidInput):
    """The price cannot come from any volatility."""

    code = "NO_IV"


class GreeksDesk:
    """Use cases on contracts."""

    def __init__(
        self, instruments: Instruments, listings: Listings, chains: OptionChains, board: QuoteBoard,
        calendar: Calendar, clock: Clock,
    ) -> None:  # fmt: skip
        self._instruments = instruments
        self._listings = listings
        self._chains = chains
        self._board = board
        self._calendar = calendar
        self._clock = clock

    def greeks(self, principal: Principal, asked: GreeksAsked) -> OptionGreeks:
        """Raises UnknownInstrument, InvalidInput (no option, expired, no volatility), NotFound (no price)."""
        broker = require_account(principal).broker
        option = self._instruments.resolve(broker, asked.key.exchange, asked.key.symbol)
        listing = self._listings.of_option(broker, option)
        years = years_left(expiry_instant(self._calendar, option, asked.expiry_time), self._clock.now())
        require_alive(option, years)
        quote = self._board.read(principal, [option.key, *listing.guides()]).quotes.get(option.key)
        price = premium(quote, float(option.tick_size))
        if price.price is None:
            raise NotFound(f"LTP not available for {option.symbol}", code="NO_QUOTE")
        forward = self._forward(principal, asked, listing, years)
        return OptionGreeks(
            instrument=option, forward=forward, premium=price, rate=asked.rate, years=years,
            valued=_value(option, price, forward, years, asked.rate / 100),
        )  # fmt: skip

    def many(self, principal: Principal, asked: Sequence[GreeksAsked]) -> list[OptionGreeks | OpenAlgoError]:
        """Each option's Greeks or its error, in the order asked; all quotes come in one or two batches."""
        broker = require_account(principal).broker
        try:
            self._warm(principal, broker, asked)
        except OpenAlgoError as error:  # a broker that does not answer is asked once, not once per option
            return [error] * len(asked)
        answers: list[OptionGreeks | OpenAlgoError] = []
        for each in asked:
            try:
                answers.append(self.greeks(principal, each))
            except OpenAlgoError as error:
                answers.append(error)
        return answers

    def _warm(self, principal: Principal, broker: str, asked: Sequence[GreeksAsked]) -> None:
        """Quote everything that the options will need; what is wrong with one is told when its turn comes."""
        keys: list[InstrumentKey] = []
        listings: list[Listing] = []
        for each in asked:
            try:
                option = self._instruments.resolve(broker, each.key.exchange, each.key.symbol)
                listing = self._listings.of_option(broker, option)
            except (InvalidInput, NotFound):
                continue
            keys += [option.key, *listing.guides()]
            if listing not in listings:
                listings.append(listing)
        quotes = self._board.read(principal, keys).quotes
        self._board.read(principal, [key for each in listings for key in parity_keys(each, quotes)])

    def _forward(self, principal: Principal, asked: GreeksAsked, listing: Listing, years: float) -> Forward:
        if asked.forward_price:
            return Forward(asked.forward_price, "given", "")
        rate = asked.rate / 100
        named = self._named(require_account(principal).broker, asked, listing)
        if named is not None and named.key != listing.reference.key:
            quote = self._board.read(principal, [named.key]).quotes.get(named.key)
            if quote is None or not quote.ltp > 0.0:
                raise NotFound(f"LTP not available for {named.symbol}", code="NO_QUOTE")
            return own_forward(named, quote, years, rate)
        forward = self._chains.forward(principal, listing, years, rate)
        if forward is None:
            raise NotFound(f"LTP not available for {listing.reference.symbol}", code="NO_QUOTE")
        return forward

    def _named(self, broker: str, asked: GreeksAsked, listing: Listing) -> Instrument | None:
        """The underlying that the caller chose, None when he chose none. Raises UnknownInstrument."""
        if asked.underlying is None and asked.underlying_exchange is None:
            return None
        symbol = asked.underlying or listing.root
        if asked.underlying_exchange is not None:
            return self._instruments.resolve(broker, asked.underlying_exchange, symbol)
        for exchange in (listing.exchange, *SPOT_EXCHANGES.get(listing.exchange, ())):
            try:
                return self._instruments.resolve(broker, exchange, symbol)
            except UnknownInstrument:
                continue
        if symbol == listing.root:
            return listing.reference
        return self._instruments.resolve(broker, listing.exchange, symbol)


def _value(option: Instrument, price: Premium, forward: Forward, years: float, rate: float) -> Valued:
    from services.options.valuation import Leg, value

    is_call = option.instrument_type is InstrumentType.CE
    tick = float(option.tick_size)
    (valued,) = value([Leg(float(option.strike or 0), is_call, price, forward.price, years, rate, tick)])
    if valued.volatility is None and not valued.is_theoretical:
        raise NoImpliedVolatility(f"No implied volatility for {option.symbol}: {valued.reason}")
    return valued
