"""Every sealed value of the main store, whichever table it lies in: columns named `…_sealed`."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Column, Table, select, tuple_, update

import database.models.automation
import database.models.identity
import database.models.signin  # noqa: F401 - the tables must be known
from database.base import MainBase
from database.identity import deleted_rows
from database.stores import Unit

ENDING = "_sealed"


class SealedValue(msgspec.Struct, frozen=True):
    """One value. key: its row's primary key."""

    key: tuple[Any, ...]
    text: str


def sealed_columns() -> dict[str, Column[Any]]:
    """`table.column` of everything sealed, sorted."""
    found = {
        f"{table.name}.{column.name}": column
        for table in MainBase.metadata.tables.values()
        for column in table.columns
        if column.name.endswith(ENDING)
    }
    return dict(sorted(found.items()))


class SealedValues:
    """Sealed values by `table.column`, within one unit of work."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session

    def page(self, name: str, after: tuple[Any, ...] | None, limit: int) -> list[SealedValue]:
        """The next values in the order of their rows' keys."""
        column = sealed_columns()[name]
        key = _key(column.table)
        query = select(*key, column).where(column.is_not(None), column != "").order_by(*key).limit(limit)
        if after is not None:
            query = query.where(tuple_(*key) > tuple_(*after))
        return [SealedValue(tuple(row[:-1]), row[-1]) for row in self._session.execute(query)]

    def swap(self, name: str, value: SealedValue, text: str) -> bool:
        """Replace a value, unless it has changed meanwhile; whether it was replaced."""
        column = sealed_columns()[name]
        same = [part == own for part, own in zip(_key(column.table), value.key, strict=True)]
        query = update(column.table).where(*same, column == value.text).values({column.name: text})
        return deleted_rows(self._session.execute(query)) == 1


def _key(table: Table) -> tuple[Column[Any], ...]:
    return tuple(table.primary_key.columns)
