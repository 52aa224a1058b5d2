"""Kite's instrument CSV: one file for all exchanges, regenerated once each morning."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache

from broker.core.contracts import csv_rows, derivative_symbol, pieces
from broker.core.endpoint import download
from broker.core.index_names import index_symbol
from broker.core.rest import Rest
from broker.core.roles import PluginContext, Session
from broker.core.tables import Table, log_alarm
from broker.zerodha.mapping import TRADED
from domain.errors import BadVendorData
from domain.instruments import MONTHS, Exchange, Instrument, InstrumentType
from utils.clock import ist

COLUMNS = (
    "instrument_token", "exchange_token", "tradingsymbol", "name", "last_price", "expiry", "strike", "tick_size",
    "lot_size", "instrument_type", "segment", "exchange",
)  # fmt: skip
KIND = Table("kite instrument_type", {InstrumentType(word): word for word in ("EQ", "FUT", "CE", "PE")})
EXCHANGES = {code: Exchange(code) for code in TRADED}
INDEX_EXCHANGES = {
    "NSE": Exchange.NSE_INDEX, "BSE": Exchange.BSE_INDEX, "MCX": Exchange.MCX_INDEX,
    "GLOBAL": Exchange.GLOBAL_INDEX, "NSEIX": Exchange.GLOBAL_INDEX,
}  # fmt: skip
# Indices cannot be traded; Kite gives their lot and tick as 0.
INDEX_LOT, INDEX_TICK = 1, Decimal("0.05")
FILE = download("instruments", "/instruments", "other")
_price = lru_cache(maxsize=65536)(Decimal)
_date = lru_cache(maxsize=4096)(dt.date.fromisoformat)


class ContractFile:
    """GET /instruments."""

    def __init__(self, context: PluginContext, rest: Rest) -> None:
        self._clock = context.clock
        self._rest = rest
        self._alarm = context.alarm or log_alarm

    def fetch(self, session: Session) -> Iterable[bytes]:
        """The whole file, in chunks."""
        return pieces(self._rest.call(session, FILE))

    def parse(self, chunks: Iterable[bytes]) -> Iterator[Instrument]:
        """Rows of the exchanges we serve, without contracts that expired before today: the file keeps them until
        about 08:30 IST. An exchange nobody knows rings the alarm once."""
        today = ist(self._clock.now()).date()
        known = {("INDICES", "CDS")}
        for number, row in csv_rows(chunks, COLUMNS, "kite instruments"):
            place = (row[10], row[11])
            exchange = (INDEX_EXCHANGES if row[10] == "INDICES" else EXCHANGES).get(row[11])
            if exchange is None:
                if place not in known:
                    self._alarm("kite exchange", f"rows of {row[10]}/{row[11]} are not served")
                    known.add(place)
                continue
            try:
                instrument = _instrument(row, exchange)
            except (ValueError, ArithmeticError):
                raise BadVendorData(f"kite instruments: line {number} cannot be read") from None
            if instrument.expiry is None or instrument.expiry >= today:
                yield instrument


def _instrument(row: list[str], exchange: Exchange) -> Instrument:
    token, _, word, name, _, expiry_text, strike_text, tick, lot, kind_text, _, broker_exchange = row
    kind = InstrumentType.INDEX if exchange.is_index else KIND.decode(kind_text)
    expiry = _date(expiry_text) if expiry_text else None
    strike = _price(strike_text) if kind.is_option else None
    if kind not in (InstrumentType.EQ, InstrumentType.INDEX):
        name = name or _root(word, expiry)
        symbol = derivative_symbol(name, kind, expiry, strike)
    else:
        symbol = index_symbol(exchange, word) if exchange.is_index else word
    return Instrument(
        symbol=symbol, exchange=exchange, broker_symbol=word, broker_exchange=broker_exchange, token=token, name=name,
        instrument_type=kind, lot_size=INDEX_LOT if exchange.is_index else int(lot),
        tick_size=INDEX_TICK if exchange.is_index else _price(tick), expiry=expiry, strike=strike,
    )  # fmt: skip


def _root(word: str, expiry: dt.date | None) -> str:
    """The underlying in front of `YYMMM` or weekly `YYmDD`: old files leave a derivative's name blank."""
    if expiry is not None:
        weekly = f"{expiry:%y}{'123456789OND'[expiry.month - 1]}{expiry.day:02d}"
        for dated in (f"{expiry:%y}{MONTHS[expiry.month - 1]}", weekly):
            root, found, _ = word.partition(dated)
            if found and root:
                return root
    raise ValueError(word)
