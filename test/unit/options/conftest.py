"""A contract master written by hand: uneven strikes, odd names, commodities without a spot."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest

from domain.errors import Unavailable
from domain.instruments import Exchange, Instrument, InstrumentType, future_symbol, option_symbol
from domain.market import Quote
from services.accounts.principal import Principal
from services.market.calendar import Calendar
from services.market.index import InstrumentIndex
from services.market.instruments import Instruments
from services.market.quotes import QuoteResult
from services.options.selection import OptionSelection
from test.stores import open_stores
from utils.clock import UTC, ManualClock

DECEMBER = dt.date(2026, 12, 29)
JANUARY = dt.date(2027, 1, 26)
CRUDE = dt.date(2026, 12, 17)
FUTURES = {DECEMBER: 29, JANUARY: 26}
UNEVEN = ("100", "105", "110", "115", "120", "130", "140", "150", "292.5")
CALLER = Principal(user_id=1, username="t", account_id=1, broker="b", source="api")


def row(symbol, exchange, kind, name, lot=75, expiry=None, strike=None, freeze=None) -> Instrument:
    return Instrument(
        symbol,
        exchange,
        symbol,
        exchange.value,
        symbol,
        name,
        kind,
        lot,
        Decimal("0.05"),
        expiry,
        strike,
        freeze,
    )


def options(root, expiry, strikes, exchange=Exchange.NFO, kinds=(InstrumentType.CE, InstrumentType.PE)):
    return [
        row(option_symbol(root, expiry, Decimal(strike), kind), exchange, kind, root, 75, expiry, Decimal(strike), 1800)
        for strike in strikes
        for kind in kinds
    ]  # fmt: skip


def future(root, expiry, exchange=Exchange.NFO):
    return row(future_symbol(root, expiry), exchange, InstrumentType.FUT, root, 75, expiry)


def universe() -> list[Instrument]:
    index, equity = InstrumentType.INDEX, InstrumentType.EQ
    rows = [
        row("NIFTY", Exchange.NSE_INDEX, index, "NIFTY 50", 1), row("360ONE", Exchange.NSE, equity, "360 ONE WAM", 1),
        row("SENSEX", Exchange.BSE_INDEX, index, "SENSEX", 1), row("NIFTYNXT50", Exchange.NSE_INDEX, index, "N50", 1),
        row("M&M", Exchange.NSE, equity, "MAHINDRA", 1), row("BAJAJ-AUTO", Exchange.NSE, equity, "BAJAJ", 1),
        future("NIFTY", DECEMBER), future("NIFTY", JANUARY),
        future("CRUDEOIL", dt.date(2026, 12, 18), Exchange.MCX), future("CRUDEOIL", dt.date(2027, 1, 19), Exchange.MCX),
        row("BTCUSDFUT", Exchange.CRYPTO, InstrumentType.PERPFUT, "BTC", 1),
    ]  # fmt: skip
    thousands = [str(strike) for strike in range(25000, 28001, 50)]
    for name in ("360ONE", "M&M", "BAJAJ-AUTO"):
        rows += options(name, DECEMBER, UNEVEN)
    rows += options("NIFTY", DECEMBER, thousands) + options("NIFTY", JANUARY, thousands[::4])
    rows += options("NIFTYNXT50", DECEMBER, thousands)
    rows += options("SENSEX", dt.date(2026, 12, 31), ["80000", "80100", "80200"], Exchange.BFO)
    rows += options("CRUDEOIL", CRUDE, ["5500", "5550", "5600"], Exchange.MCX)
    rows += options("CRUDEOIL", dt.date(2027, 1, 15), ["5500", "5550", "5600"], Exchange.MCX)
    rows += options("BTC", dt.date(2026, 12, 25), ["89000", "90000", "91000"], Exchange.CRYPTO)
    rows += options("NIFTY", JANUARY, ["29000"], kinds=(InstrumentType.CE,))
    return rows


class Market:
    """Quotes from a table, as services.market.quotes answers them; counts what it was asked."""

    def __init__(self) -> None:
        self.prices: dict[str, Quote] = {}
        self.asked: list[list[str]] = []

    def quote(self, principal, key) -> Quote:
        self.asked.append([key.symbol])
        if key.symbol not in self.prices:
            raise Unavailable(f"The broker has no quote for {key.symbol}", code="NO_QUOTE")
        return self.prices[key.symbol]

    def quotes(self, principal, keys, use=None) -> list[QuoteResult]:
        self.asked.append([key.symbol for key in keys])
        return [
            QuoteResult(key=key, quote=quote, error=None if quote else "silent")
            for key in keys
            for quote in [self.prices.get(key.symbol)]
        ]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(dt.datetime(2026, 11, 23, 4, 30, tzinfo=UTC))


@pytest.fixture
def desk(tmp_path, clock):
    """Selection over the hand-written master."""
    stores = open_stores(tmp_path)
    calendar = Calendar()
    instruments = Instruments(stores.main, clock, calendar)
    instruments.serve("b", InstrumentIndex(universe()))
    market = Market()
    yield SimpleNamespace(
        instruments=instruments, market=market, calendar=calendar, clock=clock,
        selection=OptionSelection(instruments, market), caller=CALLER,
    )  # fmt: skip
    stores.close()
