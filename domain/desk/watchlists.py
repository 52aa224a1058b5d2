"""Watch lists of a user: named lists, in each of them groups of instruments, everything in the user's order."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable

import msgspec

from domain.errors import InvalidInput
from domain.instruments import Exchange, InstrumentKey, parse_expiry

MOST_LISTS = 20
MOST_GROUPS = 20
MOST_ENTRIES = 250
LONGEST_NAME = 40
LONGEST_ID = 36
ID_PATTERN = rf"^[A-Za-z0-9_-]{{1,{LONGEST_ID}}}$"
_EXPIRY_IN_SYMBOL = re.compile(r"(\d{2}[A-Z]{3}\d{2})(?:FUT|[0-9.]+(?:CE|PE))$")


class Entry(msgspec.Struct, frozen=True):
    """One instrument of a list. expiry: as the contract master said it when the entry was made."""

    exchange: Exchange
    symbol: str
    expiry: dt.date | None = None

    @property
    def key(self) -> InstrumentKey:
        """(exchange, symbol)."""
        return InstrumentKey(self.exchange, self.symbol)


class Group(msgspec.Struct, frozen=True):
    """A section of a list. name: empty for entries without a heading. id: chosen by the client, unique in its list."""

    id: str
    name: str
    entries: tuple[Entry, ...] = ()
    collapsed: bool = False


class Watchlist(msgspec.Struct, frozen=True):
    """One list. id: chosen by the client, unique among the lists of its user."""

    id: str
    name: str
    groups: tuple[Group, ...] = ()

    def entries(self) -> Iterable[Entry]:
        """All entries in order."""
        return (entry for group in self.groups for entry in group.entries)


class Watchlists(msgspec.Struct, frozen=True):
    """All lists of a user. version: grows with every change, 0 before the first one."""

    version: int
    lists: tuple[Watchlist, ...]

    def instruments(self) -> set[InstrumentKey]:
        """Every instrument that is on some list."""
        return {entry.key for one in self.lists for entry in one.entries()}


def check_limits(lists: tuple[Watchlist, ...]) -> None:
    """Raise InvalidInput where there is too much, or where something that must be unique is there twice."""
    _require(1 <= len(lists) <= MOST_LISTS, "lists", f"there may be 1 to {MOST_LISTS} watch lists")
    _unique((one.id for one in lists), "lists", "the id of a list")
    _unique((one.name.casefold() for one in lists), "lists", "the name of a list")
    for place, one in enumerate(lists):
        field = f"lists.{place}"
        _require(
            len(one.groups) <= MOST_GROUPS,
            f"{field}.groups",
            f"a watch list holds at most {MOST_GROUPS} groups",
        )
        _unique((group.id for group in one.groups), f"{field}.groups", "the id of a group")
        keys = [entry.key for entry in one.entries()]
        _require(
            len(keys) <= MOST_ENTRIES, f"{field}.groups", f"a watch list holds at most {MOST_ENTRIES} symbols"
        )
        _unique((str(key) for key in keys), f"{field}.groups", "an instrument")


def expiry_in(key: InstrumentKey) -> dt.date | None:
    """The expiry that the name of a future or an option carries, None for other instruments."""
    found = _EXPIRY_IN_SYMBOL.search(key.symbol) if key.exchange.is_derivative else None
    try:
        return parse_expiry(found[1]) if found else None
    except ValueError:
        return None


def _unique(words: Iterable[str], field: str, what: str) -> None:
    twice = [word for word, times in Counter(words).items() if times > 1]
    _require(not twice, field, f"{what} must not be there twice: {', '.join(twice[:3])}")


def _require(holds: bool, field: str, complaint: str) -> None:
    if not holds:
        raise InvalidInput(f"{field}: {complaint}", errors={field: [complaint]})
