"""A backup is whole or none; a restore is whole, or is finished by the next start, or leaves everything as it was."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from services.ops.care import backup as backing
from services.ops.care import manifest as manifests
from services.ops.care import moves, restore
from services.ops.care.command import newest, run
from services.ops.launch import checks
from utils.concurrency import Event, start_thread

from .conftest import Installation


def backup(house: Installation, *more: str) -> Path:
    house.said.clear()
    assert run(["backup", *more], house.environ, house.say) == 0, house.said
    made = newest(house.path("backups"))
    assert made is not None
    return made


def put_back(house: Installation, folder: Path, *more: str) -> int:
    house.said.clear()
    return run(["restore", str(folder), *more], house.environ, house.say)


def test_what_was_backed_up_comes_back_and_what_was_there_is_kept(house: Installation) -> None:
    house.note("before")
    before = house.content()
    made = backup(house)
    house.note("after")
    house.path("brokers/simulator/exchange.db").write_bytes(b"scribble")
    (house.folder / "keys" / "bus.json").unlink()
    assert put_back(house, made) == 0, house.said
    assert house.content() == before
    (kept,) = house.folder.glob("db/replaced-*/openalgo.db")
    with closing(sqlite3.connect(kept)) as raw:
        assert [row[0] for row in raw.execute("SELECT text FROM notes")] == ["before", "after"]


def test_a_backup_while_writers_write_is_of_one_moment(house: Installation) -> None:
    """Two tables that change together are equal in the copy."""
    store = house.path("sandbox.db")
    writer = sqlite3.connect(store, isolation_level=None, check_same_thread=False)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("CREATE TABLE one (n)")
    writer.execute("CREATE TABLE two (n)")
    stop = Event()

    def write() -> None:
        n = 0
        while not stop.is_set():
            writer.executescript(
                f"BEGIN; INSERT INTO one VALUES ({n}); INSERT INTO two VALUES ({n}); COMMIT;"
            )
            n += 1

    thread = start_thread(write, "writer")
    try:
        made = [backup(house), backup(house)]
    finally:
        stop.set()
        thread.join(10)
        writer.close()
    for folder in made:
        with closing(sqlite3.connect(folder / "sandbox.db")) as raw:
            ones, twos = (
                raw.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("one", "two")
            )
        assert ones == twos


def test_a_backup_names_every_file_with_digest_and_schema_and_is_for_the_owner_alone(
    house: Installation,
) -> None:
    made = backup(house)
    manifest = json.loads((made / manifests.FILE).read_text())
    entries = {row["role"]: row for row in manifest["entries"]}
    assert set(entries) == {
        "settings", "key:bus.json", "broker:simulator/exchange.db", "store:main", "store:logs", "store:latency",
        "store:sandbox",
    }  # fmt: skip
    assert entries["store:main"]["schemas"]["main"].startswith("main_")
    for path in [made, *made.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert "API_KEY_PEPPER" not in (made / manifests.FILE).read_text()


def test_a_history_file_is_part_of_a_backup(house: Installation) -> None:
    import duckdb

    with duckdb.connect(str(house.path("historify.duckdb"))) as raw:
        raw.execute("CREATE TABLE schema_version (version INTEGER); INSERT INTO schema_version VALUES (1)")
        raw.execute(
            "CREATE TABLE market_data (symbol VARCHAR PRIMARY KEY); INSERT INTO market_data VALUES ('SBIN')"
        )
    made = backup(house)
    house.path("historify.duckdb").unlink()
    assert put_back(house, made) == 0, house.said
    with duckdb.connect(str(house.path("historify.duckdb")), read_only=True) as raw:
        assert raw.execute("SELECT symbol FROM market_data").fetchall() == [("SBIN",)]


def test_only_so_many_backups_stay_and_the_newest_always(house: Installation) -> None:
    made = [backup(house, "--keep", "2") for _ in range(3)]
    assert manifests.made_in(house.path("backups")) == made[1:]
    assert f"{made[0].name} made room" in house.said
    assert run(["backup", "--keep", "0"], house.environ, house.say) == 2


def test_a_full_disk_leaves_no_half_backup_and_the_earlier_ones(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = backup(house)

    def full(source: sqlite3.Connection, target: Path) -> None:
        target.write_bytes(b"half")
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(backing.files, "copy_to", full)
    assert run(["backup"], house.environ, house.say) == 2
    assert "disk is full" in house.said[-1]
    assert [path.name for path in house.path("backups").iterdir() if path.is_dir()] == [earlier.name]


def test_a_damaged_store_makes_no_backup(house: Installation) -> None:
    with house.path("logs.db").open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 16384)
    assert run(["backup"], house.environ, house.say) == 2
    assert "damaged" in house.said[-1] and newest(house.path("backups")) is None


def changed(made: Path) -> None:
    with (made / "main.db").open("r+b") as file:
        file.seek(5000)
        file.write(b"x")


def extended(made: Path) -> None:
    (made / "extra.db").write_bytes(b"")


def edit(made: Path, old: str, new: str) -> None:
    path = made / manifests.FILE
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


SPOILED = {
    "has changed since": changed,
    "is missing": lambda made: (made / "sandbox.db").unlink(),
    "does not belong": extended,
    "no backup": lambda made: (made / manifests.FILE).unlink(),
    "is damaged": lambda made: (made / manifests.FILE).write_text("{"),
    "points out": lambda made: edit(made, '"main.db"', '"../main.db"'),
    "does not know": lambda made: edit(made, '"key:bus.json"', '"key:../../bus.json"'),
    "newer OpenAlgo": lambda made: edit(made, '"format": 1', '"format": 2'),
    "update the program first": lambda made: edit(made, '"sandbox": "sandbox_0', '"sandbox": "sandbox_9'),
}


@pytest.mark.parametrize("why", SPOILED)
def test_a_spoiled_backup_is_refused_and_nothing_changes(why: str, house: Installation) -> None:
    made = backup(house)
    house.note("later")
    before = house.content()
    SPOILED[why](made)
    assert put_back(house, made) == 2
    assert why in "\n".join(house.said)
    assert house.content() == before


def test_a_check_says_whether_it_could_be_put_back_and_changes_nothing(house: Installation) -> None:
    made = backup(house)
    house.note("later")
    before = house.content()
    assert put_back(house, made, "--check") == 0
    assert house.content() == before


def test_a_running_program_is_not_restored_under_its_feet(house: Installation) -> None:
    made = backup(house)
    running = checks.hold_folder(house.folder)
    assert put_back(house, made) == 2
    running.close()
    assert "stop it first" in house.said[-1]


def test_a_new_machine_gets_settings_and_stores_of_the_backup(house: Installation, tmp_path: Path) -> None:
    house.note("mine")
    made = backup(house)
    new = tmp_path / "new"
    new.mkdir()
    said: list[str] = []
    assert run(["restore", str(made)], {"OPENALGO_DATA_DIR": str(new)}, said.append) == 0, said
    assert (new / ".env").read_bytes() == house.env_file.read_bytes()
    with closing(sqlite3.connect(new / "db" / "openalgo.db")) as raw:
        assert raw.execute("SELECT text FROM notes").fetchall() == [("mine",)]


def other_pepper(house: Installation) -> None:
    """As after a fresh installation: what was sealed before cannot be opened."""
    text = house.env_file.read_text()
    pepper = next(line for line in text.splitlines() if line.startswith("API_KEY_PEPPER"))
    house.env_file.write_text(text.replace(pepper, f"API_KEY_PEPPER={'f' * 64}"))


def test_settings_that_open_the_backup_stay_and_others_are_replaced(
    house: Installation, tmp_path: Path
) -> None:
    made = backup(house)
    with house.env_file.open("a") as file:
        file.write("LOG_LEVEL=DEBUG\n")
    assert put_back(house, made) == 0
    assert "LOG_LEVEL=DEBUG" in house.env_file.read_text()
    other_pepper(house)
    assert put_back(house, made) == 0
    assert f"API_KEY_PEPPER={'f' * 64}" not in house.env_file.read_text()
    assert any("comes from the backup" in line for line in house.said)


def test_a_backup_without_keys_is_only_for_the_settings_it_was_made_under(house: Installation) -> None:
    made = backup(house, "--without-keys")
    assert not (made / "settings.env").exists() and not (made / "keys").exists()
    assert put_back(house, made, "--check") == 0
    other_pepper(house)
    assert put_back(house, made, "--check") == 2
    assert "holds no keys" in house.said[-1]


def test_no_room_for_the_files_leaves_everything(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backup(house)
    before = house.content()
    monkeypatch.setattr(restore.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 10))
    assert put_back(house, made) == 2
    assert "make room" in house.said[-1] and house.content() == before


def test_a_disk_that_fills_up_while_files_are_laid_ready_leaves_everything(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backup(house)
    before = house.content()
    copy, count = shutil.copyfile, iter(range(100))

    def filling(source: Path, target: Path) -> None:
        if next(count) == 4:
            raise OSError(28, "No space left on device")
        copy(source, target)

    monkeypatch.setattr(restore.shutil, "copyfile", filling)
    assert put_back(house, made) == 2
    assert "Everything is as it was" in house.said[-1]
    assert house.content() == before


@contextmanager
def dying_at(number: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process is killed before it renames a file for the given time."""
    replace, count = os.replace, iter(range(1000))

    def counted(*given: object) -> None:
        if next(count) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        replace(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(moves.os, "replace", counted)
    yield
    monkeypatch.undo()


def restore_and_die(number: int, house: Installation, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = os.fork()
    if child == 0:
        with dying_at(number, monkeypatch):
            put_back(house, made)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_restore_killed_before_its_first_step_is_none(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backup(house)
    house.note("after")
    restore_and_die(0, house, made, monkeypatch)
    assert moves.finish(house.folder) == [] and house.notes() == ["after"]
    assert put_back(house, made) == 0 and not list(house.folder.rglob(f"*{restore.STAGED}"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("number", [1, 2, 5, 9])
def test_a_restore_killed_between_two_files_is_finished_by_the_next_start(
    number: int, house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.note("before")
    before = house.content()
    made = backup(house)
    house.note("after")
    restore_and_die(number, house, made, monkeypatch)
    assert moves.finish(house.folder) != []
    assert moves.finish(house.folder) == [], "and only once"
    assert house.content() == before


def test_a_log_that_a_kill_left_does_not_get_into_the_restored_store(house: Installation) -> None:
    before = house.content()
    made = backup(house)
    store, log = house.path("openalgo.db"), house.path("openalgo.db-wal")
    writing = sqlite3.connect(store)
    writing.execute("PRAGMA journal_mode=WAL")
    writing.execute("CREATE TABLE late (id INTEGER)")
    writing.commit()
    left = {path: path.read_bytes() for path in (store, log)}
    writing.close()
    for path, content in left.items():
        path.write_bytes(content)
    assert put_back(house, made) == 0, house.said
    assert not log.exists() and house.content() == before
    (kept,) = house.folder.glob("db/replaced-*/openalgo.db-wal")
    assert kept.read_bytes() == left[log], "what was there is kept whole"


def test_a_copy_is_of_the_moment_at_which_all_stores_were_looked_at(
    house: Installation, tmp_path: Path
) -> None:
    house.note("before", "logs.db")
    with backing.files.pinned(house.path("logs.db")) as seen:
        house.note("meanwhile", "logs.db")
        backing.files.copy_to(seen, tmp_path / "copy.db")
    assert house.notes("logs.db") == ["before", "meanwhile"]
    with closing(sqlite3.connect(tmp_path / "copy.db")) as raw:
        assert raw.execute("SELECT text FROM notes").fetchall() == [("before",)]


def test_the_anchor_of_the_audit_trail_goes_with_the_trail(house: Installation) -> None:
    anchor = house.path("audit-anchor.json")
    anchor.write_text('{"seq": 1}')
    made = backup(house)
    anchor.write_text('{"seq": 9}')
    assert put_back(house, made) == 0, house.said
    assert anchor.read_text() == '{"seq": 1}'
    (kept,) = house.folder.glob("db/replaced-*/audit-anchor.json")
    assert kept.read_text() == '{"seq": 9}'
