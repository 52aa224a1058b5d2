"""Meridian's contract file: one CSV for all exchanges."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from broker.core.contract_files.reading import ContractFile
from broker.core.contracts import csv_of, derivative_symbol
from broker.core.endpoint import download
from broker.core.index_names import index_symbol
from broker.core.tables import Table
from domain.instruments import Exchange, Instrument, InstrumentType

COLUMNS = ("exchange", "contract", "symbol", "name", "kind", "lot", "tick", "expiry", "strike")
KIND = Table("meridian kind", {
    InstrumentType.EQ: "SHARE", InstrumentType.INDEX: "INDEX", InstrumentType.FUT: "FUTURE", InstrumentType.CE: "CALL",
    InstrumentType.PE: "PUT"})  # fmt: skip
PLACES = {"NSE": Exchange.NSE, "NFO": Exchange.NFO, "IDX": Exchange.NSE_INDEX}


def _instrument(row: list[str], exchange: Exchange) -> Instrument:
    place, token, word, title, kind_word, lot, tick, expires, strike_text = row
    kind = KIND.decode(kind_word)
    expiry = dt.date.fromisoformat(expires) if expires else None
    strike = Decimal(strike_text) if kind.is_option else None
    if kind is InstrumentType.EQ:
        symbol = word
    elif kind is InstrumentType.INDEX:
        symbol = index_symbol(exchange, word)
    else:
        symbol = derivative_symbol(title, kind, expiry, strike)
    return Instrument(
        symbol=symbol, exchange=exchange, broker_symbol=word, broker_exchange=place, token=token, name=title,
        instrument_type=kind, lot_size=int(lot), tick_size=Decimal(tick), expiry=expiry, strike=strike)  # fmt: skip


FILE = ContractFile(
    vendor="meridian", file=download("contracts", "/contracts", "data"), rows=csv_of(COLUMNS),
    listed=lambda row: PLACES.get(row[0]) or row[0], read=_instrument)  # fmt: skip
