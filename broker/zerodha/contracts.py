"""Kite's instrument CSV: one file for all exchanges, regenerated once each morning."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from broker.core.contract_files.naming import dated_root
from broker.core.contract_files.reading import ContractFile
from broker.core.contracts import csv_of, derivative_symbol
from broker.core.endpoint import download
from broker.core.index_names import index_symbol
from broker.core.tables import Table
from broker.zerodha.mapping import TRADED
from domain.instruments import Exchange, Instrument, InstrumentType
from domain.money import to_decimal
from utils.limits import lru_cache

COLUMNS = (
    "instrument_token", "exchange_token", "tradingsymbol", "name", "last_price", "expiry", "strike", "tick_size",
    "lot_size", "instrument_type", "segment", "exchange")  # fmt: skip
KIND = Table("kite instrument_type", {InstrumentType(word): word for word in ("EQ", "FUT", "CE", "PE")})
EXCHANGES = {code: Exchange(code) for code in TRADED}
INDEX_EXCHANGES = {
    "NSE": Exchange.NSE_INDEX, "BSE": Exchange.BSE_INDEX, "MCX": Exchange.MCX_INDEX,
    "GLOBAL": Exchange.GLOBAL_INDEX, "NSEIX": Exchange.GLOBAL_INDEX}  # fmt: skip
# Indices cannot be traded; Kite gives their lot and tick as 0.
INDEX_LOT, INDEX_TICK = 1, Decimal("0.05")
_price = lru_cache(maxsize=65536)(to_decimal)
_date = lru_cache(maxsize=4096)(dt.date.fromisoformat)


def _listed(row: list[str]) -> Exchange | str | None:
    segment, code = row[10], row[11]
    if (segment, code) == ("INDICES", "CDS"):
        return None
    return (INDEX_EXCHANGES if segment == "INDICES" else EXCHANGES).get(code) or f"{segment}/{code}"


def _instrument(row: list[str], exchange: Exchange) -> Instrument:
    token, _, word, name, _, expiry_text, strike_text, tick, lot, kind_text, _, broker_exchange = row
    is_index = exchange.is_index
    kind = InstrumentType.INDEX if is_index else KIND.decode(kind_text)
    expiry = _date(expiry_text) if expiry_text else None
    strike = _price(strike_text) if kind.is_option else None
    if kind is not InstrumentType.EQ and not is_index:
        name = name or dated_root(word, expiry)  # old files leave it blank
        symbol = derivative_symbol(name, kind, expiry, strike)
    else:
        symbol = index_symbol(exchange, word) if is_index else word
    return Instrument(
        symbol=symbol, exchange=exchange, broker_symbol=word, broker_exchange=broker_exchange, token=token, name=name,
        instrument_type=kind, lot_size=INDEX_LOT if is_index else int(lot),
        tick_size=INDEX_TICK if is_index else _price(tick), expiry=expiry, strike=strike)  # fmt: skip


# Regenerated each morning, but contracts that expired stay until about 08:30 IST.
FILE = ContractFile(
    vendor="kite", file=download("instruments", "/instruments", "other"), rows=csv_of(COLUMNS), listed=_listed,
    read=_instrument)  # fmt: skip
