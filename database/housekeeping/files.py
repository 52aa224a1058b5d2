"""SQLite files from outside: whole copies, alone or not, sound or not, and whose schema they hold."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from utils.clock import SystemClock

MAGIC = b"SQLite format 3\x00"
# What lies beside a file and belongs to its content.
BESIDE = ("-wal", "-shm", "-journal")
WAIT_SECONDS = 5.0
_STEPS = 20_000
_VERSION_TABLE = re.compile(r"alembic_version_([a-z]+)")


class StoreInUse(Exception):
    """Another connection, perhaps of another process, has the file open."""


def is_sqlite(path: Path) -> bool:
    """Whether the file holds a SQLite database (or will: an empty one may become anything)."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


@contextmanager
def pinned(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that sees the file as it is now until the block ends; writers go on meanwhile."""
    with closing(
        sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=WAIT_SECONDS)
    ) as connection:
        connection.isolation_level = None
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield connection


def copy_to(source: sqlite3.Connection, target: Path) -> None:
    """A whole, synced copy of what `source` sees, one file that only its owner reads."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with closing(sqlite3.connect(target, timeout=WAIT_SECONDS)) as copy:
            source.backup(copy)
            # A log beside the copy could be left behind when it is moved.
            copy.execute("PRAGMA journal_mode=DELETE").fetchone()
        sync(target)
    except BaseException:
        remove(target)
        raise


def fold(path: Path) -> None:
    """Bring everything into the one file. Raises StoreInUse when others have it open."""
    with closing(sqlite3.connect(path, timeout=WAIT_SECONDS)) as connection:
        try:
            mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            mode = "locked"
    if mode != "delete":
        raise StoreInUse(path.name)


def remove(path: Path) -> None:
    """The file and what lies beside it."""
    for name in (path, *beside(path)):
        name.unlink(missing_ok=True)


def beside(path: Path) -> list[Path]:
    """Names of the files that hold a part of the database meanwhile."""
    return [path.with_name(path.name + suffix) for suffix in BESIDE]


def private_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing, for the owner only."""
    for folder in reversed([path, *path.parents]):
        folder.mkdir(mode=0o700, exist_ok=True)


def sync(path: Path) -> None:
    """Have the disk hold a file, or what a folder lists."""
    if os.name != "posix" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def damage(path: Path, seconds: float) -> list[str] | None:
    """What SQLite finds wrong with the file: empty when sound, None when the look was not over after `seconds`."""
    clock = SystemClock()
    end = clock.monotonic() + seconds
    try:
        with closing(sqlite3.connect(path, timeout=WAIT_SECONDS)) as connection:
            connection.set_progress_handler(lambda: clock.monotonic() > end, _STEPS)
            rows = connection.execute("PRAGMA quick_check(5)").fetchall()
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            return None
        return [str(error)]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [str(row[0]) for row in rows if row[0] != "ok"]


def schemas(path: Path) -> dict[str, str]:
    """Revision of each of our stores that the file holds, by the store's name."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        found = {}
        for match in filter(None, map(_VERSION_TABLE.fullmatch, names)):
            row = connection.execute(f"SELECT version_num FROM {match[0]}").fetchone()  # noqa: S608 - matched above
            if row:
                found[match[1]] = str(row[0])
    return found
