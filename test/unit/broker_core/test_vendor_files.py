"""Packed vendor files and what trading symbols tell."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import random
import zipfile

import pytest

from broker.core.contract_files.archives import gunzipped, unzipped
from broker.core.contract_files.naming import dated_root
from domain.errors import BadVendorData


def packed(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def test_a_packed_file_comes_out_as_it_went_in() -> None:
    content = bytes(range(256)) * 1000
    assert b"".join(unzipped(packed(file=content))) == content


def test_a_small_archive_cannot_unpack_to_more_than_is_allowed() -> None:
    bomb = packed(file=b"0" * 5_000_000)
    assert len(bomb) < 10_000
    with pytest.raises(BadVendorData, match="more than 1000000 bytes"):
        for _ in unzipped(bomb, limit=1_000_000):
            pass


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "BadZipFile"),
        (b"<html>Sorry</html>", "BadZipFile"),
        (packed(), "0 files"),
        (packed(a=b"1", b=b"2"), "2 files"),
        (packed(a=bytes(range(256)) * 99)[:200], "BadZipFile"),
    ],
)
def test_what_is_no_archive_of_one_file_is_refused(content: bytes, complaint: str) -> None:
    with pytest.raises(BadVendorData, match=complaint):
        list(unzipped(content))


def test_damaged_contents_are_refused() -> None:
    content = bytearray(packed(a=bytes(range(256)) * 99))
    content[60] ^= 0xFF
    with pytest.raises(BadVendorData, match="cannot be read"):
        list(unzipped(bytes(content)))


@pytest.mark.parametrize(
    ("word", "expiry", "root"),
    [
        ("NIFTY26OCTFUT", "2026-10-27", "NIFTY"),
        ("SENSEX5026SEP26900PE", "2026-09-24", "SENSEX50"),
        ("SENSEX26O0184000CE", "2026-10-01", "SENSEX"),
        ("M&M26D29FUT", "2026-12-29", "M&M"),
    ],
)
def test_the_underlying_stands_in_front_of_the_expiry(word: str, expiry: str, root: str) -> None:
    assert dated_root(word, dt.date.fromisoformat(expiry)) == root


@pytest.mark.parametrize(("word", "expiry"), [("NIFTY26OCTFUT", "2026-11-24"), ("26OCTFUT", "2026-10-27")])
def test_a_symbol_of_another_expiry_or_without_an_underlying_tells_none(word: str, expiry: str) -> None:
    with pytest.raises(ValueError):
        dated_root(word, dt.date.fromisoformat(expiry))


def cut(content: bytes, size: int) -> list[bytes]:
    return [content[at : at + size] for at in range(0, len(content), size)]


@pytest.mark.parametrize("size", [1, 7, 65536])
def test_a_gzip_file_comes_out_as_it_went_in_however_it_is_cut(size: int) -> None:
    content = random.Random(1).randbytes(3000) + b"0" * 200_000
    assert b"".join(gunzipped(cut(gzip.compress(content), size))) == content


def test_a_file_that_was_unpacked_on_the_way_passes() -> None:
    assert b"".join(gunzipped([b"[", b'{"a":1}]'])) == b'[{"a":1}]'
    assert b"".join(gunzipped([])) == b""


@pytest.mark.parametrize("content", [gzip.compress(b"0" * 5_000_000, mtime=0), b"0" * 5_000_000])
def test_a_gzip_file_holds_no_more_than_is_allowed_and_is_not_unpacked_beyond_that(content: bytes) -> None:
    seen = 0
    with pytest.raises(BadVendorData, match="more than 1000000 bytes"):
        for part in gunzipped(
            [content[:3000], content[3000:]] if len(content) > 6000 else [content], 1_000_000
        ):
            seen += len(part)
    assert seen <= 1_000_000


BODY = gzip.compress(
    bytes(range(256)) * 99, mtime=0
)  # the clock would name the cases otherwise in every process


@pytest.mark.parametrize(
    "content",
    [BODY[:-1], BODY[:40], BODY + b"more", BODY + BODY, BODY[:30] + b"\xff" * 9 + BODY[39:], b"\x1f\x8b"],
)
def test_a_damaged_gzip_file_is_refused(content: bytes) -> None:
    with pytest.raises(BadVendorData):
        list(gunzipped(cut(content, 16)))
