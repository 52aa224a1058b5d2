"""Symbol search over the in-memory contract master.

Every term of the query must occur in symbol, broker symbol, name or token, or equal the strike. Hits are ranked: symbol
equals the query, symbol begins with it, every term is inside the symbol, matched elsewhere; then the shorter symbol,
then the alphabet. Rows lie in that last order, so each class is a scan at C speed that stops at the limit.
"""

from __future__ import annotations

import datetime as dt
import re
from array import array
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from difflib import SequenceMatcher
from functools import lru_cache
from heapq import merge
from itertools import accumulate, groupby, islice

import msgspec

from domain.instruments import Exchange, Instrument
from domain.money import plain
from services.market.index import InstrumentIndex, Pool, Segment, TextColumn, Texts

LIMIT = 500
LONGEST_QUERY = 128
MOST_TERMS = 12
BUDGET = 2000
FEW = 400
DIGITS = frozenset(b"0123456789")
REMEMBERED_MASKS = 24
NEAR_ENOUGH = 0.6

_DIGIT_RUN = re.compile(rb"[0-9]+")


class Term(msgspec.Struct, frozen=True):
    """One upper-case word. strike: its value when it is written otherwise than strikes are (26500.0)."""

    text: bytes
    strike: Decimal | None = None

    @property
    def has_digits(self) -> bool:
        """Whether the word holds a digit."""
        return not DIGITS.isdisjoint(self.text)


class Query(msgspec.Struct, frozen=True):
    """A parsed query: the whole text, its words without digits and its words with digits."""

    whole: bytes
    words: tuple[bytes, ...]
    numbers: tuple[Term, ...]


def parse(text: str) -> Query:
    """Split a query. Blank text gives no words; words beyond the twelfth and text beyond 128 signs are ignored."""
    parts = list(dict.fromkeys(text[:LONGEST_QUERY].encode(errors="replace").upper().split()))[:MOST_TERMS]
    terms = [Term(part, _odd_strike(part)) for part in parts]
    return Query(
        b" ".join(parts),
        tuple(term.text for term in terms if not term.has_digits),
        tuple(sorted((term for term in terms if term.has_digits), key=lambda term: -len(term.text))),
    )


def _odd_strike(word: bytes) -> Decimal | None:
    if not word.replace(b".", b"", 1).isdigit():
        return None
    value = Decimal(word.decode())
    return value if plain(value).encode() != word else None


class Faces:
    """Rows without their digits: 80,000 option rows have some 3,000 faces, so words are looked for among those.

    Every run of digits is replaced by one NUL: a word without digits occurs in a text exactly if it occurs in its face.
    """

    def __init__(self, segment: Segment) -> None:
        columns = dict.fromkeys((segment.symbols, segment.broker_symbols, segment.tokens))
        texts = [_DIGIT_RUN.sub(b"\0", column.upper)[1:-1].split(b"\n") for column in columns]
        names = [name.encode().upper().replace(b"\t", b" ") for name in segment.names.values]
        pool: Pool[tuple[bytes, ...]] = Pool()
        self.of_row = pool.column(zip(*texts, (names[number] for number in segment.name_of), strict=True))
        self._count = len(pool.values)
        self._symbols = Texts([face[0] for face in pool.values])
        self._all = Texts([b"\t".join(face) for face in pool.values])
        self._rows = array("I", sorted(range(segment.count), key=self.of_row.__getitem__))
        sizes = Counter(self.of_row)
        self._starts = array("I", accumulate((sizes[face] for face in range(self._count)), initial=0))

        self.matching = lru_cache(maxsize=8)(self._matching)

    def _matching(self, words: tuple[bytes, ...], in_symbol: bool) -> list[int]:
        """Faces that hold every word, in the symbol or anywhere, ascending."""
        texts = self._symbols if in_symbol else self._all
        counts = [texts.upper.count(word) for word in words]
        rarest = counts.index(min(counts))
        others = [word for place, word in enumerate(words) if place != rarest]
        if counts[rarest] <= self._count // 8:
            found = texts.hits(words[rarest])
            return [face for face in found if all(texts.holds(face, word) for word in others)]
        lines = texts.upper[1:-1].split(b"\n")
        faces = [face for face, line in enumerate(lines) if words[rarest] in line]
        for word in others:
            faces = [face for face in faces if word in lines[face]]
        return faces

    def rows(self, faces: Sequence[int], most: int = BUDGET) -> Iterable[int]:
        """All rows of the faces, ascending; a list when they are at most `most`."""
        found = array("I")
        if len(faces) <= most:
            for face in faces:
                found.extend(self._rows[self._starts[face] : self._starts[face + 1]])
                if len(found) > most:
                    break
            else:
                return sorted(found)
        wanted = bytearray(self._count)
        for face in faces:
            wanted[face] = 1
        return (row for row, face in enumerate(self.of_row) if wanted[face])


class SegmentSearch:
    """Search within one exchange. Answers row numbers ascending, which within a class is best first."""

    def __init__(self, segment: Segment, today: dt.date) -> None:
        self.segment = segment
        self._today = today
        self._has_expired = segment.first_expiry is not None and segment.first_expiry < today
        self._columns = tuple(dict.fromkeys((segment.symbols, segment.broker_symbols, segment.tokens)))
        self._names = Texts([name.encode() for name in segment.names.values])
        self._faces = Faces(segment)
        self._masks: OrderedDict[Term, tuple[int, int]] = OrderedDict()

    def equal(self, query: Query, limit: int) -> list[int]:
        """Class 0: the symbol is the query."""
        return self._first(self.segment.symbols.rows(query.whole.decode(errors="replace")), limit)

    def beginning(self, query: Query, limit: int) -> list[int]:
        """Classes 0 and 1: the symbol begins with the query."""
        rows = self.segment.symbols.prefixed(query.whole)
        if len(rows) <= BUDGET:
            return self._first(sorted(rows), limit)
        return self._first(self.segment.symbols.hits(b"\n" + query.whole, offset=1), limit)

    def inside(self, query: Query, limit: int) -> list[int]:
        """Classes 0 to 2: every term is inside the symbol."""
        if not query.numbers:
            return self._first(self._faces.rows(self._faces.matching(query.words, in_symbol=True)), limit)
        if not query.words and len(query.numbers) == 1:
            return self._first(self.segment.symbols.hits(query.numbers[0].text), limit)
        return self._first(self._joint(query, in_symbol=True), limit)

    def elsewhere(self, query: Query, limit: int) -> list[int]:
        """Class 3: every term matches, but not all of them inside the symbol."""
        if not query.numbers:
            inside = frozenset(self._faces.matching(query.words, in_symbol=True))
            faces = self._faces.matching(query.words, in_symbol=False)
            return self._first(self._faces.rows([face for face in faces if face not in inside]), limit)
        if not query.words and len(query.numbers) == 1:
            rows = self._numbered(query.numbers[0], self._columns[1:])
            return self._first((row for row in rows if not self._inside(query, row)), limit)
        return self._first(self._joint(query, in_symbol=False), limit)

    def is_live(self, row: int) -> bool:
        """Whether the row has not expired."""
        if not self._has_expired:
            return True
        expiry = self.segment.expiry(row)
        return expiry is None or expiry >= self._today

    def _first(self, rows: Iterable[int], limit: int) -> list[int]:
        return list(islice(filter(self.is_live, rows) if self._has_expired else rows, limit))

    def _joint(self, query: Query, in_symbol: bool) -> Iterator[int]:
        """Rows of class 2 (in_symbol) or class 3 of a query with numbers, ascending."""
        wanted: frozenset[int] | None = None
        rows: Iterable[int] | None = None
        if query.words:
            wanted = frozenset(self._faces.matching(query.words, in_symbol))
            if not wanted:
                return
            is_dense = len(query.numbers[0].text) <= 2
            rows = self._faces.rows(sorted(wanted), BUDGET if is_dense else FEW)
        if not isinstance(rows, list):
            if all(term in self._masks for term in query.numbers):
                rows = self._masked(query.numbers, in_symbol)
            else:
                rows = self._numbered(query.numbers[0], self._columns[:1] if in_symbol else self._columns)
        faces = self._faces.of_row
        for tried, row in enumerate(rows):
            if tried == BUDGET and not isinstance(rows, list):
                break
            if (wanted is None or faces[row] in wanted) and self._fits(query, row, in_symbol):
                yield row
        else:
            return
        for after in self._masked(query.numbers, in_symbol):
            kept = after >= row and (wanted is None or faces[after] in wanted)
            if kept and self._fits(query, after, in_symbol):
                yield after

    def _fits(self, query: Query, row: int, in_symbol: bool) -> bool:
        inside = self._inside(query, row)
        if in_symbol or inside:
            return inside is in_symbol
        return all(self._matches(term, row) for term in query.numbers)

    def _inside(self, query: Query, row: int) -> bool:
        symbols = self.segment.symbols
        return all(symbols.holds(row, term.text) for term in query.numbers) and all(
            symbols.holds(row, word) for word in query.words
        )

    def _numbered(self, term: Term, columns: tuple[TextColumn, ...]) -> Iterable[int]:
        """Rows that match one term with digits in these columns, the name or the strike; ascending, each once."""
        segment = self.segment
        streams: list[Iterable[int]] = [column.hits(term.text) for column in columns]
        names = frozenset(self._names.hits(term.text))
        if names:
            streams.append(row for row, name in enumerate(segment.name_of) if name in names)
        if term.strike is not None:
            text, strike = plain(term.strike).encode(), term.strike
            streams.append(row for row in segment.symbols.hits(text) if segment.strike(row) == strike)
        return (row for row, _ in groupby(merge(*streams)))

    def _matches(self, term: Term, row: int) -> bool:
        segment = self.segment
        return (
            any(column.holds(row, term.text) for column in self._columns)
            or self._names.holds(segment.name_of[row], term.text)
            or (term.strike is not None and segment.strike(row) == term.strike)
        )

    def _masked(self, terms: tuple[Term, ...], in_symbol: bool) -> Iterator[int]:
        """Rows where all of these terms match, ascending. Frequent terms are few, so their rows are remembered."""
        both = -1
        for term in terms:
            both &= self._mask(term)[0 if in_symbol else 1]
        flags = both.to_bytes(self.segment.count, "little")
        row = flags.find(1)
        while row >= 0:
            yield row
            row = flags.find(1, row + 1)

    def _mask(self, term: Term) -> tuple[int, int]:
        """Rows with the term inside the symbol, and rows that match it anyhow, a byte per row."""
        known = self._masks.get(term)
        if known is None:
            inside = self._flags(_lines_with(self.segment.symbols, term.text))
            matched = inside | self._flags(self._numbered(term, ()))
            for column in self._columns[1:]:
                matched |= self._flags(_lines_with(column, term.text))
            known = inside, matched
            self._masks[term] = known
            while len(self._masks) > REMEMBERED_MASKS:
                self._masks.popitem(last=False)
        return known

    def _flags(self, rows: Iterable[int]) -> int:
        flags = bytearray(self.segment.count)
        for row in rows:
            flags[row] = 1
        return int.from_bytes(flags, "little")


def _lines_with(column: TextColumn, needle: bytes) -> Iterable[int]:
    """As `hits`, quicker when there are many."""
    return [row for row, line in enumerate(column.upper[1:-1].split(b"\n")) if needle in line]


Hit = tuple[SegmentSearch, int]


class Search:
    """Search over one broker's whole contract master on one day."""

    def __init__(self, index: InstrumentIndex, today: dt.date) -> None:
        self.index = index
        self.today = today
        self._parts = {key: SegmentSearch(segment, today) for key, segment in index.segments.items()}

    def find(self, text: str, exchange: Exchange | None = None, limit: int = LIMIT) -> list[Instrument]:
        """The best `limit` unexpired instruments, best first; none for a blank query."""
        query = parse(text)
        if not query.whole:
            return []
        parts = [part for key, part in self._parts.items() if exchange in (None, key)]
        found: dict[Hit, None] = {}
        for rank in CLASSES:
            hits = [(part, row) for part in parts for row in rank(part, query, limit)]
            found.update(dict.fromkeys(sorted((hit for hit in hits if hit not in found), key=_order)))
            if len(found) >= limit:
                break
        return [part.segment.instrument(row) for part, row in islice(found, limit)]

    def near(self, exchange: Exchange, symbol: str, count: int = 5) -> tuple[str, ...]:
        """Symbols of the exchange that look most like this one, best first."""
        part = self._parts.get(exchange)
        wanted = symbol.upper()[:64]
        if part is None or not wanted:
            return ()
        symbols = part.segment.symbols
        rows = set(symbols.near(wanted, 2 * count))
        bare = wanted.removesuffix("-EQ").removesuffix(".NS").removesuffix(".BO").replace(" ", "")
        query = parse(bare)
        if query.whole:
            rows.update(part.beginning(query, 2 * count))
            rows.update(part.inside(parse(bare), 2 * count))
            rows.update(part.beginning(parse(bare[: max(3, len(bare) - 3)]), 2 * count))
        matcher = SequenceMatcher(b=bare)
        scored = []
        for text in {symbols.text(row) for row in rows if part.is_live(row)}:
            matcher.set_seq1(text)
            scored.append((-matcher.ratio(), len(text), text))
        return tuple(text for score, _, text in sorted(scored)[:count] if -score >= NEAR_ENOUGH)


CLASSES = (SegmentSearch.equal, SegmentSearch.beginning, SegmentSearch.inside, SegmentSearch.elsewhere)


def _order(hit: Hit) -> tuple[int, bytes]:
    part, row = hit
    text = part.segment.symbols.raw(row)
    return len(text), text
