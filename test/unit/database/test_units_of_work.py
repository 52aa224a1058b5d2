"""Units of work: whole or not at all, many at once, nothing left open."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from database.desk.preferences import Documents
from database.engines import resolve_url
from database.identity import LoginAttempts, Users
from database.migrate import migrate
from database.models.identity import LoginAttempt
from database.preferences import InstallationSettings
from database.stores import Stores, StoreUrls
from database.writers import LogWriters
from domain.errors import Unavailable


def add_user(stores: Stores, name: str, now: dt.datetime) -> int:
    with stores.main.unit() as unit:
        return (
            Users(unit)
            .add(username=name, email=f"{name}@example.com", password_hash="x", is_admin=False, now=now)
            .id
        )


def run_together(jobs: list[Callable[[], None]]) -> list[BaseException]:
    """Start every job at the same moment; the errors they raised."""
    errors: list[BaseException] = []
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], None]) -> None:
        gate.wait()
        try:
            job()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(50)
    return errors


def test_an_error_leaves_no_trace(stores: Stores, now: dt.datetime) -> None:
    def add_twice() -> None:
        with stores.main.unit() as unit:
            for _ in range(2):
                Users(unit).add(username="ada", email="a@b.cd", password_hash="x", is_admin=True, now=now)

    with pytest.raises(IntegrityError):
        add_twice()
    with stores.main.reading() as unit:
        assert Users(unit).count() == 0


def test_a_reading_unit_keeps_nothing(stores: Stores, now: dt.datetime) -> None:
    with stores.main.reading() as unit:
        Users(unit).add(username="ada", email="a@b.cd", password_hash="x", is_admin=True, now=now)
    with stores.main.reading() as unit:
        assert Users(unit).count() == 0


def test_units_do_not_nest(stores: Stores) -> None:
    with pytest.raises(RuntimeError, match="nested"), stores.main.unit(), stores.main.unit():
        pass
    with stores.main.unit():
        pass


def test_fifty_readers_and_writers_at_once_are_never_locked_out(stores: Stores, now: dt.datetime) -> None:
    user_id = add_user(stores, "ada", now)

    def write(number: int) -> Callable[[], None]:
        def job() -> None:
            for round_number in range(10):
                with stores.main.unit(durable=number % 5 == 0) as unit:
                    # A read that turns into a write is what locks up deferred transactions.
                    before = len(Documents(unit).all(user_id))
                    LoginAttempts(unit).add(
                        username=f"w{number}-{round_number}-{before}", ip_address="", device="",
                        status="success", login_type="password", now=now,
                    )  # fmt: skip

        return job

    def read() -> None:
        for _ in range(10):
            with stores.main.reading() as unit:
                Users(unit).credentials("ada")

    assert run_together([write(number) for number in range(25)] + [read] * 25) == []
    with stores.main.reading() as unit:
        assert unit.session.query(LoginAttempt).count() == 250


def test_two_processes_write_the_same_store(stores: Stores, tmp_path: Path, now: dt.datetime) -> None:
    other = Stores(StoreUrls(), tmp_path)

    def write(target: Stores, word: str) -> Callable[[], None]:
        def job() -> None:
            for number in range(50):
                with target.main.unit() as unit:
                    InstallationSettings(unit).get()
                    LoginAttempts(unit).add(
                        username=f"{word}{number}", ip_address="", device="", status="success",
                        login_type="password", now=now,
                    )  # fmt: skip

        return job

    assert run_together([write(stores, "a"), write(other, "b")]) == []
    other.close()
    with stores.main.reading() as unit:
        assert unit.session.query(LoginAttempt).count() == 100


def test_a_durable_unit_syncs_and_the_next_one_does_not(stores: Stores) -> None:
    def level(durable: bool) -> int:
        with stores.main.unit(durable=durable) as unit:
            return int(unit.session.execute(text("PRAGMA synchronous")).scalar_one())

    assert [level(True), level(False), level(True)] == [2, 1, 2]


def test_references_and_enums_are_enforced_by_the_store(stores: Stores, now: dt.datetime) -> None:
    with pytest.raises(IntegrityError), stores.main.unit() as unit:
        Documents(unit).put(999, "theme", "dark", now)
    with pytest.raises(IntegrityError), stores.main.unit() as unit:
        unit.session.execute(
            text(
                "INSERT INTO login_attempts (username, ip_address, device, status, login_type, created_at)"
                " VALUES ('a', '', '', 'maybe', 'password', '2026-01-01')"
            )
        )


def test_a_removed_user_takes_everything_along(stores: Stores, now: dt.datetime) -> None:
    user_id = add_user(stores, "ada", now)
    with stores.main.unit() as unit:
        Documents(unit).put(user_id, "theme", "dark", now)
    with stores.main.unit() as unit:
        unit.session.execute(text("DELETE FROM users"))
    with stores.main.reading() as unit:
        assert Documents(unit).all(user_id) == []


def test_instants_come_back_in_utc_and_naive_ones_are_refused(stores: Stores, now: dt.datetime) -> None:
    india = dt.timezone(dt.timedelta(hours=5, minutes=30))
    with stores.main.unit() as unit:
        LoginAttempts(unit).add(
            username="a", ip_address="", device="", status="failed", login_type="password",
            now=now.astimezone(india),
        )  # fmt: skip
    with stores.main.reading() as unit:
        stored = unit.session.query(LoginAttempt).one().created_at
    assert (stored, stored.tzinfo) == (now, dt.UTC)
    with pytest.raises(Exception, match="time zone"), stores.main.unit() as unit:
        InstallationSettings(unit).set_analyze_mode(True, now.replace(tzinfo=None))


def test_twenty_cycles_leak_neither_descriptors_nor_threads(tmp_path: Path, now: dt.datetime) -> None:
    process = psutil.Process()

    def cycle() -> None:
        opened = Stores(StoreUrls(), tmp_path)
        migrate(opened, now)
        writers = LogWriters(opened)
        with opened.main.unit() as unit:
            InstallationSettings(unit).set_analyze_mode(False, now)
        writers.close()
        opened.close()

    cycle()
    before = (process.num_fds(), threading.active_count())
    for _ in range(20):
        cycle()
    assert (process.num_fds(), threading.active_count()) == before


def test_store_files_are_for_the_owner_only(stores: Stores, tmp_path: Path) -> None:
    assert (tmp_path / "db").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite:///:memory:", "sqlite://"])
def test_a_database_that_we_do_not_support_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        resolve_url(url, tmp_path)


def test_postgresql_goes_through_psycopg_and_absolute_sqlite_paths_stay(tmp_path: Path) -> None:
    assert resolve_url("postgresql://u@h/d", tmp_path).drivername == "postgresql+psycopg"
    assert resolve_url("sqlite:////srv/a.db", tmp_path).database == "/srv/a.db"
    assert resolve_url("sqlite:///db/a.db", tmp_path).database == str(tmp_path / "db" / "a.db")


def test_the_driver_is_the_standard_one() -> None:
    assert sqlite3.sqlite_version_info >= (3, 37)


def test_a_look_up_sees_what_is_committed_and_keeps_no_connection(stores: Stores, now: dt.datetime) -> None:
    def names() -> list[tuple[str]]:
        return stores.main.fetch("SELECT username FROM users WHERE is_admin=:admin", admin=False)

    with stores.main.unit() as unit:
        Users(unit).add(username="ada", email="a@b.c", password_hash="x", is_admin=False, now=now)
        assert names() == []
    assert names() == [("ada",)]
    assert stores.main.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_look_up_that_fails_raises_what_other_reads_raise(stores: Stores) -> None:
    with pytest.raises(OperationalError, match="nowhere"):
        stores.main.fetch("SELECT 1 FROM nowhere")
    assert stores.main.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_closed_store_stays_closed_and_closes_what_comes_back_late(stores: Stores) -> None:
    store = stores.main
    with store.reading() as unit:
        late = unit.connection.connection.dbapi_connection
        store.close()
        assert late.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        late.execute("SELECT 1")
    with pytest.raises(OperationalError, match="The main store is closed"), store.unit() as unit:
        unit.session.execute(text("SELECT 1"))
    with pytest.raises(OperationalError, match="The main store is closed"):
        store.fetch("SELECT 1")
    with pytest.raises(Unavailable):
        store.ping()
