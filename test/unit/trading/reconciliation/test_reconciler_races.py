"""Two threads that settle the same unknown outcome at the same time."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.errors import OutcomeUnknown, Unavailable
from services.events import OutcomeResolved
from services.trading.journal import Intent, Journal
from services.trading.reconciliation.reconciler import SETTLE_SECONDS, Reconciler
from services.trading.writes import Account
from test.stores import open_stores
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

    def decide(self, *arguments: Any, **words: Any) -> bool:
        if self.slow:
            self.deciding.set()
            assert self.may_decide.wait(WAIT)
        return super().decide(*arguments, **words)


class Book:
    """A desk that knows its order book only."""

    mode = "live"

    def __init__(self, rows: list[Any]) -> None:
        self.rows = rows

    def order_book(self, account_id: int, broker: str) -> list[Any]:
        return self.rows


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SlowToDecide]:
    stores = open_stores(tmp_path)
    made = SlowToDecide(stores.main, ManualClock(NOW))
    yield made
    made.close()
    stores.close()


def placed(journal: SlowToDecide) -> None:
    """An order whose answer was lost."""
    journal.record(
        Intent(
            tag=TAG, user_id=1, account_id=7, broker="b", mode="live", operation="place", symbol="SBIN",
            exchange="NSE", strategy="s", source="api",
        )
    )  # fmt: skip
    journal.decide(TAG, "unknown", code=OutcomeUnknown.code, durable=True)


class Scene:
    """A reconciler over a book that the test edits."""

    def __init__(self, journal: Journal, clock: ManualClock) -> None:
        self.book = Book([])
        self.resolved: list[OutcomeResolved] = []
        bus: Any = type("Bus", (), {"publish": lambda _, event: self._heard(event)})()
        manifest = type("M", (), {"limits": type("L", (), {"tag_length": 20})()})()
        brokers: Any = type("B", (), {"manifest": lambda _, name: manifest})()
        desk: Any = self.book
        self.reconciler = Reconciler(
            journal=journal, desk=desk, brokers=brokers, bus=bus, clock=clock, on_book=self._on_book
        )

    def _heard(self, event: Any) -> None:
        if isinstance(event, OutcomeResolved):
            self.resolved.append(event)

    def _on_book(self, account: Account, rows: list[Any]) -> None:
        for row in rows:
            self.reconciler.evidence(account, row)


def test_a_repeat_that_meets_a_running_settlement_is_told_its_end(journal: SlowToDecide, row: Any) -> None:
    placed(journal)
    scene = Scene(journal, ManualClock(NOW))
    scene.book.rows = [row(order_id="N1", tag=TAG)]
    assert scene.reconciler.load() == 1
    stale = journal.by_tag(TAG)
    assert stale is not None

    journal.slow = True
    background = threading.Thread(target=scene.reconciler.look, args=(ACCOUNT,))
    background.start()
    assert journal.deciding.wait(WAIT)
    told: list[Any] = []
    repeat = threading.Thread(target=lambda: told.append(scene.reconciler.settle(stale)))
    repeat.start()
    repeat.join(0.2)
    journal.may_decide.set()
    for thread in (background, repeat):
        thread.join(WAIT)

    assert (told[0].state, told[0].order_id) == ("acked", "N1")
    assert len(scene.resolved) == 1


@pytest.mark.parametrize("restarted", [False, True])
def test_an_order_reported_absent_that_shows_up_later_is_live_again(
    journal: SlowToDecide, row: Any, restarted: bool
) -> None:
    placed(journal)
    clock = ManualClock(NOW)
    scene = Scene(journal, clock)
    scene.reconciler.load()
    clock.advance(SETTLE_SECONDS + 1)
    scene.reconciler.look(ACCOUNT)
    gone = journal.by_tag(TAG)
    assert gone is not None and gone.state == "absent"

    if restarted:
        scene = Scene(journal, clock)
        assert scene.reconciler.load() == 0
    scene.book.rows = [row(order_id="N1", tag=TAG)]
    scene.reconciler.look(ACCOUNT)
    scene.reconciler.look(ACCOUNT)

    found = journal.by_tag(TAG)
    assert found is not None and (found.state, found.order_id) == ("acked", "N1")
    assert [event.state for event in scene.resolved][-1] == "acked"
    assert len(scene.resolved) == (1 if restarted else 2)


def test_a_settlement_that_the_disk_does_not_take_is_made_again(
    journal: SlowToDecide, row: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed(journal)
    scene = Scene(journal, ManualClock(NOW))
    scene.reconciler.load()
    scene.book.rows = [row(order_id="N1", tag=TAG)]

    def full(*_: Any) -> None:
        raise Unavailable("disk full")

    with monkeypatch.context() as disk:
        disk.setattr(journal._writer, "write", full)
        scene.reconciler.look(ACCOUNT)
    assert scene.resolved == [] and scene.reconciler.unresolved(ACCOUNT)

    scene.reconciler.look(ACCOUNT)
    found = journal.by_tag(TAG)
    assert found is not None and (found.state, found.order_id) == ("acked", "N1")
    assert len(scene.resolved) == 1 and scene.reconciler.unresolved(ACCOUNT) == []
