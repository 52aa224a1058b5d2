"""A backup put in the place of what is there: checked first, swapped file by file, finished even by a later start.

    app.py restore FOLDER [--check]

Nothing is touched before every file is as the manifest says, fits this program and these keys, and lies whole beside
its place. What was there is kept in a folder `replaced-<when>`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from database.history import VERSION as HISTORY_VERSION
from database.housekeeping import files
from database.migrate import head, revisions
from services.accounts.crypto import SealBroken
from services.ops.care import manifest as manifests
from services.ops.care.backup import PROBE_PURPOSE
from services.ops.care.inventory import HISTORY, SETTINGS, CareProblem, place_of, vault_of
from services.ops.care.manifest import Manifest
from services.ops.care.moves import Move, finish, write_journal
from utils.clock import Clock
from utils.settings import Settings, SettingsError, load_settings

STAGED = ".restored"
# Room that is left for what the program writes meanwhile.
SPARE_BYTES = 64 * 1024 * 1024


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A checked backup: its files, each with its place."""

    folder: Path
    manifest: Manifest
    places: list[tuple[str, Path]]
    takes_settings: bool


def check_backup(folder: Path, env_file: Path, environ: Mapping[str, str]) -> Plan:
    """What a restore would do. Reads everything, changes nothing. Raises CareProblem with all that forbids it."""
    manifest = manifests.read(folder)
    problems = manifests.differences(folder, manifest) + _too_new(manifest)
    if problems:
        raise CareProblem("\n".join([f"{folder} is not put back:", *problems]))
    settings, takes_settings = _settings_for(folder, manifest, env_file, environ)
    places = [
        (entry.file, place_of(entry.role, settings, env_file))
        for entry in manifest.entries
        if takes_settings or entry.role != SETTINGS
    ]
    for file, _ in places:
        if files.is_sqlite(folder / file) and (damage := files.damage(folder / file, 3600.0)):
            raise CareProblem(f"{folder} is not put back: {file} is damaged ({'; '.join(damage)})")
    return Plan(folder=folder, manifest=manifest, places=places, takes_settings=takes_settings)


def restore(plan: Plan, data_dir: Path, clock: Clock) -> list[Path]:
    """Put a checked backup in place; the folders that keep what was there. The caller holds the data folder.

    Raises CareProblem; nothing has changed then.
    """
    _require_room(plan)
    stamp = f"replaced-{clock.now():%Y%m%dT%H%M%SZ}"
    moves = [
        Move(
            staged=str(target.with_name(target.name + STAGED)), target=str(target),
            kept=str(target.parent / stamp / target.name),
        )
        for _, target in plan.places
    ]  # fmt: skip
    try:
        for (file, _), move in zip(plan.places, moves, strict=True):
            _stage(plan, file, Path(move.staged))
        write_journal(data_dir, moves)
    except OSError as error:
        for move in moves:
            Path(move.staged).unlink(missing_ok=True)
        raise CareProblem(f"{plan.folder} was not put back: {error}. Everything is as it was") from error
    return finish(data_dir)


def _stage(plan: Plan, file: str, staged: Path) -> None:
    files.private_folder(staged.parent)
    staged.unlink(missing_ok=True)
    os.close(os.open(staged, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    shutil.copyfile(plan.folder / file, staged)
    files.sync(staged)
    expected = next(entry.sha256 for entry in plan.manifest.entries if entry.file == file)
    if manifests.sha256(staged) != expected:
        raise OSError(f"{file} came out changed on its way")


def _too_new(manifest: Manifest) -> list[str]:
    found = []
    for entry in manifest.entries:
        for store, revision in entry.schemas.items():
            if store == HISTORY:
                known = revision.isdigit() and int(revision) <= HISTORY_VERSION
                needs = str(HISTORY_VERSION)
            else:
                known, needs = revision in _revisions(store), _head(store)
            if not known:
                found.append(
                    f"{entry.file} has schema {revision}, this program knows {needs}: update the program first"
                )
    return found


def _revisions(store: str) -> set[str]:
    return set(revisions(store))


def _head(store: str) -> str:
    return head(store) if _revisions(store) else "no such store"


def _settings_for(
    folder: Path, manifest: Manifest, env_file: Path, environ: Mapping[str, str]
) -> tuple[Settings, bool]:
    """The settings under which the backup is put back, and whether they come out of it.

    Settings that open what the backup sealed stay; they may have been changed for good reasons since.
    """
    here = _load(env_file, env_file, environ) if env_file.exists() else None
    if here is not None and _opens(here, manifest):
        return here, False
    entry = next((entry for entry in manifest.entries if entry.role == SETTINGS), None)
    if entry is None:
        raise CareProblem(
            f"{folder} holds no keys, and {'those of' if env_file.exists() else 'there is no'} {env_file}"
            f"{' do not open what it holds' if env_file.exists() else ''}: put the settings file that belongs to it "
            "there first"
        )
    theirs = _load(folder / entry.file, env_file, environ)
    if theirs is None or not _opens(theirs, manifest):
        raise CareProblem(
            f"The settings in {folder} do not open what it holds: is API_KEY_PEPPER set elsewhere?"
        )
    return theirs, True


def _load(file: Path, env_file: Path, environ: Mapping[str, str]) -> Settings | None:
    try:
        settings = load_settings(file, {**environ, "OPENALGO_DATA_DIR": str(env_file.parent)})
    except SettingsError:
        return None
    return settings


def _opens(settings: Settings, manifest: Manifest) -> bool:
    try:
        vault_of(settings).open(PROBE_PURPOSE, manifest.probe)
    except SealBroken:
        return False
    return True


def _require_room(plan: Plan) -> None:
    """The old files stay, so the new ones need room of their own on every disk that they go to."""
    needed: dict[int, tuple[Path, int]] = {}
    for file, target in plan.places:
        folder = next(path for path in (target.parent, *target.parent.parents) if path.is_dir())
        device = folder.stat().st_dev
        size = (plan.folder / file).stat().st_size
        needed[device] = (folder, needed.get(device, (folder, 0))[1] + size)
    for folder, size in needed.values():
        free = shutil.disk_usage(folder).free
        if free < size + SPARE_BYTES:
            raise CareProblem(
                f"{folder} has {free >> 20} MB free and {(size + SPARE_BYTES) >> 20} MB are needed: make room"
            )
