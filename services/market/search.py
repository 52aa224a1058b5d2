"""Symbol search over the in-memory contract master.

Every term of the query must occur in symbol, broker symbol, name or token, or equal the strike. Hits are ranked: symbol
equals the query, symbol begins with it, every term is inside the symbol, matched elsewhere; then the shorter symbol,
then the alphabet. Rows lie in that last order, so each class is a stream of rows that is read up to the limit.
"""

from __future__ import annotations

import datetime as dt
import re
from array import array
from collections.abc import Iterable, Iterator
from decimal import Decimal
from difflib import SequenceMatcher
from heapq import merge
from itertools import compress, groupby, islice

import msgspec

from domain.instruments import Exchange, Instrument
from domain.money import plain
from services.market.faces import BLANK, DIGIT_RUN, LETTER_RUN, Faces
from services.market.index import InstrumentIndex, Segment, TextColumn, Texts
from utils.limits import lru_cache

LIMIT = 500
LONGEST_QUERY = 128
MOST_TERMS = 12
BUDGET = 6000
MANY = 500
REMEMBERED = 64
NEAR_ENOUGH = 0.6

_NUMBER = re.compile(rb"[0-9.]*[0-9][0-9.]*")


class Term(msgspec.Struct, frozen=True):
    """One upper-case word that holds a digit.

    letters: what a face of letters must hold, None for a plain number; digits: what a face of digits must hold.
    strike: the value of a number written otherwise than strikes are (26500.0).
    """

    text: bytes
    letters: bytes | None
    digits: bytes
    strike: Decimal | None = None


class Query(msgspec.Struct, frozen=True):
    """A parsed query. words: without digits. letters, digits: what faces of rows with every term hold."""

    whole: bytes
    words: tuple[bytes, ...]
    numbers: tuple[Term, ...]
    letters: tuple[bytes, ...]
    digits: tuple[bytes, ...]
    mixed: tuple[bytes, ...]


def parse(text: str) -> Query:
    """Split a query. Blank text gives no words; words beyond the twelfth and text beyond 128 signs are ignored."""
    parts = list(dict.fromkeys(text[:LONGEST_QUERY].encode(errors="replace").upper().split()))[:MOST_TERMS]
    words = tuple(part for part in parts if DIGIT_RUN.search(part) is None)
    numbers = sorted((_term(part) for part in parts if part not in words), key=lambda term: -len(term.text))
    shapes = [term.letters for term in numbers if term.letters is not None]
    return Query(
        whole=b" ".join(parts),
        words=words,
        numbers=tuple(numbers),
        letters=(*words, *shapes),
        digits=tuple(term.digits for term in numbers),
        mixed=tuple(term.text for term in numbers if term.letters is not None),
    )


def _term(word: bytes) -> Term:
    if _NUMBER.fullmatch(word):
        return Term(word, None, word, _odd_strike(word))
    return Term(word, DIGIT_RUN.sub(BLANK, word), LETTER_RUN.sub(BLANK, word))


def _odd_strike(word: bytes) -> Decimal | None:
    if not word.replace(b".", b"", 1).isdigit():
        return None
    value = Decimal(word.decode())
    return value if plain(value).encode() != word else None


class SegmentSearch:
    """Search within one exchange. Each class is a stream of row numbers, ascending, which is best first."""

    def __init__(self, segment: Segment, today: dt.date) -> None:
        self.segment = segment
        self._today = today
        self._has_expired = segment.first_expiry is not None and segment.first_expiry < today
        self.columns = tuple(dict.fromkeys((segment.symbols, segment.broker_symbols, segment.tokens)))
        self.names = Texts([name.encode() for name in segment.names.values])
        self._letters = Faces(segment, self.columns, letters=True)
        self.digits = Faces(segment, _without(self.columns, segment.tokens), letters=False)

    def equal(self, query: Query) -> Iterable[int]:
        """Class 0: the symbol is the query."""
        return self._live(self.segment.symbols.rows(query.whole.decode(errors="replace")))

    def beginning(self, query: Query) -> Iterable[int]:
        """Classes 0 and 1: the symbol begins with the query."""
        rows = self.segment.symbols.prefixed(query.whole)
        if len(rows) <= BUDGET:
            return self._live(sorted(rows))
        return self._live(self.segment.symbols.hits(b"\n" + query.whole, offset=1))

    def inside(self, query: Query) -> Iterable[int]:
        """Classes 0 to 2: every term is inside the symbol."""
        letters = self._letters.matching(query.letters, True) if query.letters else None
        digits = self.digits.matching(query.digits, True) if query.digits and letters != [] else None
        if letters == [] or digits == []:
            return ()
        if not query.mixed:
            return self._live(self._rows(letters, digits))
        longest, *others = query.mixed
        rows = self._having(self.segment.symbols.hits(longest), letters, digits)
        holds = self.segment.symbols.holds
        return self._live(row for row in rows if all(holds(row, text) for text in others))

    def elsewhere(self, query: Query) -> Iterable[int]:
        """Class 3: every term matches, but not all of them inside the symbol."""
        letters = self._letters.matching(query.letters, False) if query.letters else None
        if letters == []:
            return ()
        if not query.numbers:
            inside = frozenset(self._letters.matching(query.letters, True))
            return self._live(self._rows([face for face in letters or () if face not in inside], None))
        is_one_mixed = not query.words and len(query.numbers) == len(query.mixed) == 1
        rows = self._live(self._outside(query.mixed[0]) if is_one_mixed else self._numbered(query, letters))
        return (row for row in rows if not self._is_inside(query, row))

    def is_live(self, row: int) -> bool:
        """Whether the row has not expired."""
        if not self._has_expired:
            return True
        expiry = self.segment.expiry(row)
        return expiry is None or expiry >= self._today

    def _live(self, rows: Iterable[int]) -> Iterable[int]:
        return filter(self.is_live, rows) if self._has_expired else rows

    def _rows(self, letters: list[int] | None, digits: list[int] | None) -> Iterable[int]:
        """Rows whose faces are among these, ascending; None means any face."""
        picked = [
            (faces.size(found), faces, found)
            for faces, found in ((self._letters, letters), (self.digits, digits))
            if found is not None
        ]
        picked.sort(key=lambda pick: pick[0])
        rows = picked[0][1].rows(picked[0][2])
        return rows if len(picked) == 1 else self._having(rows, letters, digits)

    def _outside(self, text: bytes) -> Iterator[int]:
        """Rows that hold the text elsewhere than in the symbol, ascending."""
        streams: list[Iterable[int]] = [column.hits(text) for column in self.columns[1:]]
        names = frozenset(self.names.hits(text))
        if names:
            streams.append(row for row, name in enumerate(self.segment.name_of) if name in names)
        return (row for row, _ in groupby(merge(*streams)))

    def _having(
        self, rows: Iterable[int], letters: list[int] | None, digits: list[int] | None
    ) -> Iterable[int]:
        """Those of the rows whose faces are among these."""
        for faces, found in ((self._letters, letters), (self.digits, digits)):
            if found is not None and len(found) < faces.count:
                rows = _flagged(rows, faces.flags(found), faces.of_row)
        return rows

    def _numbered(self, query: Query, letters: list[int] | None) -> Iterable[int]:
        """Rows that match every term, ascending. `letters`: faces of rows that match the words."""
        checks = sorted((_Check(self, term) for term in query.numbers), key=lambda check: check.most)
        if letters is None or self._letters.size(letters) > checks[0].most:
            rows = checks.pop(0).rows()
            if letters is not None:
                rows = self._having(rows, letters, None)
        else:
            rows = self._letters.rows(letters)
        for check in checks:
            rows = check.kept(rows)
        return rows

    def _is_inside(self, query: Query, row: int) -> bool:
        holds = self.segment.symbols.holds
        return all(holds(row, term.text) for term in query.numbers) and all(
            holds(row, word) for word in query.words
        )


class _Check:
    """Which rows match one term with digits anywhere: by their face of digits, their token or their strike."""

    def __init__(self, part: SegmentSearch, term: Term) -> None:
        self._segment = part.segment
        self._digits = part.digits
        self._columns = part.columns
        self._names = part.names
        self._term = term
        self._faces = self._digits.matching((term.digits,), False)
        self._in_tokens = self._segment.tokens.count(term.text)
        self._at_strike: list[int] = []
        if term.strike is not None:
            text = plain(term.strike).encode()
            rows = self._digits.rows(self._digits.matching((text,), True))
            self._at_strike = [row for row in rows if self._segment.strike(row) == term.strike]
        self.most = self._digits.size(self._faces) + self._in_tokens + len(self._at_strike)

    def rows(self) -> Iterable[int]:
        """Rows that match, ascending."""
        if self.most > BUDGET:
            by_face = int.from_bytes(self._digits.row_flags(self._faces), "little")
            flags = by_face | int.from_bytes(self._others(), "little")
            count = self._segment.count
            return self._sure(compress(range(count), flags.to_bytes(count, "little")))
        found = {*self._digits.rows(self._faces), *self._segment.tokens.hits(self._term.text)}
        return self._sure(sorted(found.union(self._at_strike)))

    def kept(self, rows: Iterable[int]) -> Iterable[int]:
        """Those of the rows that match."""
        return self._sure(self._near(rows))

    def _near(self, rows: Iterable[int]) -> Iterator[int]:
        wanted, of_row = self._digits.flags(self._faces), self._digits.of_row
        tokens, text = self._segment.tokens, self._term.text
        others = None if self._in_tokens > MANY else self._others()
        tried = 0
        for row in rows:
            if wanted[of_row[row]]:
                yield row
            elif others is not None:
                if others[row]:
                    yield row
            else:
                if tokens.holds(row, text) or row in self._at_strike:
                    yield row
                tried += 1
                if tried == MANY:
                    others = self._others()

    def _others(self) -> bytearray:
        """A byte per row: 1 for rows that match by their token or their strike."""
        tokens, text = self._segment.tokens, self._term.text
        if self._in_tokens > BUDGET:
            flags = bytearray(tokens.flags(text))
        else:
            flags = bytearray(self._segment.count)
            for row in tokens.hits(text) if self._in_tokens else ():
                flags[row] = 1
        for row in self._at_strike:
            flags[row] = 1
        return flags

    def _sure(self, rows: Iterable[int]) -> Iterable[int]:
        """A face does not tell in which order a mixed term's letters and digits stand."""
        if self._term.letters is None:
            return rows
        return filter(self._holds, rows)

    def _holds(self, row: int) -> bool:
        text = self._term.text
        in_column = any(column.holds(row, text) for column in self._columns)
        return in_column or self._names.holds(self._segment.name_of[row], text)


def _flagged(rows: Iterable[int], flags: bytearray, of_row: array[int]) -> Iterable[int]:
    return (row for row in rows if flags[of_row[row]])


def _without(columns: tuple[TextColumn, ...], column: TextColumn) -> tuple[TextColumn, ...]:
    return tuple(each for each in columns if each is not column) or columns


Hit = tuple[int, bytes, int, int]


class Search:
    """Search over one broker's whole contract master on one day."""

    def __init__(self, index: InstrumentIndex, today: dt.date) -> None:
        self.index = index
        self.today = today
        self._parts = {key: SegmentSearch(segment, today) for key, segment in index.segments.items()}
        self._hits = lru_cache(maxsize=REMEMBERED)(self._find)

    def find(self, text: str, exchange: Exchange | None = None, limit: int = LIMIT) -> list[Instrument]:
        """The best `limit` unexpired instruments, best first; none for a blank query."""
        query = parse(text)
        if not query.whole:
            return []
        parts = self.within(exchange)
        hits = self._hits(query, exchange, limit)
        return [parts[place].segment.instrument(row) for place, row in zip(*hits, strict=True)]

    def within(self, exchange: Exchange | None) -> list[SegmentSearch]:
        """The parts of one exchange, or all."""
        return [part for key, part in self._parts.items() if exchange in (None, key)]

    def _find(self, query: Query, exchange: Exchange | None, limit: int) -> tuple[bytes, array[int]]:
        """Places among the parts and rows there, best first: small enough to remember for the last queries."""
        parts = self.within(exchange)
        found: dict[tuple[int, int], None] = {}
        for rank in CLASSES:
            streams = [ordered(place, part, rank(part, query)) for place, part in enumerate(parts)]
            for _, _, place, row in merge(*streams):
                found[place, row] = None
                if len(found) >= limit:
                    break
            if len(found) >= limit:
                break
        return bytes(place for place, _ in found), array("I", (row for _, row in found))

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
            rows.update(islice(part.beginning(query), 2 * count))
            rows.update(islice(part.inside(query), 2 * count))
            rows.update(islice(part.beginning(parse(bare[: max(3, len(bare) - 3)])), 2 * count))
        matcher = SequenceMatcher(b=bare)
        scored = []
        for text in {symbols.text(row) for row in rows if part.is_live(row)}:
            matcher.set_seq1(text)
            scored.append((-matcher.ratio(), len(text), text))
        return tuple(text for score, _, text in sorted(scored)[:count] if -score >= NEAR_ENOUGH)


CLASSES = (SegmentSearch.equal, SegmentSearch.beginning, SegmentSearch.inside, SegmentSearch.elsewhere)


def ordered(place: int, part: SegmentSearch, rows: Iterable[int]) -> Iterator[Hit]:
    """Hits as they compare across exchanges: length, symbol, exchange."""
    raw = part.segment.symbols.raw
    for row in rows:
        text = raw(row)
        yield len(text), text, place, row
