"""Dhan's instrument CSV (the compact one): all exchanges in one file."""

from __future__ import annotations

import datetime as dt
import re

from broker.core.contract_files.reading import ContractFile
from broker.core.contracts import csv_of, derivative_symbol
from broker.core.endpoint import download
from broker.core.index_names import INDEX_NAMES, index_symbol
from broker.core.tables import Table
from broker.families.dhan.mapping import INDEX_PLACES, INDEX_SEGMENT, PLACES
from domain.instruments import Exchange, Instrument, InstrumentType
from domain.money import to_decimal
from utils.limits import lru_cache

COLUMNS = (
    "SEM_EXM_EXCH_ID", "SEM_SEGMENT", "SEM_SMST_SECURITY_ID", "SEM_INSTRUMENT_NAME", "SEM_EXPIRY_CODE",
    "SEM_TRADING_SYMBOL", "SEM_LOT_UNITS", "SEM_CUSTOM_SYMBOL", "SEM_EXPIRY_DATE", "SEM_STRIKE_PRICE",
    "SEM_OPTION_TYPE", "SEM_TICK_SIZE", "SEM_EXPIRY_FLAG", "SEM_EXCH_INSTRUMENT_TYPE", "SEM_SERIES", "SM_SYMBOL_NAME",
)  # fmt: skip
SERVED = {"EQUITY", "INDEX", "FUTIDX", "FUTSTK", "FUTCUR", "FUTCOM", "OPTIDX", "OPTSTK", "OPTCUR", "OPTFUT"}
OPTION = Table("dhan SEM_OPTION_TYPE", {InstrumentType(word): word for word in ("CE", "PE")})
# NSE lists a company's warrants, bonds and rights under its own symbol, told apart by series only.
NSE_SHARES = frozenset({"EQ", "BE", "BZ", "SM", "ST", "SZ"})
NSE_RENAMED = {
    "NIFTYNEXT50": "NIFTYNXT50", "NIFTYMCAP50": "NIFTYMIDCAP50", "NIFTYMIDSMALLCAP400": "NIFTYMIDSML400",
    **{f"NIFTYSMALLCAP{size}": f"NIFTYSMLCAP{size}" for size in (50, 100, 250)},
    "NIFTY100EQUALWEIGHT": "NIFTY100EQLWGT", "NIFTY100LOWVOLATILITY30": "NIFTY100LOWVOL30",
    "NIFTYMID100FREE": "NIFTYMIDCAP100"}  # fmt: skip
_STANDARD = frozenset(INDEX_NAMES[Exchange.NSE_INDEX].values())
_DATED = re.compile(r"(.+?)-(?:\d{2})?[A-Z][a-z]{2}\d{4}-")
_number = lru_cache(maxsize=65536)(to_decimal)
_date = lru_cache(maxsize=4096)(dt.date.fromisoformat)


def _listed(row: list[str]) -> Exchange | str | None:
    if row[3] not in SERVED:
        return None
    place = (row[0], row[1])
    if place in INDEX_PLACES:
        return INDEX_PLACES[place]
    return PLACES[place][0] if place in PLACES else "/".join(place)


def _index(exchange: Exchange, word: str) -> str:
    if exchange is not Exchange.NSE_INDEX:
        return index_symbol(exchange, word)
    joined = word.upper().replace(" ", "").replace("-", "")
    return found if (found := NSE_RENAMED.get(joined, joined)) in _STANDARD else word


def _instrument(row: list[str], exchange: Exchange) -> Instrument:
    venue, part, token, kind_word, _, word, lot, custom, expires, strike, option, tick, _, _, series, name = (
        row
    )
    lots, expiry, price = _number(lot), None, None
    if not token.isdecimal() or lots != int(lots):
        raise ValueError(token)
    if exchange.is_index:
        kind, symbol = InstrumentType.INDEX, _index(exchange, word)
    elif exchange.is_cash:
        kind = InstrumentType.EQ
        symbol = word if exchange is Exchange.BSE or series in NSE_SHARES else f"{word}-{series}"
    else:
        kind = OPTION.decode(option) if kind_word.startswith("OPT") else InstrumentType.FUT
        expiry, price = _date(expires[:10]), _number(strike) if kind.is_option else None
        dated = _DATED.match(word)
        name = dated[1] if dated else custom.split(" ")[0]
        symbol = derivative_symbol(name, kind, expiry, price)
    return Instrument(
        symbol=symbol, exchange=exchange, broker_symbol=word, token=token, name=name, instrument_type=kind,
        broker_exchange=INDEX_SEGMENT if exchange.is_index else PLACES[venue, part][1], lot_size=int(lots),
        tick_size=_number(tick) / 100, expiry=expiry, strike=price)  # fmt: skip


FILE = ContractFile(
    vendor="dhan", rows=csv_of(COLUMNS), listed=_listed, read=_instrument,
    file=download("instruments", "/api-data/api-scrip-master.csv", "other", host="files", signed=False))  # fmt: skip
