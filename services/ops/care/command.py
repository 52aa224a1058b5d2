"""The operator's door to the data.

app.py backup [FOLDER] [--keep N] [--without-keys]
app.py restore FOLDER [--check]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from database.housekeeping import files
from services.ops.care import manifest as manifests
from services.ops.care import restore as restoring
from services.ops.care.backup import make_backup
from services.ops.care.holding import hold
from services.ops.care.inventory import CareProblem
from services.ops.care.moves import finish
from utils.clock import SystemClock
from utils.settings import Settings, SettingsError, env_file_of, load_settings

EXIT_INCOMPLETE = 1
EXIT_PROBLEM = 2
Say = Callable[[str], None]


def run(arguments: Sequence[str], environ: Mapping[str, str], say: Say) -> int:
    """Carry out `backup …` or `restore …`; the exit code: 0, 1 for a backup that leaves something out, 2 refused."""
    try:
        given = _parser().parse_args(arguments)
    except argparse.ArgumentError as error:
        say(str(error))
        return EXIT_PROBLEM
    except SystemExit as leaving:
        return int(leaving.code or 0)
    env_file = env_file_of(environ)
    try:
        return (
            _backup(given, env_file, environ, say)
            if given.verb == "backup"
            else _restore(given, env_file, environ, say)
        )
    except CareProblem as problem:
        say(str(problem))
    except SettingsError as error:
        for name, text in error.problems.items():
            say(f"{name}: {text}")
    return EXIT_PROBLEM


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="app.py", exit_on_error=False)
    verbs = parser.add_subparsers(dest="verb", required=True)
    backup = verbs.add_parser("backup", help="copy everything while the program runs")
    backup.add_argument("folder", nargs="?", type=Path, help="where backups are collected (BACKUP_DIR)")
    backup.add_argument("--keep", type=int, help="how many stay (BACKUP_KEEP)")
    backup.add_argument("--without-keys", action="store_true", help="leave .env and keys/ out")
    restore = verbs.add_parser(
        "restore", help="put a backup in the place of what is there; stop the program first"
    )
    restore.add_argument("folder", type=Path, help="the backup: a folder with a manifest.json")
    restore.add_argument("--check", action="store_true", help="only say whether it could be put back")
    return parser


def _settings(env_file: Path, environ: Mapping[str, str]) -> Settings:
    return load_settings(env_file, environ)


def _backup(given: argparse.Namespace, env_file: Path, environ: Mapping[str, str], say: Say) -> int:
    settings = _settings(env_file, environ)
    keep = settings.backup_keep if given.keep is None else given.keep
    if keep < 1:
        raise CareProblem("--keep must be at least 1")
    folder = given.folder or settings.data_dir / settings.backup_dir
    made = make_backup(
        settings, env_file, SystemClock(), folder.resolve(), keep=keep, with_keys=not given.without_keys
    )
    size = sum(entry.bytes for entry in made.manifest.entries)
    say(f"{made.folder}: {len(made.manifest.entries)} files, {size / 1e6:.1f} MB")
    if not made.manifest.has_keys:
        say("Without keys: it can be used only together with this installation's settings file")
    for gone in made.removed:
        say(f"{gone.name} made room")
    for what, why in made.manifest.left_out.items():
        say(f"Left out: {what} ({why})")
    return EXIT_INCOMPLETE if made.manifest.left_out else 0


def _restore(given: argparse.Namespace, env_file: Path, environ: Mapping[str, str], say: Say) -> int:
    plan = restoring.check_backup(given.folder.resolve(), env_file, environ)
    made = f"{plan.manifest.made_at:%Y-%m-%d %H:%M:%S} UTC, {len(plan.places)} files"
    if given.check:
        say(f"{given.folder} can be put back: {made}")
        return 0
    db = env_file.parent / "db"
    files.private_folder(db)
    with hold(db / ".lock", f"OpenAlgo runs on {env_file.parent}: stop it first"):
        finish(env_file.parent)
        kept = restoring.restore(plan, env_file.parent, SystemClock())
    say(f"{given.folder} is in place: {made}")
    if plan.takes_settings:
        say(f"{env_file} comes from the backup, since it holds the keys")
    for folder in kept:
        say(f"What was there is in {folder}")
    return 0


def newest(folder: Path) -> Path | None:
    """The last whole backup below a folder."""
    found = manifests.made_in(folder)
    return found[-1] if found else None
