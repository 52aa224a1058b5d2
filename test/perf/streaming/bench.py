"""The benchmark's three processes under one roof."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PARTS = Path(__file__).parent
TOOLS_CORE, TESTED_CORE = 0, 1
SECONDS = 5.0
_LEAD = 0.3
_SETTLE = 0.7

Seen = dict[str, Any]


def median(values: list[float]) -> float:
    """The middle one."""
    return statistics.median(values)


class Part:
    """One of the processes; asked and answered in lines of JSON."""

    def __init__(self, script: str, *arguments: object) -> None:
        command = [sys.executable, str(PARTS / script), *map(str, arguments)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def tell(self, **order: Any) -> None:
        """Give an order without waiting for its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """The next answer; log lines in between are left out."""
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            if line.startswith("{"):
                return dict(json.loads(line))
        raise SystemExit(f"{self.process.args} ended")

    def ask(self, **order: Any) -> dict[str, Any]:
        """Give an order; its answer."""
        self.tell(**order)
        return self.hear()

    def end(self) -> None:
        """Close its input, which ends it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)


class Bench:
    """Vendor, process under test and readers, for `count` instruments."""

    def __init__(self, count: int, *, stages: bool = False) -> None:
        self.count = count
        self.vendor = Part("vendor.py", TOOLS_CORE)
        extra = ["stages"] if stages else []
        self.gateway = Part("gateway.py", TESTED_CORE, self.vendor.hear()["port"], count, *extra)
        self.port = self.gateway.hear()["port"]
        self.readers = Part("readers.py", TOOLS_CORE)
        self.first = 0

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        for part in (self.readers, self.gateway, self.vendor):
            part.end()

    def connect(
        self, clients: int, symbols: int, *, shift: int = 0, mode: int = 2, first_buffer: int = 0
    ) -> None:
        """Open clients and wait until the vendor is asked for all that they want; first_buffer: of the first one."""
        self.readers.ask(
            do="connect", port=self.port, clients=clients, symbols=symbols, shift=shift, count=self.count, mode=mode,
            first_buffer=first_buffer,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while symbols and self.vendor.ask(do="state")["wanted"] < self.count:
            if time.monotonic() > deadline:
                raise SystemExit("the vendor was not asked for every instrument")
            time.sleep(0.1)

    def settle(self) -> None:
        """Let a client that was stalled read what waited for it."""
        time.sleep(1.0)

    def run(self, rate: float, *, mode: str = "quote", seconds: float = SECONDS, sample: int = 0) -> Seen:
        """One row: what was offered, what arrived, what it cost."""
        begin = time.monotonic() + _LEAD
        row = {"rate": rate, "begin": begin, "first": self.first, "count": self.count}
        self.readers.ask(do="start", sample=sample, **row)
        before = self.gateway.ask(do="figures")
        sent = self.vendor.ask(seconds=seconds, mode=mode, **row)
        after = self.gateway.ask(do="figures")
        time.sleep(_SETTLE)
        drained = self.gateway.ask(do="figures")
        self.first += sent["sent"]
        seen = self.readers.ask(do="stop")
        proxy = {name: drained["proxy"][name] - value for name, value in before["proxy"].items()}
        return {
            **seen, "sent": sent["sent"], "late": sent["late_p99_ms"], "seconds": seconds, "proxy": proxy,
            "begin": begin, "first": row["first"],
            "cpu_share": (after["cpu"] - before["cpu"]) / seconds,
            "cpu_us": (drained["cpu"] - before["cpu"]) / max(1, seen["messages"]) * 1e6,
            "tick_us": (drained["cpu"] - before["cpu"]) / max(1, proxy["ticks_in"]) * 1e6,
            "reader_share": seen["cpu"] / (seconds + _LEAD + _SETTLE),
        }  # fmt: skip
