"""The machine that the app runs on: its clock, which may jump, and its disk, which may fill up or lie."""

from __future__ import annotations

import datetime as dt
import random
import sqlite3
import weakref
from typing import Any, NoReturn

from sqlalchemy import event

from test.sim.stage.threads import VirtualThreads

START = dt.datetime(2026, 11, 20, 4, 30, tzinfo=dt.UTC)  # a Friday, 10:00 in India
FULL = "database or disk is full"


class VirtualClock:
    """Wall clock and monotonic clock over the scheduler's time; `offset` moves the wall clock only."""

    def __init__(self, threads: VirtualThreads) -> None:
        self._threads = threads
        self.offset = 0.0

    def now(self) -> dt.datetime:
        self._threads.step()
        return START + dt.timedelta(microseconds=round((self._threads.now + self.offset) * 1_000_000))

    def monotonic(self) -> float:
        self._threads.step()
        return self._threads.now


class VendorClock(VirtualClock):
    """The vendor's clock: right, and no step of our app."""

    def now(self) -> dt.datetime:
        return START + dt.timedelta(microseconds=round(self._threads.now * 1_000_000))

    def monotonic(self) -> float:
        return self._threads.now


class Disk:
    """What happens to writes of the app's store.

    full: nothing can be written, as a statement (with these `odds`) or the commit finds. doubtful: the next commit
    reaches the disk and is reported as failed. slow: seconds that the next commit takes. A write takes a moment in any
    case, so that others queue behind it.
    """

    def __init__(self, threads: VirtualThreads, seed: int) -> None:
        self._threads = threads
        self._dice = random.Random(f"disk-{seed}")
        self._open: weakref.WeakSet[Any] = weakref.WeakSet()
        self.full = False
        self.odds = 0.7
        self.doubtful = False
        self.slow = 0.0
        self.failures: list[float] = []
        self.slowed: list[tuple[float, float]] = []

    def attach(self, engine: Any) -> None:
        """Make every connection of an engine one of this disk."""
        disk = self

        class Cursor(sqlite3.Cursor):
            def execute(self, sql: str, *rest: Any) -> Any:
                disk.before(sql)
                return super().execute(sql, *rest)

            def executemany(self, sql: str, *rest: Any) -> Any:
                disk.before(sql)
                return super().executemany(sql, *rest)

        class Connection(sqlite3.Connection):
            def __init__(self, *arguments: Any, **words: Any) -> None:
                super().__init__(*arguments, **words)
                disk._open.add(self)

            def cursor(self, factory: Any = Cursor) -> Any:
                return super().cursor(factory)

            def commit(self) -> None:
                disk.commit(self, super().commit)

        def use(_dialect: Any, _record: Any, _given: Any, words: dict[str, Any]) -> None:
            words["factory"] = Connection

        event.listen(engine, "do_connect", use)

    def before(self, sql: str) -> None:
        """A statement is about to run."""
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            self._threads.step()
            if self.full and self._dice.random() < self.odds:
                self._fail(FULL)

    def _fail(self, text: str) -> NoReturn:
        self.failures.append(self._threads.now)
        raise sqlite3.OperationalError(text)

    def commit(self, connection: Any, real: Any) -> None:
        """A commit: a moment of time, a chance to die on either side of it, and the faults."""
        if not connection.in_transaction:
            return real()
        self._threads.step()
        if not self._wrote(connection):
            return real()
        if self.full:
            connection.rollback()  # as SQLite does by itself
            self._fail(FULL)
        seconds, self.slow = self.slow, 0.0
        if seconds:
            self.slowed.append((self._threads.now, self._threads.now + seconds))
        if seconds > 4.0:  # writers stop waiting for it
            self.failures += [self._threads.now, self._threads.now + seconds]
        self._threads.sleep(seconds or self._dice.uniform(0.0002, 0.004))
        real()
        self._threads.step()
        if self.doubtful:
            self.doubtful = False
            self._fail("disk I/O error")
        return None

    def _wrote(self, connection: Any) -> bool:
        written, before = connection.total_changes, getattr(connection, "seen", 0)
        connection.seen = written
        return bool(written != before)

    def pull_the_plug(self) -> None:
        """The process is gone: its connections end without a commit."""
        for connection in list(self._open):
            connection.close()
        self._open = weakref.WeakSet()
