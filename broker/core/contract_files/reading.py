"""A vendor's contract file as data, and the ContractSource that reads it row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

import msgspec

from broker.core.endpoint import Endpoint
from broker.core.rest import Rest
from broker.core.roles import PluginContext, Session
from broker.core.tables import log_alarm
from domain.errors import BadVendorData
from domain.instruments import Exchange, Instrument
from utils.clock import ist

R = TypeVar("R")

_CHUNK = 64 * 1024


class ContractFile(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """What a vendor's contract file is made of; R is a row of it.

    rows: chunks and the file's name in complaints to (line or row number, row); `csv_of(columns)`, `json_objects`.
    listed: a row's exchange if we serve it, None for rows left out on purpose, text for a place nobody knows.
    read: a row of a served exchange as an instrument; raises ValueError, LookupError or ArithmeticError.
    """

    vendor: str
    file: Endpoint[bytes]
    listed: Callable[[R], Exchange | str | None]
    read: Callable[[R, Exchange], Instrument]
    rows: Callable[[Iterable[bytes], str], Iterator[tuple[int, R]]]


class FileContracts(Generic[R]):
    """A ContractSource of one download."""

    def __init__(self, context: PluginContext, rest: Rest, layout: ContractFile[R]) -> None:
        self._clock, self._alarm = context.clock, context.alarm or log_alarm
        self._rest, self._layout = rest, layout

    def fetch(self, session: Session) -> Iterable[bytes]:
        """The whole file, in chunks."""
        content = self._rest.call(session, self._layout.file)
        return (content[at : at + _CHUNK] for at in range(0, len(content), _CHUNK))

    def parse(self, chunks: Iterable[bytes]) -> Iterator[Instrument]:
        """Rows of the exchanges we serve, without what expired before today; an unknown place rings the alarm once."""
        layout, today = self._layout, ist(self._clock.now()).date()
        told, name = set(), f"{layout.vendor} instruments"
        for number, row in layout.rows(chunks, name):
            try:
                exchange = layout.listed(row)
                instrument = layout.read(row, exchange) if isinstance(exchange, Exchange) else None
                if instrument is not None and not _is_text(instrument):
                    raise ValueError
            # TypeError, AttributeError: a JSON file has values of any kind.
            except (ValueError, LookupError, ArithmeticError, TypeError, AttributeError):
                raise BadVendorData(f"{name}: line {number} cannot be read") from None
            if instrument is None and exchange is not None and exchange not in told:
                self._alarm(f"{layout.vendor} exchange", f"rows of {exchange} are not served")
                told.add(exchange)
            if instrument is not None and (instrument.expiry is None or instrument.expiry >= today):
                yield instrument


def _is_text(row: Instrument) -> bool:
    """Whether the names of a row are text: a number would be found under no token that a socket tells."""
    return all(
        type(word) is str
        for word in (row.symbol, row.broker_symbol, row.broker_exchange, row.token, row.name)
    )
