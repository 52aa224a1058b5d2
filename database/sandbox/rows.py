"""Records in and out of tables without the ORM: statements are built and compiled once and only bound afterwards.

They go straight to the driver, within the unit's transaction: an order is a dozen statements, and what SQLAlchemy does
around each costs several times what the database does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement, ColumnElement

R = TypeVar("R", bound=msgspec.Struct)


class Statement:
    """One statement with named values, compiled once per dialect.

    For columns of plain numbers and texts, and without IN, whose values are written out at each execution.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, tuple[str, ...] | None, dict[str, Any]]] = {}

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Sequence[Any]]:
        """What it selects or returns. Raises SQLAlchemyError."""
        cursor = self._execute(connection, values)
        try:
            return list(cursor.fetchall())
        finally:
            cursor.close()

    def change(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """How many rows it changed. Raises SQLAlchemyError."""
        cursor = self._execute(connection, values)
        try:
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def _execute(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        text, names, fixed = self._for(connection)
        given = {**fixed, **values}
        cursor = connection.connection.cursor()
        try:
            cursor.execute(text, given if names is None else tuple(given[name] for name in names))
        except connection.dialect.loaded_dbapi.Error as error:
            cursor.close()
            raise DBAPIError(text, None, error) from error
        return cursor

    def _for(self, connection: Connection) -> tuple[str, tuple[str, ...] | None, dict[str, Any]]:
        """(text, names of positional values, values that never change) in the words of the connection's driver."""
        dialect = connection.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            compiled: Any = self._statement.compile(dialect=dialect)
            names = tuple(compiled.positiontup) if compiled.positional else None
            found = self._compiled[dialect.name] = (str(compiled), names, dict(compiled.params))
        return found


class Rows(Generic[R]):
    """One table whose columns bear the names of a record's fields. `key`: the column that the store assigns, if any."""

    def __init__(self, model: Any, kind: type[R], *, key: str | None = None) -> None:
        self.table: Table = model.__table__
        self._kind = kind
        self._key = key
        self._fields = kind.__struct_fields__
        self._written = tuple(name for name in self._fields if name != key)
        self.columns = [self.table.c[name] for name in self._fields]
        adding = insert(self.table).values({name: bindparam(name) for name in self._written})
        self._insert = Statement(adding.returning(self.table.c[key]) if key is not None else adding)
        self._selects: dict[Any, Statement] = {}
        if key is not None:
            mine = self.table.c[key] == bindparam("the_key")
            values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in self._written}
            self._update = Statement(update(self.table).where(mine).values(values))
            self._delete = Statement(delete(self.table).where(mine))

    def add(self, connection: Connection, record: R) -> None:
        """Insert; the store's key is set in the record."""
        values = {name: getattr(record, name) for name in self._written}
        if self._key is None:
            self._insert.change(connection, values)
        else:
            setattr(record, self._key, self._insert.rows(connection, values)[0][0])

    def save(self, connection: Connection, record: R) -> None:
        """Write back by key, or insert what has none yet."""
        assert self._key is not None
        known = getattr(record, self._key)
        if known is None:
            self.add(connection, record)
            return
        values = {f"new_{name}": getattr(record, name) for name in self._written}
        self._update.change(connection, {**values, "the_key": known})

    def drop(self, connection: Connection, record: R) -> None:
        """Delete by key."""
        assert self._key is not None
        if getattr(record, self._key) is not None:
            self._delete.change(connection, {"the_key": getattr(record, self._key)})

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
            query = select(*self.columns).where(
                *(self.table.c[column] == bindparam(f"is_{column}") for column in equal), *extra
            )
            statement = Statement(query if order is None else query.order_by(self.table.c[order]))
            self._selects[shape] = statement
        return self.records(statement.rows(connection, {f"is_{column}": equal[column] for column in equal}))

    def records(self, found: Any) -> list[R]:
        """Rows of a select over `columns`."""
        kind, fields = self._kind, self._fields
        return [kind(**dict(zip(fields, row, strict=True))) for row in found]
