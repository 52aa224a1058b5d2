"""Packed vendor files and what trading symbols tell."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest

from broker.core.contract_files.archives import unzipped
from broker.core.contract_files.symbols import dated_root
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
