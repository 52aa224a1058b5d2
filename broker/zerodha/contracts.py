"""Kite's instrument CSV: one file for all exchanges, regenerated once each morning."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache

from broker.core.contracts import text_lines
from broker.core.index_names import index_symbol
from broker.core.rest import Endpoint, Rest
from broker.core.roles import PluginContext, Session
from broker.core.tables import Table, log_alarm
from broker.zerodha.mapping import EXCHANGE, TRADED
from domain.errors import BadVendorData
from domain.instruments import MONTHS, Exchange, Instrument, InstrumentType, future_symbol, option_symbol
from utils.clock import ist

COLUMNS = (
    "instrument_token", "exchange_token", "tradingsymbol", "name", "last_price", "expiry", "strike", "tick_size",
    "lot_size", "instrument_type", "segment", "exchange",
)  # fmt: skip
KIND = Table("kite instrument_type", {InstrumentType(word): word for word in ("EQ", "FUT", "CE", "PE")})
INDEX_EXCHANGES = {
    "NSE": Exchange.NSE_INDEX, "BSE": Exchange.BSE_INDEX, "MCX": Exchange.MCX_INDEX,
    "GLOBAL": Exchange.GLOBAL_INDEX, "NSEIX": Exchange.GLOBAL_INDEX,
}  # fmt: skip
# Indices cannot be traded, and Kite gives their lot and tick as 0.
INDEX_LOT, INDEX_TICK = 1, Decimal("0.05")
_CHUNK = 256 * 1024
_price = lru_cache(maxsize=65536)(Decimal)
_date = lru_cache(maxsize=4096)(dt.date.fromisoformat)


FILE: Endpoint[bytes] = Endpoint(
    name="instruments", method="GET", path="/instruments", rate=("other",), raw=True, answer=bytes,
    safe_to_retry=True, max_bytes=128 * 1024 * 1024, timeout=60,
)  # fmt: skip


class ContractFile:
    """GET /instruments."""

    def __init__(self, context: PluginContext, rest: Rest) -> None:
        self._clock = context.clock
        self._rest = rest
        self._alarm = context.alarm or log_alarm

    def fetch(self, session: Session) -> Iterable[bytes]:
        """The whole file, in chunks."""
        content = self._rest.call(session, FILE)
        return (content[at : at + _CHUNK] for at in range(0, len(content), _CHUNK))

    def parse(self, chunks: Iterable[bytes]) -> Iterator[Instrument]:
        """Rows of the exchanges we serve, without contracts that expired before today: the file keeps them until
        about 08:30 IST. An exchange nobody knows rings the alarm once."""
        today = ist(self._clock.now()).date()
        rows = csv.reader(text_lines(chunks))
        if tuple(next(rows, ())) != COLUMNS:
            raise BadVendorData("kite instruments: the columns are not the documented ones")
        strange: set[str] = set()
        for number, row in enumerate(rows, start=2):
            if len(row) != len(COLUMNS):
                raise BadVendorData(f"kite instruments: line {number} has {len(row)} columns")
            exchange = INDEX_EXCHANGES.get(row[11]) if row[10] == "INDICES" else _TRADED.get(row[11])
            if exchange is None:
                if row[11] not in strange and (row[10], row[11]) != ("INDICES", "CDS"):
                    self._alarm("kite exchange", f"rows of {row[10]}/{row[11]} are not served")
                    strange.add(row[11])
                continue
            try:
                instrument = _instrument(row, exchange)
            except (ValueError, ArithmeticError):
                raise BadVendorData(f"kite instruments: line {number} cannot be read") from None
            if instrument.expiry is None or instrument.expiry >= today:
                yield instrument


_TRADED = {code: EXCHANGE.decode(code) for code in TRADED}


def _instrument(row: list[str], exchange: Exchange) -> Instrument:
    token, _, word, name, _, expiry_text, strike_text, tick, lot, kind_text, _, broker_exchange = row
    kind = InstrumentType.INDEX if exchange.is_index else KIND.decode(kind_text)
    expiry = _date(expiry_text) if expiry_text else None
    strike = _price(strike_text) if kind.is_option else None
    symbol = word
    if exchange.is_index:
        symbol = index_symbol(exchange, word)
    elif expiry is not None and kind is not InstrumentType.EQ:
        name = name or _root(word, expiry)
        symbol = future_symbol(name, expiry) if strike is None else option_symbol(name, expiry, strike, kind)
    return Instrument(
        symbol=symbol, exchange=exchange, broker_symbol=word, broker_exchange=broker_exchange, token=token, name=name,
        instrument_type=kind, lot_size=INDEX_LOT if exchange.is_index else int(lot),
        tick_size=INDEX_TICK if exchange.is_index else _price(tick), expiry=expiry, strike=strike,
    )  # fmt: skip


def _root(word: str, expiry: dt.date) -> str:
    """The underlying in front of Kite's `YYMMM` or weekly `YYmDD`: old files leave a derivative's name blank."""
    month = "123456789OND"[expiry.month - 1]
    for dated in (f"{expiry:%y}{MONTHS[expiry.month - 1]}", f"{expiry:%y}{month}{expiry.day:02d}"):
        root, found, _ = word.partition(dated)
        if found and root:
            return root
    raise ValueError(word)
