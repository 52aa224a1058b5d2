"""Every schema that the program ever had leads to today's, on a copy, with its rows, or stays as it was."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from sqlalchemy.exc import OperationalError

from database import history
from database import migrate as module
from database.housekeeping import swapping
from database.migrate import METADATA, SchemaError, revisions, upgrade
from database.revision import differences
from database.stores import Store, Stores, StoreUrls

RELEASED = Path(__file__).parent / "released"
ROOT = Path(__file__).resolve().parents[3]
FILES = {"main": "openalgo.db", "logs": "logs.db", "latency": "latency.db", "sandbox": "sandbox.db"}
# What a later schema keeps in another form; the tests of its migration say how.
MOVED = {"watchlist_items", "saved_watchlists", "watchlist_saved"}
ALL = sorted(path.stem for path in RELEASED.glob("*.sql"))
# From the others the way leads through the same migrations; EVERY_SCHEMA=1 walks them all.
TELLING = ["latency_0001", "logs_0001", "main_0001", "main_0009", "main_0014", "sandbox_0001", "sandbox_0002"]
Rows = dict[str, list[dict[str, object]]]


def store_name(revision: str) -> str:
    return revision.split("_", maxsplit=1)[0]


def older(folder: Path, revision: str) -> Store:
    """The store that the fixture of a revision describes, in a data folder of its own."""
    (folder / "db").mkdir()
    name = store_name(revision)
    with closing(sqlite3.connect(folder / "db" / FILES[name])) as raw:
        raw.executescript((RELEASED / f"{revision}.sql").read_text(encoding="utf-8"))
    found: Store = getattr(Stores(StoreUrls(), folder), name)
    return found


def path_of(store: Store) -> Path:
    return Path(str(store.engine.url.database))


def rows_of(path: Path) -> Rows:
    """Every row of every table, bookkeeping apart."""
    with closing(sqlite3.connect(path)) as raw:
        raw.row_factory = sqlite3.Row
        tables = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        return {
            table: [dict(row) for row in raw.execute(f'SELECT * FROM "{table}"')]
            for table in tables
            if not table.startswith(("alembic_", "sqlite_", module.MARKER))
        }


def content(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as raw:
        return list(raw.iterdump())


def test_every_schema_up_to_the_last_release_has_its_record() -> None:
    """Add the number of the last migration that a release ships; `python -m test.unit.database.released` writes."""
    shipped = {"main": 14, "logs": 3, "latency": 2, "sandbox": 3}
    needed = {f"{name}_{number:04d}" for name, last in shipped.items() for number in range(1, last)}
    assert needed <= set(ALL) and set(ALL) <= {known for name in METADATA for known in revisions(name)}


@pytest.mark.parametrize("revision", ALL if os.environ.get("EVERY_SCHEMA") else TELLING)
def test_an_older_store_becomes_todays_and_keeps_its_rows(
    revision: str, tmp_path: Path, now: dt.datetime
) -> None:
    store = older(tmp_path, revision)
    before = rows_of(path_of(store))
    assert all(before.values())
    backup = upgrade(store, tmp_path / "backups", now)
    assert differences(store) == []
    store.close()
    assert backup is not None and rows_of(backup) == before
    after = rows_of(path_of(store))
    for table, rows in before.items():
        if table in MOVED:
            continue
        kept = set(rows[0]) & set(after[table][0])
        assert [{key: row[key] for key in kept} for row in after[table]] == [
            {key: row[key] for key in kept} for row in rows
        ], table
    assert sorted(path.name for path in path_of(store).parent.iterdir()) == [path_of(store).name]


def test_an_upgrade_that_raises_leaves_the_store_as_it_was(
    tmp_path: Path, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = older(tmp_path, "sandbox_0002")
    before = content(path_of(store))

    def run(copy: Store, target: str) -> None:
        with copy.unit() as unit:
            unit.session.connection().exec_driver_sql("DROP TABLE paper_orders")
        raise OperationalError("ALTER", {}, sqlite3.OperationalError("disk I/O error"))

    monkeypatch.setattr(module, "_run", run)
    with pytest.raises(OperationalError):
        upgrade(store, tmp_path / "backups", now)
    assert content(path_of(store)) == before
    monkeypatch.undo()
    assert upgrade(store, tmp_path / "backups", now) is not None, "and the next start upgrades it"
    store.close()


def test_a_copy_that_came_out_damaged_is_not_used(
    tmp_path: Path, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = older(tmp_path, "latency_0001")
    before = content(path_of(store))
    sync = swapping.files.fold

    def damaging(path: Path) -> None:
        sync(path)
        if path.suffix == swapping.SUFFIX:
            with path.open("r+b") as file:
                file.seek(4096)
                file.write(b"\xff" * 8192)

    monkeypatch.setattr(swapping.files, "fold", damaging)
    with pytest.raises(SchemaError, match="not sound"):
        upgrade(store, tmp_path / "backups", now)
    store.close()
    assert content(path_of(store)) == before


def test_a_store_that_another_process_has_open_is_not_upgraded(
    tmp_path: Path, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swapping.files, "WAIT_SECONDS", 0.1)
    store = older(tmp_path, "latency_0001")
    script = (
        "import sqlite3, sys\nother = sqlite3.connect(sys.argv[1])\nother.execute('PRAGMA journal_mode=WAL')\n"
        "other.execute('SELECT count(*) FROM order_latency').fetchone()\nprint('open', flush=True)\nsys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(path_of(store))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None and other.stdout.readline() == b"open\n"
    with pytest.raises(SchemaError, match="another process has it open"):
        upgrade(store, tmp_path / "backups", now)
    other.communicate(b"")
    assert upgrade(store, tmp_path / "backups", now) is not None
    store.close()


STEPS: dict[str, Callable[[pytest.MonkeyPatch, Callable[[], None]], None]] = {
    "before the copy": lambda patch, die: patch.setattr(swapping.files, "fold", lambda path: die()),
    "with a copy": lambda patch, die: patch.setattr(module, "_change", lambda *given: die()),
    "with a changed copy": lambda patch, die: patch.setattr(swapping, "_finish", lambda copy: die()),
    "with a finished copy": lambda patch, die: patch.setattr(swapping.os, "replace", lambda *given: die()),
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("step", STEPS)
def test_a_process_killed_at_any_step_of_an_upgrade_leaves_the_old_store_and_the_next_one_goes_on(
    step: str, tmp_path: Path, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = older(tmp_path, "sandbox_0002")
    before = content(path_of(store))
    child = os.fork()
    if child == 0:
        STEPS[step](monkeypatch, lambda: os.kill(os.getpid(), signal.SIGKILL))
        upgrade(store, tmp_path / "backups", now)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert content(path_of(store)) == before
    upgrade(store, tmp_path / "backups", now + dt.timedelta(seconds=1))
    assert differences(store) == []
    store.close()
    assert not path_of(store).with_name(path_of(store).name + swapping.SUFFIX).exists()


def test_a_damaged_store_is_refused_at_the_start_with_the_remedy(stores: Stores, tmp_path: Path) -> None:
    stores.close()
    path = tmp_path / "db" / "logs.db"
    shutil.copy(path, tmp_path / "sound.db")
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 16384)
    opened = Stores(StoreUrls(), tmp_path)
    with pytest.raises(SchemaError, match=r"logs store \(logs\.db\) is damaged.*app\.py restore"):
        module.migrate(opened, dt.datetime(2026, 12, 1, tzinfo=dt.UTC))
    opened.close()


def test_a_history_file_is_upgraded_on_a_copy_or_not_at_all(
    tmp_path: Path, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = history.HistoryStore(tmp_path / "history.duckdb", tmp_path / "backups")
    store.open(now)
    store.close()
    before = store.path.read_bytes()
    for statement, works in (
        ("CREATE TABLE extra (id BIGINT); SELECT no_such_thing", False),
        ("CREATE TABLE extra (id BIGINT)", True),
    ):
        monkeypatch.setattr(history, "STEPS", (*history.STEPS[:1], tuple(statement.split("; "))))
        monkeypatch.setattr(history, "VERSION", 2)
        if not works:
            with pytest.raises(duckdb.Error):
                store.open(now)
            assert store.path.read_bytes() == before
    store.open(now)
    assert store.cursor().execute("SELECT count(*) FROM extra").fetchone() == (0,)
    store.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backups", "history.duckdb"]
