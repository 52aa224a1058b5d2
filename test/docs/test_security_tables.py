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


def test_every_test_that_the_standard_names_exists() -> None:
    assert missing("asvs.md") == []


def test_each_requirement_of_levels_1_and_2_stands_once_with_its_level_and_a_state() -> None:
    asked = [
        line.split(",")
        for line in (Path(__file__).parent / "asvs_5_0_levels_1_and_2.csv").read_text().split()[1:]
    ]
    told = [row for row in rows("asvs.md") if row[0][:1].isdigit()]
    assert [row[:2] for row in told] == asked
    assert len(told) == 253
    for row in told:
        assert row[3] in ("met", "partly", "not met", "n/a"), row
        assert row[3] == "met" or row[4] not in ("", "–"), f"{row[0]} says nothing of why"


def test_the_sums_of_the_standard_are_right() -> None:
    told = [row for row in rows("asvs.md") if row[0][:1].isdigit()]
    for name, levels in (("level 1", "1"), ("level 1 and 2", "12")):
        (sums,) = (row[1:] for row in rows("asvs.md") if row[0] == name)
        states = [row[3] for row in told if row[1] in levels]
        counted = [states.count(state) for state in ("met", "partly", "not met", "n/a")]
        assert [int(part) for part in sums] == [*counted, len(states)]
