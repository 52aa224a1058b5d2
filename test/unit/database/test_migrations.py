"""Migrations: they lead to the models, save first, and refuse what they must not touch."""

from __future__ import annotations

import ast
import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from database import migrate as module
from database.accounts import Accounts, BrokerSessions
from database.desk.watchlists import WatchlistBooks
from database.history import VERSION, HistorySchemaError, HistoryStore
from database.identity import Users
from database.journal import JournalRows
from database.migrate import MIGRATIONS, SchemaError, check, head, migrate, upgrade
from database.revision import differences
from database.signin.keys import ApiKeys, KeySecret
from database.stores import METADATA, Stores, StoreUrls
from domain.desk.watchlists import check_limits
from domain.errors import Conflict


@pytest.mark.parametrize("name", sorted(METADATA))
def test_migrations_lead_to_exactly_the_models(stores: Stores, name: str) -> None:
    assert differences(getattr(stores, name)) == []


def test_every_name_carries_its_table() -> None:
    for name, metadata in METADATA.items():
        for table in metadata.tables.values():
            for index in table.indexes:
                assert table.name in str(index.name), (name, index.name)


def test_migrating_twice_changes_nothing(stores: Stores, now: dt.datetime) -> None:
    assert migrate(stores, now) == []
    check(stores)


def test_a_process_that_does_not_own_the_stores_refuses_unmigrated_ones(tmp_path: Path) -> None:
    opened = Stores(StoreUrls(), tmp_path)
    with pytest.raises(SchemaError, match=r"start app\.py"):
        check(opened)
    opened.close()


def test_a_new_store_keeps_a_log_before_two_connections_can_ask_for_one(
    tmp_path: Path, now: dt.datetime
) -> None:
    opened = Stores(StoreUrls(), tmp_path)
    migrate(opened, now)
    opened.close()
    files = sorted((tmp_path / "db").glob("*.db"))
    assert files
    # Bytes 18 and 19 of the header are 2 for a file with a write-ahead log.
    assert {path.name: path.read_bytes()[18:20] for path in files} == {
        path.name: b"\x02\x02" for path in files
    }


def test_a_store_of_a_newer_program_is_refused(stores: Stores, now: dt.datetime, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "db" / "openalgo.db") as raw:
        raw.execute("UPDATE alembic_version_main SET version_num = 'main_9999'")
    raw.close()
    for action in (lambda: migrate(stores, now), lambda: check(stores)):
        with pytest.raises(SchemaError, match="newer OpenAlgo"):
            action()


def test_an_upgrade_that_did_not_finish_is_refused(stores: Stores, now: dt.datetime, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "db" / "openalgo.db") as raw:
        raw.execute("UPDATE schema_state SET state = 'migrating', note = 'backup x.db'")
    raw.close()
    with pytest.raises(SchemaError, match=r"did not finish \(backup x\.db\)"):
        migrate(stores, now)


def test_a_foreign_database_is_left_alone(tmp_path: Path, now: dt.datetime) -> None:
    (tmp_path / "db").mkdir()
    with sqlite3.connect(tmp_path / "db" / "openalgo.db") as raw:
        raw.execute("CREATE TABLE users (id INTEGER)")
    raw.close()
    opened = Stores(StoreUrls(), tmp_path)
    with pytest.raises(SchemaError, match="without a version"):
        migrate(opened, now)
    opened.close()


@pytest.fixture
def next_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the migrations with one more revision for the latency store."""
    copied = tmp_path / "migrations"
    for path in MIGRATIONS.rglob("*"):
        if path.is_file() and path.suffix in (".py", ".mako"):
            target = copied / path.relative_to(MIGRATIONS)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    revision = copied / "latency" / "latency_next.py"
    revision.write_text(
        "from alembic import op\nimport sqlalchemy as sa\n"
        f"revision = 'latency_next'\ndown_revision = {head('latency')!r}\nbranch_labels = None\ndepends_on = None\n"
        "def upgrade():\n    op.create_table('extra', sa.Column('id', sa.Integer()))\n    EXPLODE\n"
    )
    monkeypatch.setattr(module, "MIGRATIONS", copied)
    return revision


def test_an_upgrade_leaves_a_backup_that_only_the_owner_reads(
    stores: Stores, now: dt.datetime, tmp_path: Path, next_revision: Path
) -> None:
    next_revision.write_text(next_revision.read_text().replace("    EXPLODE\n", ""))
    backup = upgrade(stores.latency, tmp_path / "backups", now)
    assert backup is not None
    assert backup.stat().st_mode & 0o077 == 0
    raw = sqlite3.connect(backup)
    assert raw.execute("SELECT count(*) FROM order_latency").fetchone() == (0,)
    raw.close()


def test_an_upgrade_that_fails_leaves_the_old_schema_and_may_be_tried_again(
    stores: Stores, now: dt.datetime, tmp_path: Path, next_revision: Path
) -> None:
    before = head("logs")
    with pytest.raises(NameError):
        upgrade(stores.latency, tmp_path / "backups", now)
    raw = sqlite3.connect(tmp_path / "db" / "latency.db")
    assert raw.execute("SELECT name FROM sqlite_master WHERE name = 'extra'").fetchall() == []
    raw.close()
    next_revision.write_text(next_revision.read_text().replace("    EXPLODE\n", ""))
    upgrade(stores.latency, tmp_path / "backups", now)
    assert "extra" in inspect(stores.latency.engine).get_table_names()
    assert head("logs") == before


FIRST_API_KEYS = """
    CREATE TABLE api_keys (
        id INTEGER NOT NULL CONSTRAINT pk_api_keys PRIMARY KEY,
        user_id INTEGER NOT NULL,
        name VARCHAR(40) NOT NULL, key_digest VARCHAR(64) NOT NULL, key_hash VARCHAR(255) NOT NULL,
        key_sealed TEXT NOT NULL, masked VARCHAR(20) NOT NULL,
        order_mode VARCHAR(32) NOT NULL CONSTRAINT ck_api_keys_order_mode
            CHECK (order_mode IN ('auto', 'semi_auto')),
        created_at DATETIME NOT NULL, last_used_at DATETIME,
        CONSTRAINT fk_api_keys_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT uq_api_keys_key_digest UNIQUE (key_digest),
        CONSTRAINT uq_api_keys_user_id_name UNIQUE (user_id, name)
    )
"""


def back_to_the_first_revision(stores: Stores, tmp_path: Path) -> None:
    """Take the main store back to where it began, rows of its first tables included."""
    stores.main.engine.dispose()
    with sqlite3.connect(tmp_path / "db" / "openalgo.db") as raw:
        (first,) = (MIGRATIONS / "main").glob("main_0001_*.py")
        later = [name for name in METADATA["main"].tables if f'"{name}"' not in first.read_text()]
        for name in later:
            raw.execute(f"DROP TABLE {name}")
        # What later revisions made of tables that the first one had.
        raw.execute("DROP TABLE api_keys")
        for name in ("disabled_at", "invited_at"):
            raw.execute(f"ALTER TABLE users DROP COLUMN {name}")
        raw.execute(FIRST_API_KEYS)
        # What later revisions took away again.
        raw.execute(
            "CREATE TABLE watchlist_items (user_id INTEGER, position INTEGER, exchange TEXT, symbol TEXT)"
        )
        raw.execute("UPDATE alembic_version_main SET version_num = 'main_0001'")
    raw.close()


@pytest.fixture
def older(tmp_path: Path, now: dt.datetime, request: pytest.FixtureRequest) -> Iterator[Stores]:
    """Stores whose main one is at the revision that the test names, with the users ada (1) and bob (2)."""
    opened = Stores(StoreUrls(), tmp_path)
    module._run(opened.main, request.param)
    module._mark(opened.main, "ready", request.param, "", now)
    with opened.main.unit() as unit:
        for name in ("ada", "bob"):
            unit.session.execute(
                text(
                    "INSERT INTO users (username, name_key, email, password_hash, is_admin, created_at,"
                    " password_changed_at) VALUES (:name, :name, :name, 'x', 0, :now, :now)"
                ),
                {"name": name, "now": now.replace(tzinfo=None)},
            )
    yield opened
    opened.close()


@pytest.mark.parametrize("older", ["main_0001", "main_0012"], indirect=True)
def test_a_watch_list_becomes_the_first_of_several_and_what_is_too_long_the_next(
    older: Stores, now: dt.datetime, tmp_path: Path
) -> None:
    with older.main.unit() as unit:
        for position in range(300):
            unit.session.execute(
                text(
                    "INSERT INTO watchlist_items (user_id, position, exchange, symbol) VALUES (1, :at, 'NSE', :name)"
                ),
                {"at": 300 - position, "name": f"S{300 - position}"},
            )
        if "saved_watchlists" in inspect(older.main.engine).get_table_names():
            unit.session.execute(text("INSERT INTO saved_watchlists (user_id) VALUES (1)"))
    assert upgrade(older.main, tmp_path / "backups", now) is not None
    assert differences(older.main) == []
    with older.main.reading() as unit:
        saved = WatchlistBooks(unit).get(1)
        assert WatchlistBooks(unit).get(2) is None
    assert saved is not None and saved.version == 1
    assert [one.name for one in saved.lists] == ["Watchlist", "Watchlist 2"]
    symbols = [[entry.symbol for entry in one.entries()] for one in saved.lists]
    assert symbols == [[f"S{at}" for at in range(1, 251)], [f"S{at}" for at in range(251, 301)]]
    check_limits(saved.lists)


@pytest.mark.parametrize("older", ["main_0012"], indirect=True)
def test_a_watch_list_that_was_saved_empty_stays_empty(
    older: Stores, now: dt.datetime, tmp_path: Path
) -> None:
    with older.main.unit() as unit:
        unit.session.execute(text("INSERT INTO saved_watchlists (user_id) VALUES (2)"))
    upgrade(older.main, tmp_path / "backups", now)
    with older.main.reading() as unit:
        saved = WatchlistBooks(unit).get(2)
    assert saved is not None and [list(one.entries()) for one in saved.lists] == [[]]


def test_accounts_outlive_the_upgrade_that_numbers_them_once_and_get_no_number_again(
    stores: Stores, now: dt.datetime, tmp_path: Path
) -> None:
    with stores.main.unit() as unit:
        user = Users(unit).add(username="u", email="e", password_hash="x", is_admin=True, now=now).id
        fields = {"user_id": user, "broker": "kite", "credentials_sealed": "s", "now": now}
        kept = Accounts(unit).add(label="one", active=True, **fields).id
        gone = Accounts(unit).add(label="two", active=False, **fields).id
        Accounts(unit).remove(gone)
        unit.session.execute(
            text(
                "INSERT INTO order_intents (tag, user_id, account_id, broker, mode, operation, state, symbol, exchange,"
                " strategy, source, created_ms) VALUES ('OA1', 1, :gone, 'kite', 'live', 'place', 'acked', 'SBIN',"
                " 'NSE', 's', 'api', 1)"
            ),
            {"gone": gone},
        )
    back_to_the_first_revision(stores, tmp_path)
    upgrade(stores.main, tmp_path / "backups", now)
    assert differences(stores.main) == []
    with stores.main.unit() as unit:
        assert [row.id for row in Accounts(unit).of_user(user)] == [kept]
        assert BrokerSessions(unit).get(kept) is not None
        new = Accounts(unit).add(label="three", active=False, **fields).id
        assert new > gone
        Accounts(unit).remove(new)
    with stores.main.unit() as unit:
        assert Accounts(unit).add(label="four", active=False, **fields).id > new
    with pytest.raises(IntegrityError), stores.main.unit() as unit:
        Accounts(unit).add(label="five", active=True, **fields)


def test_intents_outlive_the_upgrade_that_writes_their_table_anew(
    stores: Stores, now: dt.datetime, tmp_path: Path
) -> None:
    row = {
        "tag": "OA1", "user_id": 1, "account_id": 1, "broker": "kite", "mode": "live", "operation": "place",
        "state": "unknown", "order_id": None, "symbol": "SBIN", "exchange": "NSE", "terms": None,
        "strategy": "s", "source": "api", "code": None, "message": None, "created_ms": 1, "decided_ms": None,
    }  # fmt: skip
    with stores.main.unit() as unit:
        columns = ", ".join(row)
        unit.session.execute(
            text(f"INSERT INTO order_intents ({columns}) VALUES ({', '.join(':' + name for name in row)})"),
            row,
        )
    back_to_the_first_revision(stores, tmp_path)
    upgrade(stores.main, tmp_path / "backups", now)
    with stores.main.reading() as unit:
        kept = JournalRows(unit).by_tag("OA1")
    assert kept is not None and msgspec.structs.asdict(kept) == row


def test_revisions_only_lead_forward() -> None:
    for path in MIGRATIONS.glob("*/*.py"):
        functions = [
            node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)
        ]
        assert functions[0] == "upgrade" and "downgrade" not in functions, path.name


def test_the_history_file_is_made_and_opened_again(tmp_path: Path, now: dt.datetime) -> None:
    store = HistoryStore(tmp_path / "db" / "history.duckdb", tmp_path / "backups")
    store.open(now)
    cursor = store.cursor()
    cursor.execute(
        "INSERT INTO market_data VALUES ('SBIN', 'NSE', '1m', 1, 1.0, 2.0, 0.5, 1.5, 10, 0, ?)", [now]
    )
    cursor.close()
    store.close()
    store.open(now)
    assert store.cursor().execute("SELECT max(version) FROM schema_version").fetchone() == (VERSION,)
    assert store.cursor().execute("SELECT count(*) FROM market_data").fetchone() == (1,)
    store.close()
    with pytest.raises(Conflict):
        store.cursor()


def test_a_history_file_of_a_newer_program_is_refused(tmp_path: Path, now: dt.datetime) -> None:
    store = HistoryStore(tmp_path / "history.duckdb", tmp_path / "backups")
    store.open(now)
    store.cursor().execute("INSERT INTO schema_version VALUES (99, ?)", [now])
    store.close()
    with pytest.raises(HistorySchemaError, match="newer OpenAlgo"):
        store.open(now)


def test_the_history_file_has_one_owner(tmp_path: Path, now: dt.datetime) -> None:
    import subprocess
    import sys

    path = tmp_path / "history.duckdb"
    store = HistoryStore(path, tmp_path / "backups")
    store.open(now)
    script = f"import duckdb\ntry:\n    duckdb.connect({str(path)!r})\nexcept duckdb.IOException:\n    print('owned')"
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    store.close()
    assert other.stdout.strip() == "owned"


@pytest.mark.parametrize("older", ["main_0018"], indirect=True)
def test_a_key_of_before_opens_everything_and_its_number_is_given_to_no_other(
    older: Stores, now: dt.datetime, tmp_path: Path
) -> None:
    with older.main.unit() as unit:
        unit.session.execute(
            text(
                "INSERT INTO api_keys (id, user_id, name, key_digest, key_hash, key_sealed, masked, order_mode,"
                " created_at) VALUES (7, 1, 'default', 'd', 'h', 's', 'm', 'semi_auto', '2026-01-01 00:00:00')"
            )
        )
    upgrade(older.main, tmp_path / "backups", now)
    assert differences(older.main) == []
    with older.main.unit() as unit:
        keys = ApiKeys(unit)
        (kept,) = keys.list(1)
        assert (kept.id, kept.scope, kept.addresses, kept.expires_at) == (7, "trade", (), None)
        assert (kept.order_mode, kept.sealed, kept.previous_digest) == ("semi_auto", "s", None)
        assert keys.remove(7)
        secret = KeySecret(digest="e", hash="h", sealed=None, masked="m")
        assert keys.add(1, "robot", secret, now).id == 8
