"""The simulated exchange's instruments under Kite's names: trading symbols, tokens, segments, and the daily CSV."""

import csv
import io
from decimal import Decimal

from test.twins.kit.listing import Listed, Listing
from test.twins.kit.words import dated_symbol, index_name

COLUMNS = (
    "instrument_token", "exchange_token", "tradingsymbol", "name", "last_price", "expiry", "strike", "tick_size",
    "lot_size", "instrument_type", "segment", "exchange",
)  # fmt: skip
SEGMENT_CODES = {"NSE": 1, "NFO": 2, "CDS": 3, "BSE": 4, "BFO": 5, "BCD": 6, "MCX": 7, "NCO": 12}
INDEX_CODE = 9
DIVISORS = {3: 10_000_000, 6: 10_000, 12: 10_000}
LOT_COUNTED = ("MCX", "CDS", "BCD", "NCO")


class KiteListed(Listed):
    """One instrument as Kite names it."""

    @property
    def lot(self):
        return self.instrument.lot_size if self.exchange in LOT_COUNTED else 1

    @property
    def divisor(self):
        """What ticker prices are multiplied with."""
        return DIVISORS.get(self.token & 0xFF, 100)


class KiteListing(Listing):
    """Today's instruments at Kite."""

    def listed(self, row, monthly):
        if row.exchange.is_index:
            exchange = row.exchange.value.removesuffix("_INDEX")
            return KiteListed(row, exchange, index_name(row), int(row.token) * 256 + INDEX_CODE)
        exchange = row.exchange.value
        return KiteListed(
            row, exchange, _symbol(row, monthly), int(row.token) * 256 + SEGMENT_CODES[exchange]
        )

    def csv(self, exchange=None):
        """The instrument file."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in self.rows():
            if exchange in (None, row.exchange):
                writer.writerow(_csv_row(row))
        return text.getvalue().encode()


def _symbol(row, monthly):
    """YYMMM for the last expiry of a month, YYmDD for the others."""
    if row.expiry is None:
        return row.symbol
    return dated_symbol(row, monthly)


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
