"""What the checks look at: settings as far as they can be read, files, stores, and the machine."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from database.engines import resolve_url
from services.defaults import store_urls
from services.ops.care.inventory import store_path
from services.ops.doctor.machine import Machine
from utils.clock import Clock
from utils.settings import Settings, SettingsError, env_file_of, load_settings

STORES = ("main", "logs", "latency", "sandbox")


class Patient:
    """An installation. `root` is the program's folder; `settings` is None when they cannot be used."""

    def __init__(self, environ: Mapping[str, str], root: Path, clock: Clock, machine: Machine) -> None:
        self.environ = environ
        self.root = root
        self.clock = clock
        self.machine = machine
        self.env_file = env_file_of(environ)
        self.data_dir = self.env_file.parent
        self.problems: dict[str, str] = {}
        self.settings: Settings | None = None
        try:
            self.settings = load_settings(self.env_file, environ)
        except SettingsError as error:
            self.problems = error.problems
        except (OSError, UnicodeDecodeError) as error:
            self.problems = {self.env_file.name: f"cannot be read: {error}"}

    @cached_property
    def store_files(self) -> dict[str, Path]:
        """Existing SQLite files by store, those of the defaults when the settings cannot be used."""
        named = {
            name: self.data_dir / "db" / f"{'openalgo' if name == 'main' else name}.db" for name in STORES
        }
        if self.settings is not None:
            found = {name: store_path(self.settings, name) for name in STORES}
            named = {name: path for name, path in found.items() if path is not None}
        return {name: path for name, path in named.items() if path.is_file() and path.stat().st_size}

    @property
    def history_file(self) -> Path:
        """Where the candles are."""
        return self.settings.history_path() if self.settings else self.data_dir / "db" / "historify.duckdb"

    @property
    def log_dir(self) -> Path:
        """Where log files are."""
        return self.settings.log_path() if self.settings else self.data_dir / "log"

    def rows(self, store: str, sql: str, /, **values: Any) -> list[tuple[Any, ...]]:
        """Rows of a query; none when the store is missing, damaged, of another schema or down (other checks say so)."""
        path = self.store_files.get(store)
        try:
            if path is not None:
                with closing(
                    sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=2)
                ) as raw:
                    return raw.execute(sql, values).fetchall()
            return self._served_rows(store, sql, values)
        except (sqlite3.Error, SQLAlchemyError):
            return []

    def server_problem(self, store: str) -> str | None:
        """Why a store that a database server keeps does not answer; None when it does or there is no server."""
        try:
            self._served_rows(store, "SELECT 1", {})
        except (SQLAlchemyError, ImportError) as error:
            return str(getattr(error, "orig", None) or error).splitlines()[0]
        return None

    def is_on_server(self, store: str) -> bool:
        """Whether a database server keeps this store."""
        return self.settings is not None and store_path(self.settings, store) is None

    def _served_rows(self, store: str, sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        if self.settings is None or not self.is_on_server(store):
            return []
        url = resolve_url(getattr(store_urls(self.settings), store), self.data_dir)
        engine = create_engine(url, connect_args={"connect_timeout": 5})
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(sql), values)]
        finally:
            engine.dispose()

    def kept_files(self) -> list[Path]:
        """Every file of the installation that holds something of its owner's."""
        folders = (self.data_dir / "db", self.data_dir / "keys", self.log_dir)
        found = [
            path for folder in folders if folder.is_dir() for path in folder.rglob("*") if path.is_file()
        ]
        return sorted(found) + ([self.env_file] if self.env_file.is_file() else [])

    def shown(self, path: Path) -> str:
        """A path as the operator knows it."""
        return os.path.relpath(path, self.data_dir) if path.is_relative_to(self.data_dir) else str(path)
