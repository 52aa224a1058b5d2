"""First thing in every child process: end when the parent ends, however the parent ended.

    python -m services.ops.launch.child <module> [argument …]

The parent holds the other end of our standard input and never writes; end of file means that it is gone.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys

from utils.concurrency import sleep, start_thread

GRACE_SECONDS = 2.5


def follow_parent() -> None:
    """Watch the parent from a thread: ask this process to stop when it is gone, insist after the grace period."""
    start_thread(_wait_for_the_end, "parent-watch")


def _wait_for_the_end() -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    sleep(GRACE_SECONDS)
    os._exit(1)


def main() -> None:
    """Run a module as if it had been started by itself."""
    module = sys.argv[1]
    sys.argv = sys.argv[1:]
    follow_parent()
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
