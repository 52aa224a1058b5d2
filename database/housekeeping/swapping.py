"""A store is changed on a copy, which takes the store's place only when it is whole and sound."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from database.engines import open_engine
from database.housekeeping import files
from database.stores import Store

SUFFIX = ".upgrading"
CHECK_SECONDS = 600.0


class Unsound(Exception):
    """The changed copy is damaged; the store is as it was."""


@contextmanager
def on_a_copy(store: Store) -> Iterator[Store]:
    """A store on a copy of this one's file. The copy replaces the file when the block ends, and is gone when it raises.

    Raises StoreInUse when another process has the file open: it would go on with what is no longer the store.
    """
    path = Path(str(store.engine.url.database))
    copy = path.with_name(path.name + SUFFIX)
    store.engine.dispose()
    files.remove(copy)
    files.fold(path)
    with closing(sqlite3.connect(path, isolation_level=None, timeout=files.WAIT_SECONDS)) as held:
        # Nobody may add to the file what its copy would lack.
        held.execute("BEGIN IMMEDIATE")
        with files.pinned(path) as source:
            files.copy_to(source, copy)
        changed = Store(store.name, store.metadata, open_engine(store.engine.url.set(database=str(copy))))
        try:
            yield changed
            changed.close()
            _finish(copy)
        except BaseException:
            changed.close()
            files.remove(copy)
            raise
    os.replace(copy, path)
    files.sync(path.parent)
    # The first connection has the file keep a log again; two that do so at once would lock each other out.
    with store.engine.connect():
        pass


def _finish(copy: Path) -> None:
    files.fold(copy)
    found = files.damage(copy, CHECK_SECONDS)
    if found:
        raise Unsound("; ".join(found))
    files.sync(copy)
