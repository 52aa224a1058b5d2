"""Reads the newer words: `start` and `stop` of a strategy, entries and exits of one leg of it. Pure.

A leg is a mapping of the strategy; its number is the mapping's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from database.automation.strategies import MappingRecord
from domain.errors import InvalidInput
from domain.orders import Side
from services.trading.modes import AppMode
from services.wire.fields import clean

START, STOP, SIGNAL = "start", "stop", "signal"
KINDS = (START, STOP, SIGNAL)
MODES = {"live": AppMode.LIVE, "sandbox": AppMode.ANALYZE}
WORD_OF_MODE = {mode: word for word, mode in MODES.items()}


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """One action of a leg. direction: the position it is about, BUY for long; side: of the order it makes."""

    direction: Side
    enters: bool

    @property
    def side(self) -> Side:
        """Of its order."""
        return self.direction if self.enters else self.direction.opposite


SIGNALS = {
    "long_entry": Word(direction=Side.BUY, enters=True),
    "long_exit": Word(direction=Side.BUY, enters=False),
    "short_entry": Word(direction=Side.SELL, enters=True),
    "short_exit": Word(direction=Side.SELL, enters=False),
}


def action_of(fields: Mapping[str, Any]) -> str:
    """The action of a message in lower case, empty when it is no text."""
    action = fields.get("action")
    return action.strip().lower() if isinstance(action, str) else ""


def kind_of(fields: Mapping[str, Any]) -> str | None:
    """Which of KINDS a message is; None when its action is none of the newer words."""
    word = action_of(fields)
    if word in (START, STOP):
        return word
    return SIGNAL if word in SIGNALS else None


def mode_of(fields: Mapping[str, Any]) -> AppMode:
    """The mode that a start asks for, word for word: there is no default. Raises InvalidInput."""
    mode = fields.get("mode")
    if not isinstance(mode, str) or mode not in MODES:
        text = f"must be exactly one of {', '.join(MODES)}"
        raise InvalidInput(f"mode: {text}", errors={"mode": [text]}, code="INVALID_MODE")
    return MODES[mode]


def leg_of(fields: Mapping[str, Any], mappings: Iterable[MappingRecord]) -> MappingRecord:
    """The mapping that a signal names by `leg_id`, or by `symbol` with or without `exchange`. Raises InvalidInput."""
    number, symbol, exchange = (_given(fields, name) for name in ("leg_id", "symbol", "exchange"))
    if number is None and symbol is None:
        raise InvalidInput("Missing required fields: leg_id or symbol", errors={"leg_id": ["is required"]})
    wanted = (number, _text(symbol, "symbol"), _text(exchange, "exchange"))
    found = [row for row in mappings if _is_named(row, *wanted)]
    if len(found) != 1:
        named = f"leg {number}" if number is not None else f"symbol {wanted[1]}"
        raise InvalidInput(f"No mapping found for {named}", code="NO_MAPPING")
    return found[0]


def _is_named(row: MappingRecord, number: Any, symbol: str | None, exchange: str | None) -> bool:
    return (
        (number is None or (not isinstance(number, bool) and str(number) == str(row.id)))
        and symbol in (None, row.symbol)
        and exchange in (None, row.exchange.value)
    )


def _given(fields: Mapping[str, Any], name: str) -> Any:
    value = fields.get(name)
    return None if value == "" else value


def _text(value: Any, name: str) -> str | None:
    if value is None:
        return None
    try:
        return str(clean(value)).upper()
    except ValueError as error:
        raise InvalidInput(f"{name}: {error}", errors={name: [str(error)]}) from None
