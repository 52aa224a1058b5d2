"""Cold start and resident memory of an installation that already holds its data.

    python test/perf/startup.py [--starts 7] [--contracts 100000]

The first start connects a Zerodha account to the instant vendor and loads the contracts; then the same folder is
started again and again. Time runs from the start of `python app.py` until the first 200 of /ui/api/bootstrap. On a busy
machine read the CPU time: what all processes of the app had used by then.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness import ROOT, RunningApp, descendants

TICKS = os.sysconf("SC_CLK_TCK")
IDLE_SECONDS = 8.0


def cpu_seconds(pid: int) -> float:
    """User and system time of one process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / TICKS


def family(pid: int) -> list[int]:
    """The process and all below it."""
    return [pid, *descendants(pid)]


def megabytes(pid: int) -> tuple[float, float]:
    """(resident, proportional) megabytes: the second shares pages among the processes that use them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    found = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines[1:]}
    return found["Rss"], found["Pss"]


def roles(launcher: int) -> dict[str, int]:
    """Process ids by what they do."""
    found = {"launcher": launcher}
    for pid in descendants(launcher):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        if "websocket_proxy" in words:
            found["proxy and feed"] = pid
        elif "arbiter" in found:
            found["web worker"] = pid
        else:
            found["arbiter"] = pid
    return found


def restart(app: RunningApp) -> tuple[float, float]:
    """(wall, CPU) seconds of one start on the data of the last."""
    app.app.send_signal(signal.SIGINT)
    app.app.wait(timeout=15)
    begun = time.perf_counter()
    app.app = subprocess.Popen(
        [sys.executable, str(ROOT / "app.py")], env=app.environment, stdout=app.log, stderr=app.log, cwd=ROOT
    )
    app.wait_ready()
    wall = time.perf_counter() - begun
    return wall, sum(cpu_seconds(pid) for pid in family(app.app.pid))


def line(samples: list[float]) -> str:
    """Best, median and worst."""
    return f"best {min(samples):.2f}  median {statistics.median(samples):.2f}  worst {max(samples):.2f} s"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--contracts", type=int, default=100_000)
    arguments = parser.parse_args()
    with RunningApp(contracts=arguments.contracts) as app:
        print(f"first start       {app.cold_start:.2f} s (new folder)")
        samples = [restart(app) for _ in range(arguments.starts)]
        print(f"cold start        {line([wall for wall, _ in samples])}")
        print(f"CPU until then    {line([cpu for _, cpu in samples])}")
        time.sleep(IDLE_SECONDS)
        for role, pid in roles(app.app.pid).items():
            resident, proportional = megabytes(pid)
            print(f"{role:<16}  {resident:.0f} MB resident, {proportional:.0f} MB proportional")


if __name__ == "__main__":
    main()
