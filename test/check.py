"""The one test command: lint, types, import rules, back-end, front-end and browser tests.

    uv run --group dev --group clients test/check.py [--all] [stage …]

Installs what is missing (npm packages, Node from a wheel, Chromium from the distribution when root), runs stages side
by side where there are processors for them, shows one line per stage with its seconds, prints the output of what fails,
and begins no further stage then unless --all is given.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
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


PROCESSORS = os.cpu_count() or 1
_fetching = threading.Lock()


class Failure(Exception):
    """A stage failed; the text says what to look at. output: the end of what the stage printed."""

    def __init__(self, text: str, output: str = "") -> None:
        super().__init__(text)
        self.output = output


@dataclass(frozen=True)
class Stage:
    """One step: a command, or a function that prepares something and answers one.

    tail: how many of its last lines are shown even when it passes. processors: how many it keeps busy. after: stages
    that have to end before it begins.
    """

    name: str
    command: Sequence[str] | Callable[[], Sequence[str]]
    cwd: Path = ROOT
    tail: int = 0
    processors: int = 1
    after: tuple[str, ...] = ()


def tool(name: str) -> str:
    """A program of this Python environment."""
    return str(Path(sys.executable).with_name(name))


def npm() -> list[str]:
    """npm of a fit Node, fetched when there is none."""
    with _fetching:
        return web_ui.npm_command(ROOT, LOGS / "node.log", Console())


def npm_stage(name: str, script: str, *, tail: int = 0, processors: int = 1) -> Stage:
    """A script of the front end's package."""
    return Stage(
        name, lambda: [*npm(), "run", "--silent", script], FRONTEND, tail, processors, after=("npm",)
    )


def npm_packages() -> Sequence[str]:
    """npm ci, unless the installed packages are those of the lock file."""
    if web_ui.has_packages(FRONTEND):
        return [sys.executable, "-c", ""]
    return [*npm(), "ci"]


def web_ui_build() -> Sequence[str]:
    """The same build that app.py makes at its first start."""
    with (LOGS / "web-ui.log").open("w", encoding="utf-8") as progress:
        web_ui.ensure_built(ROOT, LOGS, Console(progress))
    return [sys.executable, "-c", ""]


def chromium() -> Sequence[str]:
    """Install Chromium from the distribution when it is missing and we may."""
    if any(shutil.which(name) for name in BROWSERS):
        return [sys.executable, "-c", ""]
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise Failure("no Chromium here: install it (Debian, Ubuntu: apt-get install chromium) and run again")
    return ["sh", "-ec", "apt-get update -q && apt-get install -q -y --no-install-recommends chromium"]


def stages() -> list[Stage]:
    """All stages: the cheap and telling ones first."""
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return [
        Stage("lint", [tool("ruff"), "check", "--quiet", "."]),
        Stage("format", [tool("ruff"), "format", "--check", "--quiet", "."]),
        Stage("imports", [tool("lint-imports"), "--no-cache"]),
        Stage("types", [tool("mypy")]),
        Stage("npm", npm_packages, FRONTEND),
        npm_stage("web-lint", "lint"),
        npm_stage("web-types", "typecheck"),
        Stage("web-build", web_ui_build, after=("npm",)),
        Stage("back-end", [*pytest, "-n", "2", "--dist", "worksteal", *BACKEND], tail=1, processors=2),
        npm_stage("web-unit", "test", tail=6, processors=2),
        Stage("chromium", chromium),
        Stage(
            "end-to-end",
            [*pytest, "-n", "2", "--maxschedchunk", "1", "test/e2e"],
            tail=1,
            processors=2,
            after=("web-build", "chromium"),
        ),
    ]


def run(stage: Stage) -> str:
    """Run one stage, its output going to a file; answers what is shown of it. Raises Failure."""
    started = time.monotonic()
    log = LOGS / f"{stage.name}.log"
    try:
        command = stage.command() if callable(stage.command) else stage.command
    except StartProblem as problem:
        raise Failure(str(problem)) from problem
    environ = web_ui.npm_environ(command) if stage.cwd == FRONTEND else None
    with log.open("wb") as out:
        code = subprocess.run(
            command, cwd=stage.cwd, env=environ, stdout=out, stderr=out, check=False
        ).returncode
    lines = log.read_text(encoding="utf-8", errors="replace").rstrip().splitlines()
    if code != 0:
        raise Failure(f"exit code {code}; whole output in {log.relative_to(ROOT)}", "\n".join(lines[-200:]))
    told = [f"ok    {stage.name:<12} {time.monotonic() - started:6.1f} s"]
    return "\n".join(told + [f"      {line}" for line in lines[len(lines) - stage.tail :]])


def report(stage: Stage, ended: Future[str]) -> bool:
    """Say how a stage ended; whether it passed."""
    try:
        print(ended.result(), flush=True)
    except Failure as failure:
        print(*filter(None, [failure.output]), f"FAIL  {stage.name}: {failure}", sep="\n", flush=True)
        return False
    return True


def run_all(wanted: Sequence[Stage], *, go_on: bool) -> list[str]:
    """Run stages in order, several at once where processors are free; answers the names of those that failed."""
    left, failed = list(wanted), []
    running: dict[Future[str], Stage] = {}
    with ThreadPoolExecutor(max_workers=len(left)) as pool:
        while running or (left and (go_on or not failed)):
            for stage in list(left) if go_on or not failed else ():
                busy = sum(other.processors for other in running.values())
                open_names = {other.name for other in [*left, *running.values()]}
                fits = not running or busy + stage.processors <= PROCESSORS
                if fits and not open_names.intersection(stage.after):
                    left.remove(stage)
                    running[pool.submit(run, stage)] = stage
            for ended in wait(running, return_when=FIRST_COMPLETED).done:
                stage = running.pop(ended)
                if not report(stage, ended):
                    failed.append(stage.name)
    return failed


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
    chosen = [stage for name, stage in known.items() if not wanted.stage or name in wanted.stage]
    failed = run_all(chosen, go_on=wanted.all)
    print(f"{'failed: ' + ', '.join(failed) if failed else 'all checks passed'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
