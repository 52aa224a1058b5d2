"""Search within bounds: what an instrument is written on, its expiry, its type and a range of strikes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal
from heapq import merge

import msgspec

from domain.instruments import Exchange, Instrument, InstrumentType
from services.market.index import Segment
from services.market.search import CLASSES, LIMIT, Search, SegmentSearch, ordered, parse


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What a hit must be; None does not bound. underlying: the root, also of the instrument of that symbol itself.

    low, high: strikes in rupees, both included; instruments without a strike are outside of such bounds.
    """

    underlying: str | None = None
    expiry: dt.date | None = None
    kinds: frozenset[InstrumentType] | None = None
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def is_open(self) -> bool:
        """Nothing is bounded."""
        return self == Bounds()

    def admit(self, segment: Segment, row: int) -> bool:
        """Whether a row is within the bounds."""
        if self.kinds is not None and segment.type_of(row) not in self.kinds:
            return False
        if self.expiry is not None and segment.expiry(row) != self.expiry:
            return False
        if not self._holds_strike(segment.strike(row)):
            return False
        return self.underlying is None or self.underlying in (
            segment.names.values[segment.name_of[row]], segment.symbols.text(row)
        )  # fmt: skip

    def _holds_strike(self, strike: Decimal | None) -> bool:
        if self.low is None and self.high is None:
            return True
        if strike is None:
            return False
        return (self.low is None or strike >= self.low) and (self.high is None or strike <= self.high)


def find(
    search: Search, bounds: Bounds, text: str = "", exchange: Exchange | None = None, limit: int = LIMIT
) -> list[Instrument]:
    """The best `limit` instruments within the bounds, best first.

    Without words those of the underlying: itself, then by expiry, strike and type; none when nothing is asked for.
    """
    parts = search.within(exchange)
    hits: Iterable[tuple[int, int]]
    if parse(text).whole:
        hits = _matching(parts, bounds, text)
    elif bounds.underlying is not None:
        hits = _of_underlying(parts, bounds, bounds.underlying)
    else:
        return []
    found: dict[tuple[int, int], None] = {}
    for place, row in hits:
        found[place, row] = None
        if len(found) >= limit:
            break
    return [parts[place].segment.instrument(row) for place, row in found]


def _matching(parts: list[SegmentSearch], bounds: Bounds, text: str) -> Iterator[tuple[int, int]]:
    query = parse(text)
    for rank in CLASSES:
        streams = [ordered(place, part, rank(part, query)) for place, part in enumerate(parts)]
        for _, _, place, row in merge(*streams):
            if bounds.admit(parts[place].segment, row):
                yield place, row


def _of_underlying(parts: list[SegmentSearch], bounds: Bounds, root: str) -> Iterable[tuple[int, int]]:
    hits: list[tuple[tuple[dt.date, Decimal, str], int, int]] = []
    for place, part in enumerate(parts):
        segment = part.segment
        itself = segment.row(root)
        rows = [] if itself is None else [itself]
        for name, expiry, kind in segment.chains():
            if name == root and bounds.expiry in (None, expiry):
                rows.extend(segment.chain(root, expiry, kind))
        hits.extend(
            (_place_in_list(segment, row), place, row)
            for row in dict.fromkeys(rows)
            if part.is_live(row) and bounds.admit(segment, row)
        )
    return [(place, row) for _, place, row in sorted(hits)]


def _place_in_list(segment: Segment, row: int) -> tuple[dt.date, Decimal, str]:
    return (
        segment.expiry(row) or dt.date.min, segment.strike(row) or Decimal(0), segment.type_of(row).value
    )  # fmt: skip


def expiries(search: Search, root: str, exchange: Exchange | None = None) -> list[dt.date]:
    """Expiries of everything that is written on the root, ascending, past ones left out."""
    days = {
        expiry
        for part in search.within(exchange)
        for name, expiry, _ in part.segment.chains()
        if name == root and expiry is not None and expiry >= search.today
    }
    return sorted(days)
