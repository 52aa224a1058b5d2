"""Readers for vendors who write numbers as numbers or as text, and times in more than one spelling."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from broker.core import tables as t
from broker.core.tables import Reader, Row
from domain.errors import BadVendorData
from utils import json
from utils.limits import lru_cache


def whole(name: str, **options: Any) -> Reader:
    """A whole number."""
    return t.from_text(t.integer, name, **options)


def amount(name: str, **options: Any) -> Reader:
    """Exact money."""
    return t.from_text(t.decimal, name, **options)


def price(name: str) -> Reader:
    """Exact money, None where it is zero or blank."""
    return amount(name, optional=True, absent=(0,))


def number_id(name: str) -> Reader:
    """A numeric id, always text with us; some vendors let it pass through a float: 648468730.0."""
    read = whole(name)
    return lambda row: str(read(row))


def moments(patterns: Sequence[str], zone: ZoneInfo, empty_year: int) -> Callable[[str], Reader]:
    """An optional wall-clock time of `zone` in one of the patterns or in ISO form; of `empty_year` it means none."""

    @lru_cache(maxsize=t.TIMES_KEPT)
    def read(text: str) -> dt.datetime | None:
        for pattern in patterns:
            try:
                found = dt.datetime.strptime(text, pattern).replace(tzinfo=zone)
                break
            except ValueError:
                continue
        else:
            found = dt.datetime.fromisoformat(text)
            found = found if found.tzinfo else found.replace(tzinfo=zone)
        return None if found.year == empty_year else found

    return lambda name: _moment(read, name)


def _moment(read: Any, name: str) -> Reader:
    filled = t.filled(name)

    def convert(row: Row) -> Any:
        text = filled(row)
        try:
            return read(text) if text else None
        except ValueError:
            raise BadVendorData(f"field {name!r} is not a time") from None

    return convert


def nested_json(text: str, depth: int = 5) -> Any:
    """JSON that may lie in JSON strings and be URL-encoded, unwrapped `depth` times at most. Raises ValueError."""
    found: Any = text
    for _ in range(depth):
        if isinstance(found, str):
            found = json.decode(unquote(found) if found.startswith("%") else found)
    return found
