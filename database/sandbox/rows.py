"""Records in and out of tables without the ORM: statements are built once and only bound afterwards."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update
from sqlalchemy.sql import ColumnElement

R = TypeVar("R", bound=msgspec.Struct)


class Rows(Generic[R]):
    """One table whose columns bear the names of a record's fields. `key`: the column that the store assigns, if any."""

    def __init__(self, model: Any, kind: type[R], *, key: str | None = None) -> None:
        self.table: Table = model.__table__
        self._kind = kind
        self._key = key
        self._fields = kind.__struct_fields__
        self._written = tuple(name for name in self._fields if name != key)
        self.columns = [self.table.c[name] for name in self._fields]
        self._insert = insert(self.table).values({name: bindparam(name) for name in self._written})
        self._selects: dict[Any, Any] = {}
        if key is not None:
            mine = self.table.c[key] == bindparam("the_key")
            self._update = (
                update(self.table)
                .where(mine)
                .values({name: bindparam(f"new_{name}") for name in self._written})
            )
            self._delete = delete(self.table).where(mine)

    def add(self, connection: Connection, record: R) -> None:
        """Insert; the store's key is set in the record."""
        result: Any = connection.execute(
            self._insert, {name: getattr(record, name) for name in self._written}
        )
        if self._key is not None:
            setattr(record, self._key, result.inserted_primary_key[0])

    def save(self, connection: Connection, record: R) -> None:
        """Write back by key, or insert what has none yet."""
        assert self._key is not None
        known = getattr(record, self._key)
        if known is None:
            self.add(connection, record)
            return
        values = {f"new_{name}": getattr(record, name) for name in self._written}
        connection.execute(self._update, {**values, "the_key": known})

    def drop(self, connection: Connection, record: R) -> None:
        """Delete by key."""
        assert self._key is not None
        if getattr(record, self._key) is not None:
            connection.execute(self._delete, {"the_key": getattr(record, self._key)})

    def read(
        self,
        connection: Connection,
        *extra: ColumnElement[bool],
        name: str = "",
        order: str | None = None,
        **equal: Any,
    ) -> list[R]:
        """Records whose columns equal the given values; `name` tells fixed `extra` conditions apart."""
        shape = (name, order, tuple(equal))
        statement = self._selects.get(shape)
        if statement is None:
            statement = select(*self.columns).where(
                *(self.table.c[column] == bindparam(f"is_{column}") for column in equal), *extra
            )
            if order is not None:
                statement = statement.order_by(self.table.c[order])
            self._selects[shape] = statement
        found = connection.execute(statement, {f"is_{column}": value for column, value in equal.items()})
        return self.records(found)

    def records(self, found: Any) -> list[R]:
        """Rows of a select over `columns`."""
        kind, fields = self._kind, self._fields
        return [kind(**dict(zip(fields, row, strict=True))) for row in found]
