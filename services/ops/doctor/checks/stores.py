"""The stores as files and schemas."""

from __future__ import annotations

import importlib.util
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from database.housekeeping import files
from database.migrate import MARKER, head, revisions, version_table
from services.ops.doctor.findings import Severity, check
from services.ops.doctor.patient import STORES, Patient

LARGE_LOG = 256 << 20
LARGE_STORE = 5 << 30
MANY_PAGES = 5_000
LOOK_SECONDS = 600.0
_RESTORE = "Stop the program and put a backup back: uv run app.py restore <folder>"


@check("stores.damaged", Severity.CRITICAL, _RESTORE)
def damaged(patient: Patient) -> Iterator[str]:
    """SQLite finds something wrong with the file."""
    for name, path in patient.store_files.items():
        found = files.damage(path, LOOK_SECONDS)
        if found:
            yield f"{name} ({path.name}): {'; '.join(found)}"


@check("stores.missing", Severity.CRITICAL, _RESTORE)
def missing(patient: Patient) -> Iterator[str]:
    """The main store is gone while others are there: a start would begin with an empty one."""
    if patient.store_files and "main" not in patient.store_files and not patient.is_on_server("main"):
        yield f"the main store is missing, while {', '.join(patient.store_files)} exist"


def _revision(patient: Patient, name: str) -> str | None:
    rows = patient.rows(name, f"SELECT version_num FROM {version_table(name)}")  # noqa: S608 - the name is ours
    return str(rows[0][0]) if rows else None


@check("stores.newer", Severity.CRITICAL, "Update the program: a newer one wrote this store")
def newer(patient: Patient) -> Iterator[str]:
    """An older program must not write it."""
    for name in STORES:
        revision = _revision(patient, name)
        if revision is not None and revision not in revisions(name):
            yield f"the {name} store is at schema {revision}, this program knows {head(name)}"


@check(
    "stores.older",
    Severity.INFO,
    "Start app.py: it upgrades the store on a copy and keeps the old one in db/backups",
)
def older(patient: Patient) -> Iterator[str]:
    """The next start takes a little longer."""
    for name in STORES:
        revision = _revision(patient, name)
        if revision is not None and revision in revisions(name) and revision != head(name):
            yield f"the {name} store is at schema {revision}, this program needs {head(name)}"


@check("stores.foreign", Severity.CRITICAL, "Give OpenAlgo a database of its own in .env")
def foreign(patient: Patient) -> Iterator[str]:
    """Tables of somebody else, or a store that lost its version."""
    for name, path in patient.store_files.items():
        tables = patient.rows(name, "SELECT name FROM sqlite_master WHERE type='table'")
        if tables and _revision(patient, name) is None:
            yield f"{path.name} holds tables and no version of the {name} store"


@check(
    "stores.half-migrated",
    Severity.CRITICAL,
    "Put the backup that the mark names, from db/backups, in the store's place",
)
def half_migrated(patient: Patient) -> Iterator[str]:
    """An upgrade in place died."""
    for name in STORES:
        query = f"SELECT target, note FROM {MARKER} WHERE store = :name AND state <> 'ready'"  # noqa: S608
        for target, note in patient.rows(name, query, name=name):
            yield f"an upgrade of the {name} store to {target} did not finish ({note})"


@check(
    "stores.long-log",
    Severity.WARNING,
    "Restart the program; if the log stays, something reads the store without end",
)
def long_log(patient: Patient) -> Iterator[str]:
    """A write-ahead log that is not folded back makes every read slower."""
    for name, path in patient.store_files.items():
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size > LARGE_LOG:
            yield f"the write-ahead log of the {name} store has {log.stat().st_size >> 20} MB"


@check(
    "stores.orphans", Severity.WARNING, "Make a backup, then report it: the program never writes such rows"
)
def orphans(patient: Patient) -> Iterator[str]:
    """Rows that point at rows which do not exist."""
    for name in patient.store_files:
        found = patient.rows(name, 'SELECT "table", count(*) FROM pragma_foreign_key_check GROUP BY 1')
        for table, count in found:
            yield f"{count} rows of {table} ({name} store) belong to nothing"


@check(
    "stores.not-wal",
    Severity.INFO,
    "Start app.py once; if it stays so, the file system does not allow shared memory",
)
def not_wal(patient: Patient) -> Iterator[str]:
    """Readers and writers would wait for each other."""
    for name in patient.store_files:
        for (mode,) in patient.rows(name, "PRAGMA journal_mode"):
            if mode != "wal":
                yield f"the {name} store is in journal mode {mode}"


@check(
    "stores.large",
    Severity.WARNING,
    "Shorten the retention settings (docs/settings.md, Logging and retention)",
)
def large(patient: Patient) -> Iterator[str]:
    """History that nobody forgets."""
    for name, path in patient.store_files.items():
        if path.stat().st_size > LARGE_STORE:
            yield f"the {name} store has {path.stat().st_size >> 20} MB"


@check("stores.server", Severity.CRITICAL, "Start the database server, or correct the URL in .env")
def server(patient: Patient) -> Iterator[str]:
    """A database server that does not answer."""
    for name in STORES:
        if patient.is_on_server(name):
            problem = patient.server_problem(name)
            if problem:
                yield f"the {name} store's server does not answer: {problem}"


@check("stores.driver", Severity.CRITICAL, "uv sync --extra postgres")
def driver(patient: Patient) -> Iterator[str]:
    """PostgreSQL without its driver."""
    if any(map(patient.is_on_server, STORES)) and importlib.util.find_spec("psycopg") is None:
        yield "a store is on PostgreSQL, and its driver is not installed"


@check(
    "stores.history",
    Severity.CRITICAL,
    "Put a backup back, or move the file away: candles can be downloaded again",
)
def history(patient: Patient) -> Iterator[str]:
    """The candles cannot be read."""
    path = patient.history_file
    if not path.is_file():
        return
    import duckdb

    from database.history import HistorySchemaError, history_version

    try:
        history_version(path)
    except HistorySchemaError as error:
        yield str(error)
    except duckdb.Error as error:
        if not _is_owned(error):
            yield f"{path.name}: {str(error).splitlines()[0]}"


def _is_owned(error: Exception) -> bool:
    """Another process has it open, which is as it should be while the program runs."""
    return "lock" in str(error).lower()


@check("stores.plug-in-books", Severity.CRITICAL, _RESTORE)
def books(patient: Patient) -> Iterator[str]:
    """What broker plug-ins keep, the practice exchange's orders for instance."""
    for path in sorted((patient.data_dir / "db" / "brokers").rglob("*.db")):
        found = files.damage(path, LOOK_SECONDS) if path.stat().st_size else []
        if found:
            yield f"{patient.shown(path)}: {'; '.join(found)}"


@check("stores.wasted", Severity.INFO, "While the program is stopped: sqlite3 <file> VACUUM")
def wasted(patient: Patient) -> Iterator[str]:
    """More than half of a file is free pages."""
    for name, path in patient.store_files.items():
        pages, free = _pages(path)
        if pages > MANY_PAGES and free * 2 > pages:
            yield f"{free * 100 // pages} % of the {name} store are free pages"


def _pages(path: Path) -> tuple[int, int]:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as raw:
            return (
                raw.execute("PRAGMA page_count").fetchone()[0],
                raw.execute("PRAGMA freelist_count").fetchone()[0],
            )
    except sqlite3.Error:
        return 0, 0
