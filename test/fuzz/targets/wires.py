"""What vendors' formats are read with, below any one vendor: packets, Engine.IO, protobuf, archives, tables."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Iterable
from typing import Any

from broker.core.contract_files.archives import gunzipped, unzipped
from broker.core.contract_files.json_array import json_objects
from broker.core.contracts import csv_rows, text_lines
from broker.core.stream import counted_packets, parse_object
from broker.core.transport import _BadEncoding, _read, _TooLarge
from broker.core.values import jwt_claims
from broker.families.engineio import MOST_ATTACHMENTS, EngineIo
from broker.families.loose import nested_json
from broker.families.protobuf import Keyed, Many, Message
from domain.errors import BadVendorData
from test.fuzz.target import Sample, Target

UNPACKED = 200_000
JWT = b"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3NjQ1NzYwMDAsInN1YiI6IkFCMTIzNCJ9.c2lnbmF0dXJl"


def chunks(data: bytes, size: int = 61) -> Iterable[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def engine_io(data: bytes, _: Any) -> Any:
    """Text frames by line, binary ones behind a line that begins with a blank; one connection."""
    wire, found = EngineIo(), []
    for line in data.split(b"\n")[:50]:
        try:
            frame: str | bytes = line[1:] if line[:1] == b" " else line.decode("utf-8", "replace")
            found.append(wire.decode(frame))
        except BadVendorData:
            continue
        assert wire._waiting is None or wire._waiting[1] <= MOST_ATTACHMENTS, "waits for more than it may"
    return found


def zipped(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def unpacked(pieces: Iterable[bytes]) -> bytes:
    content = b"".join(pieces)
    assert len(content) <= UNPACKED, f"{len(content)} bytes unpacked"
    return content


CSV = b'token,symbol,lot\n1,SBIN,1\n2,"TATA, MOTORS",5\n'
ROWS = json.dumps([{"token": "1", "lot": 1, "name": "a"}, {"token": "2", "lot": None}]).encode()
ENGINE = (
    b'0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":60000}\n40\n3\n'
    b'42["1501-json-full",{"a":1}]\n451-["xtsBinaryPacket",{"_placeholder":true,"num":0}]\n \x04abc\n41'
)  # fmt: skip
LEVEL = Message("level", {1: ("quantity", "int"), 2: ("price", "double")})
TABLE = Message("table", {
    1: ("name", "text"), 2: ("count", "uint"), 3: ("price", "double"), 4: ("levels", Many(LEVEL)), 5: ("rate", "float"),
    6: ("feeds", Keyed(LEVEL)), 7: ("is_open", "bool"), 8: ("first", LEVEL),
})  # fmt: skip
PROTO = bytes.fromhex(
    "0a054e5345464f10e80719000000000000f03f22030896012dcdcc8c3f32070a015812020801380142020802"
)


class Answer:
    """An answer of a vendor as the HTTP library hands it over, in pieces."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def iter_stream(self) -> Iterable[bytes]:
        return chunks(self._body, 997)


def body(data: bytes, coding: str) -> int:
    """A compressed answer, unpacked within the limit of its request."""
    found = len(_read(Answer(data), coding, UNPACKED))  # type: ignore[arg-type]
    assert found <= UNPACKED
    return found


VENDOR = (BadVendorData,)


def of_messages() -> list[Target]:
    """Answers and frames."""
    return [
        Target(
            name="wire.answer", read=body, refuses=(_TooLarge, _BadEncoding), parses=("broker.core.transport",),
            samples=[
                Sample(gzip.compress(CSV * 20), "gzip"), Sample(zlib.compress(CSV), "deflate"), Sample(CSV, ""),
                Sample(gzip.compress(b"0" * 500_000), "gzip"),
            ],
        ),
        Target(
            name="wire.engineio", read=engine_io, refuses=VENDOR, samples=[Sample(ENGINE)],
            parses=("broker.families.engineio",),
        ),
        Target(
            name="wire.protobuf", read=lambda data, _: str(TABLE.decode(data)), refuses=VENDOR, samples=[Sample(PROTO)],
            parses=("broker.families.protobuf",),
        ),
        Target(
            name="wire.packets", read=lambda data, _: list(counted_packets(data)), refuses=VENDOR,
            samples=[Sample(b"\0\2\0\3abc\0\1x"), Sample(b"\0\0")], parses=("broker.core.stream",),
        ),
        Target(
            name="wire.object", read=lambda data, _: parse_object(data), refuses=VENDOR,
            samples=[Sample(b'{"t":"tk","e":"NSE","lp":"1.5"}')], parses=("broker.core.stream", "utils.json"),
        ),
        Target(
            name="wire.nested_json", read=lambda data, _: nested_json(data.decode("utf-8", "replace")),
            refuses=(ValueError,), samples=[Sample(b'"{\\"a\\":\\"[1]\\"}"'), Sample(b"%7B%22a%22%3A1%7D")],
            parses=("broker.families.loose",),
        ),
        Target(
            name="wire.jwt", read=lambda data, _: jwt_claims(data.decode("utf-8", "replace")), refuses=VENDOR,
            samples=[Sample(JWT)], parses=("broker.core.values",),
        ),
    ]  # fmt: skip


def of_files() -> list[Target]:
    """Files and what they are packed in."""
    return [
        Target(
            name="file.zip", read=lambda data, _: unpacked(unzipped(data, UNPACKED)), refuses=VENDOR,
            samples=[Sample(zipped("a.txt", CSV * 20)), Sample(zipped("b.csv", b"0" * 500_000))],
            parses=("broker.core.contract_files.archives",),
        ),
        Target(
            name="file.gzip", read=lambda data, _: unpacked(gunzipped(chunks(data), UNPACKED)), refuses=VENDOR,
            samples=[Sample(gzip.compress(CSV * 20)), Sample(gzip.compress(b"0" * 500_000))],
            parses=("broker.core.contract_files.archives",),
        ),
        Target(
            name="file.json_array", read=lambda data, _: list(json_objects(chunks(data), "file")), refuses=VENDOR,
            samples=[Sample(ROWS), Sample(b"[]")], parses=("broker.core.contract_files.json_array",),
        ),
        Target(
            name="file.csv", refuses=VENDOR, most=200_000,
            samples=[Sample(CSV), Sample(b'token,symbol,lot\n1,"' + b"x" * 140_000)],
            read=lambda data, _: list(csv_rows(chunks(data, 997), ("token", "symbol", "lot"), "file")),
            parses=("broker.core.contracts",),
        ),
        Target(
            name="file.lines", read=lambda data, _: list(text_lines(chunks(data, 9973))), refuses=VENDOR,
            samples=[Sample(CSV)], parses=("broker.core.contracts",),
        ),
    ]  # fmt: skip


def targets() -> list[Target]:
    """Each named after its format."""
    return of_messages() + of_files()
