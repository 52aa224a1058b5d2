"""The tables of docs/security name tests that exist, and leave no row out."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "security"
NAMED = re.compile(r"`(test/[\w/]+\.py)::(\w+)`")


def rows(page: str) -> list[list[str]]:
    """Cells of every row of a page's tables, without heads."""
    lines = (FOLDER / page).read_text(encoding="utf-8").splitlines()
    cells = [
        [part.strip() for part in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")
    ]
    return [row for row in cells if not set(row[0]) <= set("-: ")]


@cache
def source(path: str) -> str:
    """A test module's text."""
    return (ROOT / path).read_text(encoding="utf-8")


def missing(page: str) -> list[str]:
    """Named tests that are not there."""
    named = NAMED.findall((FOLDER / page).read_text(encoding="utf-8"))
    assert named
    return [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).is_file()
        or re.search(rf"^(async )?def {name}\(", source(path), re.MULTILINE) is None
    ]


def test_every_test_that_the_weaknesses_name_exists() -> None:
    assert missing("weaknesses.md") == []


def test_each_of_the_36_weaknesses_stands_once_with_a_test_of_its_number() -> None:
    listed = {row[0]: row[-1] for row in rows("weaknesses.md") if row[0].isdigit()}
    assert [int(number) for number in listed] == list(range(1, 37))
    for number, tests in listed.items():
        assert f"::test_{int(number):02d}_" in tests, number
