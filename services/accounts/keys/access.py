"""The one judgement of what a key may do. Every edge that takes a key asks here, and so does every order on its way.

Numbers (symbols, quantity, value, hours) are limits of the scope `key:<id>` in services.trading.risk: they bind at the
gate that every order passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from domain.errors import NotAllowed

Access = Literal["trade", "paper", "read", "data"]


class Need(StrEnum):
    """What a route or a message takes. SWITCH: change what holds for the whole installation."""

    DATA = "data"
    READ = "read"
    TRADE = "trade"
    SWITCH = "switch"


GRANTS: Mapping[str, frozenset[Need]] = {
    "trade": frozenset(Need),
    "paper": frozenset({Need.DATA, Need.READ, Need.TRADE}),
    "read": frozenset({Need.DATA, Need.READ}),
    "data": frozenset({Need.DATA}),
}
WORDS: Mapping[str, str] = {
    "paper": "is for paper trading",
    "read": "may read and nothing else",
    "data": "is for market data",
}


def require(access: Access, need: Need) -> None:
    """Raise NotAllowed unless a key of this access grants what is needed, in whichever mode."""
    if need not in GRANTS[access]:
        raise NotAllowed(f"This API key {WORDS[access]}; this call needs more", code="KEY_SCOPE")


def require_in_mode(access: Access, need: Need, mode: str) -> None:
    """The same, and a key for paper trading sees and moves nothing of the live account. mode: `live` or `analyze`."""
    require(access, need)
    if access == "paper" and need is not Need.DATA and mode != "analyze":
        raise NotAllowed("This API key is for paper trading, and paper trading is off", code="KEY_PAPER_ONLY")
