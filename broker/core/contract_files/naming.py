"""Names in contract files: which of several rows keeps one, and what a trading symbol tells about its underlying."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

import msgspec

from domain.instruments import MONTHS, Instrument, InstrumentKey


def distinct_names(
    rows: Iterable[Instrument], *, is_main: Callable[[Instrument], bool],
    full_name: Callable[[Instrument], str],
) -> Iterator[Instrument]:  # fmt: skip
    """Cash rows of one root (an equity, its other series, a warrant): an order by the root must never reach another.

    The main one keeps the symbol, or the only one; the others go by their full name. Derivatives pass as they are.
    """
    shared: defaultdict[InstrumentKey, list[Instrument]] = defaultdict(list)
    for row in rows:
        if row.exchange.is_cash:
            shared[row.key].append(row)
        else:
            yield row
    for group in shared.values():
        for row in group:
            keeps = len(group) == 1 or is_main(row)
            yield row if keeps else msgspec.structs.replace(row, symbol=full_name(row))


def dated_root(word: str, expiry: dt.date | None) -> str:
    """The underlying in front of the exchanges' own `YYMMM`, or weekly `YYmDD`, of this expiry. Raises ValueError."""
    if expiry is not None:
        weekly = f"{expiry:%y}{'123456789OND'[expiry.month - 1]}{expiry.day:02d}"
        for dated in (f"{expiry:%y}{MONTHS[expiry.month - 1]}", weekly):
            root, found, _ = word.partition(dated)
            if found and root:
                return root
    raise ValueError(word)
