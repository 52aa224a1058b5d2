"""Orders by the thousand through a failing world; every seed repeats itself bit for bit.

    python -m test.sim.orders --orders 100000 --seed 1      # worlds of ORDERS_A_WORLD orders, seeds 1, 2, 3 …
    python -m test.sim.orders --seed 17 --trace             # one world, with everything that happened in it

Exit code 1 when a world is judged wrong; its seed and event log are printed. `--jobs 2` shares the worlds among
processes.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from test.sim.stage.clients import Clients
from test.sim.stage.judge import Judge
from test.sim.stage.weather import Weather
from test.sim.stage.world import World

ORDERS_A_WORLD = 120
LONGEST, REST = 1800.0, 105.0


@dataclass
class Outcome:
    """One world's end."""

    seed: int
    digest: str
    wrongs: list[str]
    counts: Counter[str]
    waits: dict[str, list[float]]
    lines: list[str] = field(default_factory=list)


def simulate(seed: int, orders: int = ORDERS_A_WORLD) -> Outcome:
    """One world from its first order to its judgement."""
    with World(seed) as world:
        weather = Weather(world)
        world.run(30.0, lambda: world.app is not None)
        clients = Clients(world, orders)
        world.run(LONGEST, lambda: clients.running == 0)
        weather.clear()
        world.run(60.0, lambda: world.app is not None)
        world.run(REST - 30.0)
        world.vendor.end_day()
        world.run(30.0)
        judge = Judge(world, clients)
        verdict = judge.decide()
        if clients.running:
            verdict.wrongs.append("clients are still waiting")
        counts = Counter(verdict.counts)
        counts["virtual seconds"] = int(world.threads.now)
        counts.update({f"weather {name}": count for name, count in weather.seen.items()})
        return Outcome(
            seed, world.digest(), verdict.wrongs, counts, dict(verdict.waits), [*world.lines, *verdict.wrongs]
        )


def main() -> int:
    """Exit code 0 when every world told the truth."""
    parser = argparse.ArgumentParser(description="Orders through a failing world.")
    parser.add_argument("--orders", type=int, default=ORDERS_A_WORLD)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--trace", action="store_true")
    wanted = parser.parse_args()
    counts: Counter[str] = Counter()
    waits: dict[str, list[float]] = {}
    begun = time.monotonic()
    seed, failed = wanted.seed, []
    while counts["orders"] < wanted.orders:
        outcome = simulate(seed)
        counts += outcome.counts
        counts["worlds"] += 1
        for kind, values in outcome.waits.items():
            waits.setdefault(kind, []).extend(values)
        if wanted.trace or outcome.wrongs:
            print(*outcome.lines[: None if wanted.trace or not failed else 0], sep="\n")
        if outcome.wrongs:
            failed.append(seed)
            print(f"seed {seed} FAILED ({outcome.digest[:16]})", *outcome.wrongs, sep="\n  ")
        seed += 1
        gc.collect()
    for name, count in sorted(counts.items()):
        print(f"{count:9d} {name}")
    for kind, values in sorted(waits.items()):
        values.sort()
        late = sum(value > 5.0 for value in values)
        print(f"{kind}: {len(values)} settled, median {values[len(values) // 2]:.2f} s, longest {values[-1]:.2f} s,"
              f" {late} later than 5 s")  # fmt: skip
    print(f"{time.monotonic() - begun:.1f} s, failed seeds: {failed or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
