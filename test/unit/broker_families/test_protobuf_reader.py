"""The table-driven protobuf reader against frames written here byte by byte, and against the published library."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.families.protobuf import Keyed, Many, Message
from domain.errors import BadVendorData

LEVEL = Message("level", {1: ("quantity", "int"), 2: ("price", "double")})
FEED = Message(
    "feed",
    {
        1: ("name", "text"), 2: ("count", "int"), 3: ("rate", "float"), 4: ("open", "bool"), 5: ("best", LEVEL),
        6: ("levels", Many(LEVEL)), 7: ("states", Keyed("int")), 8: ("books", Keyed(LEVEL)), 200: ("far", "uint"),
    },
)  # fmt: skip


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def field(number: int, wire: int, body: bytes) -> bytes:
    return varint(number << 3 | wire) + body


def held(number: int, body: bytes) -> bytes:
    return field(number, 2, varint(len(body)) + body)


def level(quantity: int, price: float) -> bytes:
    return field(1, 0, varint(quantity)) + field(2, 1, struct.pack("<d", price))


def test_every_kind_is_read_and_what_was_left_out_is_absent() -> None:
    frame = (
        held(1, "₹".encode()) + field(2, 0, varint(-5)) + field(3, 5, struct.pack("<f", 0.5)) + field(4, 0, b"\x01")
        + held(5, level(3, 1.05)) + held(6, level(1, 2.0)) + held(6, b"") + field(200, 0, varint(7))
    )  # fmt: skip
    assert FEED.decode(frame) == {
        "name": "₹", "count": -5, "rate": 0.5, "open": True, "best": {"quantity": 3, "price": 1.05},
        "levels": [{"quantity": 1, "price": 2.0}, {}], "far": 7,
    }  # fmt: skip
    assert FEED.decode(b"") == {}


def test_a_map_is_read_with_the_empty_value_where_an_entry_has_none() -> None:
    frame = (
        held(7, held(1, b"NSE") + field(2, 0, b"\x02")) + held(7, held(1, b"MCX")) + held(8, held(1, b"X"))
    )
    assert FEED.decode(frame) == {"states": {"NSE": 2, "MCX": 0}, "books": {"X": {}}}


def test_unknown_fields_of_every_wire_type_are_skipped() -> None:
    unknown = (
        field(20, 0, varint(1 << 40)) + field(21, 1, b"8 bytes.") + held(22, b"anything") + field(23, 5, b"four")
    )  # fmt: skip
    assert FEED.decode(unknown + field(2, 0, b"\x09") + unknown) == {"count": 9}


def test_of_a_field_that_comes_twice_the_last_counts() -> None:
    assert FEED.decode(field(2, 0, b"\x01") + field(2, 0, b"\x02")) == {"count": 2}


BROKEN = {
    "cut inside a number": field(2, 0, b"\x80"),
    "cut inside a double": held(5, field(2, 1, b"\x00" * 7)),
    "a length past the end": varint(1 << 3 | 2) + b"\x05abc",
    "a length past the outer message": held(5, varint(9 << 3 | 2) + b"\x7f") + b"\x00" * 200,
    "a huge length": varint(1 << 3 | 2) + varint(1 << 62),
    "a number of eleven bytes": field(2, 0, b"\x80" * 10 + b"\x01"),
    "a known field as another type": held(2, b"abc"),
    "field number nought": b"\x00\x01",
    "the start of a group": field(9, 3, b""),
    "the end of a group": field(9, 4, b""),
    "a wire type nobody uses": field(9, 7, b"\x00"),
    "text that is not UTF-8": held(1, b"\xff\xfe"),
}


@pytest.mark.parametrize("frame", BROKEN.values(), ids=BROKEN)
def test_a_broken_frame_is_refused(frame: bytes) -> None:
    with pytest.raises(BadVendorData):
        FEED.decode(frame)


def test_more_bytes_than_the_limit_are_refused_unread() -> None:
    with pytest.raises(BadVendorData, match="too many"):
        FEED.decode(b"\x00" * 11, limit=10)


def test_a_message_inside_itself_is_refused_before_it_exhausts_the_stack() -> None:
    nested = Message("nested", {})
    nested._fields[1 << 3 | 2] = ("inner", nested)
    frame = b""
    for _ in range(1000):
        frame = held(1, frame)
    with pytest.raises(BadVendorData, match="deeply"):
        nested.decode(frame)


def test_a_kind_that_does_not_exist_is_refused_when_the_table_is_built() -> None:
    with pytest.raises(ValueError, match="sint64"):
        Message("wrong", {1: ("count", "sint64")})


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_noise_is_read_or_refused(noise: bytes) -> None:
    try:
        assert isinstance(FEED.decode(noise), dict)
    except BadVendorData:
        return


def library_message() -> Any:
    """FEED as the published library knows it."""
    pytest.importorskip("google.protobuf", reason="comes with the vendor's client (group `clients`)")
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="feed.proto", package="p", syntax="proto3")
    inner = file.message_type.add(name="Level")
    outer = file.message_type.add(name="Feed")
    one, many = 1, 3
    for number, name, kind in ((1, "quantity", 3), (2, "price", 1)):
        inner.field.add(name=name, number=number, type=kind, label=one)
    for number, name, kind, label in (
        (1, "name", 9, one), (2, "count", 3, one), (3, "rate", 2, one), (4, "open", 8, one), (200, "far", 4, one),
        (5, "best", 11, one), (6, "levels", 11, many),
    ):  # fmt: skip
        outer.field.add(
            name=name, number=number, type=kind, label=label, type_name=".p.Level" if kind == 11 else None
        )
    for number, name, kind in ((7, "states", 3), (8, "books", 11)):
        entry = outer.nested_type.add(name=f"{name.title()}Entry")
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, type=9, label=one)
        entry.field.add(
            name="value", number=2, type=kind, label=one, type_name=".p.Level" if kind == 11 else None
        )
        outer.field.add(name=name, number=number, type=11, label=many, type_name=f".p.Feed.{entry.name}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("p.Feed"))


whole = st.integers(-(2**63), 2**63 - 1)
price = st.floats(allow_nan=False)
levels = st.fixed_dictionaries({}, optional={"quantity": whole, "price": price})
feeds = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text(max_size=20), "count": whole, "rate": st.floats(width=32, allow_nan=False),
        "open": st.booleans(), "far": st.integers(0, 2**64 - 1), "best": levels, "levels": st.lists(levels, max_size=4),
        "states": st.dictionaries(st.text(max_size=5), whole, max_size=3),
        "books": st.dictionaries(st.text(max_size=5), levels, max_size=3),
    },
)  # fmt: skip


def without_empty(value: Any) -> Any:
    """proto3 does not send what is empty, outside of lists and maps."""
    if not isinstance(value, dict):
        return value
    return {name: without_empty(item) for name, item in value.items() if item not in (0, "", [], {})}


@settings(max_examples=200, deadline=None)
@given(feed=feeds)
def test_what_the_published_library_writes_is_what_is_read(feed: dict[str, Any]) -> None:
    found = FEED.decode(library_message()(**feed).SerializeToString())
    plain = {name: value for name, value in feed.items() if name not in ("levels", "states", "books", "best")}
    assert without_empty({name: found[name] for name in found if name in plain}) == without_empty(plain)
    assert [without_empty(item) for item in found.get("levels", [])] == [
        without_empty(item) for item in feed.get("levels", [])
    ]
    assert found.get("states", {}) == feed.get("states", {})
    for name in ("books",):
        ours, theirs = found.get(name, {}), feed.get(name, {})
        assert {key: without_empty(item) for key, item in ours.items()} == {
            key: without_empty(item) for key, item in theirs.items()
        }
    assert without_empty(found.get("best", {})) == without_empty(feed.get("best", {}))
