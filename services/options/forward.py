"""The one answer to what the forward of an expiry is. Chains, Greeks and synthetic futures all ask here.

In this order, and saying which it was:
    given       the caller's own price
    future      the future that expires with the options, or the one that a commodity option delivers
    synthetic   put-call parity at the strike nearest the underlying: strike + exp(rT) * (call - put)
    spot        the underlying's last price carried to expiry at the caller's rate
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from domain.instruments import Exchange, Instrument, InstrumentKey, InstrumentType
from domain.market import Quote
from domain.money import to_decimal
from domain.options import atm_index, premium

# Their options become futures, so the future's price is the forward whatever its own last day is.
DELIVERS_FUTURE = frozenset({Exchange.MCX, Exchange.NCDEX, Exchange.NCO})
CALL, PUT = InstrumentType.CE, InstrumentType.PE
Quoted = Mapping[InstrumentKey, Quote]


class Forward(msgspec.Struct, frozen=True):
    """price: rupees at expiry. source: given, future, synthetic or spot. symbol: whose price it is made of."""

    price: float
    source: str
    symbol: str


class Parity(msgspec.Struct, frozen=True, kw_only=True):
    """The listed strike nearest the underlying that has both a call and a put, and these two."""

    strike: Decimal
    call: Instrument
    put: Instrument


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """The options of one expiry. reference: what is quoted as the underlying. future: expires with the options."""

    root: str
    exchange: Exchange
    expiry: dt.date
    reference: Instrument
    future: Instrument | None
    strikes: tuple[Decimal, ...]
    legs: Mapping[tuple[Decimal, InstrumentType], Instrument]

    @property
    def delivers(self) -> Instrument | None:
        """The future whose price is the forward, None when there is none."""
        if self.future is not None:
            return self.future
        is_future = self.reference.instrument_type is InstrumentType.FUT
        return self.reference if is_future and self.exchange in DELIVERS_FUTURE else None

    def guides(self) -> list[InstrumentKey]:
        """What must be quoted to find the money and the forward."""
        rows = (self.reference, self.delivers)
        return [row.key for row in rows if row is not None]


def parity_pair(listing: Listing, underlying_ltp: float) -> Parity | None:
    """The pair at the money, None when no strike has both types."""
    pairs = [
        strike for strike in listing.strikes
        if (strike, CALL) in listing.legs and (strike, PUT) in listing.legs
    ]  # fmt: skip
    if not pairs:
        return None
    strike = pairs[atm_index(pairs, to_decimal(underlying_ltp))]
    return Parity(strike=strike, call=listing.legs[strike, CALL], put=listing.legs[strike, PUT])


def synthetic_price(parity: Parity, quotes: Quoted, years: float, rate: float) -> float | None:
    """Forward by put-call parity, None when a leg has no price. With a rate of zero: strike + call - put."""
    call, put = (
        premium(quotes.get(leg.key), float(leg.tick_size)).price for leg in (parity.call, parity.put)
    )
    if call is None or put is None:
        return None
    price = float(parity.strike) + math.exp(rate * max(years, 0.0)) * (call - put)
    return price if price > 0.0 else None


def resolve_forward(
    listing: Listing, quotes: Quoted, *, years: float, rate: float, given: float | None = None,
    parity: Parity | None = None,
) -> Forward | None:  # fmt: skip
    """The forward from what is quoted, None when nothing is. rate: yearly ratio. parity: the pair at the money."""
    if given:
        return Forward(given, "given", "")
    future = listing.delivers
    quote = quotes.get(future.key) if future else None
    if future is not None and quote is not None and quote.ltp > 0.0:
        return own_forward(future, quote, years, rate)
    price = synthetic_price(parity, quotes, years, rate) if parity else None
    if parity is not None and price is not None:
        return Forward(price, "synthetic", f"{parity.call.symbol},{parity.put.symbol}")
    spot = quotes.get(listing.reference.key)
    if spot is None or not spot.ltp > 0.0:
        return None
    return own_forward(listing.reference, spot, years, rate)


def own_forward(row: Instrument, quote: Quote, years: float, rate: float) -> Forward:
    """What one instrument alone says: a future stands for itself, a spot is carried at the rate."""
    if row.exchange.is_derivative:
        found = premium(quote, float(row.tick_size)).price
        return Forward(quote.ltp if found is None else found, "future", row.symbol)
    return Forward(quote.ltp * math.exp(rate * max(years, 0.0)), "spot", row.symbol)


def parity_keys(listing: Listing, quotes: Quoted) -> list[InstrumentKey]:
    """The pair at the money where no future says the forward, so that it must be quoted too."""
    future = listing.delivers
    known = quotes.get(future.key) if future else None
    spot = quotes.get(listing.reference.key)
    if spot is None or (known is not None and known.ltp > 0.0):
        return []
    pair = parity_pair(listing, spot.ltp)
    return [pair.call.key, pair.put.key] if pair else []
