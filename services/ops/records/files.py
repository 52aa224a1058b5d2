"""Log files of the installation's own folder, read from their end. A name is looked up, never joined to a path."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec

from domain.errors import NotFound
from services.ops.records.recent import LEVELS, Line, shown
from utils.clock import from_epoch

MOST_READ = 2 * 1024 * 1024
SUFFIXES = (".log", ".jsonl")


class LogFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that may be read here."""

    name: str
    bytes: int
    changed_at: dt.datetime


class LogFiles:
    """Of LOG_DIR and nothing else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[LogFile]:
        """Newest first. Files of a day that is over carry a date behind their suffix."""
        found = []
        for path in self._paths().values():
            stat = path.stat()
            found.append(LogFile(name=path.name, bytes=stat.st_size, changed_at=from_epoch(stat.st_mtime)))
        return sorted(found, key=lambda file: file.changed_at, reverse=True)

    def read(self, name: str, *, level: str, words: str, before: int | None, limit: int) -> list[Line]:
        """Rows from the last two megabytes, newest first, as `RecentLines.read`. Raises NotFound."""
        path = self._paths().get(name)
        if path is None:
            raise NotFound("There is no such log file")
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - MOST_READ))
            rows = file.read(MOST_READ).decode("utf-8", "replace").splitlines()
        least, wanted = LEVELS[level], words.casefold()
        found: list[Line] = []
        for number in range(len(rows), 0, -1):
            text = rows[number - 1]
            if len(found) == limit:
                break
            if (before is not None and number >= before) or wanted not in text.casefold() or not text:
                continue
            line = shown(number, text)
            if LEVELS.get(line.level, LEVELS["CRITICAL"]) >= least:
                found.append(line)
        return found

    def _paths(self) -> dict[str, Path]:
        if not self._folder.is_dir():
            return {}
        return {
            path.name: path
            for path in self._folder.iterdir()
            if path.is_file() and not path.is_symlink() and any(suffix in path.name for suffix in SUFFIXES)
        }
