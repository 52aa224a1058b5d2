"""Puts the trading room together from the parts of the house."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from typing import Protocol

import msgspec

from database.journal import IntentRow
from database.stores import Store
from domain.orders import OrderRow, OrderUpdate
from services.accounts.principal import Principal
from services.events import Events, SessionChanged
from services.trading.books import Books
from services.trading.desk import AbsentDesk, BrokerPlugins, BrokerSessions, Desk, LiveDesk
from services.trading.idempotency import Idempotency
from services.trading.journal import Journal
from services.trading.modes import Modes, Route
from services.trading.reconciler import SETTLE_SECONDS, Reconciler
from services.trading.router import InstrumentIndex, Router
from services.trading.timeline.trace import Tracing
from services.trading.updates.merging import OrderPublisher, OrderUpdates
from services.trading.updates.owners import Owners
from services.trading.updates.sources import OrderSources
from services.trading.writes import Account, Mandate, Writes
from utils.clock import Clock
from utils.concurrency import Periodic
from utils.ids import IdSource
from utils.logging import get_logger

PURGE_SECONDS = 3600.0
log = get_logger(__name__)


class OrderBus(OrderPublisher, Protocol):
    """The app's end of the bus."""

    def follow_orders(self, account_ids: Collection[int]) -> None:
        """Hear the pushes of exactly these accounts."""

    def on_push(self, handler: Callable[[int, OrderUpdate], None]) -> None:
        """Call back for every push."""


class TradingParts(msgspec.Struct, frozen=True, kw_only=True):
    """What the trading room needs from the house.

    app_mode: `live` or `analyze`. order_mode: `auto` or `semi_auto` of a caller's key.
    """

    store: Store
    brokers: BrokerPlugins
    sessions: BrokerSessions
    instruments: InstrumentIndex
    events: Events
    publisher: OrderBus
    app_mode: Callable[[], str]
    order_mode: Callable[[Principal], str]
    clock: Clock
    ids: IdSource
    poll_seconds: float
    updates_enabled: bool
    settle_seconds: float = SETTLE_SECONDS


class Trading:
    """The room: router, books, journal and the order stream, started and closed together."""

    def __init__(self, parts: TradingParts) -> None:
        self.journal = Journal(parts.store, parts.clock)
        self.modes = Modes(parts.app_mode, parts.order_mode)
        self.live = LiveDesk(parts.brokers, parts.sessions, parts.clock)
        desks: dict[Route, Desk] = {
            Route.LIVE: self.live,
            Route.SANDBOX: AbsentDesk("analyze", "Paper trading"),
            Route.APPROVAL: AbsentDesk("semi_auto", "Order approval"),
        }
        self.owners = Owners(parts.store, parts.clock)
        self.reconciler = Reconciler(
            journal=self.journal, desk=self.live, brokers=parts.brokers, bus=parts.events, clock=parts.clock,
            on_book=self._on_book, settle_seconds=parts.settle_seconds,
        )  # fmt: skip
        self.updates = OrderUpdates(
            bus=parts.events, publisher=parts.publisher, owner_of=self.owners.of,
            strategy_of=self._strategy_of, on_evidence=self.reconciler.evidence, clock=parts.clock,
        )  # fmt: skip
        self.sources = OrderSources(
            brokers=parts.brokers, sessions=parts.sessions, connected=self.owners.connected, updates=self.updates,
            reconciler=self.reconciler, clock=parts.clock, poll_seconds=parts.poll_seconds,
            enabled=parts.updates_enabled, follow=parts.publisher.follow_orders,
        )  # fmt: skip
        self.router = Router(
            modes=self.modes, desks=desks, writes=Writes(self.journal, parts.events, self, parts.ids),
            idempotency=Idempotency(self.journal, self.reconciler.settle), journal=self.journal,
            instruments=parts.instruments, brokers=parts.brokers, knowledge=self, bus=parts.events,
            clock=parts.clock, tracing=Tracing(parts.events, parts.clock, parts.ids),
        )  # fmt: skip
        self.books = Books(
            modes=self.modes, desks=desks, journal=self.journal, on_book=self._on_book, seen=self.updates.strategies,
            writes=self.writes_of,
        )  # fmt: skip
        self._written: Counter[int] = Counter()
        self._events = parts.events
        self._publisher = parts.publisher
        self._purge: Periodic | None = None

    def start(self) -> None:
        """Take up open intents, then watch the accounts."""
        left = self.reconciler.load()
        if left:
            log.warning("orders of an earlier run have an unknown outcome", count=left)
        self._events.subscribe(SessionChanged, self._session_changed, name="order-sources")
        self._publisher.on_push(self.sources.pushed)
        self.sources.start()
        self._purge = Periodic(
            self._purge_keys, PURGE_SECONDS, "key-purge",
            lambda error: log.error("old idempotency keys cannot be dropped", reason=str(error)),
        )  # fmt: skip

    def close(self) -> None:
        """Stop watching, write what is queued."""
        if self._purge is not None:
            self._purge.stop()
        self.sources.close()
        self.journal.close()

    def writes_of(self, account_id: int) -> int:
        """How many writes of the account were accepted: reads on either side of one are not the same read."""
        return self._written[account_id]

    # What Writes and Router ask of the room.

    def sending(self, tag: str, strategy: str) -> None:
        """A new order is about to leave under this tag."""
        self.updates.sending(tag, strategy)

    def accepted(self, mandate: Mandate, row: OrderRow) -> None:
        """The broker took a new order."""
        self._written[mandate.account.account_id] += 1
        self.updates.accepted(mandate, row)
        self.sources.touched(mandate.account)

    def touched(self, account: Account, order_id: str) -> None:
        """The broker took a change of this order."""
        self._written[account.account_id] += 1
        self.sources.touched(account)

    def uncertain(self, tag: str) -> None:
        """The write under this tag has an unknown outcome."""
        self.reconciler.uncertain(tag)

    def known(self, account: Account, order_id: str) -> OrderRow | None:
        """The order in the broker's own words, if seen."""
        return self.updates.known(account, order_id)

    def require_reconciled(self, account: Account) -> None:
        """Raise Refused unless intents of an earlier run were looked for."""
        self.reconciler.require_reconciled(account)

    def unresolved(self, account: Account) -> list[IntentRow]:
        """Intents whose outcome is unknown."""
        return self.reconciler.unresolved(account)

    def _on_book(self, account: Account, rows: list[OrderRow]) -> None:
        self.updates.snapshot(account, rows)

    def _strategy_of(self, account_id: int, row: OrderRow) -> str:
        """Strategy of an order that an earlier run placed, empty for an order from elsewhere."""
        if row.tag is not None:
            intent = self.journal.by_tag(row.tag)
            if intent is not None and intent.account_id == account_id:
                return intent.strategy
        return self.journal.strategies(account_id).get(row.order_id, "")

    def _session_changed(self, event: SessionChanged) -> None:
        self.owners.forget(event.account_id)
        self.sources.session_changed(event)

    def _purge_keys(self) -> None:
        self.journal.purge()
