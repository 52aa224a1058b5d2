"""Nothing grows past the size at which a reader loses the thread."""

from __future__ import annotations

import ast
import subprocess
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FUNCTION_LINES, CLASS_LINES, MODULE_CEILING, FOLDER_FILES = 40, 200, 600, 15
GENERATED = ("database/migrations/",)


def modules() -> list[Path]:
    """Every tracked Python module that a person wrote."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = [name for name in listed.stdout.splitlines() if not name.startswith(GENERATED)]
    return [ROOT / name for name in names if (ROOT / name).exists()]


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_module_passes_the_ceiling() -> None:
    sizes = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    for name, lines in sorted(sizes.items()):
        if lines > 350:
            print(f"over 350 lines: {name} ({lines})")
    assert {name: lines for name, lines in sizes.items() if lines > MODULE_CEILING} == {}


def test_functions_and_classes_fit_a_screen() -> None:
    too_long = {}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            limit = CLASS_LINES if isinstance(node, ast.ClassDef) else FUNCTION_LINES
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > limit:
                    too_long[f"{shown(path)}:{node.lineno} {node.name}"] = lines
    assert too_long == {}


def test_folders_split_before_they_overflow() -> None:
    files = Counter(shown(path.parent) for path in modules() if path.name != "__init__.py")
    assert {folder: count for folder, count in files.items() if count > FOLDER_FILES} == {}
