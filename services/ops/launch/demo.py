"""`app.py demo`: a throw-away installation with a user and a connected practice-exchange account."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from services.ops.launch.checks import free_port, is_free
from services.ops.launch.console import StartProblem
from services.ops.launch.supervisor import ROOT

USERNAME = "demo"
SEED_SECONDS = 120
_PORTS = {"FLASK_PORT": 5000, "WEBSOCKET_PORT": 8765, "ZMQ_PORT": 5555, "ZMQ_INGRESS_PORT": 5556}
# What would pull the demo out of its own folder and ports.
_NOT_INHERITED = (
    "DATABASE_URL",
    "HOST_SERVER",
    "WEBSOCKET_URL",
    "PORT",
    "REDIRECT_URL",
    "APP_MODE",
    "LOG_DIR",
)


class DemoLogin(msgspec.Struct, frozen=True, kw_only=True):
    """How to get into a demo."""

    username: str
    password: str
    api_key: str


@contextmanager
def throw_away_folder() -> Iterator[Path]:
    """A private data folder that vanishes with the demo."""
    folder = Path(tempfile.mkdtemp(prefix="openalgo-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def demo_environ(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The process environment of a demo: its own folder, and the usual ports unless they are busy."""
    changed = {
        name: text
        for name, text in environ.items()
        if name not in _NOT_INHERITED and not name.endswith(("_DATABASE_URL", "_DATABASE_PATH"))
    }
    taken: set[int] = set()
    for name, usual in _PORTS.items():
        wanted = int(changed[name]) if changed.get(name, "").isdigit() else usual
        port = wanted if wanted not in taken and is_free("127.0.0.1", wanted) else free_port(taken)
        taken.add(port)
        changed[name] = str(port)
    return changed | {
        "OPENALGO_DATA_DIR": str(folder),
        "FLASK_HOST_IP": "127.0.0.1",
        "WEBSOCKET_HOST": "127.0.0.1",
    }


def seed(environ: Mapping[str, str]) -> DemoLogin:
    """Create user, key and account through the services, in a process of its own before the app starts."""
    answer = subprocess.run(
        [sys.executable, os.fspath(ROOT / "app.py"), "seed-demo"],
        cwd=ROOT,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        timeout=SEED_SECONDS,
        check=False,
    )
    if answer.returncode != 0:
        raise StartProblem("The demo's user and account could not be created: the lines above say why")
    return msgspec.json.decode(answer.stdout, type=DemoLogin)
