"""Write-ahead logs go into their files beside the work, never on the thread of an order.

SQLite would copy a grown log into the database at the commit that fills it: a thousand pages and two syncs, 10 to
40 ms, on every 60th paper order. The connections leave that to this round (`database.engines`), which takes no lock
that a writer waits for. What is committed is as safe in the log as in the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import cast

from sqlalchemy.exc import SQLAlchemyError

from database.stores import Store
from domain.errors import Unavailable
from utils.logging import get_logger

# A log in which somebody always writes meanwhile never begins anew: past so many pages writers wait for its rest.
LONG = 4_096
log = get_logger(__name__)


class Checkpoints:
    """Of the SQLite stores of this process."""

    def __init__(self, stores: Iterable[Store]) -> None:
        self._logs = {
            store.name: (store, Path(f"{store.engine.url.database}-wal"))
            for store in stores
            if store.is_sqlite
        }
        self._seen: dict[str, int] = {}

    def run(self) -> None:
        """One round over the logs that were written since the last one."""
        for name, (store, path) in self._logs.items():
            written = _written(path)
            if written == self._seen.get(name):
                continue
            self._seen[name] = written
            try:
                if _checkpoint(store) >= LONG:
                    with store.turn():
                        _checkpoint(store)
            except (sqlite3.Error, SQLAlchemyError, Unavailable) as error:
                self._seen.pop(name, None)
                log.warning("a write-ahead log stays as it is", store=name, error=type(error).__name__)


def _checkpoint(store: Store) -> int:
    """Copy what no reader holds back; how many pages the log has grown to."""
    with closing(store.engine.raw_connection()) as connection:
        driver = cast("sqlite3.Connection", connection.dbapi_connection)
        return int(driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1])


def _written(path: Path) -> int:
    """When the log was last written; 0 without one."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
