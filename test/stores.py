"""Stores at this program's schema for tests: migrated once for each process, copied for each folder."""

from __future__ import annotations

import atexit
import datetime as dt
import shutil
import tempfile
from functools import cache
from pathlib import Path

from database.migrate import migrate
from database.stores import Stores, StoreUrls

MADE = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


@cache
def migrated_folder() -> Path:
    """A data folder with migrated, empty stores; to be copied, never opened."""
    folder = Path(tempfile.mkdtemp(prefix="openalgo-stores-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    stores = Stores(StoreUrls(), folder)
    migrate(stores, MADE)
    stores.close()
    return folder


def copy_stores(folder: Path) -> None:
    """Migrated, empty stores for a data folder that has none; one that has keeps its own."""
    if not (folder / "db").exists():
        shutil.copytree(migrated_folder() / "db", folder / "db")


def open_stores(folder: Path) -> Stores:
    """The stores of a data folder, ready for use as after a first start; the caller closes them."""
    copy_stores(folder)
    return Stores(StoreUrls(), folder)
