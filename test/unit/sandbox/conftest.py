"""A paper desk per test; its books must add up at the end of every one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from paper_desk import MONDAY_TEN, Desk

from test.stores import open_stores
from utils.clock import ManualClock


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    stores = open_stores(tmp_path)
    desk = Desk(stores, ManualClock(MONDAY_TEN), tmp_path)
    yield desk
    assert desk.audit() == []
    stores.close()
