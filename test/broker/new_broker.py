"""Writes the skeleton of a new broker: `python -m test.broker.new_broker vega --name Vega [--family xts]`.

Without a family the skeleton is the made-up vendor of test/broker/made_up, to be changed word by word; with one it is
a member of that family. Whatever is still the pattern's is marked FILL, and the contract suite fails with the list of
what is left.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATTERN = "meridian"
MARK = "# FILL: this is the pattern's; say it in the vendor's words, then delete this line.\n"
TWIN = """# FILL: the twin of {name}

Write it from the vendor's documents, not from the plug-in: test/twins/README.md has the table of its files,
test/twins/kite is the model. It stands when `python -m pytest test/broker/day -k {id}` passes. Then delete this file.
"""


class Skeleton:
    """What is written where. root: the repository, or a folder that stands for it."""

    def __init__(self, plugin_id: str, name: str, root: Path) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", plugin_id):
            raise SystemExit(f"{plugin_id!r} cannot be an id: lower-case letters, digits and _")
        self.id = plugin_id
        self.name = name
        self.plugin = root / "broker" / plugin_id
        self.tests = root / "test" / "broker" / plugin_id
        self.twin = root / "test" / "twins" / plugin_id
        for folder in (self.plugin, self.tests, self.twin):
            if folder.exists():
                raise SystemExit(f"{folder} is there already")

    def write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def write_json(self, path: Path, value: Any) -> None:
        self.write(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")

    def renamed(self, text: str, old_id: str, old_name: str) -> str:
        """The pattern's text under the new names."""
        class_name = "".join(part.capitalize() for part in self.id.split("_"))
        text = text.replace(f"{old_name}Stream", f"{class_name}Stream")
        return text.replace(old_name, self.name).replace(old_id, self.id)

    def copy_plugin(self, folder: Path) -> None:
        """The code and manifest of another broker; every file marked, every fact without evidence."""
        manifest = json.loads((folder / "plugin.json").read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.py")):
            text = self.renamed(path.read_text(encoding="utf-8"), manifest["id"], manifest["name"])
            self.write(self.plugin / path.name, text if path.name == "__init__.py" else MARK + text)
        text = self.renamed(
            (folder / "plugin.json").read_text(encoding="utf-8"), manifest["id"], manifest["name"]
        )
        text = re.sub(r'("source": )"[^"]*"', r'\1"FILL: page or package with its version"', text)
        text = re.sub(r'"verified": true', '"verified": false', text)
        # Nothing of a half-written broker may reach the hosts of the one it was copied from.
        text = re.sub(r'"(https|wss)://[^"]*"', r'"\1://FILL.invalid"', text)
        self.write(self.plugin / "plugin.json", text)

    def ask_for_cases(self, folder: Path) -> None:
        """The names of a pattern's cases and frames, each still to be filled."""
        for kind in ("cases", "frames"):
            for path in sorted((folder / kind).glob("*.json")):
                self.write_json(
                    self.tests / kind / path.name, list(asked(json.loads(path.read_text()), kind))
                )

    def copy_data(self, folder: Path, names: Iterable[str]) -> None:
        for name in names:
            path = folder / name
            if path.is_file():
                text = self.renamed(path.read_text(encoding="utf-8"), PATTERN, PATTERN.capitalize())
                value = json.loads(text)
                if isinstance(value, dict):
                    value = {"fill": f"{name} is the pattern's: write the vendor's", **value}
                self.write_json(self.tests / name, value)

    def finish(self) -> None:
        self.write(
            self.tests / "samples" / "SOURCES.md",
            "# Samples\n\nFILL: every real payload, and where it comes from.\n",
        )
        self.write_json(self.tests / "unused_samples.json", {"SOURCES.md": "where the samples come from"})
        self.write(self.twin / "TODO.md", TWIN.format(id=self.id, name=self.name))


def asked(cases: list[dict[str, Any]], kind: str) -> Iterable[dict[str, Any]]:
    for case in cases:
        if kind == "frames":
            yield {"name": case["name"], "fill": "frames and what they mean", "frames": []}
        else:
            fill = "input, exact request, response, and the value or error"
            yield {"name": case["name"], "fill": fill, "call": {"operation": case["call"]["operation"]}}


def stand_alone(plugin_id: str, name: str, root: Path) -> Skeleton:
    """A vendor with a wire of its own."""
    skeleton, data = Skeleton(plugin_id, name, root), ROOT / "test" / "broker" / PATTERN
    skeleton.copy_plugin(ROOT / "test" / "broker" / "made_up" / PATTERN)
    skeleton.ask_for_cases(data)
    skeleton.copy_data(data, ("instruments.json", "session.json", "wire.json"))
    skeleton.finish()
    return skeleton


def member(plugin_id: str, name: str, family: str, root: Path) -> Skeleton:
    """One more member of a family: its smallest member is the pattern."""
    found = [path.parent for path in (ROOT / "broker").glob("*/plugin.json")]
    members = [folder for folder in found if family_of(folder) == family]
    if not members:
        known = sorted({family_of(folder) for folder in found})
        raise SystemExit(f"no broker is of the family {family!r}; there are {', '.join(known)}")
    pattern = min(members, key=lambda folder: sum(path.stat().st_size for path in folder.glob("*.*")))
    skeleton = Skeleton(plugin_id, name, root)
    skeleton.copy_plugin(pattern)
    skeleton.ask_for_cases(ROOT / "test" / "broker" / pattern.name)
    skeleton.finish()
    return skeleton


def family_of(folder: Path) -> str:
    return str(json.loads((folder / "plugin.json").read_text(encoding="utf-8"))["family"])


def main(arguments: Sequence[str] | None = None) -> Skeleton:
    parser = argparse.ArgumentParser(prog="python -m test.broker.new_broker", description=__doc__)
    parser.add_argument("id", help="the folder's name: lower-case letters, digits and _")
    parser.add_argument("--name", help="what the user reads; the id with a capital letter when left out")
    parser.add_argument("--family", default="none", help="a family of broker/families, or none")
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository to write into")
    asked_for = parser.parse_args(arguments)
    name = asked_for.name or asked_for.id.capitalize()
    if asked_for.family == "none":
        skeleton = stand_alone(asked_for.id, name, asked_for.root)
    else:
        skeleton = member(asked_for.id, name, asked_for.family, asked_for.root)
    print(f"Written: {skeleton.plugin}, {skeleton.tests}, {skeleton.twin}")
    print("Next: docs/brokers/writing-a-broker.md, step 3")
    return skeleton


if __name__ == "__main__":
    main()
