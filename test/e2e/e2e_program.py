"""The real program on free ports in a folder of its own, as a user would start it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240  # a first start may have to build the web UI
PORT_NAMES = ("FLASK_PORT", "WEBSOCKET_PORT", "ZMQ_PORT", "ZMQ_INGRESS_PORT")


def eventually(condition: Callable[[], object], seconds: float, what: str) -> object:
    """The first true answer of `condition` within `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    pytest.fail(f"not within {seconds} s: {what}")


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for probe in sockets:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in sockets]
    finally:
        for probe in sockets:
            probe.close()


def alive(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Those that still run."""
    found = []
    for process in processes:
        try:
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


@dataclass
class Program:
    """A started app.py. `lines` is what it has said so far."""

    process: subprocess.Popen[str]
    environ: dict[str, str]
    lines: list[str]
    reader: threading.Thread

    def expect_up(self) -> Program:
        """This program, which must have come up."""
        if self.process.poll() is not None or not any("Press Ctrl-C" in line for line in self.lines):
            pytest.fail("did not come up:\n" + "\n".join(self.lines))
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environ['FLASK_PORT']}"

    @property
    def websocket_url(self) -> str:
        return f"ws://127.0.0.1:{self.environ['WEBSOCKET_PORT']}"

    @property
    def data_dir(self) -> Path:
        return Path(self.environ["OPENALGO_DATA_DIR"])

    def said(self, label: str) -> str:
        """What stands after `label: ` on its own line."""
        for line in self.lines:
            match = re.fullmatch(rf"{label}: (\S+)", line)
            if match:
                return match[1]
        raise AssertionError(f"no line {label!r} among {self.lines}")

    def tree(self) -> list[psutil.Process]:
        """The program and all its descendants."""
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def child(self, module: str) -> psutil.Process:
        """The supervised process that runs a module."""
        found = [
            row for row in self.tree()[1:] if row.cmdline()[2:4] == ["services.ops.launch.child", module]
        ]
        found = found or [row for row in self.tree()[1:] if module in row.cmdline()]
        return found[0]

    def stop(self, number: int = signal.SIGINT, seconds: float = 10) -> float:
        """Send the signal and answer the seconds until no process is left."""
        rows = self.tree()
        started = time.monotonic()
        self.process.send_signal(number)
        eventually(lambda: not alive(rows), seconds, f"all of {rows} end")
        return time.monotonic() - started


def ports_environ() -> dict[str, str]:
    """Free ports by the settings that name them."""
    return dict(zip(PORT_NAMES, map(str, free_ports(len(PORT_NAMES))), strict=True))


def start_program(*arguments: str, environ: dict[str, str], until: str = "Press Ctrl-C") -> Program:
    """Start app.py and wait until it says that it is up or has ended; it is listened to as long as it speaks."""
    process = subprocess.Popen(
        [sys.executable, "app.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    lines: list[str] = []
    up = threading.Event()

    def listen() -> None:
        assert process.stdout is not None
        with suppress(ValueError):  # closed while something of the program still held the other end
            for line in process.stdout:
                lines.append(line.rstrip("\n"))
                if until in line:
                    up.set()
        up.set()

    reader = threading.Thread(target=listen, daemon=True)
    reader.start()
    up.wait(START_SECONDS)
    return Program(process, environ, lines, reader)


def end(program: Program) -> None:
    """End a program and everything that it started."""
    if program.process.poll() is None:
        rows = program.tree()
        program.process.terminate()
        _, left = psutil.wait_procs(rows, timeout=5)
        for row in left:
            row.kill()
    program.process.wait(5)
    program.reader.join(5)
    if program.process.stdout is not None:
        program.process.stdout.close()
