"""The simulated exchange's instruments under Noren's names, and the contract files of its brokers."""

import io
import zipfile
from decimal import Decimal

from domain.instruments import MONTHS, Exchange, InstrumentType, compact_expiry
from domain.money import plain
from test.twins.kit.listing import Listed, Listing
from test.twins.kit.words import dated_symbol

SERVED = {
    each.value
    for each in (Exchange.NSE, Exchange.BSE, Exchange.NFO, Exchange.BFO, Exchange.CDS, Exchange.MCX)
}
DISPLAY = {
    "NIFTY": "Nifty 50", "BANKNIFTY": "Nifty Bank", "FINNIFTY": "Nifty Financial Services",
    "MIDCPNIFTY": "Nifty Midcap Select", "NIFTYNXT50": "Nifty Next 50", "INDIAVIX": "India VIX",
}  # fmt: skip
# Flattrade's files have no ticks: only what has the usual one can be told from them.
USUAL_TICK = {"CDS": Decimal("0.0025")}
BUCKETS = {"SENSEX": "BSX", "BANKEX": "BKX", "SENSEX50": "SX50"}
SHARES_HEAD = "Exchange,Token,LotSize,Symbol,TradingSymbol,Instrument,TickSize,"
UNITS_HEAD = {"CDS": "Precision,Multiplier,", "MCX": "GNGD,"}
DATED_HEAD = "Symbol,TradingSymbol,Expiry,Instrument,OptionType,StrikePrice,TickSize,"
CSV_HEAD = "Exchange,Token,Lotsize,Symbol,Tradingsymbol,Instrument,Expiry,Strike,Optiontype"
CSV_FILES = {
    "NSE_Equity": ("NSE", None), "BSE_Equity": ("BSE", None), "Nfo_Equity_Derivatives": ("NFO", False),
    "Nfo_Index_Derivatives": ("NFO", True), "Bfo_Equity_Derivatives": ("BFO", False),
    "Bfo_Index_Derivatives": ("BFO", True), "Currency_Derivatives": ("CDS", None), "Commodity": ("MCX", None),
}  # fmt: skip
OPTION_TYPES = {InstrumentType.FUT: "XX", InstrumentType.CE: "CE", InstrumentType.PE: "PE"}


class NorenListing(Listing):
    """Today's instruments; a token is EXCHANGE|NUMBER, as streams name it."""

    member = None

    def listed(self, row, monthly):
        exchange = row.exchange.value.removesuffix("_INDEX")
        if exchange not in SERVED or row.exchange is Exchange.MCX_INDEX:
            return None
        token = row.token
        if row.exchange is Exchange.BSE_INDEX and self.member.bse_indices is not None:
            token = self.member.bse_indices.get(row.symbol)
        has_tick = self.member.files == "zip" or row.tick_size == USUAL_TICK.get(exchange, Decimal("0.05"))
        if token is None or not has_tick:
            return None
        return Listed(row, exchange, _symbol(row, exchange, monthly), f"{exchange}|{token}")

    def zipped(self, segment):
        """The archive of a segment."""
        dated = f"Exchange,Token,LotSize,{UNITS_HEAD.get(segment, '')}{DATED_HEAD}"
        lines = [SHARES_HEAD if segment in ("NSE", "BSE") else dated]
        if segment == "NFO":
            lines.append("NFO,99999,,,,,,,,,")
        if segment == "CDS":
            lines.append("CDS,1,1,4,1000,DUMMY,DUMMY,,,,,,")
        lines += [
            _zip_row(row, self.member)
            for row in self.rows()
            if row.exchange == segment and _is_filed(row, self.member)
        ]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(f"{segment}_symbols.txt", "\n".join(lines) + "\n")
        return packed.getvalue()

    def csv(self, name):
        """One of Flattrade's files."""
        segment, of_indices = CSV_FILES[name]
        rows = [row for row in self.rows() if row.exchange == segment]
        lines = [_csv_row(row) for row in rows if of_indices in (None, _is_of_index(row.instrument))]
        return ("\n".join([CSV_HEAD, *lines]) + "\n").encode()


def listing_of(broker):
    """The Listing class of a member."""
    return type("NorenListing", (NorenListing,), {"member": broker})


def _is_filed(row, member):
    return row.instrument.exchange is not Exchange.BSE_INDEX or member.bse_indices is None


def _symbol(row, exchange, monthly):
    """SYMBOL-EQ at NSE; NIFTY28MAR24F and NIFTY28MAR24C22000, at MCX without the F, at BFO in the exchange's style."""
    if row.exchange.is_index:
        return DISPLAY.get(row.symbol, row.symbol)
    if row.expiry is None:
        return f"{row.symbol}-EQ" if exchange == "NSE" else row.symbol
    kind, day = row.instrument_type, row.expiry
    if exchange == "BFO":
        return dated_symbol(row, monthly)
    dated = f"{row.name}{compact_expiry(day)}"
    if kind is InstrumentType.FUT:
        return dated if exchange == "MCX" else f"{dated}F"
    return f"{dated}{kind.value[0]}{plain(row.strike)}"


def _is_of_index(row):
    return row.name in (*DISPLAY, *BUCKETS)


def _kind(row, exchange):
    if row.exchange.is_index:
        return "INDEX"
    if row.expiry is None:
        return "EQ" if exchange == "NSE" else "A"
    start = "FUT" if row.instrument_type is InstrumentType.FUT else "OPT"
    return start + {"CDS": "CUR", "MCX": "COM"}.get(exchange, "IDX" if _is_of_index(row) else "STK")


def _zip_row(listed, member):
    row, exchange = listed.instrument, listed.exchange
    number = listed.token.partition("|")[2]
    tick = row.tick_size * 100 if member.paise and row.exchange.is_cash else row.tick_size
    kind, name = _kind(row, exchange), row.name
    if row.expiry is None:
        start = f"{exchange},{number},{row.lot_size},{name.replace(',', ' ')}"
        return f"{start},{listed.tradingsymbol},{kind},{plain(tick)},"
    units = {"CDS": f"4,{row.multiplier},", "MCX": f"{row.multiplier},"}.get(exchange, "")
    if exchange == "BFO" and name in BUCKETS:
        name = f"{BUCKETS[name]}{'FUT' if row.strike is None else 'OPT'}"
    strike = "-0.01" if row.strike is None else row.strike
    expiry = f"{row.expiry:%d}-{MONTHS[row.expiry.month - 1]}-{row.expiry.year}"
    return (
        f"{exchange},{number},{row.lot_size},{units}{name},{listed.tradingsymbol},{expiry},{kind},"
        f"{OPTION_TYPES[row.instrument_type]},{strike},{plain(tick)},"
    )


def _csv_row(listed):
    row, exchange = listed.instrument, listed.exchange
    number, kind = listed.token.partition("|")[2], _kind(row, exchange)
    start = f"{exchange},{number},{row.lot_size},{row.name.replace(',', ' ')},{listed.tradingsymbol}"
    if row.expiry is None:
        return f"{start},{'UNDIND' if (exchange, kind) == ('BSE', 'INDEX') else kind},,,"
    expiry = f"{row.expiry:%d}-{MONTHS[row.expiry.month - 1]}-{row.expiry.year}"
    return f"{start},{kind},{expiry},{row.strike or 0},{OPTION_TYPES[row.instrument_type]}"
