"""A sound installation that a test may spoil, and the doctor's look at it."""

from __future__ import annotations

import atexit
import datetime as dt
import shutil
import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

import msgspec

from services.accounts.broker_sessions import CREDENTIALS
from services.ops.care import manifest as manifests
from services.ops.care.command import run as run_care
from services.ops.doctor import command
from services.ops.doctor.findings import Finding
from services.ops.doctor.machine import Machine
from services.ops.doctor.patient import Patient
from test.e2e.e2e_program import free_ports
from utils.clock import ManualClock

from .conftest import Installation, fresh_folder

NOW = dt.datetime(2026, 6, 20, 4, 0, tzinfo=dt.UTC)
ROOT = Path(__file__).resolve().parents[3]
GIGA = 1 << 30
SOUND = Machine(
    python=(3, 12, 1), sqlite=(3, 45, 0), disk_free=100 * GIGA, memory_total=4 * GIGA, memory_available=2 * GIGA,
    descriptor_limit=4096, clock_synchronised=True, is_root=False, in_container=False, shared_memory=True,
    timezone="Asia/Kolkata",
)  # fmt: skip


@cache
def sound_folder() -> Path:
    """An installation that has everything in order; to be copied, never opened."""
    folder = Path(tempfile.mkdtemp(prefix="openalgo-ward-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(fresh_folder(), folder, dirs_exist_ok=True)
    ward = Ward(folder, ROOT)
    names = ("FLASK_PORT", "WEBSOCKET_PORT", "ZMQ_PORT", "ZMQ_INGRESS_PORT")
    for name, port in zip(names, free_ports(4), strict=True):
        ward.set(**{name: str(port)})
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    for name in ("logs.db", "latency.db", "sandbox.db"):
        ward.sql("PRAGMA user_version", name)
    ward.sql(
        "INSERT INTO users (id, username, name_key, email, password_hash, is_admin, created_at,"
        " password_changed_at) VALUES (1, 'ada', 'ada', 'a@b.cd', 'x', 1, '2026-06-01', '2026-06-01')"
    )
    (folder / "log").mkdir(mode=0o700)
    return folder


class Ward(Installation):
    """An installation with a user, a backup and ports of its own; everything about it is in order."""

    def __init__(self, folder: Path, root: Path) -> None:
        if not folder.exists():
            shutil.copytree(sound_folder(), folder)
        super().__init__(folder)
        self.machine = SOUND
        self.now = NOW
        self.root = root
        self.held: list[object] = []

    def set(self, **values: str) -> None:
        kept = [line for line in self.env_file.read_text().splitlines() if line.split("=")[0] not in values]
        self.env_file.write_text(
            "\n".join([*kept, *(f"{name}={text}" for name, text in values.items())]) + "\n"
        )

    def sql(self, statement: str, store: str = "openalgo.db", *values: object) -> None:
        with closing(sqlite3.connect(self.path(store))) as raw:
            raw.execute("PRAGMA journal_mode=WAL")
            raw.execute(statement, values)
            raw.commit()

    def facts(self, **changed: object) -> None:
        self.machine = msgspec.structs.replace(self.machine, **changed)

    def patient(self) -> Patient:
        return Patient(self.environ, self.root, ManualClock(self.now), self.machine)

    def found(self) -> list[Finding]:
        return command.examine(self.patient())

    def back_up(self) -> Path:
        assert run_care(["backup"], self.environ, self.say) == 0, self.said
        (made,) = manifests.made_in(self.path("backups"))
        return made

    def account(self, broker: str = "zerodha", sealed: str = "") -> None:
        self.sql(
            "INSERT INTO broker_accounts (id, user_id, broker, label, credentials_sealed, active, created_at,"
            " updated_at) VALUES (1, 1, ?, 'Mine', ?, 1, '2026-06-01', '2026-06-01')", "openalgo.db", broker,
            sealed or self.sealed(),
        )  # fmt: skip

    def sealed(self) -> str:
        from services.ops.care.inventory import vault_of

        settings = self.patient().settings
        assert settings is not None
        return vault_of(settings).seal(CREDENTIALS, "{}")

    def intent(self, state: str, created_ms: int) -> None:
        self.sql(
            "INSERT INTO order_intents (tag, user_id, account_id, broker, mode, operation, state, symbol, exchange,"
            " strategy, source, created_ms) VALUES ('OA1', 1, 1, 'zerodha', 'live', 'place', ?, 'SBIN', 'NSE', 's',"
            " 'api', ?)",
            "openalgo.db", state, created_ms,
        )  # fmt: skip

    def contracts(self, status: str, loaded: str) -> None:
        self.account()
        self.sql(
            "INSERT INTO contract_status (broker, status, message, updated_at, total, counts, downloaded_at, warnings)"
            " VALUES ('zerodha', ?, 'two rows for SBIN', '2026-06-20', 1, '{}', ?, '[]')", "openalgo.db", status,
            loaded,
        )  # fmt: skip

    def scribble(self, path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(8192)
            file.write(b"\xff" * 8192)
