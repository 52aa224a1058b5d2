"""See the package."""

from __future__ import annotations

import re
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, MetaData, Table

from database import migrate
from database.stores import Stores, StoreUrls
from utils.clock import SystemClock

FOLDER = Path(__file__).parent
# Where rules between columns leave the first allowed values no room.
_TOGETHER: dict[str, dict[str, object]] = {"paper_entries": {"target": "cash"}}
_ALLOWED = re.compile(r"(\w+)\s+IN\s*\(\s*('[^']*'|-?\d+)", re.IGNORECASE)


def row_for(table: Table, sql: str) -> dict[str, object]:
    """A value for every column, the first that a CHECK allows where one lists them."""
    allowed = {name: value.strip("'") for name, value in _ALLOWED.findall(sql)}
    row: dict[str, object] = {}
    for column in table.columns:
        kind = str(column.type).upper()
        if column.name in allowed:
            row[column.name] = allowed[column.name]
        elif column.foreign_keys or (column.primary_key and "INT" in kind):
            row[column.name] = 1
        elif "JSON" in kind:
            row[column.name] = "[]"
        elif column.name.endswith("_at") or "DATE" in kind or "TIME" in kind:
            row[column.name] = "2026-11-02 04:00:00.000000"
        elif "BOOL" in kind or "INT" in kind or "NUM" in kind or "FLOAT" in kind or "DEC" in kind:
            row[column.name] = 1
        else:
            row[column.name] = f"{column.name}"[: getattr(column.type, "length", None) or 40]
    return row | _TOGETHER.get(table.name, {})


def fill(engine: Engine, path: Path) -> None:
    """One row in every table that is not bookkeeping."""
    metadata = MetaData()
    metadata.reflect(engine)
    engine.dispose()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA foreign_keys=ON")
        for table in metadata.sorted_tables:
            if table.name == migrate.MARKER or table.name.startswith("alembic_version"):
                continue
            sql = raw.execute("SELECT sql FROM sqlite_master WHERE name=?", (table.name,)).fetchone()[0]
            row = row_for(table, sql)
            names = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" for _ in row)
            try:
                raw.execute(
                    f'INSERT OR IGNORE INTO "{table.name}" ({names}) VALUES ({marks})', list(row.values())
                )
                assert raw.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()[0]
            except (sqlite3.Error, AssertionError) as error:
                raise SystemExit(f"{table.name}: {error}\n{sql}\n{row}") from error
        raw.commit()


def write(store_name: str, revision: str) -> None:
    """One file, unless it exists."""
    target = FOLDER / f"{revision}.sql"
    if target.exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        stores = Stores(StoreUrls(), Path(folder))
        store = getattr(stores, store_name)
        migrate._run(store, revision)
        migrate._mark(store, "ready", revision, "", SystemClock().now())
        path = Path(store.engine.url.database)
        fill(store.engine, path)
        stores.close()
        with closing(sqlite3.connect(path)) as raw:
            target.write_text("\n".join(raw.iterdump()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for name in migrate.METADATA:
        for known in migrate.revisions(name):
            if known != migrate.head(name):
                write(name, known)
