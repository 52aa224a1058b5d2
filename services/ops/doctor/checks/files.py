"""Files that others can read, that cannot be written, or that somebody left lying about."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from services.ops.care import manifest as manifests
from services.ops.care.backup import MAKING
from services.ops.care.holding import is_held
from services.ops.care.inventory import CareProblem
from services.ops.care.moves import JOURNAL
from services.ops.care.restore import STAGED
from services.ops.doctor.findings import Severity, check
from services.ops.doctor.patient import Patient
from services.ops.launch.supervisor import STATE_FILE

OTHERS = 0o077
OLD_BACKUP = dt.timedelta(days=7)
LARGE_LOG = 1 << 30
SHOWN = 5


@check(
    "files.settings-readable",
    Severity.CRITICAL,
    "chmod 600 .env, and change its secrets if others use this machine",
)
def settings_readable(patient: Patient) -> Iterator[str]:
    """The file with every secret."""
    if os.name == "posix" and patient.env_file.exists() and patient.env_file.stat().st_mode & OTHERS:
        yield f"{patient.env_file.name} can be read by others ({patient.env_file.stat().st_mode & 0o777:o})"


@check("files.readable", Severity.WARNING, "chmod -R go= db keys log")
def readable(patient: Patient) -> Iterator[str]:
    """Orders, sealed credentials and logs are nobody else's business. A closed folder above closes them all."""
    if os.name != "posix":
        return
    open_to_others = [path for path in patient.kept_files() if _is_open(path, patient.data_dir)]
    names = [patient.shown(path) for path in open_to_others if path != patient.env_file]
    if names:
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        yield f"others can read {', '.join(names[:SHOWN])}{more}"


def _is_open(path: Path, top: Path) -> bool:
    if not path.stat().st_mode & OTHERS or not path.stat().st_size:
        return False
    folders = [folder for folder in path.parents if folder == top or folder.is_relative_to(top)]
    return all(folder.stat().st_mode & 0o011 for folder in folders)


@check(
    "files.unwritable",
    Severity.CRITICAL,
    "Give the folder to the user that runs OpenAlgo: chown -R, chmod u+rwX",
)
def unwritable(patient: Patient) -> Iterator[str]:
    """Nothing can be stored."""
    for folder in (patient.data_dir, patient.data_dir / "db", patient.data_dir / "keys", patient.log_dir):
        if folder.exists() and (not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK)):
            yield f"{patient.shown(folder)} cannot be written"


@check(
    "files.foreign-owner",
    Severity.WARNING,
    "chown them to the owner of the data folder; start OpenAlgo as one user only",
)
def foreign_owner(patient: Patient) -> Iterator[str]:
    """Left by a start as another user; the next start cannot write them."""
    if os.name != "posix" or not patient.data_dir.is_dir():
        return
    owner = patient.data_dir.stat().st_uid
    names = [patient.shown(path) for path in patient.kept_files() if path.stat().st_uid != owner]
    if names:
        yield f"{len(names)} files belong to somebody else, {names[0]} for instance"


@check("files.restore-unfinished", Severity.WARNING, "Start app.py: it finishes the restore")
def restore_unfinished(patient: Patient) -> Iterator[str]:
    """A restore died between two files."""
    if (patient.data_dir / JOURNAL).exists():
        yield "a restore was begun and not finished"


@check("files.leftovers", Severity.INFO, "Remove them while the program is stopped")
def leftovers(patient: Patient) -> Iterator[str]:
    """What an upgrade, a restore or a backup left when it died."""
    if (patient.data_dir / JOURNAL).exists() or is_held(patient.data_dir / "db" / ".lock"):
        return
    for path in patient.kept_files():
        if path.name.endswith((".upgrading", STAGED)) or (path.parent.name == MAKING):
            yield patient.shown(path)


@check("files.stale-processes", Severity.INFO, "None needed: the next start writes it anew")
def stale_processes(patient: Patient) -> Iterator[str]:
    """The last run was killed."""
    path = patient.data_dir / STATE_FILE
    if path.exists() and not is_held(patient.data_dir / "db" / ".lock"):
        yield f"{patient.shown(path)} is left of a run that was killed"


@check("files.stale-lock", Severity.CRITICAL, "Stop that process: it was left behind by a start that is gone")
def stale_lock(patient: Patient) -> Iterator[str]:
    """Somebody holds the data folder although no start runs that would tell of it."""
    path = patient.data_dir / STATE_FILE
    if not is_held(patient.data_dir / "db" / ".lock"):
        return
    try:
        rows = msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, object]])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        yield "db/.lock is held, and nothing tells of a running program"
        return
    pids = [row.get("pid") for row in rows.values()]
    if not any(isinstance(pid, int) and _lives(pid) for pid in pids):
        yield "db/.lock is held, and none of the processes in db/processes.json lives"


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _backups(patient: Patient) -> list[Path]:
    folder = patient.settings.backup_dir if patient.settings else "db/backups"
    return manifests.made_in(patient.data_dir / folder)


@check("backups.none", Severity.WARNING, "uv run app.py backup, daily, to another disk")
def no_backup(patient: Patient) -> Iterator[str]:
    """A disk that dies takes everything along."""
    if patient.store_files and not _backups(patient):
        yield "there is no backup"


@check("backups.old", Severity.WARNING, "uv run app.py backup, daily")
def old_backup(patient: Patient) -> Iterator[str]:
    """The newest does not know the last days."""
    made = _backups(patient)
    if not made:
        return
    try:
        age = patient.clock.now() - manifests.read(made[-1]).made_at
    except CareProblem:
        return
    if age > OLD_BACKUP:
        yield f"the newest backup is {age.days} days old"


@check("backups.damaged", Severity.CRITICAL, "Make a new one, and look after that disk")
def damaged_backup(patient: Patient) -> Iterator[str]:
    """The newest is not what it was when it was made."""
    made = _backups(patient)
    if made:
        try:
            yield from manifests.differences(made[-1], manifests.read(made[-1]))
        except CareProblem as problem:
            yield str(problem)


@check(
    "files.large-logs", Severity.WARNING, "Lower LOG_LEVEL or LOG_RETENTION, and remove old files from log/"
)
def large_logs(patient: Patient) -> Iterator[str]:
    """Logs that fill the disk."""
    if patient.log_dir.is_dir():
        size = sum(path.stat().st_size for path in patient.log_dir.rglob("*") if path.is_file())
        if size > LARGE_LOG:
            yield f"{patient.shown(patient.log_dir)} holds {size >> 20} MB"
