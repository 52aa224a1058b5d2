"""The history store: candles in one DuckDB file, owned by exactly one process. DuckDB is loaded on first use."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from database.housekeeping import files
from domain.errors import Conflict
from utils import concurrency

if TYPE_CHECKING:
    import datetime as dt

    from duckdb import DuckDBPyConnection

# Each entry leads from the version before it; entry 0 makes version 1.
STEPS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE market_data (
            symbol VARCHAR NOT NULL,
            exchange VARCHAR NOT NULL,
            "interval" VARCHAR NOT NULL,
            "timestamp" BIGINT NOT NULL,
            open DOUBLE NOT NULL,
            high DOUBLE NOT NULL,
            low DOUBLE NOT NULL,
            close DOUBLE NOT NULL,
            volume BIGINT NOT NULL,
            oi BIGINT NOT NULL DEFAULT 0,
            created_at TIMESTAMPTZ NOT NULL,
            PRIMARY KEY (symbol, exchange, "interval", "timestamp")
        )
        """,
        'CREATE INDEX market_data_exchange_timestamp ON market_data (exchange, "timestamp")',
    ),
)
VERSION = len(STEPS)


class HistorySchemaError(Exception):
    """The history file cannot be used as it is; the message says what to do."""


class HistoryStore:
    """Opens the file on first use; every cursor belongs to the thread that asked for it."""

    def __init__(self, path: Path, backup_dir: Path) -> None:
        self.path = path
        self._backup_dir = backup_dir
        self._lock = concurrency.Lock()
        self._connection: DuckDBPyConnection | None = None

    def open(self, now: dt.datetime) -> None:
        """Open and bring to the current version. Raises Conflict when another process owns the file."""
        import duckdb

        with self._lock:
            if self._connection is not None:
                return
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            existed = self.path.exists()
            try:
                connection = duckdb.connect(str(self.path), config={"memory_limit": "512MB", "threads": 2})
            except duckdb.IOException as error:
                raise Conflict(f"The history store is owned by another process: {self.path.name}") from error
            try:
                version = _version(connection)
                if existed and 0 < version < VERSION:
                    connection.close()
                    self._upgrade_copy(version, now)
                    connection = duckdb.connect(str(self.path))
                else:
                    _upgrade(connection, version, now)
            except BaseException:
                connection.close()
                raise
            self.path.chmod(0o600)
            self._connection = connection

    def cursor(self) -> DuckDBPyConnection:
        """A connection of the calling thread's own; close it after use. Raises Conflict before open()."""
        if self._connection is None:
            raise Conflict("The history store is not open")
        return self._connection.cursor()

    def trouble(self) -> str:
        """Why the open file does not answer a read; empty when it does."""
        import duckdb

        try:
            with self.cursor() as cursor:
                cursor.execute("SELECT max(version) FROM schema_version").fetchone()
        except (duckdb.Error, Conflict) as error:
            return f"The history store does not answer: {type(error).__name__}"
        return ""

    @property
    def is_open(self) -> bool:
        """Whether this process owns the file now."""
        return self._connection is not None

    def close(self) -> None:
        """Flush and release the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _upgrade_copy(self, version: int, now: dt.datetime) -> None:
        """Upgrade a copy and put it in the file's place when it is whole; until then the file is as it was."""
        import duckdb

        self._back_up(version, now)
        copy = self.path.with_name(f"{self.path.name}.upgrading")
        copy.with_name(f"{copy.name}.wal").unlink(missing_ok=True)
        shutil.copy2(self.path, copy)
        try:
            with duckdb.connect(str(copy)) as connection:
                _upgrade(connection, version, now)
        except BaseException:
            copy.unlink(missing_ok=True)
            copy.with_name(f"{copy.name}.wal").unlink(missing_ok=True)
            raise
        files.sync(copy)
        copy.replace(self.path)

    def _back_up(self, version: int, now: dt.datetime) -> None:
        self._backup_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = self._backup_dir / f"history-{now:%Y%m%dT%H%M%SZ}-v{version}.duckdb"
        shutil.copy2(self.path, target)
        target.chmod(0o600)


def copy_history(path: Path, target: Path) -> None:
    """A whole copy of a history file that no process has open. Raises Conflict when one has."""
    import duckdb

    try:
        connection = duckdb.connect(str(path), config={"memory_limit": "512MB", "threads": 2})
    except duckdb.IOException as error:
        raise Conflict(f"The history store is owned by another process: {path.name}") from error
    with connection:
        name = connection.execute("SELECT current_database()").fetchone()
        connection.execute(f"ATTACH '{_quoted(target)}' AS copy_of_history")
        connection.execute(f'COPY FROM DATABASE "{name[0] if name else ""}" TO copy_of_history')
        connection.execute("DETACH copy_of_history")


def history_version(path: Path) -> int:
    """The version of a history file that no process has open. Raises HistorySchemaError for a newer or foreign one."""
    import duckdb

    with duckdb.connect(str(path), read_only=True) as connection:
        return _version(connection)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _version(connection: DuckDBPyConnection) -> int:
    """The file's version, 0 for a new one. Raises HistorySchemaError for a newer or foreign file."""
    tables = {row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if "schema_version" not in tables:
        if tables:
            raise HistorySchemaError("The history file holds tables of another program; give it another path")
        return 0
    row = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    version = int(row[0]) if row and row[0] is not None else 0
    if version > VERSION:
        raise HistorySchemaError(
            f"The history file has version {version}, written by a newer OpenAlgo: update the program"
        )
    return version


def _upgrade(connection: DuckDBPyConnection, version: int, now: dt.datetime) -> None:
    """All pending steps in one transaction."""
    if version == VERSION:
        return
    connection.execute("BEGIN")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_version"
        " (version INTEGER PRIMARY KEY, applied_at TIMESTAMPTZ NOT NULL)"
    )
    for number, statements in enumerate(STEPS[version:], start=version + 1):
        for statement in statements:
            connection.execute(statement)
        connection.execute("INSERT INTO schema_version VALUES (?, ?)", [number, now])
    connection.execute("COMMIT")
