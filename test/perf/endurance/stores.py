"""A hundred writers and readers on every store at once, from two processes, through the product's own units of work.

    python -m test.perf.endurance.stores [--seconds 20] [--threads 100] [--processes 2]

For each store half of the threads write (insert and update in one transaction) and half read. It fails when a single
answer is "database is locked" or "the store is busy", when a write that was answered is missing, or when SQLite finds
anything wrong afterwards. The history store (DuckDB) has one owner, so its threads are of one process.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from database.history import HistoryStore
from database.housekeeping.files import damage
from database.stores import Store, Stores, StoreUrls
from domain.errors import OpenAlgoError
from test.stores import copy_stores
from utils.clock import SystemClock

MAKE = text(
    "CREATE TABLE IF NOT EXISTS load_rows (worker TEXT, n INTEGER, seen INTEGER, PRIMARY KEY (worker, n))"
)
ADD = text("INSERT INTO load_rows VALUES (:worker, :n, 0)")
CHANGE = text("UPDATE load_rows SET seen = seen + 1 WHERE worker = :worker AND n = :before")
COUNT = text("SELECT count(*), coalesce(sum(seen), 0) FROM load_rows")


@dataclass
class Tally:
    """What the threads of one store came to."""

    writes: int = 0
    reads: int = 0
    longest: float = 0.0
    errors: Counter[str] = field(default_factory=Counter)


class Storm:
    """Threads on one store until `end`, or until each has worked `rounds` times."""

    def __init__(self, store: Store, threads: int, end: float, rounds: int) -> None:
        self.store, self.threads, self.end, self.rounds = store, threads, end, rounds
        self.tally = Tally()
        self.guard = threading.Lock()

    def start(self) -> list[threading.Thread]:
        started = []
        for number in range(self.threads):
            work = self.write if number % 2 else self.read
            thread = threading.Thread(target=self.run, args=(work, f"{os.getpid()}-{number}"))
            thread.start()
            started.append(thread)
        return started

    def run(self, work, worker: str) -> None:
        n, longest, errors = 0, 0.0, Counter()
        while time.monotonic() < self.end and n < self.rounds:
            begun = time.monotonic()
            try:
                work(worker, n)
                n += 1
            except (SQLAlchemyError, OpenAlgoError) as error:
                errors[str(getattr(error, "orig", None) or error)] += 1
            longest = max(longest, time.monotonic() - begun)
        with self.guard:
            self.tally.errors += errors
            self.tally.longest = max(self.tally.longest, longest)
            if work == self.write:
                self.tally.writes += n
            else:
                self.tally.reads += n

    def write(self, worker: str, n: int) -> None:
        with self.store.unit() as unit:
            unit.session.execute(ADD, {"worker": worker, "n": n})
            unit.session.execute(CHANGE, {"worker": worker, "before": n - 1})

    def read(self, worker: str, n: int) -> None:
        if n % 2:
            self.store.fetch(
                "SELECT seen FROM load_rows WHERE worker = :worker AND n = :n", worker=worker, n=n
            )
            return
        with self.store.reading() as unit:
            unit.session.execute(COUNT).one()


def one_process(folder: Path, threads: int, seconds: float, rounds: int) -> dict[str, Tally]:
    """Storms on all four stores at once, each with `threads` threads."""
    stores = Stores(StoreUrls(), folder)
    end = time.monotonic() + seconds
    storms = {store.name: Storm(store, threads, end, rounds) for store in stores}
    for thread in [thread for storm in storms.values() for thread in storm.start()]:
        thread.join()
    stores.close()
    return {name: storm.tally for name, storm in storms.items()}


def several_processes(
    folder: Path, threads: int, seconds: float, processes: int, rounds: int = sys.maxsize
) -> dict[str, Tally]:
    """The threads are shared out to forked processes, as those of the app and the streaming process are."""
    pipes = []
    for _ in range(processes):
        read, write = os.pipe()
        if os.fork() == 0:
            found = one_process(folder, threads // processes, seconds, rounds)
            os.write(write, json.dumps({name: asdict(tally) for name, tally in found.items()}).encode())
            os._exit(0)
        os.close(write)
        pipes.append(read)
    total: dict[str, Tally] = {}
    for pipe in pipes:
        with os.fdopen(pipe) as stream:
            for name, row in json.load(stream).items():
                tally = total.setdefault(name, Tally())
                tally.writes += row["writes"]
                tally.reads += row["reads"]
                tally.longest = max(tally.longest, row["longest"])
                tally.errors += Counter(row["errors"])
        os.wait()
    return total


def prepare(folder: Path) -> None:
    """Stores with the table that is written."""
    copy_stores(folder)
    stores = Stores(StoreUrls(), folder)
    for store in stores:
        with store.unit() as unit:
            unit.session.execute(MAKE)
    stores.close()


def verdict(folder: Path, found: dict[str, Tally]) -> list[str]:
    """What is wrong, one sentence each."""
    problems = []
    stores = Stores(StoreUrls(), folder)
    for store in stores:
        tally = found[store.name]
        problems += [f"{store.name}: {count} answers: {words}" for words, count in tally.errors.items()]
        with store.reading() as unit:
            rows = unit.session.execute(COUNT).one()[0]
        if rows != tally.writes:
            problems.append(f"{store.name}: {tally.writes} writes were answered and {rows} are there")
        problems += [
            f"{store.name}: {each}" for each in damage(Path(str(store.engine.url.database)), 600) or []
        ]
    stores.close()
    return problems


def history(folder: Path, threads: int, seconds: float) -> tuple[int, int, Counter[str]]:
    """Writers of their own rows and readers on the DuckDB file: (writes, reads, errors)."""
    import duckdb

    store = HistoryStore(folder / "history.duckdb", folder)
    store.open(SystemClock().now())
    end, guard, counts, errors = time.monotonic() + seconds, threading.Lock(), Counter(), Counter()

    def run(number: int) -> None:
        cursor, done = store.cursor(), 0
        while time.monotonic() < end:
            try:
                if number % 2:
                    row = [f"S{number}", done]
                    cursor.execute(
                        "INSERT INTO market_data VALUES (?, 'NSE', '1m', ?, 1, 2, 0.5, 1.5, 10, 0, now())",
                        row,
                    )
                else:
                    cursor.execute("SELECT count(*) FROM market_data").fetchone()
                done += 1
            except duckdb.Error as error:
                with guard:
                    errors[str(error).splitlines()[0]] += 1
        cursor.close()
        with guard:
            counts["writes" if number % 2 else "reads"] += done

    workers = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    rows = store.cursor().execute("SELECT count(*) FROM market_data").fetchone()
    if rows != (counts["writes"],):
        errors[f"{counts['writes']} writes were answered and {rows} are there"] += 1
    store.close()
    return counts["writes"], counts["reads"], errors


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--threads", type=int, default=100, help="per store")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        found = several_processes(folder, asked.threads, asked.seconds, asked.processes)
        problems = verdict(folder, found)
        for store, tally in found.items():
            print(
                f"{store:<8} {tally.writes:>8} writes {tally.reads:>8} reads, longest answer {tally.longest:.2f} s"
            )
        writes, reads, errors = history(folder, asked.threads, asked.seconds)
        problems += [f"history: {count} answers: {words}" for words, count in errors.items()]
        print(f"history  {writes:>8} writes {reads:>8} reads")
    print(*problems, sep="\n")
    print("0 locked answers, nothing missing" if not problems else "FAILED")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
