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
from services.trading.gate.entrance import Gate
from services.trading.gate.facts import FactSources
from services.trading.gate.policy import RiskPolicy
from services.trading.gate.prices import LastPrice, asked_prices
from services.trading.idempotency import Idempotency
from services.trading.journal import Journal, is_gtt
from services.trading.modes import AppMode, Modes, Route
from services.trading.protection.average import Bands, NoBands
from services.trading.protection.building import protected_writes
from services.trading.reconciliation.connectivity import Connectivity
from services.trading.reconciliation.drift_reports import DriftReport, DriftReports
from services.trading.reconciliation.reconciler import SETTLE_SECONDS, Reconciler
from services.trading.reconciliation.upkeep import Upkeep
from services.trading.risk import ORDERS_PER_SECOND, Limits
from services.trading.router import InstrumentIndex, Router, require_account
from services.trading.timeline.told import Story
from services.trading.timeline.trace import Tracing
from services.trading.updates.merging import OrderUpdates
from services.trading.updates.numbers import StreamNumbers
from services.trading.updates.owners import Owners
from services.trading.updates.paper_outcomes import PaperBooks, PaperOutcomes
from services.trading.updates.sources import OrderSources
from services.trading.updates.stream import KEPT, Kept, OrderPublisher, OrderStream
from services.trading.writes import Account, Mandate
from utils.clock import Clock
from utils.ids import IdSource
from utils.logging import get_logger

log = get_logger(__name__)


class OrderBus(OrderPublisher, Protocol):
    """The app's end of the bus."""

    def follow_orders(self, account_ids: Collection[int]) -> None:
        """Hear the pushes of exactly these accounts."""

    def on_push(self, handler: Callable[[int, OrderUpdate], None]) -> None:
        """Call back for every push."""


class PaperRoom(PaperBooks, Protocol):
    """Paper trading: a desk with its own books, which tells every change of an order to `on_order`."""

    @property
    def desk(self) -> Desk:
        """Its desk."""

    on_order: Callable[[int, str, OrderRow], None]

    def moved_since(self, at_ms: int) -> dict[tuple[int, str], list[OrderRow]]:
        """(account, broker) -> its orders that changed since an instant, oldest first."""

    def start(self) -> None:
        """Catch up, then follow the market."""

    def close(self) -> None:
        """Stop."""


class GttOutcomes(Protocol):
    """Who settles writes of GTTs at brokers."""

    def uncertain(self, intent: IntentRow) -> None:
        """This write of the present run has an unknown outcome."""

    def settle(self, intent: IntentRow) -> IntentRow:
        """The intent after one more look."""


class NoGttOutcomes:
    """A house without GTTs at brokers: what an earlier version left stays open."""

    def uncertain(self, intent: IntentRow) -> None:
        log.error("nobody looks for a GTT", tag=intent.tag)

    def settle(self, intent: IntentRow) -> IntentRow:
        return intent


class TradingParts(msgspec.Struct, frozen=True, kw_only=True):
    """What the trading room needs from the house.

    app_mode: `live` or `analyze`. order_mode: `auto` or `semi_auto` of a caller's key. paper: paper trading, if any.
    semi_auto_modify: what a modify of a semi-auto key is: `refused`, `live` (executes) or `approval` (queued). logs:
    the store with the stories of orders and the order stream, so that a restart tells what it missed and nothing twice.
    kept: how much of the order stream clients can resume. is_open: whether a market of a broker trades now.
    limits: risk limits of everybody until others are set. last_price: None asks the broker each time. connectivity:
    shared with whoever else asks brokers. bands: the exchanges' price protection, as far as a feed tells.
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
    semi_auto_modify: str = "refused"
    settle_seconds: float = SETTLE_SECONDS
    paper: PaperRoom | None = None
    logs: Store | None = None
    kept: Kept = KEPT
    is_open: Callable[[str], bool] = lambda _broker: True
    limits: Limits = Limits(orders_per_second=ORDERS_PER_SECOND)
    last_price: LastPrice | None = None
    connectivity: Connectivity | None = None
    bands: Bands = NoBands()


class Trading:
    """The room: router, books, journal and the order stream, started and closed together."""

    gtt_outcomes: GttOutcomes = NoGttOutcomes()

    def __init__(self, parts: TradingParts) -> None:
        self.journal = Journal(parts.store, parts.clock)
        self.modes = Modes(parts.app_mode, parts.order_mode, Route(parts.semi_auto_modify))
        connectivity = parts.connectivity or Connectivity()
        self.live = LiveDesk(parts.brokers, parts.sessions, parts.clock, connectivity)
        desks: dict[Route, Desk] = {
            Route.LIVE: self.live,
            Route.SANDBOX: parts.paper.desk if parts.paper else AbsentDesk("analyze", "Paper trading"),
        }
        self.owners = Owners(parts.store, parts.clock)
        self.reconciler = Reconciler(
            journal=self.journal, desk=self.live, brokers=parts.brokers, bus=parts.events, clock=parts.clock,
            on_book=lambda account, rows: self._on_book(account, rows, self.live.mode),
            settle_seconds=parts.settle_seconds,
        )  # fmt: skip
        self._build_streams(parts)
        self.sources = OrderSources(
            brokers=parts.brokers, sessions=parts.sessions, connected=self.owners.connected, updates=self.updates,
            reconciler=self.reconciler, clock=parts.clock, poll_seconds=parts.poll_seconds,
            enabled=parts.updates_enabled, follow=parts.publisher.follow_orders, is_open=parts.is_open,
        )  # fmt: skip
        connectivity.on_return = self.sources.returned
        self.idempotency = Idempotency(self.journal, self._settle)
        self.tracing = Tracing(parts.events, parts.clock, parts.ids)
        self._build_gate(parts)
        self.writes, self.protection = protected_writes(self, parts)
        self.as_asked = self.protection.as_asked
        self.router = Router(
            modes=self.modes, desks=desks, writes=self.writes, idempotency=self.idempotency, journal=self.journal,
            instruments=parts.instruments, brokers=parts.brokers, knowledge=self, gate=self.gate, bus=parts.events,
            clock=parts.clock, tracing=self.tracing,
        )  # fmt: skip
        self.books = Books(
            modes=self.modes, desks=desks, journal=self.journal, on_book=self._on_book, seen=self._seen,
            writes=self.writes_of, asked=self.protection.asked,
        )  # fmt: skip
        self._build_drift(parts)
        self._events, self._publisher = parts.events, parts.publisher

    def _build_gate(self, parts: TradingParts) -> None:
        """The risk rules at work, in front of every order."""
        self.risk = RiskPolicy(
            store=parts.store, journal=self.journal, bus=parts.events, clock=parts.clock, default=parts.limits
        )
        facts = FactSources(
            journal=self.journal, unresolved=self.unresolved, resolve=parts.instruments.resolve,
            price=parts.last_price or asked_prices(self.live), clock=parts.clock,
        )  # fmt: skip
        self.gate = Gate(self.risk, facts, parts.clock)

    def _build_streams(self, parts: TradingParts) -> None:
        """Live and paper orders are known apart and numbered together; lost answers of paper are in its own books."""
        self.stream = OrderStream(
            publisher=parts.publisher, bus=parts.events, clock=parts.clock, store=parts.logs, kept=parts.kept,
            numbers=StreamNumbers(parts.clock, self.journal),
        )  # fmt: skip
        live, paper = self.live.mode, AppMode.ANALYZE.value
        self.updates = _known_orders(self, parts, live, None, self.reconciler.evidence)
        self.paper_updates = _known_orders(self, parts, paper, "sandbox", lambda _account, _row: None)
        self._paper = parts.paper
        self._outcomes = (
            PaperOutcomes(self.journal, parts.paper, parts.paper.desk.mode, parts.clock)
            if parts.paper
            else None
        )
        if parts.paper:
            parts.paper.on_order = self._paper_moved

    def _build_drift(self, parts: TradingParts) -> None:
        self.drift = DriftReports(
            journal=self.journal, reconciler=self.reconciler, live=self.live,
            seen=lambda account_id, mode: self._stream(mode).seen(account_id),
            strategies=lambda account_id, mode: self.journal.strategies(account_id) | self._seen(account_id, mode),
            story=parts.logs, bus=parts.events, clock=parts.clock,
        )  # fmt: skip
        self._written: Counter[int] = Counter()
        self._upkeep = Upkeep(
            owners=self.owners, live=self.updates, paper=self.paper_updates, drift=self.drift,
            reconciler=self.reconciler, journal=self.journal, written=lambda: list(self._written),
            drops=(lambda account_id: self._written.pop(account_id, None), self.gate.forget),
        )  # fmt: skip
        self._compares = parts.updates_enabled

    def start(self) -> None:
        """Take up open intents, then watch the accounts."""
        self.stream.numbers.begin()
        if left := self.reconciler.load():
            log.warning("orders of an earlier run have an unknown outcome", count=left)
        self._events.subscribe(SessionChanged, self._session_changed, name="order-sources")
        self._publisher.on_push(self.sources.pushed)
        self.stream.start()
        self.updates.restore()
        if self._outcomes is not None and self._paper is not None:
            self._outcomes.load()
            _start_paper(self._paper, self.paper_updates)
        self.sources.start()
        self.protection.following.start()
        self._upkeep.start(self._events, compares=self._compares)

    def close(self) -> None:
        """Stop watching, write what is queued."""
        self._upkeep.close()
        self.protection.following.close()
        self.sources.close()
        if self._paper is not None:
            self._paper.close()
        self.journal.close()
        self.stream.close()

    def drift_report(self, principal: Principal) -> DriftReport:
        """How the books of the desk that is shown now differ from ours."""
        return self.drift.of(principal, require_account(principal), self.books.desk())

    def writes_of(self, account_id: int) -> int:
        """How many writes of the account were accepted: reads on either side of one are not the same read."""
        return self._written[account_id]

    # What Writes and Router ask of the room.

    def sending(self, tag: str, strategy: str) -> None:
        """A new order is about to leave under this tag."""
        self.updates.sending(tag, strategy)
        self.paper_updates.sending(tag, strategy)

    def accepted(self, mandate: Mandate, row: OrderRow) -> None:
        """The desk took a new order."""
        self._written[mandate.account.account_id] += 1
        if mandate.desk is self.live:
            self.updates.accepted(mandate, row)
            self.sources.touched(mandate.account)
        else:
            self.paper_updates.accepted(mandate, row)

    def touched(self, account: Account, order_id: str) -> None:
        """The desk took a change of this order."""
        self._written[account.account_id] += 1
        self.sources.touched(account)

    def uncertain(self, tag: str) -> None:
        """The write under this tag has an unknown outcome; a paper one is looked up at once."""
        intent = self.journal.by_tag(tag)
        if intent is not None and is_gtt(intent):
            self.gtt_outcomes.uncertain(intent)
        elif intent is not None and self._outcomes is not None and intent.mode != self.live.mode:
            self._outcomes.settle(intent)
        else:
            self.reconciler.uncertain(tag)

    def known(self, account: Account, order_id: str, mode: str) -> OrderRow | None:
        """The order in the broker's own words, if seen; paper books are here and are asked themselves."""
        return self.updates.known(account, order_id) if mode == self.live.mode else None

    def require_reconciled(self, account: Account, mode: str) -> None:
        """Raise Refused unless intents of an earlier run were looked for. Paper ones are decided before any call."""
        if mode == self.live.mode:
            self.reconciler.require_reconciled(account)

    def unresolved(self, account: Account, mode: str) -> list[IntentRow]:
        """Intents whose outcome is unknown."""
        return self.reconciler.unresolved(account) if mode == self.live.mode else []

    def _settle(self, intent: IntentRow) -> IntentRow:
        if is_gtt(intent):
            return self.gtt_outcomes.settle(intent)
        if intent.mode != self.live.mode and self._outcomes is not None:
            return self._outcomes.settle(intent)
        return self.reconciler.settle(intent)

    def _on_book(self, account: Account, rows: list[OrderRow], mode: str) -> None:
        if mode == self.live.mode:
            self.updates.snapshot(account, rows)

    def _stream(self, mode: str) -> OrderUpdates:
        return self.updates if mode == self.live.mode else self.paper_updates

    def _seen(self, account_id: int, mode: str) -> dict[str, str]:
        return self._stream(mode).strategies(account_id)

    def _paper_moved(self, account_id: int, broker: str, row: OrderRow) -> None:
        self._written[account_id] += 1
        account = Account(account_id=account_id, broker=broker)
        self.paper_updates.receive(account, OrderUpdate(row=row, source="push"))

    def strategy_of(self, account_id: int, row: OrderRow) -> str:
        """Strategy of an order that an earlier run placed, empty for an order from elsewhere."""
        if row.tag is not None:
            intent = self.journal.by_tag(row.tag)
            if intent is not None and intent.account_id == account_id:
                return intent.strategy
        return self.journal.strategies(account_id).get(row.order_id, "")

    def _session_changed(self, event: SessionChanged) -> None:
        self.owners.forget(event.account_id)
        self.sources.session_changed(event)


def _known_orders(
    room: Trading, parts: TradingParts, mode: str, label: str | None,
    on_evidence: Callable[[Account, OrderRow], None],
) -> OrderUpdates:  # fmt: skip
    """What is known of the orders of one mode."""
    return OrderUpdates(
        bus=parts.events, stream=room.stream, owner_of=room.owners.of, strategy_of=room.strategy_of,
        on_evidence=on_evidence, clock=parts.clock, mode=mode, label=label,
        story=Story(parts.logs) if parts.logs else None,
    )  # fmt: skip


def _start_paper(paper: PaperRoom, updates: OrderUpdates) -> None:
    """Begin paper trading; changes that an earlier run made and did not live to tell are in the books."""
    since_ms = updates.restore()
    paper.start()
    for (account_id, broker), book in paper.moved_since(since_ms).items():
        updates.snapshot(Account(account_id=account_id, broker=broker), book)
