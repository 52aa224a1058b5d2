"""For every finding, what brings it about."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from services.ops.care.moves import JOURNAL
from services.ops.doctor.checks import data, files, stores
from services.ops.launch import checks as launch_checks
from services.ops.launch.supervisor import STATE_FILE

from .ward import GIGA, NOW, Ward


def https(ward: Ward, **more: str) -> None:
    ward.set(HOST_SERVER="https://trade.example.com", WEBSOCKET_URL="wss://trade.example.com/ws", **more)


def old_root(ward: Ward, tmp: Path) -> Path:
    """A program folder of the test's own."""
    import shutil

    ward.root = Path(shutil.copytree(ward.root, tmp / "program"))
    return ward.root


def stale_ui(ward: Ward) -> None:
    (old_root(ward, ward.folder.parent) / "frontend" / "src" / "new.tsx").write_text("new")


def without_npm(ward: Ward) -> None:
    stale_ui(ward)
    ward.environ["PATH"] = str(ward.folder / "nowhere")


def pins(ward: Ward, *wanted: str) -> None:
    (old_root(ward, ward.folder.parent) / "pyproject.toml").write_text(
        f"[project]\ndependencies = {json.dumps(wanted)}\n"
    )


def broken_plugin(ward: Ward) -> None:
    folder = old_root(ward, ward.folder.parent) / "broker" / "zerodha"
    folder.mkdir(parents=True)
    (folder / "plugin.json").write_text("{")


def busy_port(ward: Ward) -> None:
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    ward.held.append(taken)
    ward.set(WEBSOCKET_PORT=str(taken.getsockname()[1]))


def held_lock(ward: Ward) -> None:
    ward.held.append(launch_checks.hold_folder(ward.folder))
    (ward.folder / STATE_FILE).write_text('{"app": {"pid": 999999999}}')


def with_backup(change: Callable[[Ward, Path], None]) -> Callable[[Ward], None]:
    return lambda ward: change(ward, ward.back_up())


def aged(ward: Ward, _made: Path) -> None:
    ward.now = dt.datetime(2036, 12, 24, tzinfo=dt.UTC)


def grown(path: Path, size: int) -> None:
    with path.open("ab") as file:
        file.truncate(size)


def wasted(ward: Ward) -> None:
    with closing(sqlite3.connect(ward.path("logs.db"))) as raw:
        raw.execute("CREATE TABLE much (text)")
        raw.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<6000)"
            " INSERT INTO much SELECT zeroblob(3900) FROM n"
        )
        raw.execute("DROP TABLE much")
        raw.commit()


def orphan(ward: Ward) -> None:
    ward.sql(
        "INSERT INTO second_factors (user_id, secret_sealed, last_step, created_at) VALUES (99, 'x', 0, '2026-06-01')"
    )
    ward.sql("UPDATE second_factors SET user_id = 99")


def dead_session(ward: Ward) -> None:
    ward.sql(
        "INSERT INTO web_sessions (user_id, session_hash, ip_address, device, created_at, last_seen_at, expires_at)"
        " VALUES (1, 'h', '', '', '2026-06-01', '2026-06-01', '2026-06-10 00:00:00.000000')"
    )


def dead_login(ward: Ward) -> None:
    ward.account()
    ward.sql(
        "INSERT INTO broker_sessions (account_id, state, changed_at) VALUES (1, 'expired', '2026-06-10')"
    )


def lost_key(ward: Ward) -> None:
    ward.account()
    ward.set(API_KEY_PEPPER="0123456789abcdef" * 3 + "fedcba98765432100f1e2d3c4b5a6978")


def newer_history(ward: Ward) -> None:
    ward.path("historify.duckdb").write_bytes(b"not a history")


def repeating(ward: Ward) -> None:
    ward.set(APP_KEY="abcdef0123456789" * 4)


def same_secrets(ward: Ward) -> None:
    lines = dict(
        line.split("=", 1)
        for line in ward.env_file.read_text().splitlines()
        if "=" in line and "#" not in line
    )
    ward.set(APP_KEY=lines["API_KEY_PEPPER"])


def gone_main(ward: Ward) -> None:
    for path in ward.path("").glob("openalgo.db*"):
        path.unlink()


def older_store(ward: Ward) -> None:
    ward.sql("UPDATE alembic_version_latency SET version_num = 'latency_0001'", "latency.db")


MS = int(NOW.timestamp() * 1000)
PROVOKED: dict[str, Callable[[Ward], object]] = {
    "settings.invalid": lambda ward: ward.set(FLASK_PORT="many"),
    "settings.missing": lambda ward: ward.env_file.unlink(),
    "settings.without-effect": lambda ward: ward.set(NGROK_ALLOW="TRUE"),
    "settings.debug": lambda ward: ward.set(FLASK_DEBUG="True"),
    "settings.csrf-off": lambda ward: ward.set(CSRF_ENABLED="FALSE"),
    "settings.csp-off": lambda ward: ward.set(CSP_REPORT_ONLY="TRUE"),
    "settings.csp-weak": lambda ward: ward.set(CSP_SCRIPT_SRC="\"'self' 'unsafe-inline'\""),
    "settings.cors-plain": lambda ward: ward.set(CORS_ENABLED="TRUE", CORS_ALLOWED_ORIGINS="http://tool.example.com"),
    "settings.endless-sessions": lambda ward: ward.set(DISABLE_SESSION_EXPIRY="true"),
    "settings.order-rate": lambda ward: ward.set(ORDER_RATE_LIMIT="50 per second"),
    "settings.login-rate": lambda ward: ward.set(LOGIN_RATE_LIMIT_MIN="5 per second"),
    "settings.url-port": lambda ward: ward.set(HOST_SERVER="http://127.0.0.1:1"),
    "settings.feed-url": lambda ward: ward.set(HOST_SERVER="https://trade.example.com", WEBSOCKET_URL="ws://trade.example.com"),
    "settings.eventlet": lambda ward: ward.set(OPENALGO_ASYNC_MODE="eventlet"),
    "settings.log-level": lambda ward: ward.set(LOG_LEVEL="DEBUG"),
    "cookies.dropped": lambda ward: ward.set(SESSION_COOKIE_NAME="__Host-session"),
    "cookies.dead": dead_session,
    "exposure.plain-http": lambda ward: ward.set(HOST_SERVER="http://trade.example.com"),
    "exposure.listens-wide": lambda ward: ward.set(FLASK_HOST_IP="0.0.0.0"),
    "exposure.proxies-too-wide": lambda ward: https(ward, TRUST_PROXY_HEADERS="TRUE", TRUSTED_PROXIES="10.0.0.0/8"),
    "exposure.proxy-unnamed": https,
    "exposure.bus-keys": lambda ward: ward.set(ZMQ_KEY_FILE="keys/none.json"),
    "ports.busy": busy_port,
    "ports.refused": lambda ward: ward.set(WEBSOCKET_HOST="203.0.113.7"),
    "secrets.weak": repeating,
    "secrets.same": same_secrets,
    "secrets.salt-missing": lambda ward: ward.set(FERNET_SALT=""),
    "secrets.previous-salt": lambda ward: ward.set(FERNET_SALT_PREVIOUS="00" * 16),
    "secrets.key-missing": lost_key,
    "brokers.unknown": lambda ward: ward.set(VALID_BROKERS="zerodha,nobody"),
    "brokers.incomplete": lambda ward: ward.set(
        REDIRECT_URL="http://127.0.0.1:5000/zerodha/callback", BROKER_API_KEY="k"
    ),
    "brokers.market-pair": lambda ward: ward.set(
        REDIRECT_URL="http://127.0.0.1:5000/jainamxts/callback", BROKER_API_KEY="k", BROKER_API_SECRET="s"
    ),
    "brokers.unlisted": lambda ward: (ward.account("zerodha"), ward.set(VALID_BROKERS="upstox")),
    "brokers.other-host": lambda ward: ward.set(BROKER_ZERODHA_REST_URL="http://127.0.0.1:9"),
    "brokers.limits-off": lambda ward: ward.set(BROKER_ZERODHA_RATE_LIMITS="off"),
    "data.no-administrator": lambda ward: ward.sql("UPDATE users SET is_admin = 0"),
    "data.no-user": lambda ward: ward.sql("DELETE FROM users"),
    "data.password-alone": https,
    "data.unsettled-orders": lambda ward: ward.intent("unknown", MS - 2 * data.DAY_MS),
    "data.from-the-future": lambda ward: ward.intent("acked", MS + 10 * data.SLACK_MS),
    "data.contracts-failed": lambda ward: ward.contracts("error", "2026-06-20 03:00:00"),
    "data.contracts-stale": lambda ward: ward.contracts("success", "2026-06-10 03:00:00.000000"),
    "data.kill-switch": lambda ward: ward.sql("INSERT INTO kill_switches VALUES ('all', 1, 'too hot', 1)"),
    "data.paper-unbalanced": lambda ward: ward.sql("INSERT INTO paper_balances VALUES (1, 'cash', 5)", "sandbox.db"),
    "data.dead-logins": dead_login,
    "calendar.year-missing": lambda ward: setattr(ward, "now", dt.datetime(2036, 11, 20, tzinfo=dt.UTC)),
    "files.settings-readable": lambda ward: ward.env_file.chmod(0o644),
    "files.readable": lambda ward: [path.chmod(0o755) for path in (ward.folder, ward.path(""), ward.path("logs.db"))],
    "files.unwritable": lambda ward: ((ward.folder / "log").rmdir(), (ward.folder / "log").write_text("")),
    "files.foreign-owner": lambda ward: os.chown(ward.path("logs.db"), 12345, -1),
    "files.restore-unfinished": lambda ward: (ward.folder / JOURNAL).write_text("[]"),
    "files.leftovers": lambda ward: ward.path("openalgo.db.upgrading").write_text(""),
    "files.stale-processes": lambda ward: (ward.folder / STATE_FILE).write_text("{}"),
    "files.stale-lock": held_lock,
    "files.large-logs": lambda ward: grown(ward.folder / "log" / "errors.jsonl", files.LARGE_LOG + 1),
    "backups.none": lambda ward: None,
    "backups.old": with_backup(aged),
    "backups.damaged": with_backup(lambda ward, made: ward.scribble(made / "main.db")),
    "machine.python-old": lambda ward: ward.facts(python=(3, 10, 1)),
    "machine.python-untried": lambda ward: ward.facts(python=(3, 19, 0)),
    "machine.sqlite-old": lambda ward: ward.facts(sqlite=(3, 31, 1)),
    "machine.disk-full": lambda ward: ward.facts(disk_free=5 << 20),
    "machine.disk-low": lambda ward: ward.facts(disk_free=2 * GIGA),
    "machine.memory-low": lambda ward: ward.facts(memory_available=100 << 20),
    "machine.few-descriptors": lambda ward: ward.facts(descriptor_limit=256),
    "machine.clock-unsynchronised": lambda ward: ward.facts(clock_synchronised=False),
    "machine.clock-wrong": lambda ward: setattr(ward, "now", dt.datetime(1970, 1, 1, tzinfo=dt.UTC)),
    "machine.timezone": lambda ward: ward.facts(timezone="America/New_York"),
    "machine.root": lambda ward: ward.facts(is_root=True),
    "machine.no-shared-memory": lambda ward: ward.facts(shared_memory=False),
    "program.ui-missing": lambda ward: (
        ward.set(OPENALGO_BUILD_UI="False"),
        (old_root(ward, ward.folder.parent) / "frontend" / "dist" / "index.html").unlink(),
    ),
    "program.ui-stale": stale_ui,
    "program.no-node": without_npm,
    "program.packages-missing": lambda ward: pins(ward, "no-such-package==1.0"),
    "program.packages-differ": lambda ward: pins(ward, "flask==0.1"),
    "program.plugins": broken_plugin,
    "stores.damaged": lambda ward: ward.scribble(ward.path("logs.db")),
    "stores.missing": gone_main,
    "stores.newer": lambda ward: ward.sql("UPDATE alembic_version_logs SET version_num = 'logs_9999'", "logs.db"),
    "stores.older": older_store,
    "stores.foreign": lambda ward: ward.sql("DROP TABLE alembic_version_logs", "logs.db"),
    "stores.half-migrated": lambda ward: ward.sql("UPDATE schema_state SET state = 'migrating'", "latency.db"),
    "stores.long-log": lambda ward: grown(ward.path("logs.db-wal"), stores.LARGE_LOG + 1),
    "stores.orphans": orphan,
    "stores.not-wal": lambda ward: run_pragma(ward.path("logs.db"), "journal_mode=DELETE"),
    "stores.large": lambda ward: grown(ward.path("latency.db"), stores.LARGE_STORE + 1),
    "stores.server": lambda ward: ward.set(LATENCY_DATABASE_URL="postgresql://127.0.0.1:1/none"),
    "stores.history": newer_history,
    "stores.plug-in-books": lambda ward: ward.path("brokers/simulator/exchange.db").write_bytes(b"scribble" * 100),
    "stores.wasted": wasted,
}  # fmt: skip
# Provoked by what the interpreter lacks, each in a test of its own below.
ELSEWHERE = {"machine.no-timezones", "stores.driver"}
# Also true of every fresh installation.
ALWAYS = {"backups.none"}


def run_pragma(path: Path, pragma: str) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"PRAGMA {pragma}")
