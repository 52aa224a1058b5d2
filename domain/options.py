"""Options selection, pure: which exchange lists an underlying's options, the ATM strike, the walk over listed strikes.

Strikes are always the listed ones of the contract master, ascending, evenly spaced or not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

import msgspec

from domain.errors import InvalidInput
from domain.instruments import Exchange, InstrumentType
from domain.market import Quote
from domain.money import plain

MOST_STEPS = 50
_OFFSET = re.compile(r"(ITM|OTM)([1-9][0-9]?)")
# Options of an underlying are listed here; every other exchange of derivatives lists its own.
OPTIONS_EXCHANGE: dict[Exchange, Exchange] = {
    Exchange.NSE: Exchange.NFO,
    Exchange.NSE_INDEX: Exchange.NFO,
    Exchange.NFO: Exchange.NFO,
    Exchange.BSE: Exchange.BFO,
    Exchange.BSE_INDEX: Exchange.BFO,
    Exchange.BFO: Exchange.BFO,
    Exchange.MCX: Exchange.MCX,
    Exchange.MCX_INDEX: Exchange.MCX,
    Exchange.CDS: Exchange.CDS,
    Exchange.BCD: Exchange.BCD,
    Exchange.NCDEX: Exchange.NCDEX,
    Exchange.NCO: Exchange.NCO,
    Exchange.CRYPTO: Exchange.CRYPTO,
}
# Where the spot of an options exchange is quoted: indices first. The others have no spot.
SPOT_EXCHANGES: dict[Exchange, tuple[Exchange, ...]] = {
    Exchange.NFO: (Exchange.NSE_INDEX, Exchange.NSE),
    Exchange.BFO: (Exchange.BSE_INDEX, Exchange.BSE),
}


class Moneyness(StrEnum):
    """Side of a strike as its holder sees it."""

    ATM = "ATM"
    ITM = "ITM"
    OTM = "OTM"


class Offset(msgspec.Struct, frozen=True):
    """A place relative to the money, counted in listed strikes. steps: 0 for ATM, else 1 to 50."""

    moneyness: Moneyness
    steps: int = 0

    def __str__(self) -> str:
        return (
            self.moneyness.value if self.moneyness is Moneyness.ATM else f"{self.moneyness.value}{self.steps}"
        )

    def upward(self, option_type: InstrumentType) -> int:
        """Signed strikes to walk: up the list for OTM calls and ITM puts, down for the others."""
        rises = (self.moneyness is Moneyness.OTM) == (option_type is InstrumentType.CE)
        return self.steps if rises else -self.steps


ATM = Offset(Moneyness.ATM)


class Premium(msgspec.Struct, frozen=True):
    """What an option is taken to be worth. source: mid, ltp or none (price is None then)."""

    price: float | None
    source: str


NO_PREMIUM = Premium(None, "none")


def premium(quote: Quote | None, tick_size: float) -> Premium:
    """The middle of a market whose spread is at most a quarter of it or four ticks, else the last price.

    A last trade may be hours old where the market around it has moved; the middle of a wide market says as little.
    """
    if quote is None:
        return NO_PREMIUM
    bid, ask = quote.bid or 0.0, quote.ask or 0.0
    if ask >= bid > 0.0 and ask - bid <= max(0.125 * (bid + ask), 4.0001 * tick_size):
        return Premium(0.5 * (bid + ask), "mid")
    return Premium(quote.ltp, "ltp") if quote.ltp > 0.0 else NO_PREMIUM


def parse_offset(text: str) -> Offset:
    """ATM, ITM1 to ITM50, OTM1 to OTM50 in any letter case. Raises InvalidInput."""
    word = text.strip().upper()
    found = _OFFSET.fullmatch(word)
    if word == "ATM":
        return ATM
    if found is None or int(found[2]) > MOST_STEPS:
        complaint = "must be ATM, ITM1 to ITM50 or OTM1 to OTM50"
        raise InvalidInput(f"offset: {complaint}", errors={"offset": [complaint]})
    return Offset(Moneyness(found[1]), int(found[2]))


def options_exchange(exchange: Exchange) -> Exchange:
    """Where options on an underlying of `exchange` are listed. Raises InvalidInput where there are none."""
    found = OPTIONS_EXCHANGE.get(exchange)
    if found is None:
        complaint = f"no options are listed on underlyings of {exchange.value}"
        raise InvalidInput(f"exchange: {complaint}", errors={"exchange": [complaint]})
    return found


def atm_index(strikes: Sequence[Decimal], reference: Decimal) -> int:
    """Place of the listed strike nearest to the reference price; the lower one on a tie. Raises ValueError if empty."""
    return min(range(len(strikes)), key=lambda place: (abs(strikes[place] - reference), place))


def label(place: int, atm: int, option_type: InstrumentType) -> Offset:
    """What the strike at `place` is called when the money is at place `atm`."""
    if place == atm:
        return ATM
    in_the_money = (place < atm) == (option_type is InstrumentType.CE)
    return Offset(Moneyness.ITM if in_the_money else Moneyness.OTM, abs(place - atm))


def strike_at(
    strikes: Sequence[Decimal], reference: Decimal, offset: Offset, option_type: InstrumentType
) -> Decimal:
    """The listed strike at an offset from the money. Raises InvalidInput when the list ends before it."""
    atm = atm_index(strikes, reference)
    place = atm + offset.upward(option_type)
    if not 0 <= place < len(strikes):
        below, above = atm, len(strikes) - 1 - atm
        deepest, furthest = (below, above) if option_type is InstrumentType.CE else (above, below)
        raise InvalidInput(
            f"Offset {offset} is out of range: {option_type.value} strikes from {plain(strikes[0])} to "
            f"{plain(strikes[-1])} are listed, that is ITM{deepest} to OTM{furthest}",
            errors={"offset": ["is out of range"]},
            code="OFFSET_OUT_OF_RANGE",
        )
    return strikes[place]


def strike_by_interval(
    interval: int, reference: Decimal, offset: Offset, option_type: InstrumentType
) -> Decimal:
    """The old way of old clients: multiples of `interval` instead of listed strikes; it may not be listed."""
    atm = (reference / interval).quantize(Decimal(1), rounding=ROUND_HALF_UP) * interval
    return atm + offset.upward(option_type) * interval


def around(strikes: Sequence[Decimal], atm: int, count: int | None) -> Sequence[Decimal]:
    """Up to `count` strikes on either side of the money, or all."""
    return strikes if count is None else strikes[max(0, atm - count) : atm + count + 1]
