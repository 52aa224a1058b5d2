"""Rows of a segment grouped by their faces: what is left of a text when its letters or its digits are blanked.

80,000 option rows have some 3,000 faces without digits and some 20,000 without letters, so a term is looked for among
those: it occurs in a text exactly if it occurs in the face that keeps its kind of sign.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, compress
from operator import itemgetter

from services.market.index import Pool, Segment, TextColumn, Texts
from utils.limits import lru_cache

# No text in UTF-8 holds this byte, so no term can meet it.
BLANK = b"\xff"
DIGIT_RUN = re.compile(rb"[0-9]+")
LETTER_RUN = re.compile(rb"[^0-9.\n\xff]+")
_EACH_LETTER = bytes(sign if sign in b"0123456789.\n" else 0xFF for sign in range(256))
_EACH_DIGIT = bytes(0xFF if sign in b"0123456789" else sign for sign in range(256))
DENSE = 4000
FIRST_ROWS = 4096


class Lines(Texts):
    """Texts kept also one by one, for needles that most of them hold.

    As `str`, a sign for each byte: `in` is seven times as fast there as for bytes, which first take it for a number.
    """

    def __init__(self, each: list[bytes]) -> None:
        super().__init__(each)
        self.each = [line.decode("latin-1") for line in each]


class Faces:
    """Faces of the columns and names of a segment."""

    def __init__(self, segment: Segment, columns: Sequence[TextColumn], *, letters: bool) -> None:
        """`columns`: the symbols first. `letters`: keep those and blank runs of digits, or the other way round."""
        each = _EACH_DIGIT if letters else _EACH_LETTER
        texts = [_blank(column.upper, each)[1:-1].split(b"\n") for column in columns]
        names = [_blank(name.encode().upper().replace(b"\t", b" "), each) for name in segment.names.values]
        pool: Pool[tuple[bytes, ...]] = Pool()
        self.of_row = pool.column(zip(*texts, (names[number] for number in segment.name_of), strict=True))
        self.count = len(pool.values)
        numbers = list(range(self.count))
        # Picks the flags of all rows twice as fast as a loop in C over the array would.
        self._each_row = itemgetter(*[numbers[face] for face in self.of_row], 0)
        self._symbols = Lines([face[0] for face in pool.values])
        self._whole = Lines([b"\t".join(face) for face in pool.values])
        self._rows = array("I", sorted(range(segment.count), key=self.of_row.__getitem__))
        sizes = Counter(self.of_row)
        self._starts = array("I", accumulate((sizes[face] for face in range(self.count)), initial=0))
        self.matching = lru_cache(maxsize=16)(self._matching)

    def _matching(self, needles: tuple[bytes, ...], in_symbol: bool) -> list[int]:
        """Faces that hold every needle, in the symbol or anywhere, ascending."""
        lines = self._symbols if in_symbol else self._whole
        counts = {needle: lines.upper.count(needle) for needle in needles}
        first, *others = sorted(counts, key=counts.__getitem__)
        if counts[first] <= self.count // 8:
            faces = list(lines.hits(first)) if counts[first] else []
        else:
            text = first.decode("latin-1")
            faces = [face for face, line in enumerate(lines.each) if text in line]
        for text in (needle.decode("latin-1") for needle in others):
            faces = [face for face in faces if text in lines.each[face]]
        return faces

    def size(self, faces: Sequence[int]) -> int:
        """How many rows have these faces."""
        if len(faces) == self.count:
            return len(self.of_row)
        starts = self._starts
        return sum([starts[face + 1] - starts[face] for face in faces])

    def rows(self, faces: Sequence[int]) -> Iterable[int]:
        """All rows of the faces, ascending."""
        if self.size(faces) > DENSE:
            return self._spread(faces)
        starts, rows = self._starts, self._rows
        return sorted(chain.from_iterable([rows[starts[face] : starts[face + 1]] for face in faces]))

    def flags(self, faces: Iterable[int]) -> bytearray:
        """One byte per face: 1 for these."""
        found = bytearray(self.count)
        for face in faces:
            found[face] = 1
        return found

    def _spread(self, faces: Sequence[int]) -> Iterator[int]:
        """Rows of many faces: the reader is mostly satisfied by the first of them."""
        flags = self.flags(faces)
        yield from compress(range(len(self.of_row)), map(flags.__getitem__, self.of_row[:FIRST_ROWS]))
        yield from compress(range(FIRST_ROWS, len(self.of_row)), self.row_flags(faces)[FIRST_ROWS:])

    def row_flags(self, faces: Iterable[int]) -> bytes:
        """One byte per row: 1 when its face is one of these."""
        return bytes(self._each_row(self.flags(faces))[:-1])


def _blank(data: bytes, each: bytes) -> bytes:
    """Runs of the signs that `each` blanks become one BLANK."""
    data = data.translate(each)
    pair = BLANK + BLANK
    while pair in data:
        data = data.replace(pair, BLANK)
    return data
