"""Child processes: started, watched, restarted with back-off, stopped within a bounded time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from utils import json
from utils.clock import Clock, epoch_ms
from utils.concurrency import Event
from utils.logging import get_logger

ROOT = Path(__file__).resolve().parents[3]
STATE_FILE = Path("db") / "processes.json"
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
HEALTHY_AFTER = 60.0
POLL_SECONDS = 0.1

log = get_logger(__name__)


class Child:
    """One supervised program in a session of its own, so that Ctrl-C reaches only the parent."""

    def __init__(self, name: str, module: str, arguments: Sequence[str], environ: Mapping[str, str]) -> None:
        self.name = name
        self._command = [sys.executable, "-m", "services.ops.launch.child", module, *arguments]
        self._environ = dict(environ)
        self._process: subprocess.Popen[bytes] | None = None
        self.restarts = 0
        self.started_at = 0.0

    def start(self, now: float) -> None:
        """Start the program; its standard input is our life line, see launch.child."""
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=self._environ,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        self.started_at = now

    @property
    def pid(self) -> int | None:
        """Process id of the last start."""
        return self._process.pid if self._process else None

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll() if self._process else 0

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the program alone; it ends its own children."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def kill(self) -> None:
        """End whatever is left of its process group."""
        if self._process is None:
            return
        try:
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        except (ProcessLookupError, PermissionError):
            pass
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


class Supervisor:
    """Keeps its children running until told to stop; runs in the caller's thread."""

    def __init__(self, data_dir: Path, clock: Clock) -> None:
        self._state_path = data_dir / STATE_FILE
        self._clock = clock
        self._children: list[Child] = []
        self._due: dict[str, float] = {}
        self.stopping = Event()

    def add(self, child: Child) -> None:
        """Start a child and keep it."""
        self._children.append(child)
        child.start(self._clock.monotonic())
        self._write_state()

    def wait_for(self, child: Child, ready: Callable[[], bool], seconds: float) -> bool:
        """Whether `ready` became true before the child ended, the stop was asked for or the time was over."""
        end = self._clock.monotonic() + seconds
        while self._clock.monotonic() < end and child.exit_code() is None:
            if ready():
                return True
            if self.stopping.wait(POLL_SECONDS):
                return False
        return False

    def run(self) -> None:
        """Watch and restart until `stopping` is set."""
        while not self.stopping.wait(POLL_SECONDS):
            for child in self._children:
                self._watch(child)

    def _watch(self, child: Child) -> None:
        code = child.exit_code()
        if code is None:
            return
        now = self._clock.monotonic()
        due = self._due.get(child.name)
        if due is None:
            if now - child.started_at > HEALTHY_AFTER:
                child.restarts = 0
            pause = min(FIRST_PAUSE * 2 ** min(child.restarts, 10), LONGEST_PAUSE)
            log.warning(
                "child process ended, restarting", child=child.name, exit_code=code, pause_seconds=pause
            )
            child.kill()
            self._due[child.name] = now + pause
            self._write_state()
        elif now >= due:
            del self._due[child.name]
            child.restarts += 1
            child.start(now)
            self._write_state()

    def stop(self, seconds: float) -> None:
        """Ask all children to end and, after `seconds`, end them."""
        self.stopping.set()
        for child in reversed(self._children):
            child.ask_to_stop()
        end = self._clock.monotonic() + seconds
        pause = Event()
        while self._clock.monotonic() < end and any(child.exit_code() is None for child in self._children):
            pause.wait(0.02)
        for child in self._children:
            child.kill()
        self._state_path.unlink(missing_ok=True)

    def _write_state(self) -> None:
        """Tell the app, which serves it as health, what became of its siblings."""
        rows = {
            child.name: {
                "pid": child.pid,
                "state": "running" if child.exit_code() is None else "restarting",
                "restarts": child.restarts,
                "at_ms": epoch_ms(self._clock.now()),
            }
            for child in self._children
        }
        spare = self._state_path.with_suffix(".new")
        spare.write_bytes(json.encode(rows))
        spare.replace(self._state_path)
