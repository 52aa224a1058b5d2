"""A broker is mostly a table: what one costs in lines, and that no two say the same at length."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[2]
BROKERS = ROOT / "broker"
ROOMS = ("core", "families", "simulator")
# Lines as `wc -l` counts them, of every Python module and manifest.
MEMBER, ALONE, FAMILY, WHOLE = 120, 650, 900, 10_592
SHARED_RUN = 10
GENERATED = "proofs.json"
Unit = dict[Path, list[tuple[int, str]]]


def lines_in(folder: Path) -> int:
    files = [*folder.rglob("*.py"), *folder.rglob("*.json")]
    return sum(path.read_bytes().count(b"\n") for path in files if path.name != GENERATED)


def brokers() -> dict[str, Path]:
    found = sorted(path.parent for path in BROKERS.glob("*/plugin.json"))
    return {path.name: path for path in found if path.name not in ROOMS}


def families() -> dict[str, Path]:
    """A family is a package or a module of broker/families."""
    found = sorted(path for path in (BROKERS / "families").glob("*") if path.suffix in ("", ".py"))
    return {path.stem: path for path in found if not path.name.startswith("__")}


def family_of(folder: Path) -> str:
    return str(msgspec.json.decode((folder / "plugin.json").read_bytes())["family"])


def test_a_broker_stays_within_its_lines() -> None:
    too_long = {}
    for name, folder in brokers().items():
        limit = MEMBER if family_of(folder) in families() else ALONE
        if (lines := lines_in(folder)) > limit:
            too_long[name] = f"{lines} lines of {limit}"
    assert too_long == {}


def test_a_family_stays_within_its_lines() -> None:
    """Its code; what the members' manifests have in common counts in the whole only."""
    sizes = {
        name: sum(
            found.read_bytes().count(b"\n") for found in ([path] if path.is_file() else path.rglob("*.py"))
        )
        for name, path in families().items()
    }
    assert {name: lines for name, lines in sizes.items() if lines > FAMILY} == {}


def test_all_brokers_together_stay_within_their_lines() -> None:
    assert lines_in(BROKERS) - lines_in(BROKERS / "simulator") <= WHOLE


def said_in(source: str) -> list[tuple[int, str]]:
    """(number, text) of the lines that say something: no imports, remarks, blanks, or lines of brackets only."""
    dropped: set[int] = set()
    if not source.lstrip().startswith("{"):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                dropped.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = [(number, " ".join(line.split())) for number, line in enumerate(source.splitlines(), 1)]
    return [
        (number, line)
        for number, line in lines
        if number not in dropped and re.search(r"\w", line) and not line.startswith("#")
    ]


def unit_of(folder: Path, pattern: str) -> Unit:
    paths = [folder] if folder.is_file() else sorted(folder.rglob(pattern))
    return {path: said_in(path.read_text(encoding="utf-8")) for path in paths}


def runs(unit: Unit) -> dict[tuple[str, ...], str]:
    """Every run of lines long enough to count as a copy, and where it starts."""
    found: dict[tuple[str, ...], str] = {}
    for path, lines in unit.items():
        for start in range(len(lines) - SHARED_RUN + 1):
            run = lines[start : start + SHARED_RUN]
            found.setdefault(
                tuple(text for _, text in run), f"{path.relative_to(ROOT).as_posix()}:{run[0][0]}"
            )
    return found


def shared(units: dict[str, Unit]) -> list[str]:
    places: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for unit in units.values():
        for run, place in runs(unit).items():
            places[run].append(place)
    return sorted({" and ".join(found) for found in places.values() if len(found) > 1})


def test_no_run_of_ten_lines_is_said_by_two_brokers() -> None:
    units = {**brokers(), **families(), **{room: BROKERS / room for room in ("core", "simulator")}}
    assert shared({name: unit_of(folder, "*.py") for name, folder in units.items()}) == []


def test_manifests_of_different_families_are_no_copies() -> None:
    """Members of one family have the same limits, and each manifest is whole by itself."""
    folders = brokers()
    for one, other in combinations(folders, 2):
        if family_of(folders[one]) != family_of(folders[other]):
            assert shared({name: unit_of(folders[name], "plugin.json") for name in (one, other)}) == []


def test_the_detector_sees_a_copied_run() -> None:
    copy = "\n".join(f"value_{number} = {number}" for number in range(SHARED_RUN))
    spread = "import os\n" + copy.replace("\n", "\n\n# a remark\n", 1).replace("= 3", "=   3")
    nearly = copy.replace("value_9", "value_10")
    first = {ROOT / "a.py": said_in(copy)}
    assert shared({"a": first, "b": {ROOT / "b.py": said_in(spread)}}) == ["a.py:1 and b.py:2"]
    assert shared({"a": first, "b": {ROOT / "b.py": said_in(nearly)}}) == []
