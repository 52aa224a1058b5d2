"""Orders by the thousand through a failing world; every seed repeats itself bit for bit.

    python -m test.sim.orders --orders 100000 --seed 1      # worlds of ORDERS_A_WORLD orders, seeds 1, 2, 3 …
    python -m test.sim.orders --seed 17 --trace             # one world, with everything that happened in it

Exit code 1 when a world is judged wrong; its seed and event log are printed. `--jobs 2` shares the worlds among
processes.
"""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from test.sim.stage.clients import Clients
from test.sim.stage.judge import Judge
from test.sim.stage.weather import Weather
from test.sim.stage.world import World

ORDERS_A_WORLD = 120
LONGEST, REST = 1800.0, 105.0
SEEDS_A_JOB = 1_000_000


@dataclass
class Outcome:
    """One world's end."""

    seed: int
    digest: str
    wrongs: list[str]
    counts: Counter[str]
    waits: dict[str, list[float]]
    lines: list[str] = field(default_factory=list)


def kind(seed: int) -> dict[str, Any]:
    """Of six worlds one has a broker without tags, one two users, one a user with two accounts, one time lines."""
    which = seed % 6
    customers = {2: (0, 1), 4: (0, 2)}.get(which, (0,))
    return {"keeps_tags": which != 5, "customers": customers, "keeps_story": which == 3}


def simulate(seed: int, orders: int = ORDERS_A_WORLD) -> Outcome:
    """One world from its first order to its judgement."""
    with World(seed, **kind(seed)) as world:
        try:
            return _judged(world, orders)
        except AssertionError as broke:
            text = f"the world broke: {broke}"
            return Outcome(seed, world.digest(), [text], Counter(), {}, [*world.lines, text])


def _judged(world: World, orders: int) -> Outcome:
    weather = Weather(world)
    world.run(30.0, lambda: world.app is not None)
    clients = Clients(world, orders)
    world.run(LONGEST, lambda: clients.running == 0)
    weather.clear()
    world.run(60.0, lambda: world.app is not None)
    world.run(REST - 30.0)
    world.vendor.end_day()
    world.run(30.0)
    verdict = Judge(world, clients).decide()
    if clients.running:
        verdict.wrongs.append("clients are still waiting")
    counts = Counter(verdict.counts)
    counts["virtual seconds"] = int(world.threads.now)
    counts.update({f"weather {name}": count for name, count in weather.seen.items()})
    lines = [*world.lines, *verdict.wrongs]
    return Outcome(world.seed, world.digest(), verdict.wrongs, counts, dict(verdict.waits), lines)


class Run:
    """Worlds one after the other, and what came of them."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.waits: dict[str, list[float]] = {}
        self.failed: list[int] = []

    def world(self, seed: int, trace: bool) -> None:
        """One more; a wrong one prints its event log, later wrong ones their verdict only."""
        outcome = simulate(seed)
        self.counts += outcome.counts
        self.counts["worlds"] += 1
        for kind, values in outcome.waits.items():
            self.waits.setdefault(kind, []).extend(values)
        if trace or (outcome.wrongs and not self.failed):
            print(*outcome.lines, sep="\n")
        if outcome.wrongs:
            self.failed.append(seed)
            print(f"seed {seed} FAILED ({outcome.digest[:16]})", *outcome.wrongs, sep="\n  ", flush=True)
        gc.collect()
        if self.counts["worlds"] == 1:
            gc.freeze()  # modules and caches: nothing that a later collection could find

    def tell(self, seconds: float) -> None:
        """The figures."""
        for name, count in sorted(self.counts.items()):
            print(f"{count:9d} {name}")
        for kind, values in sorted(self.waits.items()):
            values.sort()
            late = sum(value > 5.0 for value in values)
            middle = values[len(values) // 2]
            print(
                f"{kind}: {len(values)} settled, median {middle:.2f} s, longest {values[-1]:.2f} s, {late} over 5 s"
            )
        print(f"{seconds:.1f} s, failed seeds: {self.failed or 'none'}", flush=True)


def shared(orders: int, seed: int, jobs: int) -> int:
    """The same in several processes, each with seeds of its own."""
    command = [sys.executable, "-m", "test.sim.orders", "--orders", str(-(-orders // jobs)), "--seed"]
    children = [subprocess.Popen([*command, str(seed + number * SEEDS_A_JOB)]) for number in range(jobs)]
    return max(child.wait() for child in children)


def main() -> int:
    """Exit code 0 when every world told the truth."""
    parser = argparse.ArgumentParser(description="Orders through a failing world.")
    parser.add_argument("--orders", type=int, default=1, help="worlds are added until so many were sent")
    parser.add_argument("--seed", type=int, default=1, help="of the first world; the next has the next")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--trace", action="store_true", help="print everything that happened")
    wanted = parser.parse_args()
    if wanted.jobs > 1:
        return shared(wanted.orders, wanted.seed, wanted.jobs)
    run, seed, begun = Run(), wanted.seed, time.monotonic()
    while run.counts["orders"] < wanted.orders:
        run.world(seed, wanted.trace)
        seed += 1
    run.tell(time.monotonic() - begun)
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
