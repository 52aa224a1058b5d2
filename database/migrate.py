"""Bring the stores to the schema of this program, before anything is served.

Each store has its own branch of revisions and its own version table, so stores may share one PostgreSQL database.
An upgrade of a SQLite store first leaves a backup file, then runs on a copy that takes the store's place when it is
whole; on PostgreSQL it is one transaction. A store is refused (SchemaError) when it is damaged, when a newer program
wrote it, when an upgrade did not finish, when another process has it open meanwhile, or when it holds tables not ours.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DatabaseError

from database.housekeeping import files
from database.housekeeping.swapping import Unsound, on_a_copy
from database.stores import METADATA, Store, Stores
from utils.logging import get_logger

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
MARKER = "schema_state"
KEPT_BACKUPS = 5
# A start does not wait longer for a look through a store; `app.py doctor` looks to the end.
CHECK_SECONDS = 3.0
_LOCK_KEY = 0x0A16
_MAKE_MARKER = text(
    "CREATE TABLE IF NOT EXISTS schema_state (store VARCHAR(20) PRIMARY KEY, state VARCHAR(20) NOT NULL,"
    " target VARCHAR(40) NOT NULL, note VARCHAR(255) NOT NULL, changed_at VARCHAR(40) NOT NULL)"
)
_REVISION = re.compile(r"""^revision = ["'](.+)["']$""", re.MULTILINE)
_DOWN_REVISION = re.compile(r"""^down_revision = ["'](.+)["']$""", re.MULTILINE)
_READ_MARK = text("SELECT state, target, note FROM schema_state WHERE store = :store")
_CLEAR_MARK = text("DELETE FROM schema_state WHERE store = :store")
_WRITE_MARK = text("INSERT INTO schema_state VALUES (:store, :state, :target, :note, :at)")
log = get_logger(__name__)


class SchemaError(Exception):
    """The store cannot be used as it is; the message says what to do."""


def migrate(stores: Stores, now: dt.datetime) -> list[Path]:
    """Upgrade every store that is behind; answers the backup files made. Raises SchemaError."""
    made = []
    for store in stores:
        require_sound(store)
        backup = upgrade(store, stores.data_dir / "db" / "backups", now)
        if backup:
            made.append(backup)
    return made


def check(stores: Stores) -> None:
    """Raise SchemaError unless every store is exactly at this program's schema. Changes nothing."""
    for store in stores:
        with store.engine.connect() as connection:
            current = _current(store, connection)
        if current != head(store.name):
            raise SchemaError(
                f"The {store.name} store is at schema {current or 'none'}, this program needs"
                f" {head(store.name)}: start app.py once to upgrade it"
            )


def require_sound(store: Store) -> None:
    """Raise SchemaError when the file of a SQLite store is damaged, as far as that shows within CHECK_SECONDS."""
    path = Path(str(store.engine.url.database))
    if not store.is_sqlite or not path.exists():
        return
    found = files.damage(path, CHECK_SECONDS)
    if found is None:
        log.info("A store is too large to be looked through at every start", store=store.name)
    elif found:
        raise SchemaError(
            f"The {store.name} store ({path.name}) is damaged: {'; '.join(found)}. Put a backup in its place with"
            " `app.py restore`; `app.py doctor` says more"
        )


def upgrade(store: Store, backup_dir: Path, now: dt.datetime) -> Path | None:
    """Upgrade one store; answers the backup file, None when there was nothing to save."""
    try:
        with store.engine.connect() as connection:
            current = _current(store, connection)
    except DatabaseError as error:
        raise SchemaError(f"The {store.name} store cannot be read: {error.orig}") from error
    target = head(store.name)
    if current == target:
        return None
    if not store.is_sqlite:
        _change(store, target, "in place", now)
        return None
    backup = _back_up(store, backup_dir, current, now) if current else None
    try:
        with on_a_copy(store) as copy:
            _change(copy, target, f"backup {backup.name}" if backup else "new store", now)
    except files.StoreInUse as error:
        raise SchemaError(
            f"The {store.name} store must be upgraded, and another process has it open: stop that first (a streaming"
            " process that was started on its own?)"
        ) from error
    except Unsound as error:
        raise SchemaError(
            f"The upgraded {store.name} store was not sound and is not used: {error}"
        ) from error
    return backup


def _change(store: Store, target: str, note: str, now: dt.datetime) -> None:
    _mark(store, "migrating", target, note, now)
    _run(store, target)
    _mark(store, "ready", target, "", now)


def config_for(name: str) -> Config:
    """Alembic configuration whose revisions are those of one store."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(MIGRATIONS / name).replace("%", "%%"))
    return config


def head(name: str) -> str:
    """The revision this program needs."""
    known = revisions(name)
    heads = known.keys() - known.values()
    if len(heads) != 1:
        raise SchemaError(f"The program lacks the migrations of the {name} store")
    return heads.pop()


def revisions(name: str) -> dict[str, str | None]:
    """Revisions of a store and what each follows, read as text: who only checks need not load Alembic."""
    found: dict[str, str | None] = {}
    for path in (MIGRATIONS / name).glob("*.py"):
        source = path.read_text(encoding="utf-8")
        revision, follows = _REVISION.search(source), _DOWN_REVISION.search(source)
        if revision is not None:
            found[revision[1]] = follows[1] if follows else None
    return found


def version_table(name: str) -> str:
    """Where Alembic keeps the revision of a store."""
    return f"alembic_version_{name}"


def our_tables() -> set[str]:
    """Every table that this program may have made, bookkeeping included."""
    tables = {table for metadata in METADATA.values() for table in metadata.tables}
    return tables | {MARKER} | {version_table(name) for name in METADATA}


def _current(store: Store, connection: Connection) -> str | None:
    """The store's revision, None for an empty one. Raises SchemaError when it must not be touched."""
    tables = set(inspect(connection).get_table_names())
    if MARKER in tables:
        row = connection.execute(_READ_MARK, {"store": store.name}).first()
        if row is not None and row.state != "ready":
            raise SchemaError(
                f"An upgrade of the {store.name} store to {row.target} did not finish ({row.note})."
                " Put the backup from db/backups in its place, or remove the store if it was new"
            )
    table = version_table(store.name)
    query = text(f"SELECT version_num FROM {table}")  # noqa: S608 - the name is ours
    revision: str | None = connection.execute(query).scalar() if table in tables else None
    if revision is None:
        if (tables - our_tables()) | (tables & set(store.metadata.tables)):
            raise SchemaError(f"The {store.name} store holds tables without a version; give it another URL")
        return None
    if revision not in revisions(store.name):
        raise SchemaError(
            f"The {store.name} store is at schema {revision}, written by a newer OpenAlgo: update the program"
        )
    return revision


def _run(store: Store, target: str) -> None:
    """All pending revisions in one transaction."""
    from alembic import command

    config = config_for(store.name)
    with store.engine.connect() as connection:
        if store.is_sqlite:
            # A rebuilt table is dropped first, which would cascade into its children.
            _pragma(connection, "foreign_keys=OFF")
        try:
            with connection.begin():
                if not store.is_sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
                config.attributes.update(store=store.name, connection=connection, metadata=store.metadata)
                command.upgrade(config, target)
                if store.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise SchemaError(f"The upgrade of the {store.name} store would break references")
        finally:
            if store.is_sqlite:
                _pragma(connection, "foreign_keys=ON")


def _pragma(connection: Connection, pragma: str) -> None:
    """Run a pragma outside any transaction, where SQLite honours it."""
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _mark(store: Store, state: str, target: str, note: str, now: dt.datetime) -> None:
    values = {"store": store.name, "state": state, "target": target, "note": note, "at": now.isoformat()}
    with store.unit() as unit:
        unit.session.execute(_MAKE_MARKER)
        unit.session.execute(_CLEAR_MARK, {"store": store.name})
        unit.session.execute(_WRITE_MARK, values)


def _back_up(store: Store, folder: Path, revision: str, now: dt.datetime) -> Path:
    """A consistent copy of a SQLite store, readable by the owner only; the oldest copies beyond five go."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"{store.name}-{now:%Y%m%dT%H%M%SZ}-{revision}.db"
    files.remove(target)
    with files.pinned(Path(str(store.engine.url.database))) as source:
        files.copy_to(source, target)
    for old in sorted(folder.glob(f"{store.name}-*.db"))[:-KEPT_BACKUPS]:
        old.unlink()
    return target
