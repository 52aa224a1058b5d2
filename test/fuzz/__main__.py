"""Throws mutated bytes at every parser that meets bytes from outside.

    python -m test.fuzz --seconds 60 --seed 7 [--cases N] [--list] [target …]

A target is named whole or by its beginning (`broker.zerodha`). A finding is an error that the target does not name, a
hang, memory beyond its bound, or a value that holds NaN or an infinity. The exit code is 1 when there is one.
"""

from __future__ import annotations

import argparse
import faulthandler
import logging
import sys
import time

import structlog

from test.fuzz.registry import all_targets
from test.fuzz.running import Slices, run_for
from test.fuzz.target import watched

STUCK_SECONDS = 60


def asked_for() -> argparse.Namespace:
    """What the command line says, with the chosen targets."""
    parser = argparse.ArgumentParser(prog="python -m test.fuzz")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, help="so many of each target instead of a time")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("target", nargs="*")
    asked = parser.parse_args()
    asked.targets = [
        target
        for target in all_targets()
        if not asked.target or any(target.name.startswith(name) for name in asked.target)
    ]
    if not asked.targets:
        parser.error("no such target; --list names all")
    return asked


def run(asked: argparse.Namespace) -> list[Slices]:
    """All the cases that were asked for."""
    if not asked.cases:
        faulthandler.dump_traceback_later(asked.seconds + STUCK_SECONDS, exit=True)
        return run_for(asked.targets, asked.seconds, asked.seed)
    done = [Slices(target, asked.seed) for target in asked.targets]
    with watched():
        for slices in done:
            # A parser that is stuck in C code hears no signal: then the place is printed and the program ends.
            faulthandler.dump_traceback_later(STUCK_SECONDS + asked.cases // 20, exit=True)
            slices.run(asked.cases)
    return done


def main() -> int:
    """Exit code of a run from the shell."""
    asked = asked_for()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if asked.list:
        print("\n".join(target.name for target in asked.targets))
        return 0
    started = time.process_time()
    done = run(asked)
    faulthandler.cancel_dump_traceback_later()
    found = [finding for slices in done for finding in slices.findings.values()]
    for finding in found:
        print(finding)
    cases, spent = sum(slices.cases for slices in done), time.process_time() - started
    told = f"{len(found)} findings" if found else "no findings"
    print(
        f"{cases:,} cases of {len(done)} targets, seed {asked.seed}, {spent:.0f} s of processor time: {told}"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
