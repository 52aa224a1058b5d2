"""A reconciler and its order sources over a real journal, a broker that can go away, and a clock that is moved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from database.stores import Stores
from domain.errors import OutcomeUnknown, Unavailable
from domain.orders import OrderTerms
from services.events import Event
from services.trading.desk import LiveDesk
from services.trading.journal import Intent, Journal
from services.trading.reconciliation.connectivity import Connectivity
from services.trading.reconciliation.reconciler import Reconciler
from services.trading.updates.merging import OrderUpdates
from services.trading.updates.sources import OrderSources
from services.trading.updates.stream import OrderStream, Owner
from services.trading.writes import Account
from test.stores import open_stores
from utils.clock import ManualClock

NOW = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
ACCOUNT = Account(account_id=7, broker="b")
TAG = "OA0123456789ABCDEFGH"
DEADLINE_SECONDS = 7.0
OWNER = Owner(user_id=1, username="ada", account_id=7, broker="b")


class Bus:
    """Keeps what is published."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def publish(self, event: Event) -> None:
        self.events.append(event)

    def has_listeners(self, _kind: Any) -> bool:
        return True

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


class Broker:
    """A plug-in whose book can be read while it `is_reachable`; reads are counted with the time they began."""

    def __init__(self, clock: ManualClock, tag_length: int, order_updates: str) -> None:
        self.rows: list[Any] = []
        self.is_reachable = True
        self.fault: Exception = Unavailable("no answer")
        self.reads: list[float] = []
        self._clock = clock
        stream = SimpleNamespace(order_updates=order_updates)
        limits = SimpleNamespace(tag_length=tag_length)
        self.manifest_ = SimpleNamespace(
            limits=limits, stream=stream, supports=lambda _name: True, poll_seconds=0.0
        )
        self.orders = SimpleNamespace(order_book=self.order_book)
        self.portfolio: Any = None

    def plugin(self, _broker: str) -> Any:
        return SimpleNamespace(
            manifest=self.manifest_, orders=self.orders, portfolio=self.portfolio, order_stream=None
        )

    def manifest(self, _broker: str) -> Any:
        return self.manifest_

    def session(self, account_id: int) -> Any:
        return SimpleNamespace(broker="b", account_id=account_id, issued_at=NOW)

    def order_book(self, _session: Any) -> list[Any]:
        self.reads.append(self._clock.monotonic())
        if not self.is_reachable:
            raise self.fault
        return list(self.rows)

    def quote(self) -> str:
        """Any other call."""
        if not self.is_reachable:
            raise self.fault
        return "quote"


class World:
    """`step` moves time and lets the sources do one round."""

    def __init__(self, journal: Journal, clock: ManualClock, *, tag_length: int, order_updates: str) -> None:
        self.clock, self.journal, self.bus = clock, journal, Bus()
        self.broker = Broker(clock, tag_length, order_updates)
        broker: Any = self.broker
        bus: Any = self.bus
        connectivity = Connectivity()
        self.desk = LiveDesk(broker, broker, clock, connectivity)
        self.reconciler = Reconciler(
            journal=journal, desk=self.desk, brokers=broker, bus=bus, clock=clock,
            on_book=self._on_book,
        )  # fmt: skip
        publisher: Any = SimpleNamespace(publish_order=lambda *_: None)
        self.updates = OrderUpdates(
            bus=bus, stream=OrderStream(publisher=publisher, bus=bus, clock=clock),
            owner_of=lambda _account: OWNER, strategy_of=lambda _account, _row: "",
            on_evidence=self.reconciler.evidence, clock=clock,
        )  # fmt: skip
        self.account = ACCOUNT
        self.connected = [OWNER]
        self.is_open = True
        self.sources = OrderSources(
            brokers=broker, sessions=broker, connected=lambda: self.connected, updates=self.updates,
            reconciler=self.reconciler, clock=clock, poll_seconds=5, enabled=True, follow=lambda _accounts: None,
            spawn=lambda job, _name: self.spawn(job), is_open=lambda _broker: self.is_open,
        )  # fmt: skip
        connectivity.on_return = self.sources.returned
        self.spawn: Callable[[Callable[[], None]], None] = lambda job: job()

    def _on_book(self, account: Account, rows: list[Any]) -> None:
        self.updates.snapshot(account, rows)

    def lose_answer(self, tag: str = TAG, terms: OrderTerms | None = None) -> None:
        """A placed order whose answer never came."""
        self.journal.record(
            Intent(
                tag=tag, user_id=1, account_id=7, broker="b", mode="live", operation="place", symbol="TATAPOWER",
                exchange="NSE", strategy="s", source="api", terms=terms,
            )
        )  # fmt: skip
        self.journal.decide(tag, "unknown", code=OutcomeUnknown.code, durable=True)
        self.reconciler.uncertain(tag)

    def step(self, seconds: float = 1.0) -> None:
        self.clock.advance(seconds)
        self.sources.round()

    def state(self, tag: str = TAG) -> str:
        found = self.journal.by_tag(tag)
        assert found is not None
        return found.state


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    opened = open_stores(tmp_path / "stores")
    yield opened
    opened.close()


@pytest.fixture
def world(stores: Stores) -> Iterator[Callable[..., World]]:
    clock = ManualClock(NOW)
    journal = Journal(stores.main, clock)
    yield lambda tag_length=20, order_updates="market_socket": World(
        journal, clock, tag_length=tag_length, order_updates=order_updates
    )
    journal.close()
