"""The settings file of a fresh installation: written once, readable by its owner only."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from services.ops.launch.console import StartProblem
from utils.ids import secret_hex

DEFAULT_DATABASE_URL = "sqlite:///db/openalgo.db"
_SECRETS = {"APP_KEY": 32, "API_KEY_PEPPER": 32, "FERNET_SALT": 16}
_PLACEHOLDER = re.compile(r"(?i)^(your|change|replace|example|placeholder|xxx|<)")
_LINE = re.compile(r"^\s*(?:export\s+)?([A-Z0-9_]+)\s*=\s*(.*?)\s*$")
_HEADER = """\
# Settings of this OpenAlgo installation. Every other name and its default: .sample.env or docs/settings.md.
# Keep this file secret and back it up with db/: without API_KEY_PEPPER stored credentials cannot be read again.
"""


def ensure_env_file(path: Path, environ: Mapping[str, str]) -> bool:
    """Make sure that APP_KEY, API_KEY_PEPPER, FERNET_SALT and DATABASE_URL have values; True when lines were written.

    Other lines of an existing file stay as they are; its mode becomes 0600. Raises StartProblem when the pepper is
    gone although a database exists, because everything stored under it would be unreadable.
    """
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    missing = [
        name for name in (*_SECRETS, "DATABASE_URL") if not environ.get(name) and _is_unset(lines, name)
    ]
    if not missing:
        _make_private(path)
        return False
    if "API_KEY_PEPPER" in missing and (path.parent / "db" / "openalgo.db").exists():
        raise StartProblem(
            f"API_KEY_PEPPER is missing from {path} although a database exists: restore the file from your backup, "
            f"or move {path.parent / 'db'} away to begin anew"
        )
    values = {name: secret_hex(size) for name, size in _SECRETS.items()} | {
        "DATABASE_URL": DEFAULT_DATABASE_URL
    }
    kept = [line for line in lines if _name(line) not in missing]
    added = [f"{name}={values[name]}" for name in missing]
    _write_private(path, "\n".join(kept or [_HEADER.rstrip()]) + "\n" + "\n".join(added) + "\n")
    return True


def change_env_file(path: Path, values: Mapping[str, str | None]) -> None:
    """Set names, or take them out (None); other lines stay as they are. The file is replaced whole, or not at all."""
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if _name(line) not in values]
    added = [f"{name}={text}" for name, text in values.items() if text is not None]
    _write_private(path, "\n".join([*kept, *added]) + "\n")


def _name(line: str) -> str | None:
    match = _LINE.match(line)
    return match[1] if match else None


def _is_unset(lines: list[str], name: str) -> bool:
    values = [match[2].strip("\"'") for line in lines if (match := _LINE.match(line)) and match[1] == name]
    return not values or not values[-1] or _PLACEHOLDER.match(values[-1]) is not None


def _make_private(path: Path) -> None:
    if path.exists() and os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _write_private(path: Path, text: str) -> None:
    spare = path.with_name(path.name + ".new")
    try:
        spare.unlink(missing_ok=True)
        with os.fdopen(
            os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        spare.replace(path)
    except OSError as error:
        raise StartProblem(unwritable(path.parent, error)) from error


def unwritable(folder: Path, error: OSError) -> str:
    """The line for a folder that cannot be written."""
    return (
        f"Cannot write to {folder} ({error.strerror or error}): allow it (chmod u+w, or a writable mount), or choose "
        f"another folder with OPENALGO_DATA_DIR"
    )
