"""Every item of the regression catalogue (orders, feeds) has a test, and every test that the table names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ITEMS = {1, 2, *range(4, 19), *range(28, 33)}
ROW = re.compile(r"^\| (\d+) \| (P\w+(?:, P\w+)*) \| [^|]+ \| `([\w/.]+\.py)::(test_\w+)` \|$")


def rows() -> list[tuple[int, str, str]]:
    """(number, file, test) of the table."""
    text = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    section = text.split("## The regression catalogue", 1)[1]
    lines = [line for line in section.splitlines() if line.startswith("| ") and line[2].isdigit()]
    found = [ROW.match(line) for line in lines]
    assert all(found), [line for line, match in zip(lines, found, strict=True) if match is None]
    return [(int(match[1]), match[3], match[4]) for match in found if match is not None]


def test_the_table_holds_every_item_and_no_other() -> None:
    assert {number for number, _, _ in rows()} == ITEMS


def test_every_named_test_exists_and_says_which_item_it_proves() -> None:
    wrong = []
    for number, file, name in rows():
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        tests = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        said = f"{name} {ast.get_docstring(tests[name])}" if name in tests else ""
        if re.search(rf"(?<!\d){number}(?!\d)", said) is None:
            wrong.append((number, f"{file}::{name}"))
    assert wrong == []
