"""Puts paper trading together: engine, desk, settings and the rounds that make its days pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Protocol

import msgspec

from database.sandbox.orders import Orders
from database.sandbox.records import OrderRecord
from database.stores import Store
from domain.calendar import Calendar
from domain.feed import MarketData
from domain.orders import OrderRow
from services.sandbox import views
from services.sandbox.desk import SandboxDesk
from services.sandbox.duties.rounds import Rounds
from services.sandbox.engine import Engine
from services.sandbox.exchange.prices import Feed, Markets, Snapshot
from services.sandbox.money.gtt_holds import PaperGttHolds
from services.sandbox.preferences import Preferences
from services.sandbox.reports import Reports
from services.sandbox.sessions import Sessions
from utils.clock import Clock
from utils.concurrency import Periodic
from utils.ids import IdSource
from utils.logging import get_logger

ROUND_SECONDS = 2.0
log = get_logger(__name__)


class TickFeed(Feed, Protocol):
    """A feed that also calls back."""

    def on_tick(self, handler: Callable[[str, MarketData], None]) -> None:
        """Set what is called with (broker, data) for each tick of every watch."""


class SandboxParts(msgspec.Struct, frozen=True, kw_only=True):
    """What paper trading needs from the house. There is no way to an order in it.

    is_practice: whether a broker's market never closes. boundary: when a trading day begins, Indian time.
    """

    store: Store
    feed: TickFeed
    snapshot: Snapshot
    calendar: Calendar
    boundary: dt.time
    is_practice: Callable[[str], bool]
    clock: Clock
    ids: IdSource
    fallback: bool = True


class Sandbox:
    """The paper room. It works on in live mode: positions are squared off and settled whichever mode is shown."""

    def __init__(self, parts: SandboxParts) -> None:
        self._parts = parts
        self.preferences = Preferences(parts.store, parts.clock)
        self.sessions = Sessions(parts.calendar, parts.boundary, parts.is_practice)
        self.engine = Engine(
            store=parts.store, markets=Markets(parts.feed, parts.snapshot, parts.clock), sessions=self.sessions,
            options=self.preferences.get, clock=parts.clock, ids=parts.ids, on_change=self._changed,
        )  # fmt: skip
        self.desk = SandboxDesk(parts.store, self.engine, self.sessions, parts.clock)
        self.rounds = Rounds(
            store=parts.store, engine=self.engine, sessions=self.sessions, clock=parts.clock, ids=parts.ids,
            fallback=parts.fallback,
        )  # fmt: skip
        self.gtt_holds = PaperGttHolds(parts.store, self.engine)
        self.reports = Reports(parts.store, self.engine, self.sessions, parts.clock)
        self.preferences.on_change = self.rounds.days.options_changed
        self._periodic: Periodic | None = None
        self.on_order: Callable[[int, str, OrderRow], None] = lambda _account, _broker, _row: None

    def start(self) -> None:
        """Catch up with what happened while nobody was there, then follow the market."""
        self.engine.load()
        self.rounds.run()
        self._parts.feed.on_tick(self.engine.on_tick)
        self._periodic = Periodic(
            self.rounds.run, ROUND_SECONDS, "paper-rounds",
            lambda error: log.error("a round of paper trading failed", exc_info=error),
        )  # fmt: skip

    def close(self) -> None:
        """Stop following the market."""
        if self._periodic is not None:
            self._periodic.stop()
        self.engine.markets.close()

    def by_tag(self, tag: str) -> OrderRow | None:
        """The order that was placed under a tag, on whichever day."""
        with self._parts.store.reading() as unit:
            order = Orders(unit).by_tag(tag)
        return views.order_row(order) if order else None

    def by_id(self, account_id: int, order_id: str) -> OrderRow | None:
        """One order, on whichever day."""
        with self._parts.store.reading() as unit:
            order = Orders(unit).find(account_id, order_id)
        return views.order_row(order) if order else None

    def moved_since(self, at_ms: int) -> dict[tuple[int, str], list[OrderRow]]:
        """(account, broker) -> its orders that changed since an instant, oldest first."""
        with self._parts.store.reading() as unit:
            orders = Orders(unit).moved_since(at_ms)
        found: dict[tuple[int, str], list[OrderRow]] = {}
        for order in orders:
            found.setdefault((order.account_id, order.broker), []).append(views.order_row(order))
        return found

    def _changed(self, order: OrderRecord) -> None:
        self.on_order(order.account_id, order.broker, views.order_row(order))
