"""Instruments: exchanges, types, the contract record and the common symbol grammar (rest-api sheet, section 3)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum

import msgspec

from domain.money import plain


class Exchange(StrEnum):
    """Exchange codes on the wire. `*_INDEX` codes are quote-only."""

    NSE = "NSE"
    BSE = "BSE"
    NFO = "NFO"
    BFO = "BFO"
    CDS = "CDS"
    BCD = "BCD"
    MCX = "MCX"
    NCDEX = "NCDEX"
    NCO = "NCO"
    NSE_INDEX = "NSE_INDEX"
    BSE_INDEX = "BSE_INDEX"
    MCX_INDEX = "MCX_INDEX"
    GLOBAL_INDEX = "GLOBAL_INDEX"
    CRYPTO = "CRYPTO"

    @property
    def is_index(self) -> bool:
        """Quote-only: no order can be sent here."""
        return self in INDEX_EXCHANGES

    @property
    def is_cash(self) -> bool:
        """Cash equity: CNC and MIS."""
        return self in CASH_EXCHANGES

    @property
    def is_derivative(self) -> bool:
        """Futures and options: NRML and MIS."""
        return self in DERIVATIVE_EXCHANGES


CASH_EXCHANGES = frozenset({Exchange.NSE, Exchange.BSE})
INDEX_EXCHANGES = frozenset(
    {Exchange.NSE_INDEX, Exchange.BSE_INDEX, Exchange.MCX_INDEX, Exchange.GLOBAL_INDEX}
)
DERIVATIVE_EXCHANGES = frozenset(
    {
        Exchange.NFO,
        Exchange.BFO,
        Exchange.CDS,
        Exchange.BCD,
        Exchange.MCX,
        Exchange.NCDEX,
        Exchange.NCO,
        Exchange.CRYPTO,
    }
)


class InstrumentType(StrEnum):
    """Instrument class, normalised from every vendor's words."""

    EQ = "EQ"
    INDEX = "INDEX"
    FUT = "FUT"
    CE = "CE"
    PE = "PE"
    PERPFUT = "PERPFUT"

    @property
    def is_option(self) -> bool:
        """A call or a put."""
        return self is InstrumentType.CE or self is InstrumentType.PE


class InstrumentKey(msgspec.Struct, frozen=True, order=True):
    """The common identity of an instrument; a token alone never identifies one."""

    exchange: Exchange
    symbol: str

    def __str__(self) -> str:
        return f"{self.exchange.value}:{self.symbol}"


class Instrument(msgspec.Struct, frozen=True, gc=False):
    """One row of the contract master; holds plain values only, so the cycle collector need not visit it.

    symbol, exchange: the common form. broker_symbol, broker_exchange, token: the broker's own words (token is text).
    name: company, or the underlying root of a derivative. strike: rupees, None unless an option.
    lot_size: units per lot (>= 1). tick_size: smallest price step in rupees (> 0).
    freeze_qty: largest quantity of one order, None when unknown. multiplier: rupees per price point and unit.
    """

    symbol: str
    exchange: Exchange
    broker_symbol: str
    broker_exchange: str
    token: str
    name: str
    instrument_type: InstrumentType
    lot_size: int
    tick_size: Decimal
    expiry: dt.date | None = None
    strike: Decimal | None = None
    freeze_qty: int | None = None
    multiplier: int = 1

    @property
    def key(self) -> InstrumentKey:
        """(exchange, symbol)."""
        return InstrumentKey(self.exchange, self.symbol)


MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def compact_expiry(day: dt.date) -> str:
    """DDMMMYY, as inside symbols and requests: 29DEC26."""
    return f"{day.day:02d}{MONTHS[day.month - 1]}{day.year % 100:02d}"


def dashed_expiry(day: dt.date | None) -> str:
    """DD-MMM-YY, as in symbol records; empty text for no expiry."""
    if day is None:
        return ""
    return f"{day.day:02d}-{MONTHS[day.month - 1]}-{day.year % 100:02d}"


def parse_expiry(text: str) -> dt.date:
    """Read DDMMMYY or DD-MMM-YY (any letter case). Raises ValueError."""
    bare = text.replace("-", "").upper()
    if len(bare) != 7 or bare[2:5] not in MONTHS or not (bare[:2] + bare[5:]).isdigit():
        raise ValueError(f"not an expiry date: {text!r}")
    return dt.date(2000 + int(bare[5:]), MONTHS.index(bare[2:5]) + 1, int(bare[:2]))


def future_symbol(root: str, expiry: dt.date) -> str:
    """NIFTY29DEC26FUT."""
    return f"{root}{compact_expiry(expiry)}FUT"


def option_symbol(root: str, expiry: dt.date, strike: Decimal, option_type: InstrumentType) -> str:
    """NIFTY29DEC2626500PE, strike in shortest decimal text."""
    return f"{root}{compact_expiry(expiry)}{plain(strike)}{option_type.value}"
