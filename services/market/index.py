"""The contract master in memory: columns instead of objects, so that 100,000 instruments take about 10 MB.

Rows of an exchange form a segment, ordered by symbol length and then alphabet: a row's number is its rank in a search.
Texts lie in one byte string per column and are found by bisection; everything that repeats is stored once.
"""

from __future__ import annotations

import datetime as dt
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from itertools import accumulate
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from domain.instruments import Exchange, Instrument, InstrumentKey, InstrumentType
from utils.limits import lru_cache

V = TypeVar("V", bound=Hashable)
HOT_KEYS = 2048
Freezes = Mapping[tuple[Exchange, str], int]
NO_FREEZES: Freezes = MappingProxyType({})
# No text in UTF-8 holds the mark.
_MARK = b"\xff"
_NEITHER_MARK_NOR_END = bytes(set(range(256)) - {*_MARK, *b"\n"})


class Traits(NamedTuple):
    """What the contracts of one family have in common."""

    broker_exchange: str
    instrument_type: InstrumentType
    lot_size: int
    tick_size: Decimal
    freeze_qty: int | None
    multiplier: int


class Chain(NamedTuple):
    """Contracts of one root, expiry and type; root and expiry by their number in the segment's tables."""

    root: int
    expiry: int
    instrument_type: InstrumentType


class Pool(Generic[V]):
    """Distinct values by number, in order of first appearance."""

    def __init__(self) -> None:
        self.values: list[V] = []
        self.numbers: dict[V, int] = {}

    def column(self, values: Iterable[V]) -> array[int]:
        """The numbers of the values, new ones added."""
        numbers = self.numbers
        found = array("I")
        for value in values:
            number = numbers.get(value)
            if number is None:
                number = numbers[value] = len(self.values)
                self.values.append(value)
            found.append(number)
        return found

    def renew(self, copy: Callable[[V], V]) -> None:
        """Put fresh copies in the place of the values."""
        values = [copy(value) for value in self.values]
        self.numbers = {value: number for number, value in enumerate(values)}
        self.values = values


class Texts:
    """Numbered texts in one byte string, each between line feeds, so that all are searched at C speed."""

    def __init__(self, encoded: Sequence[bytes]) -> None:
        self.data = b"\n" + b"\n".join(encoded) + b"\n"
        if self.data.count(b"\n") != len(encoded) + 1:
            raise ValueError("a text holds a line feed")
        upper = self.data.upper()
        self.upper = self.data if upper == self.data else upper
        self.alphabet = frozenset(self.upper)
        self.starts = array("I", accumulate((len(text) + 1 for text in encoded), initial=1))

    def raw(self, row: int) -> bytes:
        """Text of a row as bytes."""
        return self.data[self.starts[row] : self.starts[row + 1] - 1]

    def text(self, row: int) -> str:
        """Text of a row."""
        return self.data[self.starts[row] : self.starts[row + 1] - 1].decode()

    def row_at(self, position: int) -> int:
        """The row that holds this byte position."""
        return bisect_right(self.starts, position) - 1

    def holds(self, row: int, needle: bytes) -> bool:
        """Whether the upper-case text of a row holds the needle."""
        return self.upper.find(needle, self.starts[row], self.starts[row + 1]) >= 0

    def count(self, needle: bytes) -> int:
        """How often the upper-case texts hold the needle, counted without overlaps."""
        return self.upper.count(needle) if self.alphabet.issuperset(needle) else 0

    def flags(self, needle: bytes) -> bytes:
        """One byte per row, 1 when its upper-case text holds the needle; C speed however many do."""
        data = self.upper[1:].replace(needle, _MARK).translate(None, _NEITHER_MARK_NOR_END)
        while _MARK + _MARK in data:
            data = data.replace(_MARK + _MARK, _MARK)
        return data.replace(_MARK + b"\n", b"\1").replace(b"\n", b"\0")

    def hits(self, needle: bytes, offset: int = 0) -> Iterator[int]:
        """Rows whose upper-case text holds the needle, ascending.

        `offset`: where in the needle the row's own text begins, when the needle starts with the line feed before it.
        """
        if not self.alphabet.issuperset(needle):
            return
        data, starts = self.upper, self.starts
        position = data.find(needle)
        while position >= 0:
            row = bisect_right(starts, position + offset) - 1
            yield row
            position = data.find(needle, starts[row + 1] - 1)


class TextColumn(Texts):
    """One text per row with an alphabetical index."""

    def __init__(self, texts: Sequence[str]) -> None:
        encoded = [text.encode() for text in texts]
        super().__init__(encoded)
        self._sorted = array("I", sorted(range(len(encoded)), key=encoded.__getitem__))

    def rows(self, text: str) -> array[int]:
        """Rows with exactly this text, in no particular order."""
        needle = text.encode()
        low = bisect_left(self._sorted, needle, key=self.raw)
        high = low
        while high < len(self._sorted) and self.raw(self._sorted[high]) == needle:
            high += 1
        return self._sorted[low:high]

    def prefixed(self, prefix: bytes) -> array[int]:
        """Rows whose text begins with the prefix, in alphabetical order."""
        low = bisect_left(self._sorted, prefix, key=self.raw)
        high = bisect_left(self._sorted, prefix + b"\xff", lo=low, key=self.raw)
        return self._sorted[low:high]

    def near(self, text: str, count: int) -> array[int]:
        """Rows around the place where the text would stand in the alphabet."""
        place = bisect_left(self._sorted, text.encode(), key=self.raw)
        return self._sorted[max(0, place - count) : place + count]


class Segment:
    """All instruments of one exchange."""

    def __init__(self, exchange: Exchange, instruments: list[Instrument], freezes: Freezes) -> None:
        rows = sorted(instruments, key=lambda row: (len(row.symbol), row.symbol))
        self.exchange = exchange
        self._freezes = freezes
        self.count = len(rows)
        self.symbols = TextColumn([row.symbol for row in rows])
        same = all(row.symbol == row.broker_symbol for row in rows)
        self.broker_symbols = self.symbols if same else TextColumn([row.broker_symbol for row in rows])
        self.tokens = TextColumn([row.token for row in rows])
        self.names: Pool[str] = Pool()
        self.name_of = self.names.column(row.name for row in rows)
        self._expiries: Pool[dt.date | None] = Pool()
        self._expiry_of = self._expiries.column(row.expiry for row in rows)
        self._strikes: Pool[Decimal | None] = Pool()
        self._strike_of = self._strikes.column(row.strike for row in rows)
        self._traits: Pool[Traits] = Pool()
        self._traits_of = self._traits.column(
            Traits(
                row.broker_exchange, row.instrument_type, row.lot_size, row.tick_size, row.freeze_qty,
                row.multiplier,
            )
            for row in rows
        )  # fmt: skip
        self.broker_exchanges = frozenset(traits.broker_exchange for traits in self._traits.values)
        self.first_expiry = min((day for day in self._expiries.values if day), default=None)
        self._chains, self._chain_rows = self._group()

    def settle(self) -> None:
        """Copy the small values that the rows of the load still share with this segment."""
        self.names.renew(_copy)
        self._expiries.renew(_copy)
        self._strikes.renew(_copy)
        self._traits.renew(lambda traits: Traits(*map(_copy, traits)))

    def _group(self) -> tuple[dict[Chain, tuple[int, int]], array[int]]:
        """Rows of derivatives by chain, each chain ascending by strike."""
        kinds = [traits.instrument_type for traits in self._traits.values]
        chains: dict[Chain, list[int]] = {}
        for row in range(self.count):
            kind = kinds[self._traits_of[row]]
            if kind is not InstrumentType.EQ and kind is not InstrumentType.INDEX:
                chains.setdefault(Chain(self.name_of[row], self._expiry_of[row], kind), []).append(row)
        places: dict[Chain, tuple[int, int]] = {}
        ordered = array("I")
        for chain, rows in chains.items():
            rows.sort(key=self._strike_order)
            places[chain] = (len(ordered), len(ordered) + len(rows))
            ordered.extend(rows)
        return places, ordered

    def _strike_order(self, row: int) -> Decimal:
        return self._strikes.values[self._strike_of[row]] or Decimal(0)

    def instrument(self, row: int) -> Instrument:
        """The row as a domain value."""
        symbol = self.symbols.text(row)
        broker_symbol = symbol if self.broker_symbols is self.symbols else self.broker_symbols.text(row)
        broker_exchange, kind, lot_size, tick_size, freeze_qty, multiplier = self._traits.values[
            self._traits_of[row]
        ]
        name = self.names.values[self.name_of[row]]
        if freeze_qty is None and self._freezes and self.exchange.is_derivative:
            freeze_qty = self._freezes.get((self.exchange, name))
        return Instrument(
            symbol, self.exchange, symbol if symbol == broker_symbol else broker_symbol, broker_exchange,
            self.tokens.text(row), name, kind, lot_size, tick_size, self._expiries.values[self._expiry_of[row]],
            self._strikes.values[self._strike_of[row]], freeze_qty, multiplier,
        )  # fmt: skip

    def expiry(self, row: int) -> dt.date | None:
        """Expiry of a row."""
        return self._expiries.values[self._expiry_of[row]]

    def strike(self, row: int) -> Decimal | None:
        """Strike of a row."""
        return self._strikes.values[self._strike_of[row]]

    def type_of(self, row: int) -> InstrumentType:
        """Instrument type of a row."""
        return self._traits.values[self._traits_of[row]].instrument_type

    def broker_exchange(self, row: int) -> str:
        """The vendor's exchange of a row."""
        return self._traits.values[self._traits_of[row]].broker_exchange

    def row(self, symbol: str) -> int | None:
        """The row of a common symbol."""
        rows = self.symbols.rows(symbol)
        return rows[0] if rows else None

    def chain(self, root: str, expiry: dt.date | None, kind: InstrumentType) -> Sequence[int]:
        """Rows of a chain ascending by strike, empty when there is none."""
        name, day = self.names.numbers.get(root), self._expiries.numbers.get(expiry)
        if name is None or day is None:
            return ()
        start, stop = self._chains.get(Chain(name, day, kind), (0, 0))
        return self._chain_rows[start:stop]

    def chains(self) -> Iterator[tuple[str, dt.date | None, InstrumentType]]:
        """(root, expiry, type) of every chain."""
        for chain in self._chains:
            yield self.names.values[chain.root], self._expiries.values[chain.expiry], chain.instrument_type

    def expiries(self, root: str, kinds: frozenset[InstrumentType]) -> list[dt.date]:
        """Expiry dates of a root for the types, ascending."""
        name = self.names.numbers.get(root)
        days = {
            self._expiries.values[chain.expiry]
            for chain in self._chains
            if chain.root == name and chain.instrument_type in kinds
        }
        return sorted(day for day in days if day is not None)


def _copy(value: Any) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return value.encode().decode()
    if isinstance(value, Decimal):
        return Decimal(str(value))
    if isinstance(value, dt.date):
        return dt.date.fromordinal(value.toordinal())
    return value


class InstrumentIndex:
    """One broker's contract master; built whole and never changed, so readers need no lock."""

    def __init__(
        self, instruments: Iterable[Instrument], generation: int | None = None, freezes: Freezes = NO_FREEZES
    ) -> None:
        """Index the rows. `freezes` stays referenced. Raises ValueError for texts that hold a line feed."""
        grouped: dict[Exchange, list[Instrument]] = {}
        for row in instruments:
            grouped.setdefault(row.exchange, []).append(row)
        self.generation = generation
        self.segments = {
            exchange: Segment(exchange, grouped.pop(exchange), freezes)
            for exchange in Exchange
            if exchange in grouped
        }
        self.total = sum(segment.count for segment in self.segments.values())
        self.by_key = lru_cache(maxsize=HOT_KEYS)(self._by_key)

    def _by_key(self, key: InstrumentKey) -> Instrument | None:
        segment = self.segments.get(key.exchange)
        row = segment.row(key.symbol) if segment else None
        return segment.instrument(row) if segment and row is not None else None

    def by_token(self, broker_exchange: str, token: str) -> Instrument | None:
        """The instrument under a vendor token within the vendor's exchange."""
        return self._by_vendor(broker_exchange, token, by_token=True)

    def by_broker_symbol(self, broker_exchange: str, broker_symbol: str) -> Instrument | None:
        """The instrument under a vendor symbol within the vendor's exchange, None also when it is ambiguous."""
        return self._by_vendor(broker_exchange, broker_symbol, by_token=False)

    def _by_vendor(self, broker_exchange: str, text: str, by_token: bool) -> Instrument | None:
        found: list[tuple[Segment, int]] = []
        for segment in self.segments.values():
            if broker_exchange in segment.broker_exchanges:
                column = segment.tokens if by_token else segment.broker_symbols
                rows = column.rows(text)
                found.extend(
                    (segment, row) for row in rows if segment.broker_exchange(row) == broker_exchange
                )
        if len(found) != 1:
            return None
        segment, row = found[0]
        return segment.instrument(row)

    def settle(self) -> None:
        """Let go of everything that belongs to the load this index was built from.

        Without it a few thousand strings and decimals would pin the memory of 100,000 dead rows.
        """
        for segment in self.segments.values():
            segment.settle()

    def all(self, exchange: Exchange | None = None) -> Iterator[Instrument]:
        """Every instrument of one exchange or of all, by exchange, shorter symbols first."""
        for segment in self.segments.values():
            if exchange in (None, segment.exchange):
                for row in range(segment.count):
                    yield segment.instrument(row)
