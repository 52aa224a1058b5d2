"""The starting program's steps, one by one."""

from __future__ import annotations

import errno
import io
import socket
import sys
from pathlib import Path

import pytest

from services.ops.launch import checks, demo, web_ui
from services.ops.launch.console import Console, StartProblem
from services.ops.launch.first_start import ensure_env_file, unwritable
from services.ops.launch.supervisor import Supervisor
from utils.clock import ManualClock, SystemClock, from_epoch
from utils.settings import load_settings


def values(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text().splitlines() if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_the_first_start_writes_what_settings_need_and_only_the_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    assert ensure_env_file(path, {})
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_settings(path, {}).database_url == "sqlite:///db/openalgo.db"
    assert not ensure_env_file(path, {})


def test_two_installations_have_different_secrets(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        ensure_env_file(tmp_path / name / ".env", {})
    first, second = values(tmp_path / "a" / ".env"), values(tmp_path / "b" / ".env")
    assert all(first[name] != second[name] for name in ("APP_KEY", "API_KEY_PEPPER", "FERNET_SALT"))


def test_a_copied_sample_gets_secrets_and_keeps_its_lines(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# mine\nFLASK_PORT=7001\nAPP_KEY=YOUR_APP_KEY_HERE\nAPI_KEY_PEPPER=\n")
    assert ensure_env_file(path, {})
    text = path.read_text()
    assert "# mine\nFLASK_PORT=7001\n" in text and "YOUR_APP_KEY_HERE" not in text
    assert load_settings(path, {}).flask_port == 7001


def test_secrets_of_the_environment_are_not_written_down(tmp_path: Path) -> None:
    environ = {
        "APP_KEY": "a" * 64,
        "API_KEY_PEPPER": "b" * 64,
        "FERNET_SALT": "cd",
        "DATABASE_URL": "sqlite:///x.db",
    }
    assert not ensure_env_file(tmp_path / ".env", environ)
    assert not (tmp_path / ".env").exists()


def test_a_pepper_is_never_replaced_under_an_existing_database(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "openalgo.db").write_bytes(b"rows")
    with pytest.raises(StartProblem, match="API_KEY_PEPPER"):
        ensure_env_file(tmp_path / ".env", {})


def test_an_open_mode_is_tightened(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    ensure_env_file(path, {})
    path.chmod(0o644)
    ensure_env_file(path, {})
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_unwritable_folder_is_named_with_the_way_out() -> None:
    line = unwritable(Path("/data/here"), OSError(errno.EROFS, "Read-only file system"))
    assert "/data/here" in line and "Read-only file system" in line and "OPENALGO_DATA_DIR" in line


def test_the_demo_takes_the_usual_ports_or_free_ones_and_leaves_the_users_stores_alone(
    tmp_path: Path,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = str(taken.getsockname()[1])
        environ = demo.demo_environ(
            {"FLASK_PORT": busy, "DATABASE_URL": "sqlite:///mine.db", "LOGS_DATABASE_URL": "x", "HOME": "/h"},
            tmp_path,
        )
    assert environ["FLASK_PORT"] != busy
    assert "DATABASE_URL" not in environ and "LOGS_DATABASE_URL" not in environ
    assert environ["HOME"] == "/h" and environ["OPENALGO_DATA_DIR"] == str(tmp_path)
    assert (
        len({environ[name] for name in ("FLASK_PORT", "WEBSOCKET_PORT", "ZMQ_PORT", "ZMQ_INGRESS_PORT")}) == 4
    )


def test_the_folder_of_a_demo_vanishes() -> None:
    with demo.throw_away_folder() as folder:
        (folder / "db").mkdir()
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()


def test_a_held_folder_is_refused_until_it_is_let_go(tmp_path: Path) -> None:
    checks.prepare_folders(tmp_path)
    with checks.hold_folder(tmp_path), pytest.raises(StartProblem, match="already runs"):
        checks.hold_folder(tmp_path)
    checks.hold_folder(tmp_path).close()


@pytest.fixture
def frontend(tmp_path: Path) -> Path:
    folder = tmp_path / "frontend"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.tsx").write_text("one")
    (folder / "dist").mkdir()
    (folder / "dist" / "index.html").write_text("<html>")
    (folder / "dist" / web_ui.STAMP).write_text(web_ui.sources_digest(folder))
    return folder


def test_a_built_desk_is_fresh_until_a_source_changes_or_goes(frontend: Path) -> None:
    assert web_ui.is_fresh(frontend)
    (frontend / "src" / "main.tsx").write_text("two")
    assert not web_ui.is_fresh(frontend)
    (frontend / "src" / "main.tsx").unlink()
    assert not web_ui.is_fresh(frontend)


def test_tests_and_packages_do_not_make_the_desk_stale(frontend: Path) -> None:
    (frontend / "src" / "main.test.tsx").write_text("expect")
    (frontend / "node_modules").mkdir()
    (frontend / "node_modules" / "x.js").write_text("x")
    assert web_ui.is_fresh(frontend)


def test_a_desk_without_its_page_is_not_fresh(frontend: Path) -> None:
    (frontend / "dist" / "index.html").unlink()
    assert not web_ui.is_fresh(frontend)


def test_slow_steps_speak_at_once_and_every_ten_seconds() -> None:
    out, clock = io.StringIO(), ManualClock(from_epoch(0))

    def finished(pause: float) -> bool:
        clock.advance(pause)
        return clock.monotonic() >= 21

    assert Console(out, clock).wait("Web UI", "building", finished) == 21
    assert [line.split("…")[-1].strip() for line in out.getvalue().splitlines()] == ["", "10 s", "20 s"]


class QuickChild:
    """A child process that ends at once whenever it is started."""

    name = "quick"
    pid = None

    def __init__(self) -> None:
        self.restarts = 0
        self.started_at = 0.0
        self.starts: list[float] = []

    def start(self, now: float) -> None:
        self.starts.append(now)
        self.started_at = now

    def exit_code(self) -> int:
        return 1

    def ask_to_stop(self) -> None:
        pass

    def kill(self) -> None:
        pass


def test_a_child_that_keeps_dying_is_restarted_ever_more_slowly(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    clock = ManualClock(from_epoch(0))
    supervisor, child = Supervisor(tmp_path, clock), QuickChild()
    supervisor.add(child)  # type: ignore[arg-type]
    for _ in range(3000):
        supervisor._watch(child)  # type: ignore[arg-type]
        clock.advance(0.05)
    pauses = [
        round(later - earlier, 1) for earlier, later in zip(child.starts, child.starts[1:], strict=False)
    ]
    assert pauses[:7] == pytest.approx([0.5, 1, 2, 4, 8, 16, 30], abs=0.2)
    assert max(pauses) < 31


def test_a_step_that_fails_names_its_log_and_the_way_out(tmp_path: Path) -> None:
    log = tmp_path / "build.log"
    log.write_bytes(b"")
    command = [sys.executable, "-c", "import sys; print('no such package'); sys.exit(3)"]
    with pytest.raises(StartProblem, match=r"no such package.*OPENALGO_BUILD_UI"):
        web_ui._step(Console(io.StringIO(), SystemClock()), "installing", command, tmp_path, {}, log)
