"""A consistent copy of everything, while the program runs.

    app.py backup [FOLDER] [--keep N] [--without-keys]

Every SQLite file is looked at from one moment on (their snapshots are taken one right after the other) and copied by
SQLite itself; writers go on. The copies are looked through, named in a manifest with their digests, and the folder gets
its name only then, so that no half of a backup is ever taken for one.
"""

from __future__ import annotations

import datetime as dt
import os
import platform
import shutil
import sqlite3
from contextlib import ExitStack
from pathlib import Path

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from database.history import copy_history, history_version
from database.housekeeping import files
from domain.errors import Conflict
from services.ops.care import manifest as manifests
from services.ops.care.holding import hold
from services.ops.care.inventory import HISTORY, CareProblem, Item, items, on_servers, vault_of
from services.ops.care.manifest import Entry, Manifest
from utils.clock import Clock
from utils.settings import Settings
from utils.version import VERSION

PROBE_PURPOSE = "backup"
PROBE = "openalgo"
MAKING = ".making"
CHECK_SECONDS = 3600.0


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A finished backup and the older ones that made room for it."""

    folder: Path
    manifest: Manifest
    removed: list[Path]


def make_backup(
    settings: Settings, env_file: Path, clock: Clock, folder: Path, *, keep: int, with_keys: bool
) -> Made:
    """Copy everything into a new folder below `folder` and keep the `keep` newest. Raises CareProblem."""
    try:
        files.private_folder(folder)
        with hold(folder / ".lock", "Another backup is being made here: wait for it"):
            making = folder / MAKING
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir(mode=0o700)
            try:
                manifest = _copy_all(settings, env_file, clock, making, with_keys=with_keys)
                target = _finish(making, folder, manifest)
            except BaseException:
                shutil.rmtree(making, ignore_errors=True)
                raise
            return Made(folder=target, manifest=manifest, removed=_rotate(folder, keep, target))
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise CareProblem(f"No backup was made: {error}. Earlier ones are as they were") from error


def _copy_all(settings: Settings, env_file: Path, clock: Clock, making: Path, *, with_keys: bool) -> Manifest:
    # Plain files first: the anchor of the audit trail must not know more of it than the store does.
    found = sorted(items(settings, env_file, with_keys=with_keys), key=lambda item: item.kind != "file")
    left_out = {f"store:{name}": "a database server keeps it" for name in on_servers(settings)}
    entries = [_copied(item, None, making) for item in found if item.kind == "file"]
    with ExitStack() as stack:
        seen = {
            item.role: stack.enter_context(files.pinned(item.path)) for item in found if item.kind == "sqlite"
        }
        made_at = clock.now()
        for item in found[len(entries) :]:
            try:
                entries.append(_copied(item, seen.get(item.role), making))
            except Conflict as error:
                left_out[item.role] = error.message
    return Manifest(
        format=manifests.FORMAT, made_at=made_at, program=VERSION, python=platform.python_version(),
        sqlite=sqlite3.sqlite_version, has_keys=with_keys, probe=vault_of(settings).seal(PROBE_PURPOSE, PROBE),
        entries=entries, left_out=left_out,
    )  # fmt: skip


def _copied(item: Item, seen: sqlite3.Connection | None, making: Path) -> Entry:
    """Raises Conflict when another process owns the file alone."""
    target = making / item.name
    files.private_folder(target.parent)
    if seen is not None:
        files.copy_to(seen, target)
        damage = files.damage(target, CHECK_SECONDS)
        if damage:
            raise CareProblem(
                f"No backup was made: {item.path} is damaged ({'; '.join(damage)}). Put an earlier backup back with "
                "`app.py restore`"
            )
    elif item.kind == "duckdb":
        copy_history(item.path, target)
    else:
        shutil.copyfile(item.path, target)
    target.chmod(0o600)
    files.sync(target)
    schemas = files.schemas(target) if item.kind == "sqlite" else {}
    if item.role == HISTORY:
        schemas = {HISTORY: str(history_version(target))}
    return Entry(
        role=item.role, file=item.name, bytes=target.stat().st_size, sha256=manifests.sha256(target),
        schemas=schemas,
    )  # fmt: skip


def _finish(making: Path, folder: Path, manifest: Manifest) -> Path:
    """Write the manifest and give the folder its name."""
    path = making / manifests.FILE
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    files.sync(path)
    files.sync(making)
    stamp = manifest.made_at.astimezone(dt.UTC)
    target = folder / f"{manifests.PREFIX}{stamp:%Y%m%dT%H%M%S}.{stamp.microsecond // 1000:03d}Z"
    making.rename(target)
    files.sync(folder)
    return target


def _rotate(folder: Path, keep: int, newest: Path) -> list[Path]:
    """Remove the oldest beyond `keep`, never the one just made."""
    old = [path for path in manifests.made_in(folder) if path != newest]
    gone = old[: max(0, len(old) - (keep - 1))]
    for path in gone:
        # Without its manifest it is no backup, whatever becomes of the rest.
        (path / manifests.FILE).unlink()
        shutil.rmtree(path)
    return gone
