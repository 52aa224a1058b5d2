"""Which files an installation consists of, and where each belongs: the same list for a backup and for its way back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

from database.engines import resolve_url
from database.housekeeping.files import BESIDE, is_sqlite
from services.accounts.crypto import Vault
from services.defaults import store_urls
from services.ops.audit.anchor import NAME as ANCHOR
from utils.settings import Settings, reveal

SETTINGS = "settings"
HISTORY = "history"
AUDIT = "audit"
_TREES = {"broker": Path("db") / "brokers", "key": Path("keys")}
# Locks, half-written files and what SQLite folds into a copy of its own.
_PASSING = (*BESIDE, ".lock", ".new", ".upgrading", ".tmp")


LONGEST_NAME = 200


class CareProblem(Exception):
    """Why it cannot be done: what is wrong and the remedy, a line each."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A file. role: settings, history, audit, store:<name>, broker:<path below db/brokers> or key:<path below keys>.

    name: where a backup keeps it. kind: sqlite, duckdb or file.
    """

    role: str
    path: Path
    name: str
    kind: str


def items(settings: Settings, env_file: Path, *, with_keys: bool) -> Iterator[Item]:
    """Every file that is there. Without keys neither the settings nor keys/."""
    if with_keys:
        yield from _existing(SETTINGS, env_file, "settings.env", "file")
        yield from _tree(settings, "key")
    yield from _existing(AUDIT, settings.data_dir / "db" / ANCHOR, ANCHOR, "file")
    yield from _tree(settings, "broker")
    seen: set[Path] = set()
    # The journal last, so that it never knows less than the logs and the paper book.
    for store in ("latency", "logs", "sandbox", "main"):
        path = store_path(settings, store)
        if path is not None and path not in seen:
            seen.add(path)
            yield from _existing(f"store:{store}", path, f"{store}.db", "sqlite")
    yield from _existing(HISTORY, settings.history_path(), "history.duckdb", "duckdb")


def store_path(settings: Settings, store: str) -> Path | None:
    """The file of a transactional store; None when a server keeps it."""
    url = resolve_url(getattr(store_urls(settings), store), settings.data_dir)
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def on_servers(settings: Settings) -> list[str]:
    """Stores that a database server keeps, which copies its data itself."""
    return [name for name in ("main", "logs", "latency", "sandbox") if store_path(settings, name) is None]


def place_of(role: str, settings: Settings, env_file: Path) -> Path:
    """Where a file of this role belongs in this installation. Raises CareProblem for a role or path not ours."""
    kind, _, rest = role.partition(":")
    if role == SETTINGS:
        return env_file
    if role == HISTORY:
        return settings.history_path()
    if role == AUDIT:
        return settings.data_dir / "db" / ANCHOR
    if kind == "store" and rest in ("main", "logs", "latency", "sandbox"):
        path = store_path(settings, rest)
        if path is None:
            raise CareProblem(
                f"The {rest} store is on a database server here: put it back there, from its own backup"
            )
        return path
    if kind in _TREES and is_inside(rest):
        return settings.data_dir / _TREES[kind] / rest
    raise CareProblem(f"The backup holds {role!r}, which this program does not know")


def is_inside(name: str) -> bool:
    """Whether a relative path stays below its folder."""
    path = PurePosixPath(name)
    is_name = 0 < len(name) <= LONGEST_NAME and "\\" not in name and "\0" not in name
    return is_name and not path.is_absolute() and ".." not in path.parts


def vault_of(settings: Settings) -> Vault:
    """What opens the sealed values of these settings."""
    salts = [text for text in (settings.fernet_salt, settings.fernet_salt_previous) if text]
    return Vault(reveal(settings.api_key_pepper), salts)


def _existing(role: str, path: Path, name: str, kind: str) -> Iterator[Item]:
    if path.is_file():
        yield Item(role=role, path=path, name=name, kind=kind)


def _tree(settings: Settings, kind: str) -> Iterator[Item]:
    root = settings.data_dir / _TREES[kind]
    for path in sorted(root.rglob("*")):
        if not path.is_file() or path.is_symlink() or path.name.endswith(_PASSING):
            continue
        below = path.relative_to(root).as_posix()
        yield Item(
            role=f"{kind}:{below}", path=path, name=f"{_TREES[kind].name}/{below}",
            kind="sqlite" if is_sqlite(path) else "file",
        )  # fmt: skip
