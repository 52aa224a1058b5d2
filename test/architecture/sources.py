"""The product's modules as syntax trees, parsed once for all tests of this folder."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "app.py",
    "blueprints",
    "broker",
    "database",
    "domain",
    "restx_api",
    "services",
    "utils",
    "websocket_proxy",
)


@cache
def nodes() -> dict[str, list[ast.AST]]:
    """Every node of every module of the product that a person wrote, by the module's dotted name."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *ROOMS],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    names = [name for name in listed.stdout.splitlines() if name.endswith(".py") and "migrations" not in name]
    return {
        name[:-3].replace("/", "."): list(ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))))
        for name in names
        if (ROOT / name).exists()
    }
