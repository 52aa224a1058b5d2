"""Damages bytes, seeded: bit by bit, number by number, and along the structure of JSON and of lines with cells."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

# Stands for a whole number with more digits than Python turns into one.
ENDLESS = "@endless"
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, -1e308, 10**19, 10**30, 10**400, ENDLESS, 2**31, 2**63, 2**64, "",
    " ", "0", "-1", "1e5", "1e999999999", "-1e-999999999", "NaN", "sNaN", "Infinity", "-inf", "0x10", "１２", "1_000",
    "²", "x", "x" * 5000, "9" * 4400, "\x00", "\u202e", "😀", "'; --", "../../etc/passwd", "%s%n", "2026-02-30",
    "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00-14:00", "99999999999999", "-62135596801", "12:60:61", "=1+1", ",",
    "\r", "\n", '"', [], [[]], [None], {}, {"": {}}, {"a": [{"b": None}]}, [1, "2", None], float("nan"), float("inf"),
)  # fmt: skip
TEXTS = tuple(
    str(value).replace(ENDLESS, "9" * 4500).encode()
    for value in ODD_VALUES
    if not isinstance(value, (list, dict))
)
WORDS = (
    b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\r", b"\n", b'"', b"'", b",", b"{", b"[", b"}", b":", b".", b"-",
    b"|", b"=", b"NaN", b"null", b"1e999", b"-1", b"\\u0000", b"\\ud800", b"\xed\xa0\x80", b"%", b"0" * 5000,
    b"9" * 4500, b"[" * 3000, b"\x80",
)  # fmt: skip
NUMBER = re.compile(rb"-?[0-9]+(?:\.[0-9]+)?")
WIDTHS = (1, 2, 4, 8)


class Mutator:
    """One seed, one sequence of inputs."""

    def __init__(self, seed: str, pool: Sequence[bytes], most: int) -> None:
        self.random = random.Random(seed)
        self._pool = [data for data in pool if data] or [b"0"]
        self._most = most
        self._bytewise: tuple[Callable[[bytes], bytes], ...] = (
            self._flipped, self._cut, self._overwritten, self._inserted, self._doubled, self._removed,
            self._spliced, self._number, self._number, self._cell,
        )  # fmt: skip

    def next(self, data: bytes) -> bytes:
        """The bytes with one to three damages; now and then as they are, or noise."""
        chance = self.random.random()
        if chance < 0.01:
            return data
        if chance < 0.03:
            return self.random.randbytes(self.random.randint(0, 120))
        for _ in range(self.random.choice((1, 1, 2, 3))):
            data = self._damaged(data)[: self._most]
        return data

    def _damaged(self, data: bytes) -> bytes:
        if data[:1] in (b"{", b"[") and self.random.random() < 0.7:
            try:
                return self._bent(json.loads(data))
            except (ValueError, RecursionError):
                pass
        return self.random.choice(self._bytewise)(data)

    def _bent(self, document: Any) -> bytes:
        """A JSON document with one of its parts replaced, dropped, renamed, doubled or wrapped."""
        places = _places(document)
        if not places:
            return _dumped(self.random.choice(ODD_VALUES))
        holder, key = self.random.choice(places)
        match self.random.randrange(8):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[self.random.choice(("", "x", key.upper(), key + " ", "__class__"))] = holder.pop(key)
            case 2 if isinstance(holder, list):
                holder.insert(key, holder[key])
            case 3:
                holder[key] = [holder[key]]
            case 4:
                holder[key] = str(holder[key])
            case 5:
                other, name = self.random.choice(places)
                holder[key] = other[name] if name in other or isinstance(other, list) else None
            case _:
                holder[key] = self.random.choice(ODD_VALUES)
        return _dumped(document)

    def _at(self, data: bytes) -> int:
        return self.random.randint(0, len(data))

    def _flipped(self, data: bytes) -> bytes:
        if not data:
            return data
        at = self.random.randrange(len(data))
        return data[:at] + bytes((data[at] ^ (1 << self.random.randrange(8)),)) + data[at + 1 :]

    def _cut(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] if self.random.random() < 0.7 else data[at:]

    def _overwritten(self, data: bytes) -> bytes:
        """A number of the wire with an extreme of its width."""
        width, at = self.random.choice(WIDTHS), self._at(data)
        top = 1 << (8 * width)
        value = self.random.choice((0, 1, top - 1, top // 2, top // 2 - 1, self.random.randrange(top)))
        return data[:at] + value.to_bytes(width, self.random.choice(("big", "little"))) + data[at + width :]

    def _inserted(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + self.random.choice(WORDS) + data[at:]

    def _doubled(self, data: bytes) -> bytes:
        start, end = sorted((self._at(data), self._at(data)))
        return data[:end] + data[start:end] * self.random.choice((1, 2, 30)) + data[end:]

    def _removed(self, data: bytes) -> bytes:
        start = self._at(data)
        return data[:start] + data[start + self.random.randint(1, 16) :]

    def _spliced(self, data: bytes) -> bytes:
        other = self.random.choice(self._pool)
        return data[: self._at(data)] + other[self._at(other) :]

    def _number(self, data: bytes) -> bytes:
        """A number of a text with something odd in its place."""
        found = list(NUMBER.finditer(data[:4000]))
        if not found:
            return self._flipped(data)
        match = self.random.choice(found)
        odd = self.random.choice(TEXTS)
        return data[: match.start()] + odd + data[match.end() :]

    def _cell(self, data: bytes) -> bytes:
        """A line's cells dropped, swapped or filled with something odd."""
        lines = data.split(b"\n")
        at = self.random.randrange(len(lines))
        cells = lines[at].split(self.random.choice((b",", b"|", b"\t", b"=", b"&", b".", b";")))
        place = self.random.randrange(len(cells))
        match self.random.randrange(4):
            case 0:
                del cells[place]
            case 1:
                cells.insert(place, cells[place])
            case 2:
                other = self.random.randrange(len(cells))
                cells[place], cells[other] = cells[other], cells[place]
            case _:
                cells[place] = self.random.choice(TEXTS)
        joint = b"," if b"," in lines[at] else b"|" if b"|" in lines[at] else b"="
        lines[at] = joint.join(cells)
        return b"\n".join(lines)


def _places(document: Any) -> list[tuple[Any, Any]]:
    """(holder, key) of every part."""
    found: list[tuple[Any, Any]] = []
    left = [document]
    while left and len(found) < 2000:
        holder = left.pop()
        keys = (
            list(holder)
            if isinstance(holder, dict)
            else range(len(holder))
            if isinstance(holder, list)
            else ()
        )
        for key in keys:
            found.append((holder, key))
            left.append(holder[key])
    return found


def _dumped(document: Any) -> bytes:
    return json.dumps(document).replace(f'"{ENDLESS}"', "9" * 4500).encode()
