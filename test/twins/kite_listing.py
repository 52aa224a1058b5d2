"""The simulated exchange's instruments under Kite's names: trading symbols, tokens, segments, and the daily CSV."""

import csv
import io
from dataclasses import dataclass
from decimal import Decimal

from broker.core.index_names import INDEX_NAMES
from domain.instruments import MONTHS, Instrument, InstrumentType
from domain.money import plain
from utils.clock import ist

COLUMNS = (
    "instrument_token", "exchange_token", "tradingsymbol", "name", "last_price", "expiry", "strike", "tick_size",
    "lot_size", "instrument_type", "segment", "exchange",
)  # fmt: skip
SEGMENT_CODES = {"NSE": 1, "NFO": 2, "CDS": 3, "BSE": 4, "BFO": 5, "BCD": 6, "MCX": 7, "NCO": 12}
INDEX_CODE = 9
DIVISORS = {3: 10_000_000, 6: 10_000, 12: 10_000}
LOT_COUNTED = ("MCX", "CDS", "BCD", "NCO")
WEEKLY_MONTHS = "123456789OND"


@dataclass(frozen=True)
class Listed:
    """One instrument as Kite names it."""

    instrument: Instrument
    exchange: str
    tradingsymbol: str
    token: int

    @property
    def lot(self):
        """Common units of one vendor unit."""
        return self.instrument.lot_size if self.exchange in LOT_COUNTED else 1

    @property
    def name(self):
        """EXCHANGE:TRADINGSYMBOL."""
        return f"{self.exchange}:{self.tradingsymbol}"

    @property
    def multiplier(self):
        """Rupees per price point and vendor unit."""
        return self.lot * self.instrument.multiplier

    @property
    def divisor(self):
        """What ticker prices are multiplied with."""
        return DIVISORS.get(self.token & 0xFF, 100)


class Listing:
    """Today's instruments, rebuilt when the Indian date changes."""

    def __init__(self, universe, clock):
        self._universe = universe
        self._clock = clock
        self._day = None

    def _fresh(self):
        today = ist(self._clock.now()).date()
        if today == self._day:
            return
        instruments = list(self._universe.instruments(today))
        monthly = {}
        for row in instruments:
            if row.expiry:
                key = (row.exchange, row.name, row.expiry.year, row.expiry.month)
                monthly[key] = max(monthly.get(key, row.expiry), row.expiry)
        rows = [_listed(row, monthly) for row in instruments]
        self._by_name = {row.name: row for row in rows}
        self._by_token = {row.token: row for row in rows}
        self._by_key = {row.instrument.key: row for row in rows}
        if not len(rows) == len(self._by_name) == len(self._by_token):
            raise ValueError("two instruments share a trading symbol or a token")
        self._day = today

    def by_name(self, exchange, tradingsymbol):
        """Instrument of a vendor name, None when unknown."""
        self._fresh()
        return self._by_name.get(f"{exchange}:{tradingsymbol}")

    def by_token(self, token):
        """Instrument of an instrument token, None when unknown."""
        self._fresh()
        return self._by_token.get(token)

    def by_key(self, key):
        """Instrument of a common name, None when unknown."""
        self._fresh()
        return self._by_key.get(key)

    def csv(self, exchange=None):
        """The instrument file."""
        self._fresh()
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in self._by_token.values():
            if exchange in (None, row.exchange):
                writer.writerow(_csv_row(row))
        return text.getvalue().encode()


def _listed(row, monthly):
    if row.exchange.is_index:
        display = {symbol: name for name, symbol in INDEX_NAMES.get(row.exchange, {}).items()}
        exchange = row.exchange.value.removesuffix("_INDEX")
        return Listed(row, exchange, display.get(row.symbol, row.symbol), int(row.token) * 256 + INDEX_CODE)
    exchange = row.exchange.value
    return Listed(row, exchange, _symbol(row, monthly), int(row.token) * 256 + SEGMENT_CODES[exchange])


def _symbol(row, monthly):
    """YYMMM for the last expiry of a month, YYmDD for the others."""
    if row.expiry is None:
        return row.symbol
    day = row.expiry
    if monthly[row.exchange, row.name, day.year, day.month] == day:
        dated = f"{row.name}{day:%y}{MONTHS[day.month - 1]}"
    else:
        dated = f"{row.name}{day:%y}{WEEKLY_MONTHS[day.month - 1]}{day:%d}"
    if row.instrument_type is InstrumentType.FUT:
        return f"{dated}FUT"
    return f"{dated}{plain(row.strike)}{row.instrument_type.value}"


def _csv_row(row):
    found = row.instrument
    is_index = found.exchange.is_index
    kind = "EQ" if is_index else found.instrument_type.value
    if is_index:
        segment = "INDICES"
    elif kind == "EQ":
        segment = row.exchange
    else:
        segment = f"{row.exchange}-{'FUT' if kind == 'FUT' else 'OPT'}"
    return (
        row.token, row.token >> 8, row.tradingsymbol, found.name, 0.0, found.expiry or "",
        float(found.strike or Decimal(0)), 0.0 if is_index else float(found.tick_size),
        0 if is_index else found.lot_size, kind, segment, row.exchange,
    )  # fmt: skip
