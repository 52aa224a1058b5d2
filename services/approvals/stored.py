"""Commands as they wait on disk: the whole command under the name of its kind. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from domain.instruments import Exchange, InstrumentKey
from services.trading import commands

# Names of the queue as clients know them; an operation outside the table keeps its own name.
API_TYPES = {
    "place": "placeorder",
    "smart": "smartorder",
    "basket": "basketorder",
    "split": "splitorder",
    "options": "optionsorder",
    "options_multi": "optionsmultiorder",
    "gtt_place": "placegttorder",
    "gtt_modify": "modifygttorder",
    "modify": "modifyorder",
}


def _kinds() -> dict[str, type[msgspec.Struct]]:
    found = vars(commands).values()
    return {
        item.__name__: item
        for item in found
        if isinstance(item, type) and issubclass(item, msgspec.Struct) and hasattr(item, "operation")
    }


KINDS = _kinds()


class UnreadableCommand(ValueError):
    """A stored command that this version cannot read."""


def encode(command: Any) -> dict[str, Any]:
    """JSON values of a command."""
    return {"kind": type(command).__name__, "fields": msgspec.to_builtins(command)}


def decode(stored: Any) -> Any:
    """The command. Raises UnreadableCommand: what cannot be read is never executed."""
    try:
        return msgspec.convert(stored["fields"], KINDS[stored["kind"]])
    except (KeyError, TypeError, msgspec.ValidationError) as error:
        raise UnreadableCommand(str(error)) from None


def api_type(command: Any) -> str:
    """The queue's name of the command's kind."""
    operation = str(command.operation.value)
    return API_TYPES.get(operation, operation)


def instruments(command: Any) -> list[InstrumentKey]:
    """Every instrument that the command names, in order, once each."""
    return list(dict.fromkeys(_named(msgspec.to_builtins(command))))


def _named(value: Any) -> Iterator[InstrumentKey]:
    if isinstance(value, dict):
        symbol = value.get("symbol") or value.get("underlying")
        if symbol and value.get("exchange"):
            yield InstrumentKey(exchange=Exchange(value["exchange"]), symbol=symbol)
        for item in value.values():
            yield from _named(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _named(item)
