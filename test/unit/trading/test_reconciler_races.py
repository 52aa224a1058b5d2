"""Two threads that settle the same unknown outcome at the same time."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from database.migrate import migrate
from database.stores import Stores, StoreUrls
from domain.errors import OutcomeUnknown
from services.events import Events, OutcomeResolved
from services.trading.journal import Intent, Journal
from services.trading.reconciler import Reconciler
from services.trading.writes import Account
from utils.clock import ManualClock

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
ACCOUNT = Account(account_id=7, broker="b")
TAG = "OA0123456789ABCDEFGH"
WAIT = 10.0


class SlowToDecide(Journal):
    """A journal whose decision takes as long as the test wants."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.deciding = threading.Event()
        self.may_decide = threading.Event()
        self.slow = False

    def decide(self, *arguments: Any, **words: Any) -> None:
        if self.slow:
            self.deciding.set()
            assert self.may_decide.wait(WAIT)
        super().decide(*arguments, **words)


class Book:
    """A desk that knows its order book only."""

    mode = "live"

    def __init__(self, rows: list[Any]) -> None:
        self.rows = rows

    def order_book(self, account_id: int, broker: str) -> list[Any]:
        return self.rows


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SlowToDecide]:
    stores = Stores(StoreUrls(), tmp_path)
    migrate(stores, NOW)
    made = SlowToDecide(stores.main, ManualClock(NOW))
    yield made
    made.close()
    stores.close()


def test_a_repeat_that_meets_a_running_settlement_is_told_its_end(journal: SlowToDecide, row: Any) -> None:
    journal.record(
        Intent(
            tag=TAG, user_id=1, account_id=7, broker="b", mode="live", operation="place", symbol="SBIN",
            exchange="NSE", strategy="s", source="api",
        )
    )  # fmt: skip
    journal.decide(TAG, "unknown", code=OutcomeUnknown.code, durable=True)
    resolved: list[OutcomeResolved] = []
    bus = Events(lambda name, error: None)
    bus.publish = resolved.append  # type: ignore[assignment, method-assign]
    manifest = type("M", (), {"limits": type("L", (), {"tag_length": 20})()})()
    brokers = type("B", (), {"manifest": lambda self, name: manifest})()
    reconciler = Reconciler(
        journal=journal, desk=Book([row(order_id="N1", tag=TAG)]), brokers=brokers, bus=bus,  # type: ignore[arg-type]
        clock=ManualClock(NOW), on_book=lambda account, rows: None,
    )  # fmt: skip
    assert reconciler.load() == 1
    stale = journal.by_tag(TAG)
    assert stale is not None

    journal.slow = True
    background = threading.Thread(target=reconciler.look, args=(ACCOUNT,))
    background.start()
    assert journal.deciding.wait(WAIT)
    told: list[Any] = []
    repeat = threading.Thread(target=lambda: told.append(reconciler.settle(stale)))
    repeat.start()
    repeat.join(0.2)
    journal.may_decide.set()
    for thread in (background, repeat):
        thread.join(WAIT)

    assert (told[0].state, told[0].order_id) == ("acked", "N1")
    assert len(resolved) == 1
