"""Contract files that are one JSON array of objects, read object by object: the file is never held as values whole."""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from domain.errors import BadVendorData

OBJECT_CHARACTERS = 64 * 1024
_AFTER = {"[": "{]", ",": "{", "]": ""}
_blanks = re.compile(r"[ \t\r\n]*")


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _no_number(text)


# The library takes NaN and Infinity, which JSON does not have, and makes the latter of 1e999.
_read = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite).raw_decode


def _texts(chunks: Iterable[bytes], name: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        for chunk in chunks:
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise BadVendorData(f"{name}: not UTF-8 text") from None


def json_objects(chunks: Iterable[bytes], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """(number from 1, object) of a UTF-8 JSON array of objects, in chunks cut anywhere. Raises BadVendorData.

    Holds one chunk and the object that it cuts; an object of more than OBJECT_CHARACTERS is refused.
    """
    text, at, number, expected = "", 0, 0, "["
    for part in _texts(chunks, name):
        text, at = text[at:] + part, 0
        while (at := _blanks.match(text, at).end()) < len(text):  # type: ignore[union-attr]
            if text[at] not in expected:
                raise BadVendorData(f"{name}: not an array of objects after object {number}")
            if text[at] != "{":
                expected = _AFTER[text[at]]
                at += 1
                continue
            try:
                row, at = _read(text, at)
            except (ValueError, RecursionError):
                if len(text) - at > OBJECT_CHARACTERS:
                    raise BadVendorData(f"{name}: object {number + 1} cannot be read") from None
                break  # the next chunk brings the rest of it
            number, expected = number + 1, ",]"
            yield number, row
    if expected:
        raise BadVendorData(f"{name}: ends inside object {number + 1}")
