"""One licence for the whole repository, and a line for everything that the built web desk contains."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DESK = json.loads((ROOT / "frontend" / "package.json").read_text(encoding="utf-8"))
NOTICE = (ROOT / "NOTICE").read_text(encoding="utf-8")


def test_the_web_desk_has_the_licence_of_the_program() -> None:
    program = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_text(encoding="utf-8"))
    licence = program["project"]["license"]["text"]
    assert (DESK["license"], lock["packages"][""]["license"]) == (licence, licence)
    assert f"[{licence}](LICENSE)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_notice_names_everything_that_the_desk_is_built_from() -> None:
    named = set(re.findall(r"[@\w][\w./@*-]+", NOTICE))
    assert [package for package in DESK["dependencies"] if package not in named] == []


def test_licence_texts_of_the_notice_are_there() -> None:
    texts = re.findall(r"LICENSES/[\w.-]+\.txt", NOTICE)
    assert texts
    assert [text for text in texts if not (ROOT / text).is_file()] == []
    font = (ROOT / "LICENSES" / "OFL-1.1.txt").read_text(encoding="utf-8")
    assert "The Inter Project Authors" in font
    assert "SIL OPEN FONT LICENSE" in font
