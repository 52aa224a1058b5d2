"""Ask the advisory databases about everything that an installation brings along.

    uv run --group dev python -m test.supply.audit

Exit code 0: clean. 1: something is known to be vulnerable. 3: a database could not be asked, so nothing is proven.
pip-audit runs in an environment of its own; npm asks about the web UI's packages.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from test.supply.closure import ROOT, python_packages

AUDITOR = "pip-audit==2.10.1"
CLEAN, VULNERABLE, UNPROVEN = 0, 1, 3
WORDS = {CLEAN: "clean", VULNERABLE: "VULNERABLE", UNPROVEN: "NOT AUDITED"}


def python_verdict(answer: Mapping[str, Any], asked: set[str]) -> tuple[int, list[str]]:
    """What pip-audit's JSON says of the packages that it was asked about; a package it skipped is not clean."""
    rows = {row["name"]: row for row in answer.get("dependencies", [])}
    lines = [
        f"{name} {row['version']}: {', '.join(each['id'] for each in row['vulns'])}"
        for name, row in rows.items()
        if row.get("vulns")
    ]
    unknown = sorted(asked - {name for name, row in rows.items() if "skip_reason" not in row})
    if unknown:
        lines.append(f"not audited: {', '.join(unknown)}")
    return VULNERABLE if any(
        row.get("vulns") for row in rows.values()
    ) else UNPROVEN if unknown else CLEAN, lines


def npm_verdict(answer: Mapping[str, Any]) -> tuple[int, list[str]]:
    """What `npm audit --json` says."""
    if "vulnerabilities" not in answer:
        return UNPROVEN, [f"npm could not ask: {answer.get('message') or answer.get('error') or 'no answer'}"]
    found = [f"{name}: {row['severity']}" for name, row in answer["vulnerabilities"].items()]
    return VULNERABLE if found else CLEAN, found


def ask_python() -> tuple[int, list[str]]:
    packages = python_packages().values()
    with tempfile.TemporaryDirectory() as folder:
        wanted, answer = Path(folder) / "requirements.txt", Path(folder) / "answer.json"
        wanted.write_text(
            "".join(f"{package.name}=={package.version}\n" for package in packages), encoding="utf-8"
        )
        command = [
            "uvx", "--from", AUDITOR, "pip-audit", "--no-deps", "--disable-pip", "-s", "osv", "-r", str(wanted),
            "-f", "json", "-o", str(answer),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not answer.exists():
            return UNPROVEN, [
                f"pip-audit could not ask: {(done.stderr.strip().splitlines() or ['no answer'])[-1]}"
            ]
        return python_verdict(
            json.loads(answer.read_text(encoding="utf-8")), {package.name for package in packages}
        )


def ask_npm() -> tuple[int, list[str]]:
    command = ["npm", "audit", "--omit=dev", "--json"]
    done = subprocess.run(command, cwd=ROOT / "frontend", capture_output=True, text=True, check=False)
    try:
        return npm_verdict(json.loads(done.stdout))
    except ValueError:
        return UNPROVEN, [f"npm could not ask: {(done.stderr.strip().splitlines() or ['no answer'])[-1]}"]


def main() -> int:
    worst = CLEAN
    for what, ask in (("Python", ask_python), ("web UI", ask_npm)):
        code, lines = ask()
        print(
            f"{what}: {WORDS[code]}",
            *lines,
            sep="\n  ",
        )
        worst = VULNERABLE if VULNERABLE in (worst, code) else max(worst, code)
    return worst


if __name__ == "__main__":
    sys.exit(main())
