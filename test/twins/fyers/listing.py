"""The simulated exchange's instruments under Fyers' names: tickers, fyTokens, index names, and the public files."""

import csv
import datetime as dt
import io

from domain.instruments import Exchange, InstrumentType
from test.twins.kit.listing import Listed, Listing
from test.twins.kit.words import dated_symbol
from utils.clock import IST
from utils.json import encode

CODES = {
    Exchange.NSE: (10, 10), Exchange.NSE_INDEX: (10, 10), Exchange.NFO: (10, 11), Exchange.CDS: (10, 12),
    Exchange.BSE: (12, 10), Exchange.BSE_INDEX: (12, 10), Exchange.BFO: (12, 11), Exchange.MCX: (11, 20),
}  # fmt: skip
PREFIX = {10: "NSE", 11: "MCX", 12: "BSE"}
HSM_SEGMENTS = {
    (10, 10): "nse_cm", (10, 11): "nse_fo", (10, 12): "cde_fo", (12, 10): "bse_cm", (12, 11): "bse_fo",
    (11, 20): "mcx_fo",
}  # fmt: skip
FILES = {
    "NSE_CM": (10, 10), "BSE_CM": (12, 10), "NSE_FO": (10, 11), "BSE_FO": (12, 11), "NSE_CD": (10, 12),
    "MCX_COM": (11, 20), "NSE_COM": (10, 20),
}  # fmt: skip
LOT_COUNTED = frozenset({Exchange.MCX, Exchange.CDS})
EQUITY, INDEX, WARRANT = 0, 10, 3
KINDS = {
    Exchange.NFO: (11, 14), Exchange.BFO: (11, 14), Exchange.CDS: (16, 19), Exchange.MCX: (30, 32),
}  # fmt: skip
# Names of the feed that are not the ticker's own word, and the tickers that are not the common symbol.
HSM_NAMES = {
    "NIFTY": ("NIFTY50", "Nifty 50"), "BANKNIFTY": ("NIFTYBANK", "Nifty Bank"),
    "FINNIFTY": ("FINNIFTY", "Nifty Fin Service"), "MIDCPNIFTY": ("MIDCPNIFTY", "NIFTY MID SELECT"),
    "NIFTYNXT50": ("NIFTYNXT50", "Nifty Next 50"), "INDIAVIX": ("INDIAVIX", "India VIX"),
}  # fmt: skip
BSE_ROOTS = {
    "BSESENSEXNEXT50": "SNXT50", "BSE150MIDCAPINDEX": "150MIDCAP", "BSE250LARGEMIDCAPINDEX": "250LARGEMIDCAP",
    "BSE400MIDSMALLCAPINDEX": "400MIDSMALLCAP", "BSECAPITALGOODS": "CG", "BSECONSUMERDURABLES": "CD",
    "BSEDOLLEX30": "DOL30", "BSEDOLLEX100": "DOL100", "BSEDOLLEX200": "DOL200", "BSEFASTMOVINGCONSUMERGOODS": "FMC",
    "BSEFINANCIALSERVICES": "FIN", "BSEHEALTHCARE": "HC", "BSEINDIAINFRASTRUCTUREINDEX": "INFRA",
    "BSEINDUSTRIALS": "INDSTR", "BSELARGECAP": "LRGCAP", "BSEMIDCAPSELECTINDEX": "MIDSEL", "BSEOIL&GAS": "OILGAS",
    "BSESMALLCAP": "SMLCAP", "BSESMALLCAPSELECTINDEX": "SMLSEL", "BSESMEIPO": "SME IPO", "BSETELECOM": "TELCOM",
    "BSEINFORMATIONTECHNOLOGY": "IT", "SENSEX": "SENSEX", "BANKEX": "BANKEX", "SENSEX50": "SENSEX50",
}  # fmt: skip
CLOSING = {Exchange.MCX: dt.time(23, 30), Exchange.CDS: dt.time(17, 0)}
PRECISION = {Exchange.CDS: 4}
SCALE = {Exchange.MCX: 10}


class FyersListed(Listed):
    """One instrument as Fyers names it; its token is the fyToken."""

    @property
    def codes(self):
        """Exchange and segment."""
        return CODES[self.instrument.exchange]

    @property
    def lot(self):
        return self.instrument.lot_size if self.instrument.exchange in LOT_COUNTED else 1

    @property
    def root(self):
        """The underlying symbol of the contract files."""
        found = self.instrument
        if found.exchange is Exchange.BSE_INDEX:
            return BSE_ROOTS.get(found.symbol, found.symbol.removeprefix("BSE"))
        return found.name if found.exchange.is_derivative else found.symbol

    @property
    def hsm_name(self):
        """The last part of its topics."""
        if self.instrument.exchange.is_index:
            known = HSM_NAMES.get(self.instrument.symbol)
            return known[1] if known else self.tradingsymbol.removesuffix("-INDEX")
        return self.token[10:]

    def topic(self, kind):
        """The topic of a kind: sf, dp or if."""
        return f"{kind}|{HSM_SEGMENTS[self.codes]}|{self.hsm_name}"

    @property
    def scale(self):
        """(multiplier, precision) of its prices in the feed."""
        exchange = self.instrument.exchange
        return SCALE.get(exchange, 1), PRECISION.get(exchange, 2)


class FyersListing(Listing):
    """Today's instruments at Fyers."""

    def listed(self, row, monthly):
        codes = CODES.get(row.exchange)
        if codes is None:
            return None
        expiry = f"{row.expiry:%y%m%d}" if row.expiry else "000000"
        return FyersListed(
            row, PREFIX[codes[0]], _symbol(row, monthly), f"{codes[0]}{codes[1]}{expiry}{row.token}"
        )

    def by_ticker(self, ticker):
        """Instrument of a ticker, None when unknown."""
        exchange, _, symbol = str(ticker).partition(":")
        return self.by_name(exchange, symbol)

    def by_topic(self, topic):
        """(kind, instrument) of a topic, None when unknown."""
        kind = topic.partition("|")[0]
        rows = self.rows()
        if getattr(self, "_topics_of", None) is not rows[0]:
            self._topics_of = rows[0]
            self._topics = {}
            for row in rows:
                kinds = ("if",) if row.instrument.exchange.is_index else ("sf", "dp")
                self._topics.update({row.topic(each): row for each in kinds})
        found = self._topics.get(topic)
        return None if found is None else (kind, found)

    def index_names(self):
        """index_hsm_mapping.json: only names that are not the ticker's own word."""
        rows = [
            row
            for row in self.rows()
            if row.instrument.symbol in HSM_NAMES and row.instrument.exchange.is_index
        ]
        return {row.name: row.hsm_name for row in rows}

    def csv(self, file):
        """A symbol file without heads; the cash files also list a warrant of each tenth share."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        for number, row in enumerate(self._of(file)):
            writer.writerow(_csv_row(row))
            if row.instrument.instrument_type is InstrumentType.EQ and number % 10 == 0:
                writer.writerow(
                    _csv_row(row, kind=WARRANT, ticker=f"{row.name.partition('-')[0]}-W1", token="99")
                )
        return text.getvalue().encode()

    def json(self, file):
        """The JSON edition, keyed by ticker."""
        return encode({row.name: _json_row(row) for row in self._of(file)})

    def _of(self, file):
        return [row for row in self.rows() if row.codes == FILES[file]]


def _symbol(row, monthly):
    """YYMMM for the last expiry of a month, YYmDD for the others; the series behind a dash for cash."""
    if row.exchange.is_index:
        known = HSM_NAMES.get(row.symbol)
        return f"{known[0] if known else row.symbol}-INDEX"
    if row.expiry is None:
        return f"{row.symbol}-{'EQ' if row.exchange is Exchange.NSE else 'A'}"
    return dated_symbol(row, monthly)


def kind_of(row):
    """The instrument type code."""
    found = row.instrument
    if found.exchange.is_index:
        return INDEX
    if found.exchange.is_cash:
        return EQUITY
    future, option = KINDS[found.exchange]
    return future if found.instrument_type is InstrumentType.FUT else option


def _expiry(found):
    """Epoch seconds of the end of the last session, blank for cash."""
    if found.expiry is None:
        return ""
    return str(
        int(dt.datetime.combine(found.expiry, CLOSING.get(found.exchange, dt.time(15, 30)), IST).timestamp())
    )


def _option(found):
    return found.instrument_type.value if found.instrument_type.is_option else "XX"


def _csv_row(row, kind=None, ticker=None, token=""):
    found = row.instrument
    exchange, segment = row.codes
    lot = 0 if found.exchange.is_index else 1 if found.exchange in LOT_COUNTED else found.lot_size
    return (
        row.token + token, found.name, kind_of(row) if kind is None else kind, lot, float(found.tick_size), "",
        "0915-1530|1815-1915:", "2026-09-09", _expiry(found), ticker or row.name, exchange, segment, found.token,
        row.root, 0, float(found.strike if found.strike is not None else -1), _option(found), "", "None", 0, 0.0,
    )  # fmt: skip


def _json_row(row):
    found = row.instrument
    exchange, segment = row.codes
    return {
        "fyToken": row.token, "symbolDetails": found.name, "exInstType": kind_of(row), "minLotSize": 1,
        "qtyMultiplier": found.lot_size, "tickSize": float(found.tick_size), "isin": "", "tradingSession": "",
        "expiryDate": _expiry(found), "symTicker": row.name, "exchange": exchange, "segment": segment,
        "exToken": int(found.token), "underSym": row.root, "exSeries": "XX", "optType": _option(found),
        "strikePrice": float(found.strike if found.strike is not None else -1),
        "qtyFreeze": str(found.freeze_qty or ""), "is_mtf_tradable": 0, "mtf_margin": 0.0,
    }  # fmt: skip
