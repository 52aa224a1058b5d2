"""The simulated exchange's instruments under XTS's names: segments with ids of their own, masters without a header."""

from domain.instruments import Exchange, InstrumentType
from domain.money import plain
from test.twins.kit.listing import Listed, Listing
from test.twins.kit.words import dated_symbol, index_name

NUMBERS = {"NSECM": 1, "NSEFO": 2, "NSECD": 3, "BSECM": 11, "BSEFO": 12, "MCXFO": 51}
NAMES = {number: name for name, number in NUMBERS.items()}
SEGMENTS = {
    Exchange.NSE: "NSECM", Exchange.NSE_INDEX: "NSECM", Exchange.NFO: "NSEFO", Exchange.CDS: "NSECD",
    Exchange.BSE: "BSECM", Exchange.BSE_INDEX: "BSECM", Exchange.BFO: "BSEFO", Exchange.MCX: "MCXFO",
}  # fmt: skip
# What XTS hosts call differently from the exchanges' own lists.
OWN_INDEX_NAMES = {
    "HANGSENGBEESNAV": "HANGSENG BEES-NAV", "BSEFINANCIALSERVICES": "FIN", "BSEPSU": "BSEPBI",
}  # fmt: skip
SPOT = ("SENSEX", "BANKEX")
OPTION_CODES = {InstrumentType.CE: 3, InstrumentType.PE: 4}
# Rows that no client may serve: a calendar spread without and with an underlying, and the exchange's test symbol.
STRAYS = {
    "NSEFO": """\
NSEFO|9574506|4|BERGEPAINT|BERGEPAINT25JAN25FEBFUT|FUTSTK|BERGEPAINT-FUTSTK|2100110000000|11.3|-11.3|52801|0.05|1320|1|\
-1|2025-01-30T14:30:00|BERGEPAINT 30JAN27FEB SPD|1|1|BERGEPAINT25JAN25FEBFUT
NSEFO|9574507|4|NIFTY|NIFTY25JAN25FEBFUT|FUTIDX|NIFTY-FUTIDX|2100110000001|11.3|-11.3|52801|0.05|65|1|\
-1|NIFTY|2025-01-30T14:30:00|NIFTY 30JAN27FEB SPD|1|1|NIFTY25JAN25FEBFUT
NSEFO|99001|1|011NSETEST|011NSETEST36JANFUT|FUTSTK|011NSETEST-FUTSTK|2500000099001|10|5|100001|0.05|100|1|\
-1|NSETEST|2036-01-31T14:30:00|011NSETEST 31JAN2036|1|1|011NSETEST36JANFUT"""
}


class XtsListed(Listed):
    """One instrument as XTS names it; `token` is (segment number, instrument id)."""

    @property
    def number(self):
        """The segment's number."""
        return self.token[0]

    @property
    def id(self):
        """The instrument's id within its segment."""
        return self.token[1]


class XtsListing(Listing):
    """Today's instruments of the segments that this host has."""

    def __init__(self, segments, universe, clock):
        super().__init__(universe, clock)
        self._segments = segments

    def listed(self, row, monthly):
        segment = SEGMENTS.get(row.exchange)
        if segment not in self._segments:
            return None
        token = NUMBERS[segment], int(row.token)
        if row.exchange.is_index:
            shown = OWN_INDEX_NAMES.get(row.symbol) or index_name(row)
            return XtsListed(row, segment, f"{shown}_{row.token}", token)
        return XtsListed(row, segment, _description(row, monthly), token)

    def index_list(self, number):
        """`NAME_id` of every index of a segment."""
        return [row.tradingsymbol for row in self.rows() if row.number == number and _is_index(row)]

    def master(self, segment):
        """The segment's file: lines of fields with pipes in between."""
        rows = [row for row in self.rows() if row.exchange == segment]
        lines = [
            _cash(row) if segment.endswith("CM") else _derivative(row) for row in rows if not _is_index(row)
        ]
        lines += [_spot(row) for row in rows if row.instrument.symbol in SPOT and _is_index(row)]
        return "\n".join([*lines, *filter(None, [STRAYS.get(segment)])])


def _is_index(row):
    return row.instrument.exchange.is_index


def _description(row, monthly):
    """SYMBOL-EQ for cash; Exchange-style words for derivatives."""
    if row.expiry is None:
        return f"{row.symbol}-{_series(row)}"
    return dated_symbol(row, monthly)


def _series(row):
    return "EQ" if row.exchange is Exchange.NSE else "A"


def _head(row, kind, series):
    found = row.instrument
    return (
        row.exchange, row.id, kind, found.name if kind != 8 else found.symbol, row.tradingsymbol, series,
        f"{found.name}-{series}", f"{row.number}1001{row.id:08d}", 0, 0, found.freeze_qty or 0, plain(found.tick_size),
        found.lot_size, found.multiplier,
    )  # fmt: skip


def _line(*fields):
    return "|".join(map(str, fields))


def _cash(row):
    symbol, isin = row.instrument.symbol, isin_of(row)
    series = _series(row.instrument)
    return _line(*_head(row, 8, series), symbol, isin, 1, 1, f"{symbol} LIMITED", 0, -1, -1)


def _spot(row):
    name = row.tradingsymbol.rpartition("_")[0]
    head = (
        row.exchange, row.id, 8, name, f"{name}-SPOT", "SPOT", f"{name}-SPOT", f"{row.number}1001{row.id:08d}",
        0, 0, 0, "0.01", 1, 1,
    )  # fmt: skip
    return _line(*head, name, "", 1, 1, name, 0, -1, -1)


def _derivative(row):
    found = row.instrument
    hour = "T14:30:00" if row.exchange == "NSEFO" else "T00:00:00"
    shown = f"{found.name} {found.expiry:%d%b%Y}".upper()
    tail = (1, 1, row.tradingsymbol)
    if found.instrument_type is InstrumentType.FUT:
        return _line(*_head(row, 1, "FUTSTK"), -1, found.name, f"{found.expiry}{hour}", shown, *tail)
    shown = f"{shown} {found.instrument_type.value} {plain(found.strike)}"
    code = OPTION_CODES[found.instrument_type]
    return _line(
        *_head(row, 2, "OPTSTK"),
        -1,
        found.name,
        f"{found.expiry}{hour}",
        plain(found.strike),
        code,
        shown,
        *tail,
    )


def isin_of(row):
    """A made-up ISIN of a share, the same on both exchanges."""
    return f"INE{sum(map(ord, row.instrument.symbol)):03d}{len(row.instrument.symbol):03d}01018"
