"""Write-ahead logs reach their files in a round of their own, and no commit pays for it."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from pathlib import Path

from sqlalchemy import insert

from database.housekeeping.checkpoints import Checkpoints
from database.models.logs import TrafficLog
from database.stores import Store, Stores

PAGE = 4096


def path_of(store: Store) -> Path:
    return Path(str(store.engine.url.database))


def log_of(store: Store) -> Path:
    return Path(f"{store.engine.url.database}-wal")


def fill(store: Store, now: dt.datetime, pages: int) -> None:
    """One commit of so many pages."""
    row = {
        "client_ip": "::1", "method": "GET", "path": "x" * PAGE, "status_code": 200, "duration_ms": 1.0,
        "created_at": now,
    }  # fmt: skip
    with store.unit() as unit:
        unit.connection.execute(insert(TrafficLog), [row] * pages)


def rows_without_the_log(store: Store, folder: Path) -> int:
    copy = shutil.copy(path_of(store), folder / "copy.db")
    with sqlite3.connect(copy) as connection:
        return int(connection.execute("SELECT count(*) FROM traffic_logs").fetchone()[0])


def test_a_commit_leaves_the_log_to_the_round(stores: Stores, now: dt.datetime, tmp_path: Path) -> None:
    fill(stores.logs, now, 1500)
    assert rows_without_the_log(stores.logs, tmp_path) == 0
    Checkpoints(stores).run()
    assert rows_without_the_log(stores.logs, tmp_path) == 1500


def test_a_log_that_is_copied_begins_anew(stores: Stores, now: dt.datetime) -> None:
    checkpoints = Checkpoints(stores)
    fill(stores.logs, now, 200)
    checkpoints.run()
    grown = log_of(stores.logs).stat().st_size
    for _ in range(5):
        fill(stores.logs, now, 100)
        checkpoints.run()
    assert log_of(stores.logs).stat().st_size <= grown


def test_a_reader_keeps_its_view_and_delays_nobody(stores: Stores, now: dt.datetime, tmp_path: Path) -> None:
    checkpoints = Checkpoints(stores)
    with stores.logs.reading() as unit:
        count = "SELECT count(*) FROM traffic_logs"
        assert unit.connection.exec_driver_sql(count).scalar() == 0
        fill(stores.logs, now, 50)
        checkpoints.run()
        assert unit.connection.exec_driver_sql(count).scalar() == 0
    fill(stores.logs, now, 1)
    checkpoints.run()
    assert rows_without_the_log(stores.logs, tmp_path) == 51


def test_a_store_that_fails_holds_up_no_other_and_is_tried_again(
    stores: Stores, now: dt.datetime, tmp_path: Path
) -> None:
    checkpoints = Checkpoints(stores)
    fill(stores.logs, now, 3)
    stores.main.close()
    checkpoints.run()
    checkpoints.run()
    assert rows_without_the_log(stores.logs, tmp_path) == 3
