"""How old a price may be, by what it is wanted for."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from domain.market import Depth, Quote

V = TypeVar("V")


class Use(msgspec.Struct, frozen=True):
    """seconds: the oldest value that serves while the market is open.

    Out of hours a value of today that came after the last session ended serves until the next one begins.
    """

    name: str
    seconds: float


QUOTE = Use("quote", 1.0)
DEPTH = Use("depth", 1.0)
# The answer of a chain tells its age; a leg away from the money has no tick every second.
CHAIN = Use("chain", 3.0)
# A tick of a lively instrument; an older one may mean a mute feed, so the broker is asked.
RISK = Use("risk", 3.0)
PAPER = Use("paper", 1.0)


class Seen(msgspec.Struct, Generic[V], frozen=True):
    """A value, how many seconds ago it arrived here, and from where: `feed`, or `broker` for an answer to a call."""

    value: V
    age_seconds: float
    source: str


SeenQuote = Seen[Quote]
SeenDepth = Seen[Depth]
