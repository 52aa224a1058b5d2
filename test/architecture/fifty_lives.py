"""Builds, starts and closes the services again and again in a process of its own; prints what it holds.

Its own process, because what other tests of a worker leave running would be counted as well.
"""

from __future__ import annotations

import gc
import json
import sys
import threading
import time
from pathlib import Path

import psutil

from services.container import build_app_services
from utils.settings import load_settings

CYCLES = 50
SETTLE_SECONDS = 5


def held() -> dict[str, int]:
    """Open descriptors and running threads."""
    gc.collect()
    return {"descriptors": psutil.Process().num_fds(), "threads": threading.active_count()}


def main(folder: Path) -> None:
    """Print what is held after one life and after fifty more, once everything had time to end."""
    secrets = {"APP_KEY": "a" * 64, "API_KEY_PEPPER": "b" * 64, "FERNET_SALT": "ab" * 16}
    (folder / ".env").write_text("")
    settings = load_settings(
        folder / ".env", secrets | {"DATABASE_URL": "sqlite:///db/openalgo.db", "ZMQ_PORT": "0"}
    )

    def live_once() -> None:
        services = build_app_services(settings)
        services.start()
        services.close()

    live_once()
    first = held()
    for _ in range(CYCLES):
        live_once()
    end = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < end and any(held()[what] > count for what, count in first.items()):
        time.sleep(0.05)
    json.dump({"first": first, "last": held()}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
