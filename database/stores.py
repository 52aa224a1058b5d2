"""The four transactional stores and the unit of work.

    with stores.main.unit() as unit:                 # one write transaction: committed, or rolled back
        Users(unit).add(...)
    with stores.main.reading() as unit:              # a consistent snapshot, never waits for a writer
        Users(unit).by_name("ada")
    with stores.main.unit(durable=True) as unit:     # on disk when the block ends (order journal)

Units do not nest: a second write unit of the same thread and store is a programming error and raises at once.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, Dialect, Engine, MetaData, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from database import models
from database.base import LatencyBase, LogsBase, MainBase, SandboxBase
from database.engines import (
    BUSY_TIMEOUT_MS,
    DURABLE,
    POOL_OVERFLOW,
    POOL_SIZE,
    WRITE,
    open_engine,
    resolve_url,
)
from domain.errors import Unavailable
from utils import concurrency, limits

__all__ = ["Store", "StoreUrls", "Stores", "Unit", "models"]

WRITE_WAIT_SECONDS = BUSY_TIMEOUT_MS / 1000


class Unit:
    """One transaction of one store; repositories are built on it and die with it."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @cached_property
    def connection(self) -> Connection:
        """The transaction's connection, for statements that need no objects."""
        return self.session.connection()

    def exclusive(self, what: str) -> None:
        """Until the end of this write unit nobody else is in a unit that is exclusive on the same word."""
        if self.session.get_bind().dialect.name == "postgresql":
            self.session.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": zlib.crc32(what.encode())}
            )


class Store:
    """One database with its tables."""

    def __init__(self, name: str, metadata: MetaData, engine: Engine) -> None:
        self.name = name
        self.metadata = metadata
        self.engine = engine
        self._readers = engine.execution_options(**{WRITE: False})
        self._writers = {
            durable: engine.execution_options(**{WRITE: True, DURABLE: durable}) for durable in (False, True)
        }
        self._turn = concurrency.Lock()
        self._holder = concurrency.local()
        self._closed = False
        limits.watch(
            self, name="connections of stores", kind="pool", bound=POOL_SIZE + POOL_OVERFLOW, policy="wait",
            size=lambda own: _in_use(own.engine),
        )  # fmt: skip
        event.listen(engine, "do_connect", self._refuse_when_closed)
        event.listen(engine, "checkin", self._close_what_comes_back_late)

    @property
    def is_sqlite(self) -> bool:
        """SQLite admits one writer at a time, so writers of this process take turns here."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def unit(self, *, durable: bool = False) -> Iterator[Unit]:
        """A write transaction. Raises Unavailable when the turn does not come within 15 s."""
        with self.turn(), Session(self._writers[durable], expire_on_commit=False) as session:
            yield Unit(session)
            session.commit()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """This process's turn to write; for the journal, which keeps a connection of its own."""
        if getattr(self._holder, "writing", False):
            raise RuntimeError(f"nested unit of work on the {self.name} store")
        if self.is_sqlite and not self._turn.acquire(timeout=WRITE_WAIT_SECONDS):
            raise Unavailable(f"The {self.name} store is busy", code="STORE_BUSY")
        self._holder.writing = True
        try:
            yield
        finally:
            self._holder.writing = False
            if self.is_sqlite:
                self._turn.release()

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """A read transaction; writes through it are rolled back."""
        with Session(self._readers, expire_on_commit=False) as session:
            yield Unit(session)

    def fetch(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """All rows of one statement of our own as the driver gives them: a look-up without the price of a unit.

        Raises SQLAlchemyError.
        """
        if not self.is_sqlite:
            with self.reading() as unit:
                return [tuple(row) for row in unit.session.execute(text(sql), values)]
        try:
            with closing(self.engine.raw_connection()) as connection:
                return cast("sqlite3.Connection", connection.dbapi_connection).execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise DBAPIError.instance(sql, values, error, sqlite3.Error) from error

    def ping(self) -> None:
        """Raise Unavailable unless the database answers a read now."""
        try:
            with self.reading() as unit:
                unit.session.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            raise Unavailable(f"The {self.name} store does not answer", code="STORE_DOWN") from error

    def close(self) -> None:
        """Give back every connection, for good: a thread that comes late meets a database that is down."""
        self._closed = True
        self.engine.dispose()

    def _refuse_when_closed(self, dialect: Dialect, *_: object) -> None:
        if self._closed:
            raise dialect.loaded_dbapi.OperationalError(f"The {self.name} store is closed")

    def _close_what_comes_back_late(self, connection: DBAPIConnection, _: object) -> None:
        # The pool it came from is gone: nobody else would close it.
        if self._closed:
            connection.close()


def _in_use(engine: Engine) -> int:
    pool = engine.pool
    return pool.checkedout() if isinstance(pool, QueuePool) else 0


class StoreUrls(msgspec.Struct, frozen=True, kw_only=True):
    """SQLAlchemy URLs of the stores."""

    main: str = "sqlite:///db/openalgo.db"
    logs: str = "sqlite:///db/logs.db"
    latency: str = "sqlite:///db/latency.db"
    sandbox: str = "sqlite:///db/sandbox.db"


METADATA = {
    "main": MainBase.metadata,
    "logs": LogsBase.metadata,
    "latency": LatencyBase.metadata,
    "sandbox": SandboxBase.metadata,
}


class Stores:
    """All transactional stores of one process."""

    def __init__(self, urls: StoreUrls, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.main = self._open("main", urls.main)
        self.logs = self._open("logs", urls.logs)
        self.latency = self._open("latency", urls.latency)
        self.sandbox = self._open("sandbox", urls.sandbox)

    def _open(self, name: str, url: str) -> Store:
        return Store(name, METADATA[name], open_engine(resolve_url(url, self.data_dir)))

    def __iter__(self) -> Iterator[Store]:
        return iter((self.main, self.logs, self.latency, self.sandbox))

    def close(self) -> None:
        """Give back every connection of every store."""
        for store in self:
            store.close()
