"""An installation in the test's folder: settings with keys, migrated stores, a plug-in's book, keys of the bus."""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest

from services.ops.launch.first_start import ensure_env_file
from test.stores import copy_stores


@cache
def fresh_folder() -> Path:
    """What the first start of a program leaves; to be copied, never opened."""
    folder = Path(tempfile.mkdtemp(prefix="openalgo-house-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    ensure_env_file(folder / ".env", {})
    copy_stores(folder)
    (folder / "keys").mkdir(mode=0o700)
    (folder / "keys" / "bus.json").write_text('{"secret": 1}')
    book = folder / "db" / "brokers" / "simulator"
    book.mkdir(parents=True)
    with closing(sqlite3.connect(book / "exchange.db")) as raw:
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("CREATE TABLE orders (id INTEGER)")
        raw.execute("INSERT INTO orders VALUES (7)")
        raw.commit()
    return folder


class Installation:
    """A data folder and the environment under which commands see it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {"OPENALGO_DATA_DIR": str(folder)}
        self.env_file = folder / ".env"
        self.said: list[str] = []
        if not folder.exists():
            shutil.copytree(fresh_folder(), folder)

    def say(self, line: str) -> None:
        self.said.append(line)

    def path(self, name: str) -> Path:
        return self.folder / "db" / name

    def note(self, text: str, store: str = "openalgo.db") -> None:
        """A row that is committed and may still be in the log beside the file."""
        connection = sqlite3.connect(self.path(store))
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE IF NOT EXISTS notes (text)")
        connection.execute("INSERT INTO notes VALUES (?)", (text,))
        connection.commit()
        connection.close()

    def notes(self, store: str = "openalgo.db") -> list[str]:
        with closing(sqlite3.connect(self.path(store))) as raw:
            return [row[0] for row in raw.execute("SELECT text FROM notes")]

    def content(self) -> dict[str, object]:
        """What every database in use holds, and every other file's bytes."""
        found: dict[str, object] = {}
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder).as_posix()
            if (
                not path.is_file()
                or "backups" in name
                or "replaced-" in name
                or name.endswith(("-wal", "-shm", ".lock"))
            ):
                continue
            if path.suffix == ".db":
                with closing(sqlite3.connect(path)) as raw:
                    found[name] = list(raw.iterdump())
            else:
                found[name] = path.read_bytes()
        return found


@pytest.fixture
def house(tmp_path: Path) -> Installation:
    return Installation(tmp_path / "house")
