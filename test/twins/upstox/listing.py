"""The simulated exchange's instruments under Upstox's names: instrument keys, trading symbols, the packed JSON file."""

import datetime as dt
import gzip
import json

from domain.instruments import MONTHS, InstrumentType
from domain.money import plain
from test.twins.kit.listing import Listed, Listing
from test.twins.kit.words import index_name
from utils.clock import IST

SEGMENTS = {
    "NSE": "NSE_EQ", "BSE": "BSE_EQ", "NFO": "NSE_FO", "BFO": "BSE_FO", "CDS": "NCD_FO", "BCD": "BCD_FO",
    "MCX": "MCX_FO", "NSE_INDEX": "NSE_INDEX", "BSE_INDEX": "BSE_INDEX",
}  # fmt: skip
HOUSES = {"NSE_EQ": "NSE", "NSE_FO": "NSE", "NCD_FO": "NSE", "NSE_INDEX": "NSE", "MCX_FO": "MCX"}
SERIES = {"NSE_EQ": "EQ", "BSE_EQ": "A"}
BOOK_NAMES = {segment: code for code, segment in SEGMENTS.items()}
LAST_SECOND = dt.time(23, 59, 59)


class UpstoxListing(Listing):
    """Today's instruments at Upstox."""

    def listed(self, row, monthly):
        segment = SEGMENTS.get(row.exchange.value)
        if segment is None:
            return None
        if row.exchange.is_index:
            word = index_name(row)
            return Listed(row, segment, word, f"{segment}|{word.title()}")
        if row.exchange.is_cash:
            return Listed(row, segment, row.symbol, f"{segment}|INE{int(row.token):06d}01012")
        return Listed(row, segment, _word(row), f"{segment}|{row.token}")

    def file(self):
        """complete.json.gz"""
        return gzip.compress(json.dumps([_file_row(row) for row in self.rows()]).encode())


def _word(row):
    day = f"{row.expiry:%d} {MONTHS[row.expiry.month - 1]} {row.expiry:%y}"
    if row.instrument_type is InstrumentType.FUT:
        return f"{row.name} FUT {day}"
    return f"{row.name} {plain(row.strike)} {row.instrument_type.value} {day}"


def _file_row(listed):
    row, segment = listed.instrument, listed.exchange
    found = {
        "segment": segment, "name": row.name, "exchange": HOUSES.get(segment, "BSE"), "instrument_key": listed.token,
        "trading_symbol": listed.tradingsymbol, "exchange_token": row.token,
    }  # fmt: skip
    if row.exchange.is_index:
        return {**found, "instrument_type": "INDEX"}
    found |= {
        "lot_size": row.lot_size, "tick_size": float(row.tick_size * 100), "qty_multiplier": float(row.multiplier),
        "freeze_quantity": float(row.freeze_qty or 100000), "instrument_type": row.instrument_type.value,
    }  # fmt: skip
    if row.exchange.is_cash:
        return {
            **found,
            "isin": listed.token[-12:],
            "short_name": row.symbol,
            "instrument_type": SERIES[segment],
        }
    expiry = dt.datetime.combine(row.expiry, LAST_SECOND, IST)
    found |= {
        "expiry": int(expiry.timestamp() * 1000), "underlying_symbol": row.name, "asset_symbol": row.name,
        "minimum_lot": row.lot_size, "weekly": False,
    }  # fmt: skip
    return {**found, "strike_price": float(row.strike)} if row.strike is not None else found
