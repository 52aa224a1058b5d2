"""How a store is opened: every connection rule of SQLite and PostgreSQL in one place."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

BUSY_TIMEOUT_MS = 15_000
POOL_SIZE = 8
POOL_OVERFLOW = 120
POOL_TIMEOUT_SECONDS = 10
# Logs are copied in rounds (database.housekeeping.checkpoints); without those by the commit that gets here (64 MB).
LOG_PAGES = 16_000

WRITE = "openalgo_write"
DURABLE = "openalgo_durable"


def resolve_url(url: str, data_dir: Path) -> URL:
    """The store's URL; a relative SQLite path starts at `data_dir`. Raises ValueError for other databases."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        raise ValueError(f"{parsed.get_backend_name()} is not supported: use sqlite:/// or postgresql://")
    if not parsed.database or parsed.database == ":memory:":
        raise ValueError("a store needs a file: sqlite:///db/name.db")
    return parsed.set(database=str(data_dir / parsed.database))


def open_engine(url: URL) -> Engine:
    """A pooled engine. SQLite runs in WAL with foreign keys on; only the owner may read its folder."""
    if url.get_backend_name() == "postgresql":
        return create_engine(
            url, pool_size=POOL_SIZE, max_overflow=POOL_OVERFLOW, pool_timeout=POOL_TIMEOUT_SECONDS,
            pool_pre_ping=True, connect_args={"connect_timeout": 10, "options": "-c timezone=UTC"},
        )  # fmt: skip
    Path(url.database or "").parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(
        url, poolclass=QueuePool, pool_size=POOL_SIZE, max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
    )  # fmt: skip
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
    """Set what SQLite keeps per connection; `_begin_sqlite` begins transactions, never the driver."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        f"wal_autocheckpoint={LOG_PAGES}",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-4096",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    entry.info["synchronous"] = "NORMAL"


def _begin_sqlite(connection: Connection) -> None:
    """Writers take the write lock at once: a read that turned into a write would fail instead of waiting."""
    options: Any = connection.get_execution_options()
    wanted = "FULL" if options.get(DURABLE) else "NORMAL"
    if options.get(WRITE) and connection.info.get("synchronous") != wanted:
        connection.exec_driver_sql(f"PRAGMA synchronous={wanted}")
        connection.info["synchronous"] = wanted
    if options.get(WRITE):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # Takes no lock and so cannot fail; as a statement of SQLAlchemy it would cost as much as the read itself.
        cast("sqlite3.Connection", connection.connection.dbapi_connection).execute("BEGIN").close()
