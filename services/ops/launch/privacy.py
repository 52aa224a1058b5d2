"""Settings, stores, logs and keys are their owner's alone: every start looks, and repairs or refuses."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from services.ops.launch.console import Console, StartProblem
from utils.private import OTHERS

FOLDERS = ("db", "log", "keys")


def repair(data_dir: Path, env_file: Path, console: Console) -> None:
    """Make files 0600 and folders 0700. Raises StartProblem where that cannot be done."""
    if os.name != "posix":
        return
    found = [path for path in private_paths(data_dir, env_file) if is_open(path)]
    for path in found:
        try:
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)
        except OSError:
            raise StartProblem(_remedy(path, data_dir)) from None
        if is_open(path):
            raise StartProblem(_remedy(path, data_dir))
    if found:
        console.say(
            "Files", f"{len(found)} that others could read are private now ({_shown(found, data_dir)})"
        )


def private_paths(data_dir: Path, env_file: Path) -> Iterator[Path]:
    """`.env`, and everything in the data folders; what links lead to elsewhere is not ours to change."""
    if env_file.exists():
        yield env_file
    for name in FOLDERS:
        top = data_dir / name
        if not top.is_dir():
            continue
        yield top
        for folder, folders, files in os.walk(top):
            yield from (path for name in (*folders, *files) if not (path := Path(folder) / name).is_symlink())


def is_open(path: Path) -> bool:
    """Whether others than the owner may do anything with it; files that have just gone are not."""
    try:
        return bool(path.stat().st_mode & OTHERS)
    except FileNotFoundError:
        return False


def _remedy(path: Path, data_dir: Path) -> str:
    return (
        f"{path} can be read by others and cannot be made private: run `chown -R $(id -u) {data_dir}` as its owner, or"
        " keep the data folder on a file system that knows owners and modes (OPENALGO_DATA_DIR)"
    )


def _shown(paths: list[Path], data_dir: Path) -> str:
    names = [
        str(path.relative_to(data_dir)) if path.is_relative_to(data_dir) else str(path) for path in paths
    ]
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
