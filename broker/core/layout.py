"""Binary layouts as tables, compiled once to `struct`."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from domain.errors import BadVendorData

_CODES = {
    "u8": "B", "i8": "b", "u16": "H", "i16": "h", "u32": "I", "i32": "i", "u64": "Q", "i64": "q",
    "f32": "f", "f64": "d"}  # fmt: skip
_SIZES = {kind: struct.calcsize("=" + code) for kind, code in _CODES.items()}


def run(offset: int, kind: str, *names: str) -> tuple[tuple[int, str, str], ...]:
    """Fields of one kind that follow each other without gaps."""
    return tuple((offset + index * _SIZES[kind], kind, name) for index, name in enumerate(names))


class Layout:
    """A fixed record: (offset, kind, name) triples in one byte order; gaps are skipped.

    Kinds: u8 i8 u16 i16 u32 i32 u64 i64 f32 f64, and `s<n>` for n bytes. `size` is the whole record, at least up to
    its last field. Values come back in the order of the fields' offsets.
    """

    def __init__(
        self, name: str, order: Literal["big", "little"], fields: Sequence[tuple[int, str, str]],
        size: int | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        code = ">" if order == "big" else "<"
        end = 0
        names: list[str] = []
        for offset, kind, field in sorted(fields):
            if offset < end or field in names:
                raise ValueError(f"{name}: field {field!r} overlaps or repeats another")
            width = int(kind[1:]) if kind[0] == "s" else _SIZES[kind]
            code += f"{offset - end}x" if offset > end else ""
            code += f"{width}s" if kind[0] == "s" else _CODES[kind]
            end = offset + width
            names.append(field)
        if size is not None and size < end:
            raise ValueError(f"{name}: {size} bytes are too few")
        code += f"{size - end}x" if size is not None and size > end else ""
        self.fields = tuple(names)
        self._struct = struct.Struct(code)
        self.size = self._struct.size

    def values(self, buffer: bytes, offset: int = 0) -> tuple[Any, ...]:
        """The record's values. Raises BadVendorData when the buffer is too short."""
        try:
            return self._struct.unpack_from(buffer, offset)
        except struct.error:
            raise BadVendorData(f"{self.name}: {len(buffer)} bytes are too few") from None

    def read(self, buffer: bytes, offset: int = 0) -> dict[str, Any]:
        """The record by field name."""
        return dict(zip(self.fields, self.values(buffer, offset), strict=True))

    def repeat(self, buffer: bytes, offset: int, count: int) -> Iterator[tuple[Any, ...]]:
        """`count` records one after the other."""
        if offset + count * self.size > len(buffer):
            raise BadVendorData(f"{self.name}: {len(buffer)} bytes are too few for {count} records")
        yield from self._struct.iter_unpack(memoryview(buffer)[offset : offset + count * self.size])

    def pack(self, *values: Any) -> bytes:
        """The record's bytes, for requests and for tests."""
        return self._struct.pack(*values)


def inflated(body: bytes, size: int) -> bytes:
    """`size` bytes out of raw DEFLATE, never more; empty when the bytes unfold to another length or to nothing."""
    try:
        found = zlib.decompressobj(-zlib.MAX_WBITS).decompress(body, size + 1)
    except zlib.error:
        return b""
    return found if len(found) == size else b""
