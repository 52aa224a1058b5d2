"""Kill, silence and garble the feed at random; every subscribed symbol ticks again and nothing is left behind.

    python -m test.sim.feed_faults --sequences 200 --seed 1
    python -m test.sim.feed_faults --seed 17 --trace        # one sequence, step by step

Exit code 1 when a sequence fails; its seed and steps are printed. The sockets are real: what is drawn repeats with the
seed, the moments at which things meet do not.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from test.sim.feed.census import Census
from test.sim.feed.client import Client
from test.sim.feed.loopback import Loopback
from test.sim.feed.troubles import Troubles, draw
from test.sim.stage.app import quiet

HEALED_SECONDS, LEFT_SECONDS = 20.0, 10.0
CLIENTS, WISHES = 3, 4
WARM_UP = 10**6


@dataclass
class Outcome:
    """What came of a run. healed: seconds from the end of the troubles to the last symbol's tick, by seed."""

    wrongs: dict[int, list[str]] = field(default_factory=dict)
    healed: dict[int, float] = field(default_factory=dict)
    ticks: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    leaks: list[str] = field(default_factory=list)


async def simulate(seeds: list[int], trace: bool = False) -> Outcome:
    """These sequences, one after the other, against one streaming process."""
    outcome = Outcome()
    async with Loopback() as stage:
        await _fill_threads()
        for warm_up in range(3):
            await _sequence(stage, WARM_UP + warm_up, Outcome(), trace=False)
        gc.collect()
        gc.freeze()  # what is there now stays: looking for what does not need not look at it again
        start = Census.take()
        for seed in seeds:
            await _sequence(stage, seed, outcome, trace)
            leaks = await _leaks(start, len(outcome.healed))
            if leaks and seed not in outcome.wrongs:
                names = sorted(str(task.get_coro()) for task in asyncio.all_tasks())
                outcome.wrongs[seed] = [*(str(step) for step in draw(seed)), *leaks, *names]
                start = Census.take()
        outcome.leaks = [str(start), str(Census.take())]
    return outcome


async def _leaks(start: Census, sequences: int) -> list[str]:
    """What is left behind once everything has had a moment to end."""
    leaks: list[str] = []
    for _ in range(40):
        leaks = Census.take().leaks_since(start, sequences)
        if not leaks:
            break
        await asyncio.sleep(0.05)
    return leaks


async def _fill_threads() -> None:
    """The loop's executor starts its threads one by one as calls meet; let it have them all."""
    await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.05) for _ in range(40)))


async def _sequence(stage: Loopback, seed: int, outcome: Outcome, trace: bool) -> None:
    steps, wrongs = draw(seed), []
    troubles = Troubles(stage)
    await troubles.end()
    clients = await _arrive(stage, random.Random(f"clients-{seed}"))
    if not await _eventually(lambda: _missing(clients), HEALED_SECONDS):
        wrongs.append(f"before any trouble: no tick of {_missing(clients)}")
    for step in steps:
        if trace:
            print(step, flush=True)
        await troubles.carry_out(step)
        outcome.steps[step.what] += 1
    await troubles.end()
    ended = time.monotonic()
    for client in clients:
        client.ticked.clear()
    wrongs += await _healed(stage, clients)
    outcome.healed[seed] = time.monotonic() - ended
    outcome.ticks += sum(sum(client.ticked.values()) for client in clients)
    wrongs += [f"{client.name}: {wrong}" for client in clients for wrong in client.wrongs[:5]]
    wrongs += await _depart(stage)
    if wrongs:
        outcome.wrongs[seed] = [*(str(step) for step in steps), *wrongs]


async def _arrive(stage: Loopback, dice: random.Random) -> list[Client]:
    keys = sorted(stage.rows)
    for number in range(CLIENTS):
        client = stage.client(f"client {number}")
        client.wishes = {(*dice.choice(keys), dice.randint(1, 3)) for _ in range(WISHES)}
        await client.come()
    return stage.clients


def _missing(clients: list[Client]) -> list[str]:
    return [
        f"{client.name} {wish}"
        for client in clients
        for wish in sorted(client.wishes)
        if not client.ticked[wish]
    ]


async def _healed(stage: Loopback, clients: list[Client]) -> list[str]:
    wrongs = []
    if not await _eventually(lambda: _missing(clients), HEALED_SECONDS):
        wrongs.append(f"never ticked again: {_missing(clients)}; feed {stage.process.feed.figures()}")
    if not await _eventually(lambda: not stage.is_served(), 5.0):
        wrongs.append(f"wanted {stage.wished()}, subscribed {stage.upstream()}")
    return wrongs


async def _depart(stage: Loopback) -> list[str]:
    """Everybody leaves; the feed must let go of the vendor."""
    await asyncio.gather(*(client.leave() for client in stage.clients))
    stage.clients.clear()
    left = await _eventually(
        lambda: stage.process.feed.figures()["accounts"] or stage.twin.stream.count(), LEFT_SECONDS
    )
    stage.twin.rest.requests.clear()
    return [] if left else [f"not let go of: {stage.process.feed.figures()['accounts']}"]


async def _eventually(is_wrong: Callable[[], object], seconds: float) -> bool:
    """Whether it stops being wrong in time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while is_wrong():  # noqa: ASYNC110 - what is asked has no event
                await asyncio.sleep(0.005)
            return True
    return False


def tell(outcome: Outcome, seconds: float) -> None:
    """The figures, and every sequence that failed."""
    for seed, lines in sorted(outcome.wrongs.items()):
        print(f"seed {seed} FAILED", *lines, sep="\n  ", flush=True)
    for what, count in sorted(outcome.steps.items()):
        print(f"{count:7d} {what}")
    times = sorted(outcome.healed.values())
    print(
        f"{len(times)} sequences, {outcome.ticks} ticks verified after the troubles", *outcome.leaks, sep="\n"
    )
    print(
        f"healed after {times[len(times) // 2]:.2f} s (median), {times[-1]:.2f} s (longest, "
        f"seed {max(outcome.healed, key=lambda seed: outcome.healed[seed])})"
    )
    print(f"{seconds:.1f} s, failed seeds: {sorted(outcome.wrongs) or 'none'}", flush=True)


def main() -> int:
    """Exit code 0 when every symbol ticked again every time."""
    parser = argparse.ArgumentParser(description="A feed whose vendor fails on purpose.")
    parser.add_argument("--sequences", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1, help="of the first sequence; the next has the next")
    parser.add_argument("--trace", action="store_true", help="print every step")
    wanted = parser.parse_args()
    begun = time.monotonic()
    with quiet():
        outcome = asyncio.run(
            simulate(list(range(wanted.seed, wanted.seed + wanted.sequences)), wanted.trace)
        )
    tell(outcome, time.monotonic() - begun)
    return 1 if outcome.wrongs else 0


if __name__ == "__main__":
    sys.exit(main())
