"""A contract file that is one JSON array, read object by object."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.core.contract_files.json_array import OBJECT_CHARACTERS, json_objects
from domain.errors import BadVendorData

VALUES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.lists(st.integers(), max_size=3)
)


def read(content: bytes, size: int = 64) -> list[dict[str, Any]]:
    chunks = [content[at : at + size] for at in range(0, len(content), size)]
    return [row for _, row in json_objects(chunks, "file")]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.dictionaries(st.text(max_size=6), VALUES, max_size=4), max_size=6),
    st.integers(1, 40),
    st.booleans(),
)
def test_objects_survive_any_cut(rows: list[dict[str, Any]], size: int, indented: bool) -> None:
    content = json.dumps(rows, ensure_ascii=False, indent=1 if indented else None).encode(
        "utf-8", "surrogatepass"
    )
    if b"\xed" not in content:
        assert read(content, size) == rows


def test_objects_are_counted_from_one_and_a_byte_order_mark_is_no_part_of_them() -> None:
    assert list(json_objects([b"\xef\xbb\xbf [{}", b"\n, {} ]\n"], "file")) == [(1, {}), (2, {})]


@pytest.mark.parametrize(
    "content",
    [
        b"", b" ", b"{}", b"[", b"[{}", b"[{},", b"[{},]", b"[{}{}]", b"[{}] {}", b"[{}]]", b"[1]", b"[null]", b"[,]",
        b'[{"a":}]', b'[{"a":1]', b'[{"a" 1}]', b"[{}, <html>]", b"\xff\xfe", b'[{"a":"\xff"}]', b"null",
        b'[{"a":"' + b"x" * 2 * OBJECT_CHARACTERS + b'"}]', b'[{"a":' + b"[" * 30_000,
    ],
)  # fmt: skip
def test_anything_but_a_whole_array_of_objects_is_refused(content: bytes) -> None:
    with pytest.raises(BadVendorData, match="file"):
        read(content, 4096)


def test_a_large_file_is_never_held_whole() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"["
        yield from (json.dumps({"n": number, "text": "x" * 500}).encode() + b"," for number in range(3_000))
        yield b"{}]"

    tracemalloc.start()
    try:
        last = max(number for number, _ in json_objects(chunks(), "file"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert last == 3_001
    assert peak < 300_000
