"""What the documents promise exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEST_COMMAND = "uv run --group dev --group clients test/check.py"


def test_the_build_runs_the_test_command_of_the_readme() -> None:
    assert f"pip install uv && {TEST_COMMAND}\n" in README
    build = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "set -euo pipefail" in build
    assert "pip install --quiet uv" in build
    assert TEST_COMMAND.replace("uv run", "uv run --quiet") in build


def test_the_run_command_stands_on_the_first_screen() -> None:
    first_screen = "\n".join(README.splitlines()[:30])
    assert "pip install uv && uv run app.py\n" in first_screen
    assert "uv run app.py demo" in first_screen
    assert "subscribe_ltp" in first_screen


def test_the_pasted_lines_are_at_most_ten_and_python() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len(block.splitlines()) <= 10
    ast.parse(block)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_and_every_named_file_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    missing = [link for link in links if link and not (page.parent / link).exists()]
    named = re.findall(r"`((?:test|docs|strategies|broker/core|utils)/[\w./-]+\.(?:py|md|json))`", text)
    missing += [name for name in named if not (ROOT / name).exists()]
    assert missing == []


def test_every_decision_has_a_number_of_its_own_and_says_what_follows() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("*.md"))
    numbers = [path.name[:4] for path in decisions]
    assert len(set(numbers)) == len(numbers) and all(number.isdecimal() for number in numbers)
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequence")), path.name
