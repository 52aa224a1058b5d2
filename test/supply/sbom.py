"""The software bill of materials, CycloneDX 1.6 JSON, on standard output.

uv run --group dev python -m test.supply.sbom > sbom.json
"""

from __future__ import annotations

import base64
import json
import sys
import tomllib
from typing import Any

from test.supply.closure import ROOT, Package, npm_packages, python_packages

_HASHES = {"sha512": "SHA-512", "sha384": "SHA-384", "sha256": "SHA-256", "sha1": "SHA-1"}


def component(package: Package) -> dict[str, Any]:
    """One package."""
    row: dict[str, Any] = {
        "type": "library",
        "bom-ref": package.key,
        "name": package.name,
        "version": package.version,
    }
    if package.licence:
        row["licenses"] = [{"license": {"name": package.licence}}]
    if package.integrity:
        algorithm, _, content = package.integrity.split()[0].partition("-")
        row["hashes"] = [{"alg": _HASHES[algorithm], "content": base64.b64decode(content).hex()}]
    return {**row, "purl": package.key}


def bill() -> dict[str, Any]:
    """The whole document; the same for the same installation."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    python, web = python_packages(), npm_packages()
    own = {
        "type": "application",
        "bom-ref": "openalgo",
        "name": project["name"],
        "version": project["version"],
    }
    needed = {key for package in python.values() for key in package.needs}
    direct = sorted([*(key for key in python if key not in needed), *web])
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": {"component": own},
        "components": [component(package) for _, package in sorted({**python, **web}.items())],
        "dependencies": [
            {"ref": "openalgo", "dependsOn": direct},
            *({"ref": key, "dependsOn": sorted(package.needs)} for key, package in sorted(python.items())),
        ],
    }  # fmt: skip


if __name__ == "__main__":
    json.dump(bill(), sys.stdout, indent=1)
    sys.stdout.write("\n")
