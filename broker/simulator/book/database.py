"""The exchange's own book: one SQLite file, written by one transaction at a time, each safe on disk when it ends.

Money is integer paise. Prices are integer ten-thousandths of a rupee ("pips"): currency ticks are 0.0025.
Several processes may open the file; a write holds SQLite's write lock from its first read on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from domain.errors import OutcomeUnknown, Refused, Unavailable
from utils.concurrency import RLock

BUSY_SECONDS = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    account TEXT PRIMARY KEY, cash INTEGER NOT NULL, day INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS counters (name TEXT, day INTEGER, value INTEGER NOT NULL, PRIMARY KEY (name, day)) STRICT;
CREATE TABLE IF NOT EXISTS orders (
    sequence INTEGER PRIMARY KEY, order_id TEXT NOT NULL UNIQUE, exchange_order_id TEXT NOT NULL,
    account TEXT NOT NULL, tag TEXT, tag_key TEXT, day INTEGER NOT NULL, exchange TEXT NOT NULL, symbol TEXT NOT NULL,
    side TEXT NOT NULL, quantity INTEGER NOT NULL, price_type TEXT NOT NULL, product TEXT NOT NULL,
    price INTEGER, trigger_price INTEGER, reserve_price INTEGER NOT NULL, disclosed INTEGER NOT NULL,
    status TEXT NOT NULL, filled INTEGER NOT NULL, filled_value INTEGER NOT NULL, reason TEXT NOT NULL,
    vertex INTEGER NOT NULL, placed_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS orders_tag ON orders (account, tag_key) WHERE tag_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS orders_day ON orders (account, day);
CREATE INDEX IF NOT EXISTS orders_working ON orders (exchange, symbol)
    WHERE status IN ('open', 'trigger pending');
CREATE TABLE IF NOT EXISTS trades (
    sequence INTEGER PRIMARY KEY, trade_id TEXT NOT NULL UNIQUE, order_id TEXT NOT NULL, account TEXT NOT NULL,
    day INTEGER NOT NULL, exchange TEXT NOT NULL, symbol TEXT NOT NULL, side TEXT NOT NULL,
    quantity INTEGER NOT NULL, price INTEGER NOT NULL, value INTEGER NOT NULL, product TEXT NOT NULL,
    vertex INTEGER NOT NULL, traded_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS trades_day ON trades (account, day);
CREATE INDEX IF NOT EXISTS trades_vertex ON trades (vertex, exchange, symbol);
CREATE TABLE IF NOT EXISTS positions (
    account TEXT, exchange TEXT, symbol TEXT, product TEXT, quantity INTEGER NOT NULL, cost INTEGER NOT NULL,
    realised INTEGER NOT NULL, traded INTEGER NOT NULL, required INTEGER NOT NULL, expiry_vertex INTEGER,
    PRIMARY KEY (account, exchange, symbol, product)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS positions_expiry ON positions (expiry_vertex) WHERE quantity != 0;
CREATE TABLE IF NOT EXISTS holdings (
    account TEXT, exchange TEXT, symbol TEXT, quantity INTEGER NOT NULL, cost INTEGER NOT NULL,
    PRIMARY KEY (account, exchange, symbol)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (
    sequence INTEGER PRIMARY KEY, account TEXT NOT NULL, at_ms INTEGER NOT NULL, kind TEXT NOT NULL,
    amount INTEGER NOT NULL, reference TEXT NOT NULL
) STRICT;
"""


class Database:
    """One connection behind one lock. Rows are read anywhere, written only inside `writing()`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = RLock()
        self._writing = False
        self._connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        with self.writing():
            for statement in _SCHEMA.split(";"):
                if statement.strip():
                    self._connection.execute(statement)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: on disk when the block ends, gone when it raises. Not nestable.

        Raises Refused when nothing can have been written, OutcomeUnknown when the last step itself failed.
        """
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                raise Refused(f"The practice exchange cannot write its book: {error}", code="BUSY") from error
            self._writing = True
            try:
                yield
            except sqlite3.Error as error:
                self._roll_back()
                raise Refused(f"The practice exchange cannot write its book: {error}", code="BUSY") from error
            except BaseException:
                self._roll_back()
                raise
            finally:
                self._writing = False
            try:
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise OutcomeUnknown(
                    f"The practice exchange may not have kept the change: {error}"
                ) from error

    def _roll_back(self) -> None:
        """Undo; a connection that SQLite has rolled back by itself refuses, which is as good."""
        with suppress(sqlite3.Error):
            self._connection.execute("ROLLBACK")

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of a query. Raises Unavailable when the file cannot be read (Refused inside a transaction)."""
        with self._lock:
            try:
                return self._connection.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                if self._writing:
                    raise
                raise Unavailable(f"The practice exchange cannot read its book: {error}") from error

    def integer(self, sql: str, *values: object) -> int:
        """The one number a query answers."""
        value = self.rows(sql, *values)[0][0]
        assert isinstance(value, int)
        return value

    def write(self, sql: str, *values: object) -> None:
        """One statement of the running transaction."""
        with self._lock:
            self._connection.execute(sql, values)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def columns(record: type[msgspec.Struct]) -> str:
    """Column list of a record type."""
    return ", ".join(record.__struct_fields__)
