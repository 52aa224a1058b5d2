"""Option chains and synthetic futures: quotes of a whole expiry in one batch, labelled from the money, with Greeks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from domain.calendar import Calendar
from domain.errors import Unavailable
from domain.instruments import Exchange, Instrument, InstrumentKey
from domain.market import Quote
from domain.money import to_decimal
from domain.options import Offset, Premium, around, atm_index, label, premium
from services.accounts.principal import Principal
from services.options.board import QuoteBoard, Snapshot
from services.options.expiry import expiry_instant, years_left
from services.options.forward import (
    CALL,
    PUT,
    Forward,
    Listing,
    Parity,
    parity_keys,
    parity_pair,
    resolve_forward,
    synthetic_price,
)
from services.options.listings import Listings
from services.options.selection import NotListed, OptionSelection
from services.trading.router import require_account
from utils.clock import Clock

if TYPE_CHECKING:
    from services.options.valuation import Valued


class ChainLeg(msgspec.Struct, frozen=True, kw_only=True):
    """One contract of a row. quote: None when the broker has none. valued: None without Greeks."""

    instrument: Instrument
    label: Offset
    quote: Quote | None
    premium: Premium
    valued: Valued | None = None


class ChainRow(msgspec.Struct, frozen=True):
    """One strike; a type that is not listed is None."""

    strike: Decimal
    call: ChainLeg | None
    put: ChainLeg | None


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """An expiry around the money. expires_at, asked_at: UTC. years: calendar time left / 365. rate: percent a year."""

    listing: Listing
    underlying: Quote
    atm_strike: Decimal
    rows: Sequence[ChainRow]
    forward: Forward | None
    expires_at: dt.datetime
    asked_at: dt.datetime
    years: float
    rate: float
    with_greeks: bool
    age_ms: int


class Synthetic(msgspec.Struct, frozen=True, kw_only=True):
    """The future that a call and a put at the money make. price and basis (over the underlying) in rupees."""

    listing: Listing
    underlying_ltp: float
    strike: Decimal
    price: float

    @property
    def basis(self) -> float:
        """Synthetic future less underlying."""
        return self.price - self.underlying_ltp


class OptionChains:
    """Use cases on whole expiries."""

    def __init__(
        self, selection: OptionSelection, listings: Listings, board: QuoteBoard, calendar: Calendar, clock: Clock
    ) -> None:  # fmt: skip
        self._selection = selection
        self._listings = listings
        self._board = board
        self._calendar = calendar
        self._clock = clock

    def chain(
        self, principal: Principal, underlying: str, exchange: Exchange, expiry: dt.date | None, *,
        strike_count: int | None = None, with_greeks: bool = False, rate: float = 0.0,
    ) -> Chain:  # fmt: skip
        """The chain of an expiry; an expiry that the underlying embeds wins over the given one.

        strike_count: strikes on either side of the money, None for all. rate: percent a year. Raises InvalidInput,
        UnknownInstrument, NotListed, and what the broker raises when it cannot quote the underlying.
        """
        broker = require_account(principal).broker
        found = self._selection.underlying(broker, underlying, exchange)
        listing = self._listings.of(broker, found, found.expiry or expiry)
        guides = self._board.read(principal, listing.guides())
        spot = guides.quote(listing.reference.key)
        atm = atm_index(listing.strikes, to_decimal(spot.ltp))
        strikes = around(listing.strikes, atm, strike_count)
        parity = parity_pair(listing, spot.ltp)
        wanted = [
            leg.key for strike in strikes for kind in (CALL, PUT) if (leg := listing.legs.get((strike, kind)))
        ]
        snapshot = self._board.read(principal, [*listing.guides(), *wanted, *_pair_keys(parity)])
        expires_at, now = self._expires_at(listing), self._clock.now()
        years = years_left(expires_at, now)
        forward = resolve_forward(listing, snapshot.quotes, years=years, rate=rate / 100, parity=parity)
        first = listing.strikes.index(strikes[0])
        rows = [_row(listing, strike, first + place, atm, snapshot) for place, strike in enumerate(strikes)]
        if with_greeks:
            rows = _with_greeks(rows, forward, years, rate / 100)
        return Chain(
            listing=listing, underlying=spot, atm_strike=listing.strikes[atm], rows=rows, forward=forward,
            expires_at=expires_at, asked_at=now, years=years, rate=rate, with_greeks=with_greeks,
            age_ms=self._board.age_ms(snapshot),
        )  # fmt: skip

    def synthetic(
        self, principal: Principal, underlying: str, exchange: Exchange, expiry: dt.date | None
    ) -> Synthetic:
        """Strike + call - put at the money. Raises as `chain`, and Unavailable when a leg has no price."""
        broker = require_account(principal).broker
        found = self._selection.underlying(broker, underlying, exchange)
        listing = self._listings.of(broker, found, expiry)
        spot = self._board.read(principal, listing.guides()).quote(listing.reference.key)
        parity = parity_pair(listing, spot.ltp)
        if parity is None:
            raise NotListed(f"No strike of {listing.root} lists both a call and a put on that day")
        quotes = self._board.read(principal, _pair_keys(parity)).quotes
        price = synthetic_price(parity, quotes, 0.0, 0.0)
        if price is None:
            raise Unavailable("The options at the money have no price now", code="NO_QUOTE")
        return Synthetic(listing=listing, underlying_ltp=spot.ltp, strike=parity.strike, price=price)

    def forward(self, principal: Principal, listing: Listing, years: float, rate: float) -> Forward | None:
        """The forward of an expiry, None when nothing that would say it has a price. rate: yearly ratio."""
        quotes = self._board.read(principal, listing.guides()).quotes
        spot = quotes.get(listing.reference.key)
        parity = parity_pair(listing, spot.ltp) if spot else None
        pair = parity_keys(listing, quotes)
        if pair:
            quotes = self._board.read(principal, [*listing.guides(), *pair]).quotes
        return resolve_forward(listing, quotes, years=years, rate=rate, parity=parity)

    def _expires_at(self, listing: Listing) -> dt.datetime:
        return expiry_instant(self._calendar, next(iter(listing.legs.values())))


def _pair_keys(parity: Parity | None) -> list[InstrumentKey]:
    return [parity.call.key, parity.put.key] if parity else []


def _row(listing: Listing, strike: Decimal, place: int, atm: int, snapshot: Snapshot) -> ChainRow:
    return ChainRow(
        strike,
        _leg(listing.legs.get((strike, CALL)), label(place, atm, CALL), snapshot),
        _leg(listing.legs.get((strike, PUT)), label(place, atm, PUT), snapshot),
    )


def _leg(row: Instrument | None, place: Offset, snapshot: Snapshot) -> ChainLeg | None:
    if row is None:
        return None
    quote = snapshot.quotes.get(row.key)
    return ChainLeg(instrument=row, label=place, quote=quote, premium=premium(quote, float(row.tick_size)))


def _with_greeks(
    rows: Sequence[ChainRow], forward: Forward | None, years: float, rate: float
) -> list[ChainRow]:
    """Greeks of every leg in one go; numpy is loaded by the first chain that wants them."""
    from services.options.valuation import Leg, value

    price = forward.price if forward else None
    legs = [
        Leg(
            float(row.strike), leg.instrument.instrument_type is CALL, leg.premium, price, years, rate,
            float(leg.instrument.tick_size),
        )
        for row in rows
        for leg in (row.call, row.put)
        if leg is not None
    ]  # fmt: skip
    found = iter(value(legs))
    return [ChainRow(row.strike, _valued(row.call, found), _valued(row.put, found)) for row in rows]


def _valued(leg: ChainLeg | None, found: Iterator[Valued]) -> ChainLeg | None:
    return leg and msgspec.structs.replace(leg, valued=next(found))
