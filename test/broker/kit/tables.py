"""The word tables of a plug-in, found in the modules it is made of."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from broker.core.tables import StatusTable, Table
from test.broker.kit.data import REGISTRY, manifest_of

CONTAINERS_DEEP = 2


def modules_of(plugin_id: str) -> list[Any]:
    """The modules of the plug-in and of its family, as far as they were imported."""
    folder = REGISTRY.folder(plugin_id)
    family = f"broker.families.{manifest_of(plugin_id).family}"
    loaded = [module for module in list(sys.modules.values()) if getattr(module, "__file__", None)]
    return [
        module
        for module in loaded
        if str(module.__file__).startswith(f"{folder}/") or f"{module.__name__}.".startswith(f"{family}.")
    ]


def tables_of(plugin_id: str) -> list[Table[Any] | StatusTable[Any]]:
    """Tables in module variables and one level of containers below; the plug-in must have been built once."""
    found = [item for module in modules_of(plugin_id) for item in _tables(list(vars(module).values()), 0)]
    return list({id(table): table for table in found}.values())


def _tables(values: Any, depth: int) -> Iterator[Any]:
    for value in values:
        if isinstance(value, (Table, StatusTable)):
            yield value
        elif isinstance(value, dict) and depth < CONTAINERS_DEEP:
            yield from _tables(value.values(), depth + 1)
        elif isinstance(value, (list, tuple)) and depth < CONTAINERS_DEEP:
            yield from _tables(value, depth + 1)
