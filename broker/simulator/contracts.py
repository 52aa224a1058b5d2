"""The practice exchange's contract file: tab-separated text, one instrument per line, as of the clock's Indian date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal

from broker.core.roles import Session
from broker.simulator.universe import Universe
from domain.errors import BadVendorData
from domain.instruments import Exchange, Instrument, InstrumentType
from domain.money import plain
from utils.clock import Clock, ist
from utils.limits import lru_cache

COLUMNS = (
    "exchange", "symbol", "token", "name", "type", "lot", "tick", "expiry", "strike", "freeze", "multiplier",
)  # fmt: skip
_ROWS_PER_CHUNK = 2_000


class ContractFile:
    """Writes the file from the universe and reads it back."""

    def __init__(self, universe: Universe, clock: Clock) -> None:
        self._universe = universe
        self._clock = clock

    def fetch(self, session: Session) -> Iterator[bytes]:
        """The file in chunks of whole lines; every session sees the same one."""
        lines = ["\t".join(COLUMNS)]
        for instrument in self._universe.instruments(ist(self._clock.now()).date()):
            lines.append(_line(instrument))
            if len(lines) == _ROWS_PER_CHUNK:
                yield _join(lines)
                lines = []
        yield _join(lines)

    def parse(self, chunks: Iterable[bytes]) -> Iterator[Instrument]:
        """Instruments of a file. Raises BadVendorData for another header or an unreadable line."""
        lines = _lines(chunks)
        if next(lines, "").split("\t") != list(COLUMNS):
            raise BadVendorData("The contract file does not start with the expected columns")
        for line in lines:
            try:
                yield _instrument(line.split("\t"))
            except (ValueError, ArithmeticError) as error:
                raise BadVendorData(f"Unreadable contract line {line[:80]!r}: {error}") from None


def _join(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode() if lines else b""


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.decode()
    if rest:
        yield rest.decode()


def _line(row: Instrument) -> str:
    return "\t".join(
        (
            row.exchange.value, row.symbol, row.token, row.name, row.instrument_type.value, str(row.lot_size),
            _text(row.tick_size), row.expiry.isoformat() if row.expiry else "",
            _text(row.strike) if row.strike is not None else "",
            "" if row.freeze_qty is None else str(row.freeze_qty), str(row.multiplier),
        )
    )  # fmt: skip


_text = lru_cache(maxsize=8_192)(plain)
_number = lru_cache(maxsize=8_192)(Decimal)
_date = lru_cache(maxsize=512)(dt.date.fromisoformat)


def _instrument(fields: list[str]) -> Instrument:
    exchange, symbol, token, name, kind, lot, tick, expiry, strike, freeze, multiplier = fields
    return Instrument(
        symbol, Exchange(exchange), symbol, exchange, token, name, InstrumentType(kind), int(lot),
        _number(tick), _date(expiry) if expiry else None, _number(strike) if strike else None,
        int(freeze) if freeze else None, int(multiplier),
    )  # fmt: skip
