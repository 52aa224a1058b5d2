"""The last part of a restore: files that lie ready take their places, whatever dies meanwhile.

The starting program finishes what was begun, so this module loads little.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from database.housekeeping import files

JOURNAL = Path("db") / ".restoring.json"


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """staged: the new file beside its place `target`; kept: where the old one goes."""

    staged: str
    target: str
    kept: str


def finish(data_dir: Path) -> list[Path]:
    """Carry a begun restore through, now or after a death in its middle; the folders that keep what was there.

    Empty when none was begun. May be repeated from any step.
    """
    path = data_dir / JOURNAL
    if not path.exists():
        return []
    moves = msgspec.json.decode(path.read_bytes(), type=list[Move])
    for move in moves:
        _swap(Path(move.staged), Path(move.target), Path(move.kept))
    path.unlink()
    files.sync(path.parent)
    return sorted({kept.parent for move in moves if (kept := Path(move.kept)).parent.is_dir()})


def _swap(staged: Path, target: Path, kept: Path) -> None:
    if not staged.exists():
        return
    # A log left beside the new file would be taken for its own.
    for old in (*files.beside(target), target):
        if old.exists():
            kept.parent.mkdir(mode=0o700, exist_ok=True)
            os.replace(old, kept.parent / old.name)
    os.replace(staged, target)
    files.sync(target.parent)


def write_journal(data_dir: Path, moves: list[Move]) -> None:
    """From here on the moves will happen."""
    path = data_dir / JOURNAL
    spare = path.with_suffix(".new")
    files.private_folder(path.parent)
    spare.write_bytes(msgspec.json.encode(moves))
    files.sync(spare)
    spare.replace(path)
    files.sync(path.parent)
