"""Facts about the machine and the interpreter, gathered once; tests bring their own."""

from __future__ import annotations

import ctypes
import os
import shutil
import sqlite3
import sys
from pathlib import Path

import msgspec

_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """None where the system does not say. Memory and disk in bytes. clock_synchronised: what the kernel believes."""

    python: tuple[int, int, int]
    sqlite: tuple[int, ...]
    disk_free: int | None
    memory_total: int | None
    memory_available: int | None
    descriptor_limit: int | None
    clock_synchronised: bool | None
    is_root: bool
    in_container: bool
    shared_memory: bool | None
    timezone: str


def this_machine(data_dir: Path) -> Machine:
    """What the doctor was started on; disk is that of the data folder."""
    memory = _memory()
    folder = next((path for path in (data_dir, *data_dir.parents) if path.is_dir()), Path())
    return Machine(
        python=sys.version_info[:3],
        sqlite=sqlite3.sqlite_version_info,
        disk_free=shutil.disk_usage(folder).free,
        memory_total=memory.get("MemTotal"),
        memory_available=memory.get("MemAvailable"),
        descriptor_limit=_descriptor_limit(),
        clock_synchronised=_clock_synchronised(),
        is_root=hasattr(os, "geteuid") and os.geteuid() == 0,
        in_container=Path("/.dockerenv").exists() or Path("/run/.containerenv").exists(),
        shared_memory=Path("/dev/shm").is_dir() if os.name == "posix" else None,  # noqa: S108 - looked at only
        timezone=os.environ.get("TZ") or _zone_file(),
    )


def _memory() -> dict[str, int]:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    found = {}
    for line in lines:
        name, _, rest = line.partition(":")
        if rest.endswith("kB"):
            found[name] = int(rest.split()[0]) * 1024
    return found


def _descriptor_limit() -> int | None:
    try:
        import resource
    except ImportError:
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else sys.maxsize


def _clock_synchronised() -> bool | None:
    """What adjtimex says without changing anything; None outside Linux or where it is forbidden."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    except (AttributeError, OSError):
        return None
    return None if state < 0 else state != _UNSYNCHRONISED


def _zone_file() -> str:
    try:
        return Path("/etc/localtime").resolve().as_posix().partition("zoneinfo/")[2]
    except OSError:
        return ""
