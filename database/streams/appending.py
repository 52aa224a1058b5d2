"""Rows that are only ever added, by the driver itself: what stands beside every order must not cost a unit of work."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.exc import DBAPIError

from database.stores import Store


class Appender:
    """INSERT into one table; a row names every column but the growing key, with the values of the table's model."""

    def __init__(self, store: Store, table: Table) -> None:
        self._store = store
        self._insert = insert(table)
        dialect = store.engine.dialect
        columns = [column for column in table.columns if not column.primary_key]
        # The driver's positions follow the table's columns, and so do the values.
        self._text = str(self._insert.compile(dialect=dialect, column_keys=[each.name for each in columns]))
        self._stored: list[tuple[str, Callable[[Any], Any] | None]] = [
            (each.name, each.type.dialect_impl(dialect).bind_processor(dialect)) for each in columns
        ]

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Put rows behind those that are there, all or none of them. Raises SQLAlchemyError and Unavailable."""
        if not self._store.is_sqlite:
            with self._store.unit() as unit:
                unit.connection.execute(self._insert, rows)
            return
        values = [
            [row[name] if convert is None else convert(row[name]) for name, convert in self._stored]
            for row in rows
        ]
        with self._store.turn():
            try:
                with closing(self._store.engine.raw_connection()) as connection:
                    _transact(cast("sqlite3.Connection", connection.dbapi_connection), self._text, values)
            except sqlite3.Error as error:
                raise DBAPIError.instance(self._text, None, error, sqlite3.Error) from error


def _transact(connection: sqlite3.Connection, text: str, values: Sequence[Sequence[Any]]) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        try:
            cursor.executemany(text, values)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
