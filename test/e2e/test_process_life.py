"""Start, trouble and end of the real program."""

from __future__ import annotations

import json
import os
import signal
import socket
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
import websocket
from e2e_program import Program, alive, eventually
from gateways import Desk

Launch = Callable[..., Program]
LINGERING_SECONDS = 3.0


def open_sockets(program: Program) -> list[websocket.WebSocket]:
    """A signed-in browser's Socket.IO connection and a market-data connection, both left open."""
    desk = Desk(program.url)
    desk.set_up()
    browser = program.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    sockets = [websocket.create_connection(browser, timeout=5, cookie=desk.cookie)]
    sockets.append(websocket.create_connection(program.websocket_url, timeout=5))
    return sockets


def listens(port: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


def test_ctrl_c_ends_everything_within_three_seconds_even_with_open_sockets(launch: Launch) -> None:
    program = launch().expect_up()
    held = open_sockets(program)
    assert program.stop(signal.SIGINT) < LINGERING_SECONDS
    assert program.process.wait(5) == 0
    for row in held:
        row.close()


def test_killing_the_parent_leaves_no_process_behind(launch: Launch) -> None:
    program = launch().expect_up()
    assert program.stop(signal.SIGKILL) < LINGERING_SECONDS


def test_a_killed_proxy_is_restarted(launch: Launch) -> None:
    program = launch().expect_up()
    before = program.child("websocket_proxy")
    before.kill()
    eventually(lambda: not alive([before]), 5, "the proxy dies")

    def state() -> dict[str, int | str]:
        rows = json.loads((program.data_dir / "db" / "processes.json").read_text())
        found: dict[str, int | str] = rows["websocket_proxy"]
        return found

    eventually(lambda: state()["restarts"] == 1, 5, "the proxy is started again")
    assert state()["pid"] != before.pid
    eventually(lambda: listens(program.environ["WEBSOCKET_PORT"]), 20, "the proxy listens again")


def test_a_killed_app_is_restarted(launch: Launch) -> None:
    program = launch().expect_up()
    before = program.child("app")
    before.kill()
    eventually(lambda: not alive([before]), 5, "the app dies")

    def is_ready() -> bool:
        try:
            with urllib.request.urlopen(f"{program.url}/health/ready", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    eventually(is_ready, 30, "the app answers again")


def test_the_first_start_writes_private_secrets_and_the_second_keeps_them(launch: Launch) -> None:
    program = launch().expect_up()
    env_file = program.data_dir / ".env"
    text = env_file.read_text()
    assert env_file.stat().st_mode & 0o777 == 0o600
    assert {line.split("=")[0] for line in text.splitlines() if "=" in line and not line.startswith("#")} == {
        "APP_KEY", "API_KEY_PEPPER", "FERNET_SALT", "DATABASE_URL",
    }  # fmt: skip
    assert not any(secret in "\n".join(program.lines) for secret in text.split("=") if len(secret) > 30)
    program.stop()
    launch().expect_up()
    assert env_file.read_text() == text


@pytest.mark.parametrize("name", ["FLASK_PORT", "WEBSOCKET_PORT", "ZMQ_PORT", "ZMQ_INGRESS_PORT"])
def test_a_busy_port_is_named_with_its_setting(launch: Launch, name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        program = launch(**{name: port})
    assert program.process.wait(10) == 2
    (line,) = [line for line in program.lines if "cannot start" in line]
    assert port in line and name in line and "busy" in line and ".env" in line


def test_a_folder_that_cannot_be_written_is_named(launch: Launch, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        folder = Path("/proc/openalgo-data")  # mode bits do not stop root; this file system does
    else:
        folder = tmp_path / "read-only"
        folder.mkdir(mode=0o500)
    program = launch(OPENALGO_DATA_DIR=str(folder))
    assert program.process.wait(10) == 2
    (line,) = [line for line in program.lines if "cannot start" in line]
    assert str(folder) in line and "OPENALGO_DATA_DIR" in line


def test_bad_settings_are_named_all_at_once(launch: Launch) -> None:
    program = launch(LOG_LEVEL="LOUD", API_RATE_LIMIT="often")
    assert program.process.wait(10) == 2
    lines = [line for line in program.lines if "cannot start" in line]
    assert len(lines) == 2 and "LOG_LEVEL" in "".join(lines) and "API_RATE_LIMIT" in "".join(lines)


def test_one_folder_serves_one_program(launch: Launch) -> None:
    launch().expect_up()
    second = launch()
    assert second.process.wait(10) == 2
    assert "already runs" in "\n".join(second.lines)


def test_a_lost_pepper_beside_a_database_refuses_the_start(launch: Launch) -> None:
    program = launch().expect_up()
    program.stop()
    env_file = program.data_dir / ".env"
    kept = [line for line in env_file.read_text().splitlines() if not line.startswith("API_KEY_PEPPER")]
    env_file.write_text("\n".join(kept))
    second = launch()
    assert second.process.wait(10) == 2
    assert "API_KEY_PEPPER" in "\n".join(second.lines)


def test_the_eventlet_alternative_serves_pages_and_sockets(launch: Launch) -> None:
    program = launch(OPENALGO_ASYNC_MODE="eventlet").expect_up()
    held = open_sockets(program)
    assert program.stop(signal.SIGTERM) < LINGERING_SECONDS
    for row in held:
        row.close()
