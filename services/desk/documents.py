"""Which documents the desk may keep: key -> what its value must look like, and how long it may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from domain.errors import InvalidInput, NotFound
from utils import json

DEEPEST = 16
Word = Annotated[str, Meta(min_length=1, max_length=60)]
Words = Annotated[tuple[Word, ...], Meta(max_length=100)]
Pixels = Annotated[int, Meta(ge=16, le=4000)]


class SortedBy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The order of a table's rows."""

    column: Word
    descending: bool = False


class Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Columns of one table by their ids. order: all that were placed by hand; others follow as they come.

    hidden, shown: put away or chosen, whatever the table itself would say.
    """

    order: Words = ()
    hidden: Words = ()
    shown: Words = ()
    pinned: Words = ()
    widths: Annotated[dict[Word, Pixels], Meta(max_length=100)] = {}
    sort: Annotated[tuple[SortedBy, ...], Meta(max_length=5)] = ()


class WatchlistView(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the watch lists are looked at. list: id of the one on show."""

    list: Annotated[str, Meta(max_length=36)] | None = None
    sort: Literal["own", "symbol", "change", "change_desc"] = "own"
    density: Literal["compact", "comfortable"] = "compact"


class Habits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the desk does around orders. confirm: with real money, once for each sign-in or before every order."""

    equity_product: Literal["CNC", "MIS"] | None = None
    derivative_product: Literal["NRML", "MIS"] | None = None
    lots: Annotated[int, Meta(ge=1, le=100)] = 1
    confirm: Literal["first", "always"] = "first"
    sounds: bool = False
    notifications: bool = False


class Shape(msgspec.Struct, frozen=True):
    """What one document looks like. type: as msgspec reads it. longest: bytes as compact JSON."""

    type: Any
    longest: int = 256


# What a part of the desk owns alone and arranges freely is any object within its size and depth.
_ARRANGED = dict[str, Any]
BOOKS = (
    "orders", "trades", "positions", "holdings", "gtts", "profit", "profit_strategies", "baskets", "approvals",
    "search", "option_chain", "watchlist",
)  # fmt: skip
SHAPES: Mapping[str, Shape] = {
    "theme": Shape(Literal["dark", "light", "system"]),
    "accent": Shape(Literal["amber", "blue", "teal", "violet", "rose"]),
    "motion": Shape(Literal["system", "reduced"]),
    "trading": Shape(Habits, 512),
    "density": Shape(Literal["compact", "comfortable"]),
    "language": Shape(Literal["en", "hi"]),
    "number_style": Shape(Literal["indian", "western"]),
    "watchlist": Shape(WatchlistView, 1_024),
    "layouts": Shape(_ARRANGED, 131_072),
    "option_chain": Shape(_ARRANGED, 16_384),
    "ticket": Shape(_ARRANGED, 32_768),
    **{f"columns.{book}": Shape(Columns, 8_192) for book in BOOKS},
}


def check_key(key: str) -> Shape:
    """The shape of a known document. Raises NotFound."""
    shape = SHAPES.get(key)
    if shape is None:
        raise NotFound(f"There is no preference {key[:50]!r}", code="UNKNOWN_PREFERENCE")
    return shape


def check_value(key: str, value: Any) -> Any:
    """The value as it is kept. Raises NotFound for an unknown key, InvalidInput for a value that does not fit."""
    shape = check_key(key)
    try:
        kept = msgspec.to_builtins(msgspec.convert(value, shape.type))
    except msgspec.ValidationError as error:
        raise _wrong(str(error)) from None
    if _depth(kept) > DEEPEST:
        raise _wrong(f"must not be nested deeper than {DEEPEST}")
    if len(json.encode(kept)) > shape.longest:
        raise _wrong(f"must have at most {shape.longest} bytes as JSON")
    return kept


def _wrong(complaint: str) -> InvalidInput:
    return InvalidInput(f"value: {complaint}", errors={"value": [complaint]})


def _depth(value: Any, at: int = 0) -> int:
    """How deep objects and lists are nested; stops counting beyond what is allowed."""
    if at > DEEPEST or not isinstance(value, dict | list):
        return at
    inner = value.values() if isinstance(value, dict) else value
    return max((_depth(item, at + 1) for item in inner), default=at + 1)
