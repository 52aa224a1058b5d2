"""The simulated exchange's instruments under Dhan's names: segments, security ids, and the compact CSV."""

import csv
import io
from decimal import Decimal

from domain.instruments import Exchange, InstrumentType
from domain.money import plain
from test.twins.kit.listing import Listed, Listing
from test.twins.kit.words import index_name

COLUMNS = (
    "SEM_EXM_EXCH_ID", "SEM_SEGMENT", "SEM_SMST_SECURITY_ID", "SEM_INSTRUMENT_NAME", "SEM_EXPIRY_CODE",
    "SEM_TRADING_SYMBOL", "SEM_LOT_UNITS", "SEM_CUSTOM_SYMBOL", "SEM_EXPIRY_DATE", "SEM_STRIKE_PRICE",
    "SEM_OPTION_TYPE", "SEM_TICK_SIZE", "SEM_EXPIRY_FLAG", "SEM_EXCH_INSTRUMENT_TYPE", "SEM_SERIES", "SM_SYMBOL_NAME",
)  # fmt: skip
# exchangeSegment, its number in the feeds, and the master's two words.
SEGMENTS = {
    Exchange.NSE: ("NSE_EQ", 1, "NSE", "E"), Exchange.NFO: ("NSE_FNO", 2, "NSE", "D"),
    Exchange.CDS: ("NSE_CURRENCY", 3, "NSE", "C"), Exchange.BSE: ("BSE_EQ", 4, "BSE", "E"),
    Exchange.MCX: ("MCX_COMM", 5, "MCX", "M"), Exchange.BCD: ("BSE_CURRENCY", 7, "BSE", "C"),
    Exchange.BFO: ("BSE_FNO", 8, "BSE", "D"), Exchange.NSE_INDEX: ("IDX_I", 0, "NSE", "I"),
    Exchange.BSE_INDEX: ("IDX_I", 0, "BSE", "I"),
}  # fmt: skip
NUMBERS = {segment: number for segment, number, _, _ in SEGMENTS.values()}
NAMED_LIKE_INDICES = frozenset({Exchange.NFO, Exchange.BFO})
CLOSES = {"D": "14:30:00", "C": "12:30:00", "M": "23:30:00"}


class DhanListing(Listing):
    """Today's instruments at Dhan; a token is (segment, security id)."""

    def listed(self, row, monthly):
        if row.exchange not in SEGMENTS:
            return None
        segment = SEGMENTS[row.exchange][0]
        return Listed(row, segment, f"{row.exchange.value} {row.symbol}", (segment, row.token))

    def instrument_class(self, listed):
        """What the master and the charts call the kind of a contract."""
        row = listed.instrument
        if row.exchange.is_index:
            return "INDEX"
        if row.exchange.is_cash:
            return "EQUITY"
        option = row.instrument_type.is_option
        if row.exchange is Exchange.MCX:
            return "OPTFUT" if option else "FUTCOM"
        kind = "OPT" if option else "FUT"
        if row.exchange not in NAMED_LIKE_INDICES:
            return f"{kind}CUR"
        on_index = any(
            each.instrument.exchange.is_index and each.instrument.symbol == row.name for each in self.rows()
        )
        return f"{kind}{'IDX' if on_index else 'STK'}"

    def csv(self):
        """The compact instrument file, with rows that nobody serves here and a warrant under a share's name."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        indices = {row.instrument.symbol for row in self.rows() if row.instrument.exchange.is_index}
        for row in self.rows():
            writer.writerow(_csv_row(row, indices))
        for row in STRANGERS:
            writer.writerow(row)
        return text.getvalue().encode()


STRANGERS = (
    ("NSE", "C", "990001", "FUTIRC", 0, "91DTB-Jan2030-FUT", "1.0", "91DTB JAN FUT", "2030-01-30 12:30:00", "-0.01000",
     "XX", "0.2500", "M", "FUT", "NA", ""),
)  # fmt: skip


def _csv_row(listed, indices):
    row = listed.instrument
    _, _, venue, part = SEGMENTS[row.exchange]
    option = row.instrument_type.is_option
    common = (f"{row.lot_size}.0", f"{row.tick_size * 100:.4f}")
    if row.exchange.is_index:
        word = index_name(row) if venue == "BSE" else row.symbol
        return (venue, part, row.token, "INDEX", 0, word, common[0], row.name, "", "", "", "5.0000", "N", "INDEX", "X",
                word)  # fmt: skip
    if row.exchange.is_cash:
        series = "EQ" if venue == "NSE" else "A"
        return (venue, part, row.token, "EQUITY", 0, row.symbol, common[0], row.name, "", "", "", common[1], "NA", "ES",
                series, row.name)  # fmt: skip
    kind = "OPT" if option else "FUT"
    if venue == "MCX":
        kind = "OPTFUT" if option else "FUTCOM"
    elif part == "C":
        kind += "CUR"
    else:
        kind += "IDX" if row.name in indices else "STK"
    dated = f"{row.expiry:%d%b%Y}" if venue == "MCX" else f"{row.expiry:%b%Y}"
    tail = f"{plain(row.strike)}-{row.instrument_type.value}" if option else "FUT"
    words = {InstrumentType.CE: "CALL", InstrumentType.PE: "PUT"}
    custom = f"{row.name} {row.expiry:%d %b}".upper()
    custom += f" {plain(row.strike)} {words[row.instrument_type]}" if option else " FUT"
    strike = f"{row.strike:.5f}" if option else f"{Decimal('-0.01'):.5f}"
    return (
        venue, part, row.token, kind, 0, f"{row.name}-{dated}-{tail}", common[0], custom,
        f"{row.expiry} {CLOSES[part]}", strike, row.instrument_type.value if option else "XX", common[1], "M",
        "OP" if option else "FUT", "NA", "",
    )  # fmt: skip
