"""The one test command: lint, types, import rules, back-end, front-end and browser tests.

    uv run --group dev --group clients test/check.py [--all] [stage …]

Installs what is missing (npm packages, Node from a wheel, Chromium from the distribution when root), shows one line per
stage with its seconds, prints the output of what fails, and stops there unless --all is given.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from services.ops.launch import web_ui  # noqa: E402 - needs the path above
from services.ops.launch.bytecode import keep_bytecode  # noqa: E402 - needs the path above
from services.ops.launch.console import Console, StartProblem  # noqa: E402 - needs the path above

FRONTEND = ROOT / "frontend"
LOGS = ROOT / "tmp" / "check"
BACKEND = ["test", "--ignore=test/e2e", "--ignore=test/perf"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Failure(Exception):
    """A stage failed; the text says what to look at."""


@dataclass(frozen=True)
class Stage:
    """One step: a command, or a function that prepares something. `tail` lines are shown even when it passes."""

    name: str
    command: Sequence[str] | Callable[[], Sequence[str]]
    cwd: Path = ROOT
    environ: Mapping[str, str] = field(default_factory=dict)
    tail: int = 0


def tool(name: str) -> str:
    """A program of this Python environment."""
    return str(Path(sys.executable).with_name(name))


def npm() -> list[str]:
    """npm of a fit Node, fetched when there is none."""
    return web_ui.npm_command(ROOT, LOGS / "node.log", Console())


def npm_stage(name: str, *arguments: str, tail: int = 0) -> Stage:
    """An npm command in the front-end folder."""
    return Stage(name, lambda: [*npm(), *arguments], FRONTEND, tail=tail)


def npm_packages() -> Sequence[str]:
    """npm ci, unless the installed packages are those of the lock file."""
    if web_ui.has_packages(FRONTEND):
        return [sys.executable, "-c", ""]
    return [*npm(), "ci"]


def web_ui_build() -> Sequence[str]:
    """The same build that app.py makes at its first start."""
    web_ui.ensure_built(ROOT, LOGS, Console())
    return [sys.executable, "-c", ""]


def chromium() -> Sequence[str]:
    """Install Chromium from the distribution when it is missing and we may."""
    if any(shutil.which(name) for name in BROWSERS):
        return [sys.executable, "-c", ""]
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise Failure("no Chromium here: install it (Debian, Ubuntu: apt-get install chromium) and run again")
    return ["sh", "-ec", "apt-get update -q && apt-get install -q -y --no-install-recommends chromium"]


def stages() -> list[Stage]:
    """All stages in order: the cheap and telling ones first."""
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return [
        Stage("lint", [tool("ruff"), "check", "--quiet", "."]),
        Stage("format", [tool("ruff"), "format", "--check", "--quiet", "."]),
        Stage("imports", [tool("lint-imports"), "--no-cache"]),
        Stage("types", [tool("mypy")]),
        Stage("back-end", [*pytest, "-n", "2", *BACKEND], tail=1),
        Stage("npm", npm_packages, FRONTEND),
        npm_stage("web-lint", "run", "--silent", "lint"),
        npm_stage("web-types", "run", "--silent", "typecheck"),
        npm_stage("web-unit", "run", "--silent", "test", tail=6),
        Stage("web-build", web_ui_build),
        Stage("chromium", chromium),
        Stage("end-to-end", [*pytest, "-n", "2", "--maxschedchunk", "1", "test/e2e"], tail=1),
    ]


def run(stage: Stage) -> None:
    """Run one stage; its output goes to a file and is shown when it fails."""
    started = time.monotonic()
    log = LOGS / f"{stage.name}.log"
    try:
        command = stage.command() if callable(stage.command) else stage.command
    except (StartProblem, Failure) as problem:
        raise Failure(str(problem)) from problem
    environ = {**os.environ, **stage.environ}
    if command and stage.cwd == FRONTEND:
        environ = {**web_ui.npm_environ(command), **stage.environ}
    with log.open("wb") as out:
        code = subprocess.run(
            command, cwd=stage.cwd, env=environ, stdout=out, stderr=out, check=False
        ).returncode
    lines = log.read_text(encoding="utf-8", errors="replace").rstrip().splitlines()
    if code != 0:
        print("\n".join(lines[-200:]))
        raise Failure(f"exit code {code}; whole output in {log.relative_to(ROOT)}")
    print(f"ok    {stage.name:<12} {time.monotonic() - started:6.1f} s")
    for line in lines[-stage.tail :] if stage.tail else []:
        print(f"      {line}")


def main() -> int:
    """Run the wanted stages; exit code 0 when all passed."""
    parser = argparse.ArgumentParser(description="Run every check of the project.")
    parser.add_argument("--all", action="store_true", help="go on after a failure")
    parser.add_argument("stage", nargs="*", help="only these stages")
    wanted = parser.parse_args()
    LOGS.mkdir(parents=True, exist_ok=True)
    keep_bytecode(ROOT, os.environ)
    known = {stage.name: stage for stage in stages()}
    unknown = set(wanted.stage) - set(known)
    if unknown:
        parser.error(f"unknown stage {', '.join(unknown)}; there are {', '.join(known)}")
    failed = []
    for name in wanted.stage or known:
        sys.stdout.flush()
        try:
            run(known[name])
        except Failure as failure:
            print(f"FAIL  {name}: {failure}")
            failed.append(name)
            if not wanted.all:
                break
    print(f"{'failed: ' + ', '.join(failed) if failed else 'all checks passed'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
