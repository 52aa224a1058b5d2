"""The product's own source, for what must not be written anywhere in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("domain", "utils", "broker", "database", "services", "restx_api", "blueprints", "websocket_proxy")


@cache
def texts() -> dict[str, str]:
    """Every module of the product, by path."""
    files = [ROOT / "app.py", *(path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in files}


def trees(*words: str, under: tuple[str, ...] = ("",)) -> dict[str, ast.Module]:
    """Syntax trees of modules under some folders that hold one of the words; parsing all would take long."""
    return {
        path: ast.parse(text)
        for path, text in texts().items()
        if path.startswith(under) and (not words or any(word in text for word in words))
    }


def imports(tree: ast.Module) -> Iterator[str]:
    """Every module that is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
