"""Everything that an installation brings along: our direct dependencies and theirs, and the packages of the web UI."""

from __future__ import annotations

import importlib.metadata
import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Package:
    """needs: keys of other packages. integrity: algorithm-base64, npm's."""

    kind: str
    name: str
    version: str
    licence: str = ""
    integrity: str = ""
    needs: set[str] = field(default_factory=set)

    @property
    def key(self) -> str:
        """Its package URL."""
        name = self.name.replace("@", "%40") if self.kind == "npm" else self.name
        return f"pkg:{self.kind}/{name}@{self.version}"


def normal(name: str) -> str:
    """A distribution's name as PyPI writes it in addresses."""
    return re.sub(r"[-_.]+", "-", name).lower()


def python_packages() -> dict[str, Package]:
    """Distributions of this environment that the product needs, by package URL. Raises when one is not installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, Package] = {}
    waiting = [(None, Requirement(line)) for line in project["dependencies"]]
    seen: set[tuple[str, str]] = set()
    while waiting:
        parent, wanted = waiting.pop()
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        distribution = importlib.metadata.distribution(wanted.name)
        package = Package(
            "pypi", normal(wanted.name), distribution.version, licence_of(distribution.metadata)
        )
        package = found.setdefault(package.key, package)
        if parent is not None:
            parent.needs.add(package.key)
        for extra in ("", *sorted(wanted.extras)):
            if (package.key, extra) in seen:
                continue
            seen.add((package.key, extra))
            for line in distribution.requires or ():
                needed = Requirement(line)
                if (needed.marker is None and not extra) or (
                    needed.marker and needed.marker.evaluate({"extra": extra})
                ):
                    needed.marker = None
                    waiting.append((package, needed))
    return found


def licence_of(metadata: importlib.metadata.PackageMetadata) -> str:
    """What the distribution says of its licence, in one line; empty when it says nothing."""
    said = metadata.get("License-Expression") or metadata.get("License") or ""
    if said and "\n" not in said:
        return said
    classifiers = metadata.get_all("Classifier") or []
    return next((each.rpartition(":: ")[2] for each in classifiers if each.startswith("License ::")), "")


def npm_packages() -> dict[str, Package]:
    """Packages that end up in the web UI, from the lock file."""
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    found = {}
    for place, row in lock.items():
        if place and not row.get("dev") and not row.get("devOptional") and not row.get("link"):
            name = row.get("name") or place.rpartition("node_modules/")[2]
            package = Package(
                "npm", name, row["version"], str(row.get("license", "")), row.get("integrity", "")
            )
            found[package.key] = package
    return found
