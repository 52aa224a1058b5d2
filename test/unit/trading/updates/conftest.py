"""Runs of the order stream over one real store, and the client that follows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from database.stores import Store
from domain.orders import OrderRow, OrderUpdate
from domain.streams.orders import Scope, Sent
from services.trading.journal import Journal
from services.trading.timeline.told import Story
from services.trading.updates.merging import OrderUpdates
from services.trading.updates.numbers import StreamNumbers
from services.trading.updates.replays import OrderReplays
from services.trading.updates.stream import Kept, OrderStream, Owner
from services.trading.writes import Account
from test.stores import open_stores
from utils.clock import ManualClock

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)


def owner_of(account_id: int) -> Owner:
    """Accounts below 100 are ada's, the others bob's."""
    user_id, username = (1, "ada") if account_id < 100 else (2, "bob")
    return Owner(user_id=user_id, username=username, account_id=account_id, broker="b")


class Run:
    """One run of the program. `heard`: what clients of the bus were told, in order."""

    def __init__(self, store: Store, clock: ManualClock, kept: Kept, journal: Journal) -> None:
        self.store = store
        self.heard: list[Sent] = []
        self.internal: list[Any] = []
        self.on_tell: Callable[[], None] = lambda: None
        self.stream = OrderStream(
            publisher=self, bus=self, clock=clock, store=store, kept=kept,  # type: ignore[arg-type]
            numbers=StreamNumbers(clock, journal),
        )  # fmt: skip
        self.rooms = {
            mode: OrderUpdates(
                bus=self, stream=self.stream, owner_of=owner_of, strategy_of=lambda _account, _row: "s",  # type: ignore[arg-type]
                on_evidence=lambda _account, _row: None, clock=clock, mode=mode, story=Story(store),
                label="sandbox" if mode == "analyze" else None,
            )
            for mode in ("live", "analyze")
        }  # fmt: skip
        for room in self.rooms.values():
            room.restore()

    def publish_order(self, user_id: int, seq: int, message: Any) -> None:
        self.on_tell()
        self.heard.append(Sent(seq, message))

    def publish(self, event: Any) -> None:
        self.internal.append(event)

    def has_listeners(self, _kind: Any) -> bool:
        return True

    def push(self, row: OrderRow, account_id: int = 7, mode: str = "live", source: str = "push") -> None:
        """The broker says so by itself."""
        account = Account(account_id=account_id, broker="b")
        self.rooms[mode].receive(account, OrderUpdate(row=row, source=source))

    def poll(self, *book: OrderRow, account_id: int = 7, mode: str = "live") -> None:
        """The whole book was read."""
        self.rooms[mode].snapshot(Account(account_id=account_id, broker="b"), list(book))

    def tell(self) -> int:
        """Store and tell what is queued."""
        return self.stream.write()


class World:
    """The store that outlives the runs."""

    def __init__(self, store: Store, journal: Journal, clock: ManualClock) -> None:
        self.store, self.clock = store, clock
        self.replays = OrderReplays(store)
        self._journal = journal

    def run(self, **kept: int) -> Run:
        """Start the program; an earlier run that was not asked to tell has been killed."""
        return Run(self.store, self.clock, Kept(**kept), self._journal)

    def after(self, seq: int, page: int = 3, **scope: Any) -> list[Sent]:
        """What a client that has everything up to a number gets. Raises Gap."""
        reader = self.replays.reader(Scope(user_id=scope.pop("user_id", 1), **scope), seq)
        found: list[Sent] = []
        while some := reader.next(page):
            found += some
        return found

    def journal(self, **scope: Any) -> list[Sent]:
        """Everything that is stored."""
        return self.after(0, 1000, **scope)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    stores = open_stores(tmp_path)
    clock = ManualClock(NOW)
    journal = Journal(stores.main, clock)
    yield World(stores.logs, journal, clock)
    journal.close()
    stores.close()
