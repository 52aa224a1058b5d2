"""What a backup holds, written last: a folder without one is no backup."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import msgspec

from services.ops.care.inventory import CareProblem, is_inside

FILE = "manifest.json"
FORMAT = 1
PREFIX = "openalgo-"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the backup. schemas: revision by store that the file holds; `history` counts in numbers."""

    role: str
    file: str
    bytes: int
    sha256: str
    schemas: dict[str, str] = {}


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """made_at: when the stores looked like this. left_out: why, by what is missing though it exists.

    probe: a word sealed by the installation's keys: who can open it can use what the stores hold.
    """

    format: int
    made_at: dt.datetime
    program: str
    python: str
    sqlite: str
    has_keys: bool
    probe: str
    entries: list[Entry]
    left_out: dict[str, str] = {}


def read(folder: Path) -> Manifest:
    """The manifest of a backup. Raises CareProblem for what is none."""
    try:
        raw = (folder / FILE).read_bytes()
    except OSError as error:
        raise CareProblem(
            f"{folder} is no backup: {FILE} cannot be read ({error.strerror or error})"
        ) from error
    try:
        version = msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).get("format")
        if version is not None and msgspec.json.decode(version) != FORMAT:
            raise CareProblem(f"{folder} was made by a newer OpenAlgo: update the program")
        return msgspec.json.decode(raw, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CareProblem(f"{folder} cannot be used: its {FILE} is damaged ({error})") from error


def differences(folder: Path, manifest: Manifest) -> list[str]:
    """What of the folder is not as the manifest says, one sentence each."""
    found = []
    for entry in manifest.entries:
        path = folder / entry.file
        if not is_inside(entry.file):
            found.append(f"{entry.file} points out of the backup")
        elif not path.is_file() or path.is_symlink():
            found.append(f"{entry.file} is missing")
        elif path.stat().st_size != entry.bytes:
            found.append(f"{entry.file} has {path.stat().st_size} bytes, not {entry.bytes}")
        elif sha256(path) != entry.sha256:
            found.append(f"{entry.file} has changed since the backup was made")
    known = {entry.file for entry in manifest.entries} | {FILE}
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return found + [f"{name} does not belong to the backup" for name in sorted(names) if name not in known]


def sha256(path: Path) -> str:
    """Hexadecimal digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def made_in(folder: Path) -> list[Path]:
    """Whole backups below a folder, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(
        path for path in folder.iterdir() if path.name.startswith(PREFIX) and (path / FILE).is_file()
    )
