"""The gateway's own order room in front of the exits' twin: journal, writes, reconciler, order states, protection.

All of it is the product's code over a real store; only the broker behind it, the clock and the threads are the
simulation's. A new gateway on the same store is a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from broker.core.budget import Budgets, Priority, effective
from broker.core.manifest import Manifest
from broker.core.roles import Plugin, Session
from broker.core.values import require_prices
from database.stores import Stores
from domain.instruments import Exchange, Instrument, InstrumentKey
from domain.market import Quote
from domain.orders import CancelOrder, ModifyOrder, OrderRow, OrderTerms, OrderUpdate, PlaceOrder
from services import events
from services.accounts.principal import Principal
from services.trading.desk import LiveDesk
from services.trading.journal import Journal
from services.trading.protection.average import Bands, NoBands
from services.trading.protection.market import GatheredQuotes
from services.trading.protection.policy import Policies
from services.trading.protection.room import Protection
from services.trading.reconciliation.connectivity import Connectivity
from services.trading.reconciliation.reconciler import Reconciler
from services.trading.timeline.trace import Tracing
from services.trading.updates.merging import OrderUpdates
from services.trading.updates.stream import OrderStream, Owner
from services.trading.writes import Account, Mandate, Writes
from test.sim.exits_exchange import ExitsExchange, Order, row_of
from utils.clock import ManualClock
from utils.ids import SeededIds

BROKER = "zerodha"
PATIENCE = 3.0


class Bus:
    """Events handed over at once, on the caller's thread, so that a run can be repeated."""

    def __init__(self) -> None:
        self.handlers: list[tuple[type[events.Event], Callable[[Any], None]]] = []
        self.ended: dict[str, events.ProtectionEnded] = {}
        self.twice: list[str] = []

    def publish(self, event: events.Event) -> None:
        """Tell whoever listens, and keep how protection ended."""
        if isinstance(event, events.ProtectionEnded):
            if event.tag in self.ended:
                self.twice.append(event.tag)
            self.ended[event.tag] = event
        for kind, handler in self.handlers:
            if isinstance(event, kind):
                handler(event)

    def has_listeners(self, wanted: type[events.Event]) -> bool:
        """As the real bus."""
        return wanted is events.OrderChanged

    def subscribe(self, wanted: type[events.Event], handler: Callable[[Any], None], **_: Any) -> None:
        """As the real bus, without a queue."""
        self.handlers.append((wanted, handler))


class TwinDesk:
    """The plug-in's order role: the account's rate budget, then the exchange."""

    def __init__(self, exchange: ExitsExchange, budgets: Budgets) -> None:
        self._exchange = exchange
        self._budgets = budgets

    def _slot(self, session: Session, priority: Priority = Priority.ENTRY) -> None:
        self._budgets.of(session.account_id).take(("order",), effective(priority), PATIENCE)

    def place(self, session: Session, command: PlaceOrder) -> str:
        require_prices(command.terms)
        self._slot(session)
        return self._exchange.place(session.account_id, command.terms, command.tag)

    def modify(self, session: Session, command: ModifyOrder) -> str:
        require_prices(command.terms)
        self._slot(session)
        return self._exchange.modify(session.account_id, command.order_id, command.terms)

    def cancel(self, session: Session, command: CancelOrder) -> str:
        self._slot(session, Priority.CANCEL)
        return self._exchange.cancel(session.account_id, command.order_id)

    def order_book(self, session: Session) -> list[OrderRow]:
        return self._exchange.book(session.account_id)


class TwinMarket:
    """The plug-in's market role."""

    def __init__(self, exchange: ExitsExchange) -> None:
        self._exchange = exchange

    def quotes(self, session: Session, instruments: Sequence[Instrument]) -> dict[InstrumentKey, Quote]:
        return self._exchange.quotes(instruments)


class Brokers:
    """The plug-in host with one broker: the declared manifest over the twin's roles."""

    def __init__(
        self, manifest: Manifest, exchange: ExitsExchange, budgets: Budgets, market_protection: str = "0"
    ) -> None:
        """market_protection: 0 switches the broker's own off, so that every MARKET and SL-M becomes a limit of ours."""
        self._option = market_protection
        parts: Any = {"auth": None, "portfolio": None, "contracts": None}
        desk: Any = TwinDesk(exchange, budgets)
        market: Any = TwinMarket(exchange)
        self._plugin = Plugin(manifest=manifest, orders=desk, market=market, **parts)

    def plugin(self, broker_id: str) -> Plugin:
        return self._plugin

    def manifest(self, broker_id: str) -> Manifest:
        return self._plugin.manifest

    def option(self, broker_id: str, name: str) -> str:
        return {"market_protection": self._option}[name]


class Sessions:
    """A broker login for whoever asks."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock

    def session(self, account_id: int) -> Session:
        return Session(
            account_id=account_id, broker=BROKER, broker_user_id=f"U{account_id}", credentials={}, tokens={},
            issued_at=self._clock.now(), expires_at=None,
        )  # fmt: skip

    def mark_expired(self, account_id: int, reason: str, **_: Any) -> None: ...


class Gateway:
    """The room, from its store up. `instruments`: by key."""

    def __init__(
        self, *, stores: Stores, clock: ManualClock, brokers: Brokers, exchange: ExitsExchange, ids: SeededIds,
        instruments: dict[InstrumentKey, Instrument], bus: Bus,
    ) -> None:  # fmt: skip
        self.bus = bus
        self.clock = clock
        self._instruments = instruments
        self.journal = Journal(stores.main, clock)
        anything: Any = self
        events_bus: Any = bus
        self.sessions = Sessions(clock)
        desk = self.desk = LiveDesk(brokers, self.sessions, clock, Connectivity())
        self.reconciler = Reconciler(
            journal=self.journal, desk=desk, brokers=brokers, bus=events_bus, clock=clock, settle_seconds=5.0,
            on_book=self._on_book,
        )  # fmt: skip
        self.updates = OrderUpdates(
            bus=events_bus, stream=OrderStream(publisher=anything, bus=events_bus, clock=clock),
            owner_of=_owner, strategy_of=lambda _account, _row: "exits",
            on_evidence=self.reconciler.evidence, clock=clock,
        )  # fmt: skip
        self.bands: Bands = NoBands()
        policies = Policies(brokers)
        desk.guard = policies.require_sayable
        self.protection = Protection(
            desk=desk, policies=policies, quotes=GatheredQuotes(desk), journal=self.journal, bus=events_bus,
            clock=clock, known=self.updates.known, bands=self.bands, spawn=lambda work, _name: work(),
        )  # fmt: skip
        self.writes = Writes(self.journal, events_bus, anything, ids, self.protection)
        self.protection.drive(
            count=lambda _mandate: None,
            writes=self.writes, instruments=anything, tracing=Tracing(events_bus, clock, ids),
            look=self.reconciler.look,
        )  # fmt: skip
        exchange.on_change = self._pushed
        self.reconciler.load()
        self.protection.following.load()

    def exit(self, account_id: int, terms: OrderTerms) -> str:
        """Close a position; answers the order's tag. Raises Refused or UncertainOrder."""
        principal = Principal(
            user_id=account_id, username="u", account_id=account_id, broker=BROKER, source="api"
        )
        account = Account(account_id=account_id, broker=BROKER)
        mandate = Mandate(principal=principal, account=account, desk=self.desk, strategy="exits")
        instrument = self.resolve(BROKER, terms.exchange, terms.symbol)
        return self.writes.place(mandate, terms, instrument, Priority.EXIT).tag

    def mandate(self, account_id: int) -> Mandate:
        """What an owner's own changes are made under."""
        principal = Principal(
            user_id=account_id, username="u", account_id=account_id, broker=BROKER, source="api"
        )
        account = Account(account_id=account_id, broker=BROKER)
        return Mandate(principal=principal, account=account, desk=self.desk, strategy="exits")

    def close(self) -> None:
        """Write what is queued."""
        self.journal.close()

    # What Writes, OrderUpdates and the ladder ask of the house.

    def resolve(self, _broker: str, exchange: Exchange, symbol: str) -> Instrument:
        return self._instruments[InstrumentKey(exchange, symbol)]

    def publish_order(self, *_: Any) -> None: ...

    def sending(self, tag: str, strategy: str) -> None: ...

    def accepted(self, mandate: Mandate, row: OrderRow) -> None:
        self.updates.accepted(mandate, row)

    def touched(self, account: Account, order_id: str) -> None: ...

    def uncertain(self, tag: str) -> None:
        self.reconciler.uncertain(tag)

    def _on_book(self, account: Account, rows: list[OrderRow]) -> None:
        self.updates.snapshot(account, rows)

    def _pushed(self, order: Order) -> None:
        account = Account(account_id=order.account, broker=BROKER)
        self.updates.receive(account, OrderUpdate(row=row_of(order), source="push"))


def _owner(account_id: int) -> Owner:
    return Owner(user_id=account_id, username="u", account_id=account_id, broker=BROKER)
