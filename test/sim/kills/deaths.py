"""A process that writes to every store is killed (SIGKILL) again and again; the stores are then looked at.

    python -m test.sim.kills [--times 100] [--seed 1]

Threads of the killed process write through the order journal and through units of every store, and say so over a pipe
as soon as the write was answered. After each kill: SQLite finds nothing wrong, no reference is broken, the stores open
at this program's schema, and every write that was answered is there. The same stores take the next process.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import selectors
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

from sqlalchemy import text

from database.housekeeping.files import damage
from database.journal import ADD_KEY, JournalWriter
from database.migrate import check
from database.stores import Store, Stores, StoreUrls
from test.stores import copy_stores
from utils.clock import SystemClock

FILES = {"main": "openalgo.db", "logs": "logs.db", "latency": "latency.db", "sandbox": "sandbox.db"}
MAKE = text("CREATE TABLE IF NOT EXISTS kill_rows (word TEXT PRIMARY KEY, filler BLOB)")
ADD = text("INSERT INTO kill_rows VALUES (:word, zeroblob(2000))")
KEY = {"user_id": 1, "mode": "live", "fingerprint": "f", "tag": None, "answer": None}
JOURNAL_THREADS, UNIT_THREADS = 4, 2


def prepare(folder: Path) -> None:
    """Stores with the table that is written."""
    copy_stores(folder)
    stores = Stores(StoreUrls(), folder)
    for store in stores:
        with store.unit() as unit:
            unit.session.execute(MAKE)
    stores.close()


def writing(folder: Path, life: int, told: int) -> None:
    """The process that will be killed: writes without end and tells `<store> <word>` of every answer."""
    stores = Stores(StoreUrls(), folder)
    journal = JournalWriter(stores.main, SystemClock(), lambda error: os._exit(3))

    def tell(store: str, word: str) -> None:
        os.write(told, f"{store} {word}\n".encode())  # shorter than PIPE_BUF: whole or not at all

    def through_journal(number: int) -> None:
        for n in range(1_000_000):
            word = f"{life}-{number}-{n}"
            key = {
                "user_id": 1,
                "mode": "live",
                "key": word,
                "fingerprint": "f",
                "tag": None,
                "answer": None,
                "created_ms": n,
            }
            journal.write([(ADD_KEY, key)], 30.0)
            tell("journal", word)

    def through_units(store: Store, number: int) -> None:
        for n in range(1_000_000):
            word = f"{life}-{number}-{n}"
            with store.unit(durable=n % 2 == 0) as unit:
                unit.session.execute(ADD, {"word": word})
            tell(store.name, word)

    jobs = [(through_journal, (number,)) for number in range(JOURNAL_THREADS)]
    jobs += [(through_units, (store, number)) for store in stores for number in range(UNIT_THREADS)]
    threads = [threading.Thread(target=work, args=arguments, daemon=True) for work, arguments in jobs]
    for thread in threads:
        thread.start()
    threads[0].join()


def one_life(folder: Path, life: int, dice: random.Random) -> list[tuple[str, str]]:
    """Start, let it write, kill it; what it was answered."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        with contextlib.suppress(BaseException):
            writing(folder, life, write)
        os._exit(2)
    os.close(write)
    content = b""
    with selectors.DefaultSelector() as waiting:
        waiting.register(read, selectors.EVENT_READ)
        waiting.select(30)  # the first answer: it is at work
        end = time.monotonic() + dice.uniform(0.0, 0.15)
        while (left := end - time.monotonic()) > 0:
            if waiting.select(left):
                content += os.read(read, 65_536)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    while block := os.read(read, 65_536):
        content += block
    os.close(read)
    if not os.WIFSIGNALED(status):
        raise SystemExit(f"the writing process ended by itself: {status}")
    lines = content.decode().splitlines()
    return [(store, word) for store, word in (line.split() for line in lines)]


def wrongs(folder: Path, answered: list[tuple[str, str]]) -> list[str]:
    """What a death left, one sentence each."""
    found = []
    for store, name in FILES.items():
        path = folder / "db" / name
        found += [f"{store}: {each}" for each in damage(path, 600) or []]
        with closing(sqlite3.connect(path)) as raw:
            found += [f"{store}: broken reference {row}" for row in raw.execute("PRAGMA foreign_key_check")]
            places = {store: "SELECT word FROM kill_rows"}
            if store == "main":
                places["journal"] = "SELECT key FROM idempotency_keys"
            for place, query in places.items():
                there = {row[0] for row in raw.execute(query)}
                gone = [word for of, word in answered if of == place and word not in there]
                found += [f"{place}: {word} was answered and is gone" for word in gone]
    stores = Stores(StoreUrls(), folder)
    check(stores)
    stores.close()
    return found


def run(folder: Path, times: int, seed: int) -> tuple[int, list[str]]:
    """(answers, what was wrong) of so many deaths on the same stores."""
    dice = random.Random(seed)
    prepare(folder)
    answers, found = 0, []
    for life in range(times):
        answered = one_life(folder, life, dice)
        answers += len(answered)
        found += [f"life {life}: {each}" for each in wrongs(folder, answered)]
    return answers, found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        answers, found = run(Path(folder), asked.times, asked.seed)
    print(*found, sep="\n")
    print(f"{asked.times} kills, {answers} answered writes, {len(found)} wrong")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
