"""A paper desk per test; its books must add up at the end of every one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from paper_desk import MONDAY_TEN, Desk

from database.migrate import migrate
from database.stores import Stores, StoreUrls
from utils.clock import ManualClock


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with migrated stores, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    stores = Stores(StoreUrls(), folder)
    migrate(stores, MONDAY_TEN)
    stores.close()
    return folder


@pytest.fixture
def desk(tmp_path: Path, migrated: Path) -> Iterator[Desk]:
    shutil.copytree(migrated / "db", tmp_path / "db")
    stores = Stores(StoreUrls(), tmp_path)
    desk = Desk(stores, ManualClock(MONDAY_TEN), tmp_path)
    yield desk
    assert desk.audit() == []
    stores.close()
