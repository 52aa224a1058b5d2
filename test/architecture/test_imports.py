"""Who may import whom, where import-linter cannot say it, and what a start must not load."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.core.registry import load_plugins

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "app",
    "blueprints",
    "broker",
    "database",
    "domain",
    "restx_api",
    "services",
    "utils",
    "websocket_proxy",
)
SHARED = ("core", "families")
PLUGINS = sorted(path.parent.name for path in (ROOT / "broker").glob("*/plugin.json"))
HEAVY = ("pandas", "numpy", "scipy", "duckdb")
# The libraries through which bytes leave the machine, and the modules that may hold them.
DOORS = {
    "httpx": ("broker/core/",),
    "httpcore": ("broker/core/",),
    "zmq": ("websocket_proxy/", "services/market/feed_client/"),
    "websockets": ("websocket_proxy/",),
    "socket": ("broker/core/", "websocket_proxy/", "services/ops/launch/"),
    "subprocess": ("services/ops/launch/",),
    "threading": ("utils/concurrency.py",),
}


def imported(path: Path) -> Iterator[str]:
    """Dotted names of everything a module imports, at any depth of nesting."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def product_modules() -> list[Path]:
    """Modules that ship."""
    return [path for room in ROOMS[1:] for path in sorted((ROOT / room).rglob("*.py"))] + [ROOT / "app.py"]


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_stands_only_on_core_families_domain_and_utils(plugin: str) -> None:
    allowed = ("domain", "utils", *(f"broker.{name}" for name in (*SHARED, plugin)))
    foreign = {
        f"{path.name}: {name}"
        for path in (ROOT / "broker" / plugin).rglob("*.py")
        for name in imported(path)
        if name.split(".")[0] in (*ROOMS, "flask", "httpx", "websockets", "zmq", "sqlalchemy", "requests")
        and not any(name == room or name.startswith(f"{room}.") for room in allowed)
    }
    assert foreign == set()


def test_use_cases_name_no_broker() -> None:
    named = {
        f"{path.relative_to(ROOT)}: {name}"
        for room in ("services", "websocket_proxy", "blueprints", "restx_api")
        for path in (ROOT / room).rglob("*.py")
        for name in imported(path)
        if name.startswith("broker.") and name.split(".")[1] not in SHARED
    }
    assert named == set()


def test_bytes_leave_the_machine_through_the_named_doors_only() -> None:
    trespassers = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in product_modules()
        for name in imported(path)
        if (doors := DOORS.get(name.split(".")[0]))
        and not path.relative_to(ROOT).as_posix().startswith(doors)
    }
    assert trespassers == set()


BUILD = """
import json, sys
import app, websocket_proxy.__main__
from utils.settings import process_settings
process = app.WebProcess(process_settings())
process.services.brokers.plugin("simulator")
process.close()
print(json.dumps(sorted(sys.modules)))
"""


def test_the_whole_started_app_holds_no_numeric_library(tmp_path: Path) -> None:
    environ = {
        **os.environ,
        "OPENALGO_DATA_DIR": str(tmp_path),
        "APP_KEY": "a" * 64,
        "API_KEY_PEPPER": "b" * 64,
        "DATABASE_URL": "sqlite:///db/openalgo.db",
    }
    answer = subprocess.run(
        [sys.executable, "-c", BUILD], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    loaded = set(json.loads(answer.stdout.splitlines()[-1]))
    assert "flask" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_every_manifest_is_valid_and_every_plugin_loads() -> None:
    registry = load_plugins([ROOT / "broker"])
    assert registry.broken() == {}
    assert sorted(registry.manifests()) == PLUGINS
    assert "simulator" in PLUGINS
