"""Every library that is declared is imported, and every library that is imported is declared."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
import tomllib
from functools import cache
from pathlib import Path

from .sources import ROOMS, ROOT, nodes

# Declared although no module of ours imports them.
INDIRECT = {
    "tzdata": "zones for zoneinfo where the system has none (Windows, slim images)",
    "simple-websocket": "WebSocket of Flask-SocketIO's threading mode, which looks for it by itself",
    "pandas": "for hosted strategies (the published client needs it); the app brings numpy in through it",
    "apscheduler": "for the schedules of strategies and flows, which are not built yet; no code needs it today",
}
# Imported although only another library declares them: a part of that library's interface.
THROUGH = {
    "pydantic_core": "pydantic", "dotenv": "pydantic-settings", "limits": "flask-limiter", "werkzeug": "flask",
    "httpcore": "httpx", "engineio": "flask-socketio", "numpy": "pandas",
}  # fmt: skip


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [
        *project["dependencies"],
        *(line for group in project["optional-dependencies"].values() for line in group),
    ]
    return {normal(re.match(r"[A-Za-z0-9_.-]+", line)[0]) for line in lines}  # type: ignore[index]


@cache
def imported() -> dict[str, str]:
    """Top-level modules of others, each with one of ours that imports it."""
    ours = {Path(room).stem for room in ROOMS}
    found: dict[str, str] = {}
    for place, nodes_of in nodes().items():
        for node in nodes_of:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                found.setdefault(name.partition(".")[0], place)
    return {name: place for name, place in found.items() if name not in ours | set(sys.stdlib_module_names)}


@cache
def distributions() -> dict[str, set[str]]:
    return {
        name: set(map(normal, found)) for name, found in importlib.metadata.packages_distributions().items()
    }


def test_no_declared_library_is_unused() -> None:
    of = distributions()
    used = {distribution for name in imported() for distribution in of.get(name, {normal(name)})}
    optional = {"psycopg", "redis", "limits"}
    assert declared() - used - set(INDIRECT) - optional == set()
    assert set(INDIRECT) & used == set(), "is imported now: take it off the list"


def test_no_imported_library_is_undeclared() -> None:
    of, known = distributions(), declared()
    loose = {name: place for name, place in imported().items() if not of.get(name, {normal(name)}) & known}
    assert {name: place for name, place in loose.items() if name not in THROUGH} == {}
    assert {library for library in THROUGH.values() if normal(library) not in known} == set()
