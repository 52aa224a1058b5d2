"""Protobuf on the wire, read by tables of field number, name and kind.

A `Message` decodes bytes to a plain dictionary of the fields that were sent; what was left out is absent, because a
vendor's proto3 leaves out zeros as well as what it does not know. Unknown fields are skipped by their wire type, which
keeps an older table right for a newer vendor. Every length is checked before it is used.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

from domain.errors import BadVendorData

LIMIT = 4 * 1024 * 1024
DEEPEST = 16
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_double = struct.Struct("<d").unpack_from
_float = struct.Struct("<f").unpack_from
_Scalar = Callable[[int], Any]


def _signed(raw: int) -> int:
    return raw - (1 << 64) if raw >> 63 else raw


# Kinds that travel as a varint, and what makes our value of it.
_VARINTS: dict[str, _Scalar] = {"int": _signed, "uint": int, "bool": bool}
_FIXED: dict[str, tuple[int, int, Callable[..., tuple[Any, ...]]]] = {
    "double": (_FIXED64, 8, _double), "float": (_FIXED32, 4, _float)}  # fmt: skip


class Message:
    """One message type.

    fields: number to (name, kind). Kinds: `int` (int32, int64, enum), `uint`, `bool`, `double`, `float`, `text`,
    another Message, `Many(message)` for a repeated one and `Keyed(message or scalar kind)` for a map with text keys. Of
    a field that comes twice the last one counts.
    """

    def __init__(self, name: str, fields: Mapping[int, tuple[str, Kind]]) -> None:
        self.name = name
        self._fields: dict[int, tuple[str, Kind]] = {}
        for number, (field, kind) in fields.items():
            self._fields[number << 3 | _wire_type(kind)] = (field, kind)
        self._numbers = frozenset(fields)

    def decode(self, data: bytes, limit: int = LIMIT) -> dict[str, Any]:
        """The fields that were sent. Raises BadVendorData for more than `limit` bytes and for broken ones."""
        if len(data) > limit:
            raise BadVendorData(f"{self.name}: {len(data)} bytes are too many")
        return self.read(data, 0, len(data), DEEPEST)

    def read(self, data: bytes, at: int, end: int, depth: int) -> dict[str, Any]:
        """The message between two offsets; `depth` levels may follow."""
        if depth == 0:
            raise BadVendorData(f"{self.name}: nested too deeply")
        found: dict[str, Any] = {}
        while at < end:
            tag = data[at]
            if tag < 0x80:
                at += 1
            else:
                tag, at = self._varint(data, at, end)
            if (known := self._fields.get(tag)) is not None:
                at = self._take(data, at, end, depth, known, found)
            else:
                at = self._skip(data, at, end, tag)
        return found

    def _take(
        self, data: bytes, at: int, end: int, depth: int, known: tuple[str, Kind], found: dict[str, Any]
    ) -> int:
        name, kind = known
        if isinstance(kind, str):
            fixed = _FIXED.get(kind)
            if fixed is not None:
                _, width, unpack = fixed
                if at + width > end:
                    raise self._cut()
                (found[name],) = unpack(data, at)
                return at + width
            raw, at = self._varint(data, at, end)
            if kind != "text":
                found[name] = _VARINTS[kind](raw)
                return at
        else:
            raw, at = self._varint(data, at, end)
        stop = at + raw
        if stop > end:
            raise self._cut()
        if isinstance(kind, Message):
            found[name] = kind.read(data, at, stop, depth - 1)
        elif isinstance(kind, Many):
            found.setdefault(name, []).append(kind.item.read(data, at, stop, depth - 1))
        elif isinstance(kind, Keyed):
            entry = kind.entry.read(data, at, stop, depth - 1)
            found.setdefault(name, {})[entry.get("key", "")] = entry.get("value", kind.default)
        else:
            found[name] = self._text(data[at:stop])
        return stop

    def _text(self, data: bytes) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise BadVendorData(f"{self.name}: text that is not UTF-8") from None

    def _varint(self, data: bytes, at: int, end: int) -> tuple[int, int]:
        value = shift = 0
        while at < end:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & 0xFFFF_FFFF_FFFF_FFFF, at
            shift += 7
            if shift >= 70:
                raise BadVendorData(f"{self.name}: a number of more than ten bytes")
        raise self._cut()

    def _skip(self, data: bytes, at: int, end: int, tag: int) -> int:
        """Past a field nobody knows. A known number under another wire type is not our message."""
        number, wire = tag >> 3, tag & 7
        if number == 0 or number in self._numbers:
            raise BadVendorData(f"{self.name}: field {number} has wire type {wire}")
        if wire == _VARINT:
            return self._varint(data, at, end)[1]
        if wire == _BYTES:
            length, at = self._varint(data, at, end)
        elif wire in (_FIXED64, _FIXED32):
            length = 8 if wire == _FIXED64 else 4
        else:
            raise BadVendorData(f"{self.name}: wire type {wire} is not in use")
        if at + length > end:
            raise self._cut()
        return at + length

    def _cut(self) -> BadVendorData:
        return BadVendorData(f"{self.name}: the bytes end inside a field")


def run(first: int, kind: Kind, *names: str) -> dict[int, tuple[str, Kind]]:
    """Fields of one kind whose numbers follow each other."""
    return {first + index: (name, kind) for index, name in enumerate(names)}


class Many:
    """A repeated message, as a list in the order sent."""

    def __init__(self, item: Message) -> None:
        self.item = item


class Keyed:
    """A map with text keys, as a dictionary; a value that was left out is the kind's empty one."""

    def __init__(self, kind: Message | str) -> None:
        self.entry = Message("map entry", {1: ("key", "text"), 2: ("value", kind)})
        self.default: Any = {} if isinstance(kind, Message) else "" if kind == "text" else 0


Kind = str | Message | Many | Keyed


def _wire_type(kind: Kind) -> int:
    if not isinstance(kind, str) or kind == "text":
        return _BYTES
    if kind in _FIXED:
        return _FIXED[kind][0]
    if kind in _VARINTS:
        return _VARINT
    raise ValueError(f"no protobuf kind {kind!r}")
