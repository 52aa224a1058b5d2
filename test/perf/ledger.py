"""The ledger's full proof: random operations over paper clearing, checked after every one.

python test/perf/ledger.py --operations 1000000
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "test" / "unit" / "sandbox")]

from paper_walk import Walk  # noqa: E402 - needs the path above


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--operations", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    walk = Walk(asked.seed, accounts=50)
    begun = time.perf_counter()
    for number in range(1, asked.operations + 1):
        walk.step()
        if number % 100_000 == 0:
            sys.stdout.write(f"{number} operations, {walk.rows.entries} entries, all sums zero\n")
            sys.stdout.flush()
    walk.audit()
    taken = time.perf_counter() - begun
    sys.stdout.write(
        f"{asked.operations} operations, {walk.rows.trades} trades, {walk.rows.entries} entries in {taken:.0f} s: "
        "every sum is zero, every identity holds\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
